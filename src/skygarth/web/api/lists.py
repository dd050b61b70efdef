"""Lists over HTTP: objects of a type, page by page, by conditions and order.

Pages in the order of age continue behind the last GUID, so they neither repeat
nor skip while others write. Pages in another order continue at an offset.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.responses import Response

from skygarth.model.errors import Invalid
from skygarth.model.expressions import Condition, Field
from skygarth.model.guid import parse_guid
from skygarth.model.schema import Kind
from skygarth.model.types import Type
from skygarth.repository import Query
from skygarth.repository.tokens import Role
from skygarth.web.api.calls import PREFIX, Call, answer
from skygarth.web.api.objects import known_type, object_document, refuse_unknown

PAGE_WORDS = frozenset({"limit", "after", "order", "match", "deleted"})
_OPERATORS = {
    "=": lambda field, value: field == value,
    "!=": lambda field, value: field != value,
    "<": lambda field, value: field < value,
    "<=": lambda field, value: field <= value,
    ">": lambda field, value: field > value,
    ">=": lambda field, value: field >= value,
    "in": lambda field, value: field.in_(value),
    "like": lambda field, value: field.like(value),
    "starts with": lambda field, value: field.startswith(value),
    "contains": lambda field, value: field.contains(value),
    "matches": lambda field, value: field.matches(value),
}
Objects: TypeAlias = Query[Type]


def list_objects(call: Call) -> Response:
    """``GET {type}?limit=50&after=…&order=…&field=value``; ``HEAD`` counts."""
    cls = known_type(call, call.path["type"])
    query = _visible(call, cls, call.repository.query(cls))
    for name, text in call.query.multi_items():
        if name not in PAGE_WORDS:
            field = field_of(cls, name)
            query = query.where(field == _value_of(cls, name, text))
    if call.query.get("match"):
        query = query.matching(call.query["match"])
    if call.wants("deleted"):
        call.require(Role.READER)
        query = query.include_deleted()
    order = call.query.get("order", "")
    return _page(call, cls, query, order, call.query.get("after", ""), call.limit())


def query_objects(call: Call) -> Response:
    """``POST query`` ``{"type", "where": [[field, operator, value], …], "order", "match", …}``."""
    document = call.document()
    refuse_unknown(document, {"type", "where", "any", "order", "match", "limit", "after"})
    cls = known_type(call, str(document.get("type", "")))
    query = _visible(call, cls, call.repository.query(cls))
    query = query.where(*_conditions(cls, document.get("where", [])))
    alternatives = _conditions(cls, document.get("any", []))
    if alternatives:
        query = query.where(reduce(lambda left, right: left | right, alternatives))
    if document.get("match"):
        query = query.matching(str(document["match"]))
    limit = document.get("limit", 50)
    if not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise Invalid(f"this is no limit. limit={limit!r}", code="SG-API-002")
    order, after = str(document.get("order", "")), str(document.get("after") or "")
    return _page(call, cls, query, order, after, limit)


def _visible(call: Call, cls: type[Type], query: Objects) -> Objects:
    """Visitors see what is published and not hidden."""
    if call.holder is not None:
        return query

    published = cls.meta.published
    return query.where(
        cls.meta.hidden == False,  # noqa: E712 - an expression, not a comparison
        published.is_null() | (published <= _moment(call.now_us)),
    )


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _page(
    call: Call, cls: type[Type], query: Objects, order: str, after: str, limit: int
) -> Response:
    count = query.count()
    headers = {"Skygarth-Count": str(count)}
    if call.method == "HEAD":
        return answer({}, headers=headers)
    keys = [_order_of(cls, name) for name in order.split(",") if name]
    skipped = 0
    if after:
        kind, _, place = _read_cursor(after).partition(":")
        if kind == "guid" and not keys:
            query = query.where(cls.guid > parse_guid(place))
        elif kind == "offset" and place.isdecimal():
            skipped = int(place)
        else:
            raise _bad_cursor(after)
    if keys:
        query = query.order_by(*keys)
    elif not call.query.get("match"):
        query = query.order_by(cls.guid)
    found = query.offset(skipped).limit(limit + 1).all()
    following = None
    if len(found) > limit:
        by_age = not keys and not call.query.get("match")
        place = f"guid:{found[limit - 1].guid}" if by_age else f"offset:{skipped + limit}"
        following = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
        headers["Link"] = f'<{_next_address(call, following)}>; rel="next"'
    items = [object_document(call, obj) for obj in found[:limit]]
    return answer({"items": items, "next": following}, headers=headers)


def _next_address(call: Call, after: str) -> str:
    kept = [(name, value) for name, value in call.query.multi_items() if name != "after"]
    where = call.path.get("type", "query")
    return f"{PREFIX}/{where}?{urlencode([*kept, ('after', after)])}"


def _read_cursor(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError as cause:
        raise _bad_cursor(text) from cause


def _bad_cursor(text: str) -> Invalid:
    return Invalid(
        f"this is no place in a list. after={text!r}",
        code="SG-API-007",
        hint="send back `next` just as it came",
    )


def field_of(cls: type[Type], name: str) -> Field[object]:
    """The field that a dotted name leads to: ``section.name``, ``meta.published``, ``guid``."""
    found: object = cls
    for part in name.split("."):
        if part.startswith("_") or (found is cls and not _is_field(cls, part)):
            raise Invalid(
                f"there is no such field to ask for. type={cls.type_name!r} field={name!r}",
                code="SG-QUERY-001",
                hint=f"fields of {cls.type_name}: {', '.join(cls.__plan__.codecs)}",
            )
        found = getattr(found, part)
    if not isinstance(found, Field):
        raise Invalid(
            f"this is no field. field={name!r}",
            code="SG-QUERY-001",
            hint="name a field such as title or meta.published",
        )
    return found


def _is_field(cls: type[Type], name: str) -> bool:
    return name in cls.__plan__.codecs or name in {"meta", "guid"}


def _order_of(cls: type[Type], name: str) -> object:
    field = field_of(cls, name.removeprefix("-"))
    return field.desc() if name.startswith("-") else field.asc()


def _value_of(cls: type[Type], name: str, text: str) -> object:
    """A value from a query string, which knows only texts."""
    field = cls.__plan__.schema.by_name.get(name)
    kind = field.kind if field is not None else None
    if text == "null":
        return None
    if kind is Kind.INTEGER and text.lstrip("-").isdecimal():
        return int(text)
    if kind is Kind.FLOAT:
        try:
            return float(text)
        except ValueError:
            return text
    if kind is Kind.BOOLEAN or name in {"meta.hidden", "meta.deleted"}:
        return text.lower() in {"1", "true", "yes"}
    if field is not None:
        return cls.__plan__.codecs[name].parse_json(text)
    return parse_guid(text) if name == "guid" else text


def _conditions(cls: type[Type], given: object) -> list[Condition]:
    if not isinstance(given, list):
        raise Invalid("`where` is no list", code="SG-API-008", hint=_SHAPE)
    conditions = []
    for part in given:
        if not isinstance(part, list) or len(part) != 3 or part[1] not in _OPERATORS:
            raise Invalid(f"this is no condition. part={part!r}", code="SG-API-008", hint=_SHAPE)
        name, operator, value = part
        conditions.append(
            _OPERATORS[operator](field_of(cls, str(name)), _json_value_of(cls, str(name), value))
        )
    return conditions


_SHAPE = 'send [[field, operator, value], …], such as [["title", "=", "Hello"]]'


def _json_value_of(cls: type[Type], name: str, value: object) -> object:
    codec = cls.__plan__.codecs.get(name)
    if codec is None or isinstance(value, list) or value is None:
        return value
    field = cls.__plan__.schema.by_name[name]
    return value if field.kind is Kind.LIST else codec.parse_json(value)
