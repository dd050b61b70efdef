"""The YAML between ``---`` lines at the head of a file, read without trust.

Values stay as they were written: a title ``1.10`` is not the number 1.1, a
date is not yet a moment. So this loader knows texts, lists, mappings and null,
and refuses every other tag. Aliases are counted, since a hundred bytes of them
can unfold to gigabytes; so are bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from skygarth.content_import.documents import Unreadable

FRONT_MATTER_CHARACTERS_MAX = 256 * 1024
ALIASES_MAX = 16

_OPENING = re.compile(r"---[ \t]*")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*")
_TRUE = frozenset({"true", "yes", "on", "y", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "0"})
_YAML = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Headed:
    """A file taken apart. `values` is None where it has no front matter at all."""

    values: dict[str, object] | None
    body: str


def take_apart(text: str) -> Headed:
    """Divide a file's text into front matter and body.

    Args:
        text: decoded, line ends as they come.

    Raises:
        Unreadable: the front matter does not end, or is no mapping in YAML.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    begin = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if not _OPENING.fullmatch(lines[begin]):
        return Headed(None, "\n".join(lines))
    end = next(
        (n for n in range(begin + 1, len(lines)) if _CLOSING.fullmatch(lines[n])),
        None,
    )
    if end is None:
        raise Unreadable(
            "the front matter does not end",
            line=begin + 1,
            hint="close it with a line of three hyphens",
        )
    values = read_mapping("\n".join(lines[begin + 1 : end]), first_line=begin + 2)
    return Headed(values, "\n".join(lines[end + 1 :]))


def read_mapping(text: str, *, first_line: int = 1) -> dict[str, object]:
    """A mapping written in YAML, its values texts, lists, mappings and None.

    Args:
        text: the YAML; nothing but blanks and comments is an empty mapping.
        first_line: where in its file it begins, for faults.

    Raises:
        Unreadable: it is broken, too large, or something else than a mapping.
    """
    if len(text) > FRONT_MATTER_CHARACTERS_MAX:
        raise Unreadable(
            f"the front matter is too large. characters={len(text)}",
            line=first_line,
            hint=f"{FRONT_MATTER_CHARACTERS_MAX} are allowed; is a closing --- missing?",
        )
    read = _load(text, first_line)
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise Unreadable(
            "the front matter is not a list of keys and values",
            line=first_line,
            hint="write it as 'key: value', one a line",
        )
    return {str(key): value for key, value in read.items()}


def _load(text: str, first_line: int) -> object:
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader that knows even less
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        raise Unreadable(
            f"the front matter is no valid YAML: {cause.problem or cause.context}",
            line=first_line + mark.line if mark else first_line,
            hint="put a value that holds a colon, a quote or a bracket into quotes",
        ) from cause
    except (yaml.YAMLError, RecursionError) as cause:
        problem = "it nests too deep" if isinstance(cause, RecursionError) else _one_line(cause)
        raise Unreadable(
            f"the front matter is no valid YAML: {problem}",
            line=first_line,
            hint="write it as 'key: value', one a line",
        ) from cause


def _one_line(cause: Exception) -> str:
    return " ".join(str(cause).split())[:200]


class _PlainLoader(yaml.SafeLoader):
    """A SafeLoader without types and with a bound on aliases."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own shape
        first: [entry for entry in entries if entry[0] in {f"{_YAML}null", f"{_YAML}merge"}]
        for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {  # noqa: RUF012 - PyYAML's own shape
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.removeprefix(_YAML) in {"null", "str", "seq", "map"}
    }
    _aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Count aliases on the way."""
        if self.check_event(yaml.AliasEvent):
            self._aliases += 1
            if self._aliases > ALIASES_MAX:
                raise yaml.composer.ComposerError(
                    None,
                    None,
                    f"more than {ALIASES_MAX} aliases",
                    self.peek_event().start_mark,  # type: ignore[no-untyped-call]
                )
        return super().compose_node(parent, index)


def text_of(value: object) -> str | None:
    """A single value as text; None for nothing, lists and mappings."""
    return value.strip() or None if isinstance(value, str) else None


def switch_of(value: object) -> bool | None:
    """A yes or a no; None where it is neither."""
    word = (text_of(value) or "").lower()
    return True if word in _TRUE else False if word in _FALSE else None


def words_of(value: object) -> list[str]:
    """A list as it is, or the words of a text, as Jekyll reads categories."""
    if isinstance(value, str):
        return [stripped for word in value.split() if (stripped := word.strip(",;"))]
    if isinstance(value, list):
        return [
            " ".join(entry.split()) for entry in value if isinstance(entry, str) and entry.strip()
        ]
    return []
