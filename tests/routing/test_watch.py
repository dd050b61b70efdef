"""How a router learns of the cloud: cards, readiness, routes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.routing.nodes import (
    FakeNode,
    Seen,
    dead_port,
    node,
    on_a_loop,
    router,
    saying,
    sighting,
    writing,
)

from skygarth.model.errors import Unavailable
from skygarth.routing.router import Sighting
from skygarth.routing.watch import Cards, Generation, Watch

ROUTES = (
    b'{"pages":[{"path":"/","component":"site","routes":'
    b'[{"name":"search","pattern":"/search","pool":"search"}]}]}'
)


def reading(*sightings: Sighting, started_ms: int = 1) -> Cards:
    """Cards of these nodes."""
    marks = [(seen, Generation(seen.incarnation, started_ms, ())) for seen in sightings]

    def read() -> Sequence[tuple[Sighting, Generation]]:
        return marks

    return read


def seen_as(made: FakeNode) -> Sighting:
    """A node's card."""
    return sighting(made.name, made.address)


@on_a_loop
async def test_what_a_node_says_now_counts_more_than_its_card() -> None:
    """A node that drains says so on /readyz before its card does; a dead one says nothing."""
    draining = b'HTTP/1.1 503 No\r\nContent-Length: 20\r\n\r\n{"state":"draining"}'
    dead = sighting("c", f"http://127.0.0.1:{dead_port()}")
    async with node(saying("a")) as a, node(writing(draining), "b") as b:
        made = router()
        watch = Watch(made, reading(seen_as(a), seen_as(b), dead), cards_seconds=60.0)
        await watch.look()
        states = {each.name: each.state for each in made.nodes}
        made.close()

    assert states == {"a": "unreachable", "b": "draining", "c": "unreachable"}  # a says no state


@on_a_loop
async def test_routes_are_asked_of_a_ready_node_once_a_life() -> None:
    """They are of the application, so one node tells for all of them."""

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        body = ROUTES if b"/routes" in seen.start else b'{"state":"ready"}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async with node(answer) as a:
        made = router()
        watch = Watch(made, reading(seen_as(a)), cards_seconds=60.0)
        for _ in range(3):
            await watch.look()
        asked = [seen.start for seen in a.seen if b"/routes" in seen.start]
        made.close()

    assert made.routes.find(b"GET", b"/search").pool == "search"
    assert len(asked) == 1


@on_a_loop
async def test_whom_we_know_answers_on_while_the_bucket_is_away() -> None:
    """Routing must not need the bucket: it was read before."""
    async with node(saying("a")) as a:
        made = router(seen_as(a))

        def read() -> Sequence[tuple[Sighting, Generation]]:
            raise Unavailable("the bucket is away", code="SG-BUCKET-001")

        await Watch(made, read, cards_seconds=0.0).look()
        names = [each.name for each in made.nodes]
        made.close()

    assert names == ["a"]
