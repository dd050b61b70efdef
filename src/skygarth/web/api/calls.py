"""One call of the API: who asks, what for, and how answers and refusals look.

Handlers are plain functions on a local database. They run in threads; only the
edge (`skygarth.web.api.routing`) is asynchronous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from skygarth.model.errors import Denied, Invalid, Unavailable
from skygarth.model.position import INCARNATION_DIGITS, Incarnation, Vector
from skygarth.model.wording import shortened
from skygarth.node.running import RunningNode
from skygarth.repository import Repository
from skygarth.repository.tokens import Role, TokenHolder
from skygarth.web.content_figures import FiguresReader
from skygarth.web.sessions import NEEDS_TOKEN
from skygarth.web.watching.reading import CloudReader

PREFIX = "/api/v1"
CATCH_UP_SECONDS = 2.0
DURABLE_SECONDS = 5.0
LIMIT_DEFAULT = 50
LIMIT_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, read to its end.

    Attributes:
        holder: whoever showed a token; None for a visitor.
        path: the variable parts of the address.
        now_us: the moment it came.
    """

    node: RunningNode
    figures: FiguresReader
    cloud: CloudReader
    method: str
    path: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: bytes
    holder: TokenHolder | None
    now_us: int

    @property
    def repository(self) -> Repository:
        """The node's content."""
        return self.node.repository

    @property
    def author(self) -> str:
        """The name under which changes are made."""
        return self.holder.name if self.holder is not None else ""

    def require(self, role: Role) -> None:
        """Refuse whoever may not.

        Raises:
            Denied: no token, or one of a lesser role.
        """
        if self.holder is None:
            raise Denied(
                "this needs a token",
                code=NEEDS_TOKEN,
                hint="send Authorization: Bearer TOKEN; `skygarth token create` makes one",
            )
        if not self.holder.may(role):
            raise Denied(
                f"this token may not. role='{self.holder.role}' needed='{role}'",
                code="SG-API-403",
                hint=f"use a token of role {role}",
            )

    def document(self) -> dict[str, object]:
        """The body as a JSON object.

        Raises:
            Invalid: it is none (SG-API-001).
        """
        try:
            return msgspec.json.decode(self.body or b"{}", type=dict[str, object])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as cause:
            raise Invalid(
                f"the body is no JSON object. reason={cause}",
                code="SG-API-001",
                hint='send an object such as {"fields": {"title": "Hello"}}',
            ) from cause

    def limit(self) -> int:
        """How many items a page may have.

        Raises:
            Invalid: the limit is no number from 1 to `LIMIT_MAX`.
        """
        text = self.query.get("limit", str(LIMIT_DEFAULT))
        return read_limit(int(text) if text.isdecimal() and len(text) < 9 else text)

    def refuse_parameters(self, known: frozenset[str]) -> None:
        """Refuse parameters of the query that nobody reads.

        Raises:
            Invalid: naming the first (SG-API-005).
        """
        refuse_unknown(self.query, known, "parameter")

    def wants(self, flag: str) -> bool:
        """Whether a flag of the query is set."""
        return self.query.get(flag, "").lower() in {"1", "true", "yes"}

    def wait_for_version(self) -> None:
        """Catch up with what the caller has seen on another node.

        What this node wrote itself it has, published or not.

        Raises:
            Unavailable: not within two seconds (SG-API-503).
        """
        needed = dict(read_version(self.headers.get("skygarth-version", "")))
        needed.pop(self.node.incarnation, None)
        if needed and not self.node.wait_for_vector(needed, CATCH_UP_SECONDS):
            raise Unavailable(
                "this node has not caught up with what you have seen",
                code="SG-API-503",
                hint="ask again in a moment, or another node",
            )


Handler = Callable[[Call], Response]


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(
        msgspec.json.encode(value),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )


def read_limit(given: object) -> int:
    """How many items a page may have.

    Raises:
        Invalid: it is no number from 1 to `LIMIT_MAX` (SG-API-002).
    """
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= LIMIT_MAX:
        raise Invalid(
            f"this is no limit. limit={shortened(given)}",
            code="SG-API-002",
            hint=f"give a number from 1 to {LIMIT_MAX}",
        )
    return given


def refuse_unknown(given: Iterable[str], known: Iterable[str], what: str = "member") -> None:
    """Refuse what nobody reads: a typing mistake must not pass in silence.

    Raises:
        Invalid: naming the first (SG-API-005).
    """
    for name in given:
        if name not in known:
            raise Invalid(
                f"nobody reads this {what}. name={shortened(name)}",
                code="SG-API-005",
                hint=suggestion(name, known),
            )


def suggestion(name: str, known: Iterable[str]) -> str:
    """What somebody may have meant, and what else there is."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{meant}there is {', '.join(names)}" if names else f"{meant}there is none"


def read_version(text: str) -> Vector:
    """The vector that a ``Skygarth-Version`` header holds.

    Raises:
        Invalid: it holds none (SG-API-003).
    """
    vector: dict[Incarnation, int] = {}
    for part in filter(None, text.split(",")):
        incarnation, _, sequence = part.strip().partition(":")
        if len(incarnation) != INCARNATION_DIGITS or not sequence.isdecimal() or len(sequence) > 18:
            raise Invalid(
                f"this is no version. part={part!r}",
                code="SG-API-003",
                hint="send back Skygarth-Version just as a write returned it",
            )
        vector[Incarnation(incarnation)] = int(sequence)
    return vector


def write_version(vector: Vector) -> str:
    """A vector as ``Skygarth-Version`` carries it."""
    return ",".join(f"{name}:{through}" for name, through in sorted(vector.items()))


def written(call: Call) -> dict[str, str]:
    """The headers of a write: the version it made, and how durable it is by now."""
    node, level = call.node, "local"
    wanted, seconds = _preference(call)
    waiting, last = node.database.replica().unpublished()
    if wanted == "bucket":
        level = node.wait_durable(last, "bucket", seconds) if waiting else "bucket"
    vector = {**node.vector, node.incarnation: own_sequence(node)}
    return {"Skygarth-Version": write_version(vector), "Skygarth-Durability": level}


def own_sequence(node: RunningNode) -> int:
    """The sequence of the own segment that carries what has been written here until now.

    A segment on its way may or may not hold all of it. In doubt the lower number
    is told: for one that never comes readers would wait in vain.
    """
    replica = node.database.replica()
    waiting, last = replica.unpublished()
    packed = node.replicator.publisher.packed
    through = replica.published_through()
    published = replica.vector().get(node.incarnation, 0)
    if not waiting or through >= last:
        return published
    goes_without = packed is not None and through < packed.through < last
    return published + (2 if goes_without else 1)


def _preference(call: Call) -> tuple[str, float]:
    """The durability that ``Prefer`` asks for (the node's own by default), and the wait."""
    wanted, seconds = call.node.traits.durability, DURABLE_SECONDS
    for part in call.headers.get("prefer", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "durability" and value in {"local", "bucket"}:
            wanted = value
        if name == "wait" and value.replace(".", "", 1).isdecimal():
            seconds = min(float(value), 60.0)
    return wanted, seconds
