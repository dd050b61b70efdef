"""Conflicts over HTTP: what merging set aside, and its settlement."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from skygarth.model.conflict import ConflictRecord, Side
from skygarth.model.errors import Invalid, NotFound
from skygarth.model.expressions import META_CODECS
from skygarth.model.json_objects import fields_to_json
from skygarth.model.values import Codec
from skygarth.node.running import RunningNode
from skygarth.repository.tokens import HIDDEN_TYPES, Role
from skygarth.web.api.calls import Call, answer, refuse_unknown, written


class ToldSide(msgspec.Struct, frozen=True):
    """One of a conflict's two values: who set it (as far as its node's card is known), and when."""

    value: object
    by: str | None
    at: str | None


class ToldConflict(msgspec.Struct, frozen=True):
    """A conflict as pages and programs are told of it."""

    id: str
    kind: str
    guid: str
    type: str
    path: str | None
    field: str
    shown: ToldSide
    set_aside: ToldSide


def tell_conflict(node: RunningNode, conflict: ConflictRecord) -> ToldConflict:
    """A conflict in the forms of JSON, with the names of who set what."""
    repository = node.repository
    obj = repository.find(conflict.guid, deleted=True)
    plan = repository.type_named(conflict.type_name).__plan__
    codec = plan.codecs.get(conflict.field) or META_CODECS.get(conflict.field)
    return ToldConflict(
        id=conflict.id,
        kind=conflict.kind.value,
        guid=str(conflict.guid),
        type=conflict.type_name,
        path=repository.path_of(obj) if obj is not None else None,
        field=conflict.field,
        shown=_side(node, conflict.shown, codec),
        set_aside=_side(node, conflict.set_aside, codec),
    )


def conflict_document(call: Call, conflict: ConflictRecord) -> ToldConflict:
    """A conflict as the API shows it."""
    return tell_conflict(call.node, conflict)


def _side(node: RunningNode, side: Side, codec: Codec | None) -> ToldSide:
    at = side.at.isoformat(timespec="microseconds") if side.at is not None else None
    return ToldSide(
        value=_json_value(side.value, codec),
        by=_writer(node, side.writer) if side.writer else None,
        at=at.replace("+00:00", "Z") if at is not None else None,
    )


def _writer(node: RunningNode, writer: str) -> str:
    """The name of the node that a writer's identity begins."""
    if node.incarnation.startswith(writer):
        return node.name
    names = node.membership.names(node.vector)
    return next((name for known, name in names.items() if known.startswith(writer)), writer[:8])


def _json_value(value: object, codec: Codec | None) -> object:
    """The JSON form of a value; where the field is not known here, it came as it is stored."""
    if codec is not None:
        return codec.to_json(codec.comparing().encode(value))
    return value.hex() if isinstance(value, bytes) else value


def list_conflicts(call: Call) -> Response:
    """``GET conflicts``."""
    call.require(Role.READER)
    call.refuse_parameters(frozenset({"limit", "after"}))
    found, limit = call.figures.read().conflicts, call.limit()
    rest = [conflict for conflict in found if conflict.id > call.query.get("after", "")]
    page = [conflict_document(call, conflict) for conflict in rest[:limit]]
    following = rest[limit - 1].id if len(rest) > limit else None
    return answer({"items": page, "next": following}, headers={"Skygarth-Count": str(len(found))})


def read_conflict(call: Call) -> Response:
    """``GET conflicts/{id}``."""
    call.require(Role.READER)
    return answer(conflict_document(call, _find(call)))


def settle_conflict(call: Call) -> Response:
    """``POST conflicts/{id}`` ``{"take": "shown" | "set_aside" | {"value": …}}``."""
    call.require(Role.EDITOR)
    document = call.document()
    refuse_unknown(document, {"take"})
    take = document.get("take")
    if not isinstance(take, str | dict):
        raise Invalid(
            "this does not say which value to keep",
            code="SG-API-006",
            hint='send {"take": "shown"}, {"take": "set_aside"} or {"take": {"value": …}}',
        )
    with call.repository.transaction(author=call.author):
        obj = call.repository.resolve(_find(call).id, take)
    answered = {"guid": str(obj.guid), "type": obj.type_name, "fields": fields_to_json(obj)}
    return answer(answered, headers=written(call))


def _find(call: Call) -> ConflictRecord:
    found = call.repository.conflict(call.path["id"])
    if found.type_name in HIDDEN_TYPES:
        raise NotFound(
            f"there is no such conflict. id='{found.id}'",
            code="SG-CONFLICT-404",
            hint="it may have been settled, here or on another node",
        )
    return found
