"""A route's pattern: one text that both reads addresses and writes them.

``/news/{name:slug}`` reads ``/news/hello`` as ``name="hello"``, and written with
``name="hello"`` gives ``/news/hello`` again. Reading and writing come from the
same parts, so links that an application builds always lead back to it
(``tests/routing/test_route_pattern.py`` holds it to that with any values).

A placeholder has a kind, and a kind accepts only the canonical text of its
value: ``007`` is no ``int``. So one thing has one address.

    int     -12                 a whole number of at most 18 digits
    float   2.5                 a finite number, without exponent
    guid    01890a5d-ac96-…     lower case, with hyphens
    slug    hello-world         lower-case letters, digits, ``-`` and ``_``
    token   Hello.World~1       letters, digits and ``-._~``; the kind of ``{x}``
    text    Grüße aus Tallinn   anything without ``/``, percent-encoded
    path    news/2008/hello     the rest of the address, of one segment or more
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import quote
from uuid import UUID

from skygarth.model.errors import Invalid
from skygarth.model.guid import Guid

RouteValue: TypeAlias = str | int | float | Guid
"""What a placeholder can hold."""

_SEGMENT = r"(?!\.{1,2}(?:/|\Z))[^/\x00-\x1f\x7f]+"
"""One segment of an address; ``.`` and ``..`` are none, browsers resolve them away."""

_LITERAL = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@-]*")
_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_SAFE_IN_ADDRESS = "/!$&'()*+,;=:@"
_NAMES_TAKEN = frozenset({"self", "request"})


@dataclass(frozen=True, slots=True)
class _Kind:
    """How values of one kind are written into an address and read from it."""

    name: str
    expression: str
    read: Callable[[str], RouteValue]
    write: Callable[[RouteValue], str]


def _write_float(value: RouteValue) -> str:
    """The shortest digits that give this number back, without an exponent."""
    return format(Decimal(repr(float(str(value)))), "f")


_KINDS_NARROW_FIRST = (
    _Kind("guid", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", UUID, str),
    _Kind("int", r"0|-?[1-9][0-9]{0,17}", int, str),
    _Kind("float", r"-?(?:0|[1-9][0-9]{0,308})(?:\.[0-9]+)?", float, _write_float),
    _Kind("slug", r"[a-z0-9_-]+", str, str),
    _Kind("token", r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]+", str, str),
    _Kind("text", _SEGMENT, str, str),
    _Kind("path", rf"{_SEGMENT}(?:/{_SEGMENT})*", str, str),
)
_KINDS = {kind.name: kind for kind in _KINDS_NARROW_FIRST}
_RANKS = {kind.name: rank for rank, kind in enumerate(_KINDS_NARROW_FIRST)}


@dataclass(frozen=True, slots=True)
class _Segment:
    """What stands between two slashes: literal text, perhaps around one placeholder."""

    before: str
    name: str = ""
    kind: str = ""
    after: str = ""

    @property
    def expression(self) -> str:
        """The regular expression of this segment."""
        if not self.kind:
            return re.escape(self.before)
        held = f"(?P<{self.name}>{_KINDS[self.kind].expression})"
        return re.escape(self.before) + held + re.escape(self.after)

    @property
    def precedence(self) -> tuple[int, int, int]:
        """Literal before mixed before placeholder; more literal text and narrower kinds first."""
        if not self.kind:
            return (0, 0, 0)
        literal = len(self.before) + len(self.after)
        return (1 if literal else 2, -literal, _RANKS[self.kind])


@dataclass(frozen=True, slots=True)
class RoutePattern:
    """A compiled pattern; make one with `compile_pattern`.

    Attributes:
        text: the pattern as it was written.
    """

    text: str
    _segments: tuple[_Segment, ...]
    _expression: re.Pattern[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders' names, in the order of the address."""
        return tuple(segment.name for segment in self._segments if segment.kind)

    @property
    def precedence(self) -> tuple[tuple[int, int, int], ...]:
        """A sort key: of two patterns that accept an address, the more specific is less."""
        return tuple(segment.precedence for segment in self._segments)

    @property
    def shape(self) -> tuple[tuple[str, str, str], ...]:
        """Equal for patterns that accept the same addresses, whatever their names."""
        return tuple((segment.before, segment.kind, segment.after) for segment in self._segments)

    def match(self, path: str) -> dict[str, RouteValue] | None:
        """The values that a decoded path holds, or None where the pattern does not fit."""
        found = self._expression.fullmatch(path)
        if found is None:
            return None
        return {
            segment.name: _KINDS[segment.kind].read(found[segment.name])
            for segment in self._segments
            if segment.kind
        }

    def build(self, values: Mapping[str, RouteValue]) -> str:
        """The percent-encoded path that holds these values.

        Raises:
            Invalid: a value is missing, unknown, or not of its placeholder's kind.
        """
        if set(values) != set(self.names):
            raise Invalid(
                f"the route {self.text!r} cannot be written with these values. "
                f"values={sorted(values)!r}",
                code="SG-ROUTE-003",
                hint=f"give exactly {', '.join(self.names) or 'no values'}",
            )
        written = (_write_segment(self.text, segment, values) for segment in self._segments)
        return "/" + "/".join(written)


