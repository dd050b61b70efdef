"""What a visitor has seen, as he carries it."""

from __future__ import annotations

import asyncio

from starlette.types import Scope

from skygarth.model.position import Incarnation, Vector
from skygarth.web.seen_versions import COOKIE_LOGS_MAX, NOTHING, Waiting, cookie_for, seen_by

A, B = Incarnation("a" * 32), Incarnation("b" * 32)


def asking(**headers: str) -> Scope:
    """A request with these headers."""
    told = [(name.replace("_", "-").encode(), v.encode()) for name, v in headers.items()]
    return {"type": "http", "headers": told}


def test_a_cookie_says_what_its_visitor_wrote() -> None:
    """On this node and on those before; a new write here replaces the older one."""
    value = cookie_for({A: 3, B: 4}, A, 5).decode().partition(";")[0]
    seen = seen_by(asking(cookie=f"other=1; {value}"))

    assert seen.vector == {A: 5, B: 4}
    assert not seen.is_asked


def test_a_program_asks_by_the_header() -> None:
    """It wins over the cookie, and wants no older answer."""
    seen = seen_by(asking(skygarth_version=f"{A}:3", cookie=f"skygarth_seen={B}:9"))

    assert (seen.vector, seen.is_asked) == ({A: 3}, True)


def test_nonsense_is_nothing() -> None:
    """A stranger's cookie is no reason for anything."""
    for value in ("", "x", f"{A}:x", "ü" * 40, f"{A}:{'9' * 40}"):
        assert seen_by(asking(cookie=f"skygarth_seen={value}")).vector == NOTHING.vector


def test_a_cookie_does_not_grow_without_end() -> None:
    """Somebody who writes on every node of a large cloud keeps the latest."""
    many: Vector = {Incarnation(f"{number:032x}"): number for number in range(50)}

    assert cookie_for(many, A, 1).count(b":") == COOKIE_LOGS_MAX


def test_waiting_ends_with_what_is_waited_for_or_in_time() -> None:
    """What a node wrote itself it always has."""
    vector: dict[Incarnation, int] = {}
    time = iter(range(100))
    waiting = Waiting(lambda: vector, lambda: A, lambda: float(next(time)))

    assert waiting.has({A: 9})
    assert not asyncio.run(waiting.until({B: 2}, 2.0))
    vector[B] = 2
    assert asyncio.run(waiting.until({B: 2}, 0.0))
