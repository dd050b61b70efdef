"""Answers the intents that other nodes send: only under a passport that covers their bytes."""

from __future__ import annotations

import hashlib

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive

from skygarth.model.errors import Invalid, SkygarthError, Unavailable
from skygarth.routing.codes import BAD_INTENT
from skygarth.routing.passport import Forged, Passport
from skygarth.web.intent_wire import decode_intent, encode_answer, encode_fault
from skygarth.web.parts import Answering

BODY_BYTES_MAX = 4 << 20
_log = structlog.get_logger("skygarth.web")


async def answer_intent(site: Answering, passport: Passport | None, receive: Receive) -> Response:
    """What this node answers to an intent.

    Raises:
        Forged: no passport, or not for these bytes (RTE-18).
        Invalid: it cannot be read (SG-ROUTE-110).
    """
    if passport is None:
        raise Forged("there is none")
    body = await _body(receive)
    if hashlib.sha256(body).hexdigest() != passport.digest:
        raise Forged("it is not for this body")
    intent = decode_intent(body, passport.identity, passport.hops)

    def made() -> bytes:
        try:
            return encode_answer(site.answer(intent))
        except SkygarthError as error:
            return encode_fault(error)
        except Exception:  # noqa: BLE001 - whoever asked is owed an answer, the log the cause
            _log.exception("a part of a page failed", route=intent.route)
            return encode_fault(_FAILED)

    return Response(await run_in_threadpool(made), media_type="application/json")


_FAILED = Unavailable(
    "a node met an error that it did not expect",
    code="SG-WEB-001",
    hint="try again; if it stays, the node's log says more",
)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise Invalid("this intent is too long", code=BAD_INTENT, hint="send less")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return bytes(body)