def compile_pattern(text: str) -> RoutePattern:
    """Read a pattern as a person writes it.

    Raises:
        Invalid: it is no pattern; the message says where.
    """
    if not text.startswith("/"):
        raise _bad_pattern(text, "it does not begin with '/'")
    parts = text[1:].split("/") if text != "/" else []
    if "" in parts:
        raise _bad_pattern(text, "it holds an empty segment, or ends with '/'")
    segments = tuple(_read_segment(text, part) for part in parts)
    _check_whole(text, segments)
    expression = "/" + "/".join(segment.expression for segment in segments)
    return RoutePattern(text, segments, re.compile(expression))


def _read_segment(text: str, part: str) -> _Segment:
    """One segment of a pattern."""
    found = _PLACEHOLDER.search(part)
    if found is None:
        return _Segment(_literal(text, part))
    before, after = part[: found.start()], part[found.end() :]
    name, kind = found[1], found[2] if found[2] is not None else "token"
    if not name.isidentifier() or name.startswith("_") or name in _NAMES_TAKEN:
        raise _bad_pattern(text, f"a placeholder cannot be called {name!r}")
    if kind not in _KINDS:
        close = difflib.get_close_matches(kind, _KINDS, 1) or list(_KINDS)
        raise _bad_pattern(text, f"there is no kind {kind!r}", f"did you mean {', '.join(close)}?")
    return _Segment(_literal(text, before), name, kind, _literal(text, after))


def _literal(text: str, part: str) -> str:
    """Literal text of a pattern, once it proves to be such."""
    if not _LITERAL.fullmatch(part):
        raise _bad_pattern(text, f"{part!r} holds a character that no plain address has")
    if part in {".", ".."}:
        raise _bad_pattern(text, f"browsers resolve {part!r} away")
    return part


def _check_whole(text: str, segments: tuple[_Segment, ...]) -> None:
    """Refuse what only shows when all segments are seen together."""
    names = [segment.name for segment in segments if segment.kind]
    if len(set(names)) < len(names):
        raise _bad_pattern(text, "two placeholders have one name")
    for index, segment in enumerate(segments):
        if segment.kind == "path" and (
            index < len(segments) - 1 or segment.before or segment.after
        ):
            raise _bad_pattern(text, f"{{{segment.name}:path}} is not the whole last segment")


def _write_segment(text: str, segment: _Segment, values: Mapping[str, RouteValue]) -> str:
    """One segment of an address."""
    if not segment.kind:
        return segment.before
    kind, value = _KINDS[segment.kind], values[segment.name]
    try:
        written = kind.write(value)
        encoded = quote(written, safe=_SAFE_IN_ADDRESS)
    except (ArithmeticError, ValueError) as cause:
        raise _bad_value(text, segment, value) from cause
    if not re.fullmatch(kind.expression, written):
        raise _bad_value(text, segment, value)
    return segment.before + encoded + segment.after


def _bad_pattern(text: str, fault: str, hint: str = "") -> Invalid:
    return Invalid(
        f"this is no route pattern, {fault}. pattern={text!r}",
        code="SG-ROUTE-001",
        hint=hint or "a pattern looks like /news/{name:slug}",
    )


def _bad_value(text: str, segment: _Segment, value: RouteValue) -> Invalid:
    return Invalid(
        f"the route {text!r} cannot hold this {segment.name}. value={value!r}",
        code="SG-ROUTE-004",
        hint=f"it must be of the kind {segment.kind!r}",
    )
