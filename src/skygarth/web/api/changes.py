"""The change feed over HTTP: as JSON, or as server-sent events that go on.

Each entry has its sequence as id, so a reader that comes back with
``Last-Event-ID`` misses nothing. Events say whether a change was made here or
imported from another node.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from skygarth.model.errors import Invalid, NotFound
from skygarth.model.wording import shortened
from skygarth.repository import Event, Repository
from skygarth.repository.tokens import HIDDEN_TYPES, Role, holder_of
from skygarth.web.api.calls import Call, answer
from skygarth.web.stopping import StopSignal

PING_SECONDS = 15.0
LOOK_SECONDS = 0.1
BATCH = 200


class Gone(NotFound):
    """The feed has forgotten what was asked for (410)."""

    default_code = "SG-FEED-001"


def list_changes(call: Call) -> Response:
    """``GET changes?since=…``."""
    call.require(Role.READER)
    call.refuse_parameters(frozenset({"since", "limit"}))
    since, limit = since_of(call), call.limit()
    events = _events(call.repository, since, limit)
    shown = [change_document(event) for event in events if event.type_name not in HIDDEN_TYPES]
    following = str(events[-1].sequence) if events else str(since)
    return answer({"items": shown, "next": following, "head": call.repository.change_head()})


def since_of(call: Call) -> int:
    """Where to begin: ``Last-Event-ID`` is stronger than ``since``; ``now`` is the head.

    Raises:
        Invalid: neither number nor ``now``.
    """
    text = call.headers.get("last-event-id") or call.query.get("since", "0")
    if text == "now":
        return call.repository.change_head()
    if not text.isdecimal() or len(text) > 18:
        raise Invalid(
            f"this is no place in the feed. since={shortened(text)}",
            code="SG-API-009",
            hint="send a number that the feed gave, 0 for all, or now",
        )
    return int(text)


def change_document(event: Event) -> dict[str, object]:
    """An entry of the feed as the API shows it."""
    return {
        "sequence": event.sequence,
        "changeset": event.changeset,
        "action": event.action,
        "type": event.type_name,
        "guid": str(event.guid),
        "origin": "imported" if event.imported else "local",
        "at": event.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }


def stream_changes(call: Call, stopping: StopSignal) -> Response:
    """The feed as server-sent events, until the reader goes, loses his token, or the node stops."""
    call.require(Role.READER)
    since = since_of(call)
    _events(call.repository, since, 1)  # refuse here, while a status can still be sent
    return StreamingResponse(
        _stream(call, since, stopping),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(call: Call, since: int, stopping: StopSignal) -> AsyncIterator[bytes]:
    yield b": the feed of this node\nretry: 1000\n\n"
    quiet = 0.0
    while not stopping.is_set:
        try:
            events = await run_in_threadpool(_events, call.repository, since, BATCH)
        except Gone as gone:  # the reader was slower than the feed's end
            yield _said("gone", {"code": gone.code, "detail": gone.message})
            return
        for event in events:
            since = event.sequence
            if event.type_name not in HIDDEN_TYPES:
                yield _sse(event)
        if events:
            quiet = 0.0
            continue
        if await stopping.wait(LOOK_SECONDS):
            break
        quiet += LOOK_SECONDS
        if quiet >= PING_SECONDS:
            quiet = 0.0
            if not await run_in_threadpool(_may_still, call):
                yield _said("denied", {"detail": "the token has been revoked, or has expired"})
                return
            yield b": ping\n\n"
    yield _said("stopping", {})


def _may_still(call: Call) -> bool:
    """Whether the reader's token is still good."""
    assert call.holder is not None
    return holder_of(call.repository, call.holder.guid, call.node.clock.now_us()) is not None


def _said(what: str, document: dict[str, str]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (what.encode(), msgspec.json.encode(document))


def _sse(event: Event) -> bytes:
    document = msgspec.json.encode(change_document(event))
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.sequence,
        event.action.encode(),
        document,
    )


def _events(repository: Repository, since: int, limit: int) -> list[Event]:
    try:
        return repository.changes(since, limit)
    except NotFound as cause:
        raise Gone(cause.message, code=cause.code, hint=cause.hint) from cause
