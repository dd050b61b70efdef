"""Objects over HTTP: create, read, change, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from starlette.responses import Response

from skygarth.model.errors import Conflict, Invalid, InvalidValue, NotFound, Unsupported
from skygarth.model.guid import Guid, parse_guid
from skygarth.model.json_objects import (
    fields_from_json,
    fields_to_json,
    meta_from_json,
    meta_to_json,
)
from skygarth.model.schema import Kind
from skygarth.model.types import Type
from skygarth.model.wording import shortened
from skygarth.repository.tokens import HIDDEN_TYPES, Role
from skygarth.web.api.calls import PREFIX, Call, answer, refuse_unknown, suggestion, written
from skygarth.web.api.conflicts import conflict_document


class StaleTag(Conflict):
    """The object has another revision than the caller thinks (412).

    Attributes:
        etag: the object's own tag.
    """

    default_code = "SG-API-412"

    def __init__(self, message: str, *, hint: str, etag: str = "") -> None:
        super().__init__(message, hint=hint)
        self.etag = etag


class MissingTag(Conflict):
    """A change of an object must say which revision it changes (428)."""

    default_code = "SG-API-428"


def object_document(call: Call, obj: Type) -> dict[str, object]:
    """An object as the API shows it; what was set aside is nothing for visitors."""
    conflicts = [] if call.holder is None else call.repository.conflicts_of(obj)
    return {
        "guid": str(obj.guid),
        "type": obj.type_name,
        "path": call.repository.path_of(obj),
        "fields": fields_to_json(obj),
        "meta": meta_to_json(obj),
        "conflicts": [conflict_document(call, conflict) for conflict in conflicts],
    }


def show(call: Call, obj: Type, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    """Answer with an object and its tag."""
    document = object_document(call, obj)
    return answer(document, status, {"ETag": tag_of(obj), **headers})


def tag_of(obj: Type) -> str:
    """The entity tag: the revision."""
    return f'"{obj.meta.revision}"'


def known_type(call: Call, name: str) -> type[Type]:
    """The type of that name, unless it is hidden.

    Raises:
        NotFound: there is none.
    """
    types = call.repository.types
    if name in HIDDEN_TYPES or name not in types:
        raise NotFound(
            f"there is no such type. type={shortened(name)}",
            code="SG-TYPE-404",
            hint=suggestion(name, types.keys() - HIDDEN_TYPES),
        )
    return types[name]


def find_object(call: Call, *, deleted: bool = False) -> Type:
    """The object that the address names by GUID, if the caller may see it.

    Raises:
        NotFound: there is none, or it is not published and the caller has no token.
    """
    guid = parse_guid(call.path["guid"])
    obj = call.repository.find(guid, deleted=deleted and call.holder is not None)
    if obj is None or obj.type_name in HIDDEN_TYPES or not is_visible(call, obj):
        raise NotFound(
            f"there is no such object. guid='{guid}'",
            code="SG-OBJECT-404",
            hint="it may be deleted, purged, or not published",
        )
    return obj


def is_visible(call: Call, obj: Type) -> bool:
    """Whether the caller may see an object: published ones are open to all.

    Where a type has a moment `published` of its own, that one counts too.
    """
    if call.holder is not None:
        return True
    moments = [obj.meta.published]
    if says_when_published(type(obj)):
        own = getattr(obj, "published")  # noqa: B009 - a field that only some types have
        assert own is None or isinstance(own, datetime)
        moments.append(own)
    is_due = all(at is None or at.timestamp() * 1e6 <= call.now_us for at in moments)
    return is_due and not obj.meta.hidden and not obj.meta.deleted


def says_when_published(cls: type[Type]) -> bool:
    """Whether a type has a moment `published` of its own."""
    codec = cls.__plan__.codecs.get("published")
    return codec is not None and codec.schema.kind is Kind.DATETIME


def create_object(call: Call) -> Response:
    """``POST {type}``: 201, with its address."""
    call.require(Role.EDITOR)
    cls = known_type(call, call.path["type"])
    document = call.document()
    refuse_unknown(document, {"fields", "parent", "meta", "guid"})
    obj = make_object(call, cls, document)
    guid = document.get("guid")
    _create(call, obj, None if guid is None else parse_guid(str(guid)), document)
    address = f"{PREFIX}/objects/{obj.guid}"
    return show(call, obj, 201, {"Location": address, **written(call)})


def make_object(call: Call, cls: type[Type], document: Mapping[str, object]) -> Type:
    """An object from a request's fields, below the parent that it names by GUID or path."""
    return cls(**_fields(call, cls, document))


