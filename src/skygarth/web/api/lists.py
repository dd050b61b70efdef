"""Lists over HTTP: objects of a type, page by page, by conditions and order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from urllib.parse import urlencode

from starlette.responses import Response

from skygarth.model.errors import Invalid
from skygarth.model.types import Type
from skygarth.model.wording import shortened
from skygarth.repository.tokens import Role
from skygarth.web.api.asked_fields import asked_conditions, asked_field, asked_order
from skygarth.web.api.calls import (
    LIMIT_DEFAULT,
    PREFIX,
    Call,
    answer,
    read_limit,
    refuse_unknown,
)
from skygarth.web.api.objects import known_type, object_document, says_when_published
from skygarth.web.api.paging import Objects, Paging

PAGE_WORDS = frozenset({"limit", "after", "order", "match", "deleted"})
QUERY_WORDS = frozenset({"type", "where", "any", "order", "match", "limit", "after", "deleted"})


def list_objects(call: Call) -> Response:
    """``GET {type}?limit=50&after=…&order=…&field=value``; ``HEAD`` counts."""
    cls = known_type(call, call.path["type"])
    query = _seen(call, cls, deleted=call.wants("deleted"))
    for name, text in call.query.multi_items():
        if name not in PAGE_WORDS:
            asked = asked_field(cls, name)
            query = query.where(asked.field == asked.value_of_text(text))
    match = call.query.get("match", "")
    if match:
        query = query.matching(match)
    if call.method == "HEAD":
        return answer({}, headers={"Skygarth-Count": str(query.count())})
    paging = _paging(cls, call.query.get("order", ""), match)
    found, following = paging.page(query, call.query.get("after", ""), call.limit())
    headers = {} if following is None else {"Link": f'<{_address(call, following)}>; rel="next"'}
    return answer(_list(call, found, following), headers=headers)


def query_objects(call: Call) -> Response:
    """``POST query`` ``{"type", "where": [[field, operator, value], …], "order", "match", …}``.

    All of `where` must hold, and one of `any`, if there are some.
    """
    document = call.document()
    refuse_unknown(document, QUERY_WORDS)
    cls = known_type(call, _word(document, "type"))
    query = _seen(call, cls, deleted=document.get("deleted") is True)
    query = query.where(*asked_conditions(cls, document.get("where", [])))
    alternatives = asked_conditions(cls, document.get("any", []))
    if alternatives:
        query = query.where(reduce(or_, alternatives))
    match = _word(document, "match")
    if match:
        query = query.matching(match)
    limit = read_limit(document.get("limit", LIMIT_DEFAULT))
    paging = _paging(cls, _word(document, "order"), match)
    found, following = paging.page(query, _word(document, "after"), limit)
    return answer(_list(call, found, following))


def _seen(call: Call, cls: type[Type], *, deleted: bool) -> Objects:
    """What the caller may see: visitors what is published and not hidden."""
    query: Objects = call.repository.query(cls)
    if deleted:
        call.require(Role.READER)
        query = query.include_deleted()
    if call.holder is not None:
        return query
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=call.now_us)
    names = ["meta.published", *(["published"] if says_when_published(cls) else [])]
    for published in (asked_field(cls, name).field for name in names):
        query = query.where(published.is_null() | (published <= now))
    return query.where(~(cls.meta.hidden == True))  # noqa: E712 - a condition, not a comparison


def _paging(cls: type[Type], order: str, match: str) -> Paging:
    keys = [asked_order(cls, name) for name in order.split(",") if name]
    return Paging(cls, order, keys, by_rank=bool(match) and not keys)


def _list(call: Call, found: list[Type], following: str | None) -> dict[str, object]:
    return {"items": [object_document(call, obj) for obj in found], "next": following}


def _address(call: Call, after: str) -> str:
    kept = [(name, value) for name, value in call.query.multi_items() if name != "after"]
    return f"{PREFIX}/{call.path['type']}?{urlencode([*kept, ('after', after)])}"


def _word(document: dict[str, object], name: str) -> str:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise Invalid(f"`{name}` is no text. value={shortened(value)}", code="SG-API-001")
    return value or ""
