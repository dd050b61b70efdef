"""One call of the API: who asks, what for, and how answers and refusals look.

Handlers are plain functions on a local database. They run in threads; only the
edge (`skygarth.web.api.routing`) is asynchronous.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from skygarth.model.errors import Denied, Invalid, Unavailable
from skygarth.model.position import INCARNATION_DIGITS, Incarnation, Vector
from skygarth.node.running import RunningNode
from skygarth.repository import Repository
from skygarth.repository.tokens import Role, TokenHolder

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
    method: str
    path: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: bytes
    holder: TokenHolder | None
    now_us: int
    asked: frozenset[str] = field(default_factory=frozenset)

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
                code="SG-API-401",
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
        except msgspec.MsgspecError as cause:
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
        if not text.isdecimal() or not 1 <= int(text) <= LIMIT_MAX:
            raise Invalid(
                f"this is no limit. limit={text!r}",
                code="SG-API-002",
                hint=f"give a number from 1 to {LIMIT_MAX}",
            )
        return int(text)

    def wants(self, flag: str) -> bool:
        """Whether a flag of the query is set."""
        return self.query.get(flag, "").lower() in {"1", "true", "yes"}

    def wait_for_version(self) -> None:
        """Catch up with what the caller has seen on another node.

        Raises:
            Unavailable: not within two seconds (SG-API-503).
        """
        text = self.headers.get("skygarth-version")
        if text and not self.node.wait_for_vector(read_version(text), CATCH_UP_SECONDS):
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


def read_version(text: str) -> Vector:
    """The vector that a ``Skygarth-Version`` header holds.

    Raises:
        Invalid: it holds none (SG-API-003).
    """
    vector: dict[Incarnation, int] = {}
    for part in filter(None, text.split(",")):
        incarnation, _, sequence = part.strip().partition(":")
        if len(incarnation) != INCARNATION_DIGITS or not sequence.isdecimal():
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
    node = call.node
    level = "local"
    wanted, seconds = _preference(call)
    if wanted == "bucket":
        level = node.wait_durable(call.repository.change_head(), "bucket", seconds)
    vector = dict(node.vector)
    sequence = node.replicator.publisher.sequence
    vector[node.incarnation] = sequence if level == "bucket" else sequence + 1
    return {"Skygarth-Version": write_version(vector), "Skygarth-Durability": level}


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