def _fields(call: Call, cls: type[Type], document: Mapping[str, object]) -> dict[str, object]:
    """Python values of the fields given; `parent` is another word for the tree's field."""
    plan, given = cls.__plan__, _mapping(document, "fields")
    for name in given:
        if name not in plan.codecs:
            raise Invalid(
                f"there is no such field. type={cls.type_name!r} field={shortened(name)}",
                code="SG-TYPE-008",
                hint=suggestion(name, plan.codecs),
            )
    fields = fields_from_json(plan, given)
    if "parent" in document:
        tree = plan.schema.tree_field
        if tree is None:
            raise Invalid(
                f"objects of this type have no parent. type={cls.type_name!r}",
                code="SG-API-004",
                hint="leave `parent` out",
            )
        fields[tree.name] = _parent_guid(call, document["parent"])
    return fields


def _parent_guid(call: Call, given: object) -> object:
    """The GUID that a request's `parent` names; None for the root."""
    text = given if isinstance(given, str) else shortened(given)
    if given is None or text in {"", "/"}:
        return None
    if not text.startswith("/"):
        return parse_guid(text)
    found = call.repository.by_path(text)
    if found is None:
        raise NotFound(
            f"nothing stands at this path. path={text!r}",
            code="SG-TREE-404",
            hint="create the parent first",
        )
    return found.guid


def _editable(document: Mapping[str, object]) -> dict[str, object]:
    """Metadata that a request sets."""
    given = _mapping(document, "meta")
    refuse_unknown(given, {"published", "hidden"})
    return meta_from_json(given)


def _create(call: Call, obj: Type, guid: Guid | None, document: Mapping[str, object]) -> None:
    """Create an object with the metadata that the request gives."""
    meta = _editable(document)
    hidden = meta.get("hidden", False)
    if not isinstance(hidden, bool):
        raise InvalidValue("hidden", f"{shortened(hidden)} is no boolean", "kind=boolean")
    with call.repository.transaction(author=call.author) as tx:
        tx.create(obj, guid=guid, published=meta.get("published"), hidden=hidden)


def read_object(call: Call) -> Response:
    """``GET objects/{guid}``."""
    return show(call, find_object(call, deleted=True))


def read_path(call: Call) -> Response:
    """``GET tree/{path}``."""
    path = "/" + call.path["path"].strip("/")
    obj = call.repository.by_path(path)
    if obj is None or obj.type_name in HIDDEN_TYPES or not is_visible(call, obj):
        raise NotFound(
            f"nothing stands at this path. path={path!r}",
            code="SG-TREE-404",
            hint="see `skygarth tree ls`",
        )
    return show(call, obj)


def read_children(call: Call) -> Response:
    """``GET objects/{guid}/children`` and ``GET tree``: what stands below, by name."""
    call.refuse_parameters(frozenset({"limit", "after"}))
    limit, after = call.limit(), call.query.get("after", "")
    parent = find_object(call) if "guid" in call.path else None
    shown = list(islice(_children_after(call, parent, after), limit + 1))
    items = [object_document(call, child) for _, child in shown[:limit]]
    following = shown[limit - 1][0] if len(shown) > limit else None
    return answer({"items": items, "next": following})


def _children_after(call: Call, parent: Type | None, after: str) -> Iterator[tuple[str, Type]]:
    """Visible children behind a name, each read only when it is wanted: there may be many."""
    placed = call.repository.reading().children(None if parent is None else parent.guid_bytes)
    for type_name, guid, name in placed:
        if name > after and type_name not in HIDDEN_TYPES:
            child = call.repository.linked(type_name, guid)
            if child is not None and is_visible(call, child):
                yield name, child


