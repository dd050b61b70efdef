"""The change feed over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import msgspec
import pytest
from starlette.datastructures import Headers, QueryParams
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode, running, watch

from skygarth.repository.tokens import TokenHolder, revoke_token, verify_token
from skygarth.web.api import changes
from skygarth.web.api.calls import Call
from skygarth.web.api.changes import stream_changes
from skygarth.web.content_figures import FiguresReader


def _call(node: CloudNode, **headers: str) -> Call:
    holder = verify_token(node.repository, node.token("reader"), 0)
    assert holder is not None
    return Call(
        node=node.node,
        figures=FiguresReader(node.node),
        cloud=watch(node),
        method="GET",
        path={},
        query=QueryParams(""),
        headers=Headers(headers),
        body=b"",
        holder=holder,
        now_us=0,
    )


async def _parts(call: Call, node: CloudNode) -> AsyncIterator[str]:
    response = stream_changes(call, node.stopping)
    assert isinstance(response, StreamingResponse)
    async for part in response.body_iterator:
        yield bytes(part).decode() if not isinstance(part, str) else part


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudNode]:
    """A node of its own, for tests that stop it or shorten its feed."""
    with running("fresh", tmp_path_factory.mktemp("fresh")) as node:
        yield node


def test_the_feed_tells_what_happened_and_where(
    pair: tuple[CloudNode, CloudNode],
) -> None:
    """Each change is told once on each node: as local where it was made, as imported elsewhere."""
    a, b = pair
    book = a.repository.create(Book(name="told", title="Told"))
    b.waits_for(lambda: b.repository.find(book.guid))
    book.update(title="Told again")
    b.waits_for(lambda: (f := b.repository.find(book.guid)) and f.meta.revision == 2)

    def told(node: CloudNode) -> list[tuple[str, str]]:
        items = node.client("reader").get("changes?limit=1000").json()["items"]
        return [(e["action"], e["origin"]) for e in items if e["guid"] == str(book.guid)]

    assert told(a) == [("created", "local"), ("updated", "local")]
    assert told(b) == [("created", "imported"), ("updated", "imported")]


def test_the_feed_goes_on_where_it_was_left(node: CloudNode, reader: TestClient) -> None:
    """`next` of one page is `since` of the next; behind the last there is nothing."""
    head = reader.get("changes?since=now").json()["head"]
    for name in ("one", "two", "three"):
        node.repository.create(Book(name=name, title=name))
    first = reader.get(f"changes?since={head}&limit=2").json()
    rest = reader.get(f"changes?since={first['next']}").json()
    end = reader.get(f"changes?since={rest['next']}").json()

    assert [len(page["items"]) for page in (first, rest, end)] == [2, 1, 0]
    assert end["next"] == rest["next"] == str(rest["head"])


@pytest.mark.parametrize("since", ["x", "-1", "1.5", "9" * 30])
def test_a_place_that_is_none_is_refused(reader: TestClient, since: str) -> None:
    """The feed begins at a number that it gave, at 0, or now."""
    assert reader.get(f"changes?since={since}").json()["code"] == "SG-API-009"


def test_what_the_feed_has_forgotten_is_gone(fresh: CloudNode) -> None:
    """A reader further behind than the feed reaches is told so by 410, as JSON and as a stream."""
    for number in range(5):
        fresh.repository.create(Book(name=f"b{number}", title="x"))
    fresh.waits_for(lambda: fresh.node.sync_status().unpublished == 0)
    fresh.node.database.replica().trim_feed(1)
    client = fresh.client("reader")
    fresh.waits_for(lambda: client.get("changes").status_code == 410)
    answer = client.get("changes")
    stream = client.get("changes", headers={"Accept": "text/event-stream"})

    assert answer.json()["code"] == "SG-FEED-001"
    assert stream.status_code == 410


def test_events_come_as_they_happen_and_end_with_the_node(fresh: CloudNode) -> None:
    """A stream begins behind Last-Event-ID, gives each event its id, and ends by itself."""
    first = fresh.repository.create(Book(name="before", title="Before"))
    call = _call(fresh)
    head = fresh.repository.change_head()
    call = replace(call, headers=Headers({"Last-Event-ID": str(head)}))

    async def read() -> list[str]:
        parts = []
        async for part in _parts(call, fresh):
            parts.append(part)
            if part.startswith(":"):
                await asyncio.to_thread(first.update, title="After")
            if part.startswith("id:"):
                fresh.stopping.set()
        return parts

    opening, event, goodbye = asyncio.run(read())
    lines = dict(line.split(": ", 1) for line in event.strip().splitlines())
    told = msgspec.json.decode(lines["data"])

    assert opening.startswith(": ")
    assert lines["id"] == str(head + 1)
    assert lines["event"] == "updated"
    assert (told["guid"], told["origin"]) == (str(first.guid), "local")
    assert goodbye.startswith("event: stopping")


def test_a_quiet_stream_pings(fresh: CloudNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing happens a comment keeps the connection open."""
    monkeypatch.setattr(changes, "PING_SECONDS", 0.2)
    call = _call(fresh, **{"last-event-id": str(fresh.repository.change_head())})

    async def read() -> str:
        async for part in _parts(call, fresh):
            if "ping" in part:
                return part
        return ""

    assert asyncio.run(read()) == ": ping\n\n"


def test_a_stream_ends_with_its_token(fresh: CloudNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Revoking a token ends the streams that were opened with it."""
    monkeypatch.setattr(changes, "PING_SECONDS", 0.2)
    call = _call(fresh)
    assert isinstance(call.holder, TokenHolder)
    revoke_token(fresh.repository, "reader")

    async def read() -> list[str]:
        return [part async for part in _parts(call, fresh)]

    assert asyncio.run(read())[-1].startswith("event: denied")


def test_a_reader_slower_than_the_feed_is_told(
    fresh: CloudNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream whose place was forgotten meanwhile says so and ends; it skips nothing silently."""
    call = _call(fresh)

    async def read() -> list[str]:
        parts = []
        async for part in _parts(call, fresh):
            parts.append(part)
            await asyncio.to_thread(_write_and_forget, fresh)
        return parts

    assert asyncio.run(read())[-1].startswith("event: gone")


def _write_and_forget(node: CloudNode) -> None:
    for _ in range(3):
        book = node.repository.create(Book(name="short", title="x"))
        book.purge()
    node.waits_for(lambda: node.node.sync_status().unpublished == 0)
    node.node.database.replica().trim_feed(1)
