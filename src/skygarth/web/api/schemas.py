"""What the API takes and gives, in the words of JSON Schema (2020-12)."""

from __future__ import annotations

from typing import TypeAlias

Schema: TypeAlias = dict[str, object]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TRUTH: Schema = {"type": "boolean"}
_GUID: Schema = {"type": "string", "format": "uuid"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_VECTOR: Schema = {"type": "object", "additionalProperties": _COUNT}
_VERSIONS: Schema = {"type": "object", "additionalProperties": _TEXT}
_FIELDS: Schema = {"type": "object", "description": "as the type's own schema says"}
_CONDITIONS: Schema = {
    "type": "array",
    "items": {
        "type": "array",
        "prefixItems": [_TEXT, _TEXT, {}],
        "minItems": 3,
        "maxItems": 3,
        "description": '[field, operator, value], such as ["section.name", "=", "news"]',
    },
}


def reference(name: str) -> Schema:
    """A reference to one of `SCHEMAS`, or to the fields of a type."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(needed: str = "", /, **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | ({"required": needed.split()} if needed else {})


def _list_of(name: str, **further: Schema) -> Schema:
    items: Schema = {"type": "array", "items": reference(name)}
    return _object("items next", items=items, next=_or_null(_TEXT), **further)


_META = _object(
    created=_MOMENT,
    creator=_TEXT,
    revised=_MOMENT,
    revisor=_TEXT,
    revision=_COUNT,
    published=_or_null(_MOMENT),
    hidden=_TRUTH,
    deleted=_TRUTH,
)
_EDITABLE_META = _object(published=_or_null(_MOMENT), hidden=_TRUTH)
_PARENT: Schema = {"type": ["string", "null"], "description": "GUID or path; null is the root"}
_TRANSPORT = _object(
    "name broker connected",
    name=_TEXT,
    broker=_TEXT,
    connected=_TRUTH,
    away_seconds=_NUMBER,
    fault=_or_null(_TEXT),
    hint=_or_null(_TEXT),
    said=_COUNT,
    heard=_COUNT,
    replaced=_COUNT,
    refused=_COUNT,
    heard_seconds_ago=_or_null(_NUMBER),
)
_SIDE = _object(value={}, by=_or_null(_TEXT), at=_or_null(_MOMENT))
_ALARM = _object(
    "key sentence command grave nodes",
    key={"type": "string", "description": "the same as long as the trouble lasts"},
    sentence=_TEXT,
    command={"type": "string", "description": "what helps"},
    grave=_TRUTH,
    nodes={"type": "array", "items": _TEXT},
)
_NODE_SEEN = _object(
    "name incarnation state is_here pools behind lag_seconds lag_unknown told_seconds",
    name=_TEXT,
    incarnation=_TEXT,
    state=_TEXT,
    is_here=_TRUTH,
    address=_TEXT,
    pools={"type": "array", "items": _TEXT},
    group=_TEXT,
    version=_TEXT,
    components=_VERSIONS,
    written=_COUNT,
    behind=_COUNT,
    lacks={"type": "array", "items": {"type": "object"}},
    lag_seconds=_or_null(_NUMBER),
    lag_unknown={"type": "string", "description": "why the lag is null"},
    told_seconds=_COUNT,
    applied={"type": "array", "items": _COUNT},
    busy=_TRUTH,
    clock_ahead_seconds=_or_null(_NUMBER),
    load=_NUMBER,
    requests_per_second=_NUMBER,
    unwell={"type": "array", "items": _TEXT},
    alarms=_COUNT,
)
_JOBS_SEEN = _object(
    "waiting failed",
    waiting=_COUNT,
    failed=_COUNT,
    running={"type": "array", "items": _GUID},
    outcomes=_VECTOR,
    adopted=_COUNT,
    fault=_or_null(_TEXT),
)
_BUCKET_SEEN = _object(
    "url reachable segments",
    url=_TEXT,
    reachable=_TRUTH,
    segments=_COUNT,
    kinds={"type": "object", "additionalProperties": _object(keys=_COUNT, bytes=_COUNT)},
    keys=_or_null(_COUNT),
    bytes=_or_null(_COUNT),
    counted_seconds=_or_null(_COUNT),
    grown_bytes=_or_null({"type": "integer"}),
    grown_seconds=_COUNT,
)
_COST_SEEN = _object(
    "requests dollars dollars_month seconds",
    requests=_VECTOR,
    bytes_sent=_COUNT,
    bytes_received=_COUNT,
    dollars=_NUMBER,
    dollars_month={"type": ["number", "null"], "description": "null: too early to tell"},
    seconds=_COUNT,
    is_free=_TRUTH,
)

SCHEMAS: dict[str, Schema] = {
    "object": _object(
        "guid type path fields meta conflicts",
        guid=_GUID,
        type=_TEXT,
        path=_or_null(_TEXT),
        fields=_FIELDS,
        meta=_META,
        conflicts={"type": "array", "items": reference("conflict")},
    ),
    "objects": _list_of("object"),
    "creation": _object("fields", fields=_FIELDS, parent=_PARENT, meta=_EDITABLE_META, guid=_GUID),
    "change": _object(fields=_FIELDS, parent=_PARENT, meta=_EDITABLE_META, type=_TEXT),
    "question": _object(
        "type",
        type=_TEXT,
        where=_CONDITIONS,
        any=_CONDITIONS,
        order=_TEXT,
        match=_TEXT,
        limit={"type": "integer", "minimum": 1, "maximum": 1000},
        after=_TEXT,
        deleted=_TRUTH,
    ),
    "type": _object("name schema", name=_TEXT, schema={"type": "object"}),
    "types": _list_of("type"),
    "change_entry": _object(
        sequence=_COUNT,
        changeset=_COUNT,
        action={"enum": ["created", "updated", "deleted", "undeleted", "purged"]},
        type=_TEXT,
        guid=_GUID,
        origin={"enum": ["local", "imported"]},
        at=_MOMENT,
    ),
    "changes": _list_of("change_entry", head=_COUNT),
    "version": _object(
        "version node by at deed fields",
        version=_or_null(_TEXT),
        node=_TEXT,
        by=_TEXT,
        at=_MOMENT,
        deed={"enum": ["created", "edited", "counted", "deleted", "undeleted", "purged"]},
        fields=_FIELDS,
        meta=_EDITABLE_META,
        amounts={"type": "object", "additionalProperties": {"type": "integer"}},
    ),
    "history": _object(
        "type complete items",
        type=_TEXT,
        complete=_TRUTH,
        unreadable={"type": "array", "items": _TEXT},
        items={"type": "array", "items": reference("version")},
    ),
    "reverting": _object("to", to=_TEXT),
    "conflict": _object(
        "id kind guid type field shown set_aside",
        id=_TEXT,
        kind={"enum": ["field", "name", "cycle"]},
        guid=_GUID,
        type=_TEXT,
        path=_or_null(_TEXT),
        field=_TEXT,
        shown=_SIDE,
        set_aside=_SIDE,
    ),
    "conflicts": _list_of("conflict"),
    "settlement": _object(
        "take", take={"anyOf": [{"enum": ["shown", "set_aside"]}, _object("value", value={})]}
    ),
    "settled": _object(guid=_GUID, type=_TEXT, fields=_FIELDS),
    "job": _object(
        "guid function pool action object type state attempts at",
        guid=_GUID,
        function=_TEXT,
        pool=_TEXT,
        action=_TEXT,
        object=_GUID,
        type=_TEXT,
        owner=_or_null(_TEXT),
        state={"enum": ["waiting", "running", "failed"]},
        attempts=_COUNT,
        fault=_or_null(_TEXT),
        at=_MOMENT,
    ),
    "jobs": _list_of("job"),
    "node": _object(
        "name incarnation state",
        name=_TEXT,
        incarnation=_TEXT,
        state=_TEXT,
        pools={"type": "array", "items": _TEXT},
        address=_or_null(_TEXT),
        vector=_VECTOR,
        lag_seconds=_NUMBER,
        card_age_seconds=_NUMBER,
        backlog=_COUNT,
        digest=_or_null(_TEXT),
        objects=_COUNT,
        conflicts=_COUNT,
        version=_TEXT,
        why=_or_null(_TEXT),
        versions=_VERSIONS,
        components=_VERSIONS,
        load=_NUMBER,
        requests_per_second=_NUMBER,
        unwell={"type": "array", "items": _TEXT},
        former=_VERSIONS,
        in_flight=_COUNT,
        leaving=_TRUTH,
    ),
    "nodes": _list_of("node", cards_age_seconds=_or_null(_NUMBER)),
    "cloud": _object(
        "name incarnation state alarms nodes logs bucket cost",
        name=_TEXT,
        incarnation=_TEXT,
        state=_TEXT,
        why=_TEXT,
        sync=_TEXT,
        address=_TEXT,
        unpublished=_COUNT,
        lag_seconds=_or_null(_NUMBER),
        lag_unknown=_TEXT,
        clock_offset_ms=_NUMBER,
        populating={"type": "array", "items": _COUNT},
        cards_age_seconds=_or_null(_NUMBER),
        disk_free_bytes=_or_null(_COUNT),
        alarms={"type": "array", "items": _ALARM},
        nodes={"type": "array", "items": _NODE_SEEN},
        pools=_VECTOR,
        logs={"type": "array", "items": {"type": "object"}},
        bucket=_BUCKET_SEEN,
        cost=_COST_SEEN,
        notices={"type": "array", "items": _TRANSPORT},
        objects=_VECTOR,
        conflicts_count=_COUNT,
        jobs_waiting=_COUNT,
        jobs_failed=_COUNT,
        routes={"type": "array", "items": {"type": "object"}},
    ),
    "forgotten": _list_of("node", claims={"type": "array", "items": _TEXT}),
    "finishing": _object(finish_seconds={"type": "number", "minimum": 0, "maximum": 3600}),
    "sync": _object(
        "state bucket",
        state=_TEXT,
        bucket=_object(url=_TEXT, reachable=_TRUTH, fault=_or_null(_TEXT)),
        disk=_object(free_bytes=_or_null(_COUNT), fault=_or_null(_TEXT)),
        unpublished=_COUNT,
        own_sequence=_COUNT,
        peers={"type": "array", "items": {"type": "object"}},
        notices={"type": "array", "items": _TRANSPORT},
        clock_offset_ms=_NUMBER,
        clock_trusted=_TRUTH,
        last_error=_or_null(_TEXT),
        last_progress_seconds=_NUMBER,
        jobs=_or_null(_JOBS_SEEN),
    ),
    "snapshot": _object(
        vector=_VECTOR, vector_hash=_TEXT, objects=_COUNT, chunks=_COUNT, uploaded=_COUNT
    ),
    "refill": _object(incarnation=_TEXT, vector=_VECTOR),
    "cost": _object(
        requests=_VECTOR,
        bytes=_object(sent=_COUNT, received=_COUNT),
        dollars=_NUMBER,
        dollars_month=_NUMBER,
        seconds=_NUMBER,
        since=_MOMENT,
    ),
    "problem": _object(
        "type title status detail code",
        type=_TEXT,
        title=_TEXT,
        status=_COUNT,
        detail=_TEXT,
        code=_TEXT,
        hint=_TEXT,
        instance=_TEXT,
    ),
}
"""By the name under which answers and bodies refer to them."""
