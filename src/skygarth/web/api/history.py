"""An object's past over HTTP, and the way back to one of its versions (HIS-1, HIS-6)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from skygarth.model.errors import Invalid, NotFound
from skygarth.model.expressions import META_CODECS
from skygarth.model.guid import parse_guid
from skygarth.model.schema import Stored
from skygarth.model.values import Codec
from skygarth.node.object_history import restore
from skygarth.repository.history import History, Version
from skygarth.repository.tokens import HIDDEN_TYPES, Role
from skygarth.web.api.calls import Call, answer, refuse_unknown, written
from skygarth.web.api.objects import find_object, prove_tag, show


def read_history(call: Call) -> Response:
    """``GET objects/{guid}/history``: all versions that are kept, the oldest first."""
    call.require(Role.READER)
    call.refuse_parameters(frozenset())
    guid = parse_guid(call.path["guid"])
    history = call.node.histories.of(guid)
    if history.type_name in HIDDEN_TYPES:
        raise NotFound(f"there is no such object. guid='{guid}'", code="SG-OBJECT-404")
    codecs = _codecs(call, history)
    return answer(
        {
            "type": history.type_name,
            "complete": history.is_complete,
            "unreadable": [str(position) for position in history.unreadable],
            "items": [_told(version, codecs) for version in history.versions],
        }
    )


def revert_object(call: Call) -> Response:
    """``POST objects/{guid}/revert`` ``{"to": "1a2b3c4d-17"}``."""
    call.require(Role.EDITOR)
    document = call.document()
    refuse_unknown(document, {"to"})
    name = document.get("to")
    if not isinstance(name, str):
        raise Invalid(
            "this does not say which version to go back to",
            code="SG-API-006",
            hint='send {"to": "VERSION"} with a version that `GET …/history` tells',
        )
    obj = find_object(call, deleted=True)
    history = call.node.histories.of(obj.guid)
    with call.repository.transaction(author=call.author) as tx:
        obj = find_object(call, deleted=True)
        prove_tag(call, obj)
        restore(tx, obj, history, history.named(name))
    return show(call, obj, headers=written(call))


def _codecs(call: Call, history: History) -> Mapping[str, Codec]:
    """Conversions of the type's fields, if this node has learnt it."""
    try:
        return call.repository.type_named(history.type_name).__plan__.codecs
    except NotFound:
        return {}


def _told(version: Version, codecs: Mapping[str, Codec]) -> dict[str, object]:
    meta = {name[1:]: value for name, value in version.fields.items() if name.startswith("_")}
    fields = {name: value for name, value in version.fields.items() if not name.startswith("_")}
    return {
        "version": str(version.position) if version.position else None,
        "node": version.node,
        "by": version.by,
        "at": META_CODECS["revised"].to_json(version.at_us),
        "deed": version.deed.value,
        "fields": {name: _json(value, codecs.get(name)) for name, value in fields.items()},
        "meta": {name: _json(value, META_CODECS.get(name)) for name, value in meta.items()},
        "amounts": dict(version.amounts),
    }


def _json(value: Stored, codec: Codec | None) -> object:
    """The JSON form of a value; where the field is not known here, it came as it is stored."""
    if codec is not None:
        return codec.to_json(value)
    return value.hex() if isinstance(value, bytes) else value
