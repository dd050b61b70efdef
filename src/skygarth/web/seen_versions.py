"""What a visitor has seen or written, carried by himself: ``Skygarth-Version``, or a cookie.

Whoever writes on one node and reads on another should find what he wrote. Programs
send back the header that their write returned; browsers a cookie that a page's write
sets, which names what this visitor wrote and nothing else. It is a wish, not a right:
what can not be had in time is not waited for any longer (RTE-11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from skygarth.model.position import Incarnation, Vector, covers
from skygarth.routing.version_header import vector_in

COOKIE = "skygarth_seen"
COOKIE_SECONDS = 600
COOKIE_LOGS_MAX = 8
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody has seen.

    Attributes:
        is_asked: a program asks for it by the header, and wants no older answer.
    """

    vector: Vector
    is_asked: bool = False


NOTHING = Seen({})


def seen_by(scope: Scope) -> Seen:
    """What the sender of a request has seen."""
    headers = Headers(scope=scope)
    asked = headers.get("skygarth-version")
    if asked:
        return Seen(vector_in(asked.encode("latin-1")), is_asked=True)
    cookies = headers.get("cookie")
    if cookies is None or COOKIE not in cookies:
        return NOTHING
    told = cookie_parser(cookies).get(COOKIE, "")
    return Seen(vector_in(told.replace(".", ",").encode("latin-1", "replace")))


def cookie_for(before: Vector, incarnation: Incarnation, sequence: int) -> bytes:
    """The cookie of a visitor who has written here, after what he wrote elsewhere."""
    kept = {log: through for log, through in before.items() if log != incarnation}
    while len(kept) >= COOKIE_LOGS_MAX:
        kept.pop(next(iter(kept)))
    kept[incarnation] = sequence
    value = ".".join(f"{log}:{through}" for log, through in kept.items())
    written = f"{COOKIE}={value}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
    return written.encode("ascii")


class Waiting:
    """Waits until this node has what somebody has seen. It holds no thread meanwhile.

    Args:
        vector: what this node has.
        own: its incarnation, whose log it always has.
        monotonic: seconds that only go on.
    """

    def __init__(
        self,
        vector: Callable[[], Vector],
        own: Callable[[], Incarnation],
        monotonic: Callable[[], float],
    ) -> None:
        self._vector = vector
        self._own = own
        self._monotonic = monotonic

    def has(self, seen: Vector) -> bool:
        """Whether all of it is here."""
        if not seen:
            return True
        own = self._own()
        return covers({**self._vector(), own: seen.get(own, 0)}, seen)

    async def until(self, seen: Vector, seconds: float) -> bool:
        """Wait so long; whether it came."""
        ends_at = self._monotonic() + seconds
        while not self.has(seen):
            if self._monotonic() >= ends_at:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True