def change_object(call: Call) -> Response:
    """``PATCH`` sets the fields given; ``PUT`` sets all, those not given to their defaults."""
    call.require(Role.EDITOR)
    document = call.document()
    refuse_unknown(document, {"fields", "meta", "parent"})
    meta = _editable(document)
    with call.repository.transaction(author=call.author) as tx:
        obj = find_object(call)
        prove_tag(call, obj)
        tx.update(obj, meta, **_changes(call, type(obj), document))
    return show(call, obj, headers=written(call))


def _changes(call: Call, cls: type[Type], document: Mapping[str, object]) -> Mapping[str, object]:
    """The fields that a request sets."""
    fields = _fields(call, cls, document)
    if call.method != "PUT":
        return fields
    stored = cls.__plan__.encode_all(fields)
    codecs = cls.__plan__.codecs
    return {
        n: codec.python(value) for (n, codec), value in zip(codecs.items(), stored, strict=True)
    }


def put_object(call: Call) -> Response:
    """``PUT objects/{guid}``: replaces; with ``If-None-Match: *`` creates under this GUID."""
    if call.headers.get("if-none-match") != "*":
        return change_object(call)
    call.require(Role.EDITOR)
    guid = parse_guid(call.path["guid"])
    document = call.document()
    refuse_unknown(document, {"fields", "meta", "parent", "type"})
    cls = known_type(call, _text(document, "type"))
    obj = make_object(call, cls, document)
    there = call.repository.find(guid, deleted=True)
    if there is not None:
        raise StaleTag(
            f"there is an object with this guid already. guid='{guid}'",
            hint="change it with PATCH and If-Match",
            etag=tag_of(there),
        )
    _create(call, obj, guid, document)
    address = f"{PREFIX}/objects/{guid}"
    return show(call, obj, 201, {"Location": address, **written(call)})


def delete_object(call: Call) -> Response:
    """``DELETE objects/{guid}``: hides it; with ``?purge=true`` it is gone for good."""
    call.refuse_parameters(frozenset({"purge", "recursive"}))
    purging = call.wants("purge")
    call.require(Role.ADMIN if purging else Role.EDITOR)
    with call.repository.transaction(author=call.author) as tx:
        obj = find_object(call, deleted=purging)
        prove_tag(call, obj)
        if purging:
            tx.purge(obj, recursive=call.wants("recursive"))
        else:
            tx.delete(obj, recursive=call.wants("recursive"))
    return Response(status_code=204, headers=written(call))


def come_later(call: Call) -> Response:
    """What a later version answers: an object's parameters and attachments.

    Raises:
        Unsupported: always (SG-API-501).
    """
    raise Unsupported(
        f"this version does not answer here yet. guid={shortened(call.path['guid'])}",
        code="SG-API-501",
        hint="a later version will; `GET changes` tells what happened on this node",
    )


def undelete_object(call: Call) -> Response:
    """``POST objects/{guid}/undelete``."""
    call.require(Role.EDITOR)
    with call.repository.transaction(author=call.author) as tx:
        obj = find_object(call, deleted=True)
        tx.undelete(obj)
    return show(call, obj, headers=written(call))


def prove_tag(call: Call, obj: Type) -> None:
    """Hold the caller's tag against the object's.

    Raises:
        MissingTag: the request has no ``If-Match`` (428).
        StaleTag: the object has changed meanwhile (412).
    """
    given = call.headers.get("if-match")
    if given is None:
        raise MissingTag(
            "this request must say which revision it changes",
            hint="send If-Match with the object's ETag, or If-Match: *",
        )
    if given != "*" and tag_of(obj) not in [part.strip() for part in given.split(",")]:
        raise StaleTag(
            f"the object has changed meanwhile. etag={tag_of(obj)}",
            hint="read it again, and decide",
            etag=tag_of(obj),
        )


def _mapping(document: Mapping[str, object], name: str) -> dict[str, object]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise Invalid(
            f"`{name}` is no object. value={shortened(value)}",
            code="SG-API-001",
            hint=f'send {{"{name}": {{…}}}}',
        )
    return value


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise Invalid(
            f"`{name}` is no text. value={shortened(value)}",
            code="SG-API-001",
            hint=f'send {{"{name}": "…"}}',
        )
    return value
