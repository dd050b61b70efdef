"""Intents and their answers as nodes send them to each other: JSON, whose passport signs it.

What comes back is the answer or the error, so that whoever asked cannot tell where
it was made. Arguments carry their kind, for JSON knows fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from starlette.responses import Response

from skygarth.model import errors
from skygarth.model.errors import Invalid, SkygarthError
from skygarth.model.guid import Guid
from skygarth.routing.codes import BAD_INTENT
from skygarth.routing.identity import Identity
from skygarth.routing.route_pattern import RouteValue
from skygarth.web.intent import Intent, Page, Pairs

_FAMILIES: Mapping[str, type[SkygarthError]] = {
    family.__name__: family
    for family in (
        errors.Invalid,
        errors.NotFound,
        errors.Conflict,
        errors.Denied,
        errors.Unavailable,
        errors.Damaged,
        errors.Unsupported,
    )
}


class _Intent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    path: str
    component: str
    route: str
    method: str
    arrived: datetime
    deadline: datetime
    arguments: tuple[tuple[str, str, str], ...] = ()
    query: Pairs = ()
    form: Pairs = ()
    body: bytes = b""
    base: str = ""


class _Fault(msgspec.Struct, frozen=True, kw_only=True):
    family: str
    code: str
    message: str
    hint: str = ""


class _Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    status: int = 200
    headers: Pairs = ()
    body: bytes = b""
    fault: _Fault | None = None


def encode_intent(intent: Intent) -> bytes:
    """The bytes of an intent, but for who asks: the passport tells that."""
    return msgspec.json.encode(
        _Intent(
            path=intent.page.path,
            component=intent.page.component,
            route=intent.route,
            method=intent.method,
            arrived=intent.arrived,
            deadline=intent.deadline,
            arguments=tuple(_told(name, value) for name, value in intent.arguments.items()),
            query=intent.query,
            form=intent.form,
            body=intent.body,
            base=intent.base,
        )
    )


def decode_intent(body: bytes, identity: Identity, hops: int = 0) -> Intent:
    """An intent, for whoever the passport names.

    Args:
        hops: how many nodes have handed it on.

    Raises:
        Invalid: it cannot be read (SG-ROUTE-110).
    """
    try:
        told = msgspec.json.decode(body, type=_Intent)
        arguments = {name: _read(kind, text) for name, kind, text in told.arguments}
    except (msgspec.MsgspecError, ValueError) as cause:
        raise _unreadable("intent", cause) from cause
    return Intent(
        page=Page(told.path, told.component),
        route=told.route,
        method=told.method,
        arrived=told.arrived,
        deadline=told.deadline,
        arguments=arguments,
        query=told.query,
        form=told.form,
        body=told.body,
        base=told.base,
        identity=identity,
        hops=hops,
    )


def encode_answer(response: Response) -> bytes:
    """The bytes of an answer."""
    return msgspec.json.encode(
        _Outcome(
            status=response.status_code,
            headers=tuple(response.headers.items()),
            body=bytes(response.body),
        )
    )


def encode_fault(error: SkygarthError) -> bytes:
    """The bytes of an error, whose family is told so that it can be raised again."""
    family = next(
        (name for name, family in _FAMILIES.items() if isinstance(error, family)), "Unavailable"
    )
    fault = _Fault(family=family, code=error.code, message=error.message, hint=error.hint)
    return msgspec.json.encode(_Outcome(fault=fault))


def decode_outcome(body: bytes) -> Response:
    """The answer.

    Raises:
        SkygarthError: the one that was raised where it was made.
        Invalid: it cannot be read (SG-ROUTE-110).
    """
    try:
        outcome = msgspec.json.decode(body, type=_Outcome)
    except msgspec.MsgspecError as cause:
        raise _unreadable("answer", cause) from cause
    fault = outcome.fault
    if fault is not None:
        family = _FAMILIES.get(fault.family, errors.Unavailable)
        raise family(fault.message, code=fault.code, hint=fault.hint)
    return Response(outcome.body, outcome.status, dict(outcome.headers))


def _told(name: str, value: RouteValue) -> tuple[str, str, str]:
    if isinstance(value, Guid):
        return name, "guid", str(value)
    if isinstance(value, int):
        return name, "int", str(value)
    return (name, "float", repr(value)) if isinstance(value, float) else (name, "text", value)


def _read(kind: str, text: str) -> RouteValue:
    match kind:
        case "guid":
            return UUID(text)
        case "int":
            return int(text)
        case "float":
            return float(text)
        case _:
            return text


def _unreadable(what: str, cause: Exception) -> Invalid:
    return Invalid(
        f"this {what} of another node cannot be read. reason={cause}",
        code=BAD_INTENT,
        hint="it may run another version; upgrade this one",
    )
