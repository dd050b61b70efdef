"""Intents and their answers come out as they went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from starlette.responses import Response

from skygarth.model.errors import Conflict, Invalid, InvalidValue, NotFound, SkygarthError
from skygarth.routing.codes import BAD_INTENT
from skygarth.routing.identity import Identity
from skygarth.web import Intent, Page
from skygarth.web.intent_wire import (
    decode_intent,
    decode_outcome,
    encode_answer,
    encode_fault,
    encode_intent,
)

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
ADA = Identity("ada", frozenset({"editor"}))


def test_an_intent_is_the_same_on_the_other_node() -> None:
    """Every kind of argument, every byte; who asks comes with the passport."""
    intent = Intent(
        page=Page("/blog", "blog"),
        route="show",
        method="POST",
        arrived=NOON,
        deadline=NOON + timedelta(seconds=30),
        arguments={"a": UUID(int=7), "b": -3, "c": 0.1, "d": "7"},
        query=(("q", "x"), ("q", "ü")),
        form=(("f", ""),),
        body=bytes(range(256)),
        base="https://example.org/site",
        identity=ADA,
        hops=2,
    )

    assert intent == decode_intent(encode_intent(intent), ADA, 2)


def test_an_answer_is_the_same_here() -> None:
    """Status, headers and bytes."""
    answer = decode_outcome(encode_answer(Response(b"\xff<b>", 201, {"x-y": "1"}, "text/html")))

    assert (answer.status_code, answer.body, answer.headers["x-y"]) == (201, b"\xff<b>", "1")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (NotFound("no", code="SG-X-001", hint="look"), NotFound),
        (Conflict("meanwhile", code="SG-X-002"), Conflict),
        (InvalidValue("title", "it is too long", "at most 3"), Invalid),
    ],
)
def test_an_error_is_raised_again(error: SkygarthError, family: type[SkygarthError]) -> None:
    """Of its family, with its code and its way out."""
    with pytest.raises(family) as raised:
        decode_outcome(encode_fault(error))

    assert (raised.value.code, raised.value.message, raised.value.hint) == (
        error.code,
        error.message,
        error.hint,
    )


@pytest.mark.parametrize("body", [b"", b"[]", b'{"path":"/"}', b"\xff"])
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    """A node of another version gets an error, not a guess."""
    with pytest.raises(Invalid) as raised:
        decode_intent(body, ADA)

    assert raised.value.code == BAD_INTENT
