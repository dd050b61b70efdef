"""Conflicts over HTTP: what merging set aside, and its settlement."""

from __future__ import annotations

from starlette.responses import Response

from skygarth.model.conflict import ConflictRecord, Side
from skygarth.model.errors import Invalid
from skygarth.model.json_objects import fields_to_json
from skygarth.repository.tokens import Role
from skygarth.web.api.calls import Call, answer, written


def conflict_document(call: Call, conflict: ConflictRecord) -> dict[str, object]:
    """A conflict as the API shows it."""
    obj = call.repository.find(conflict.guid, deleted=True)
    return {
        "id": conflict.id,
        "kind": conflict.kind.value,
        "guid": str(conflict.guid),
        "type": conflict.type_name,
        "path": call.repository.path_of(obj) if obj is not None else None,
        "field": conflict.field,
        "shown": _side(call, conflict.shown),
        "set_aside": _side(call, conflict.set_aside),
    }


def _side(call: Call, side: Side) -> dict[str, object]:
    """One of the two values: who set it (as far as its node's card is known), and when."""
    names = call.node.membership.names(call.node.vector)
    by = next(
        (name for incarnation, name in names.items() if incarnation.startswith(side.writer)),
        call.node.name if call.node.incarnation.startswith(side.writer) else side.writer[:8],
    )
    return {
        "value": _json_value(side.value),
        "by": by if side.writer else None,
        "at": side.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        if side.at is not None
        else None,
    }


def _json_value(value: object) -> object:
    """Values that JSON has no form for, as text."""
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(value)


def list_conflicts(call: Call) -> Response:
    """``GET conflicts``."""
    call.require(Role.READER)
    found = call.repository.conflicts()
    limit = call.limit()
    after = call.query.get("after", "")
    rest = sorted((c for c in found if c.id > after), key=lambda c: c.id)
    page = [conflict_document(call, conflict) for conflict in rest[:limit]]
    following = rest[limit - 1].id if len(rest) > limit else None
    return answer({"items": page, "next": following}, headers={"Skygarth-Count": str(len(found))})


def read_conflict(call: Call) -> Response:
    """``GET conflicts/{id}``."""
    call.require(Role.READER)
    return answer(conflict_document(call, call.repository.conflict(call.path["id"])))


def settle_conflict(call: Call) -> Response:
    """``POST conflicts/{id}`` ``{"take": "shown" | "set_aside" | {"value": …}}``."""
    call.require(Role.EDITOR)
    take = call.document().get("take")
    if not isinstance(take, str | dict):
        raise Invalid(
            "this does not say which value to keep",
            code="SG-API-006",
            hint='send {"take": "shown"}, {"take": "set_aside"} or {"take": {"value": …}}',
        )
    with call.repository.transaction(author=call.author):
        obj = call.repository.resolve(call.path["id"], take)
    fresh = call.repository.get(type(obj), obj.guid, deleted=True)
    document = {"guid": str(fresh.guid), "type": fresh.type_name, "fields": fields_to_json(fresh)}
    return answer(document, headers=written(call))
