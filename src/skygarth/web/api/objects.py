"""Objects over HTTP: create, read, change, delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.responses import Response

from skygarth.model.errors import Conflict, Invalid, NotFound
from skygarth.model.guid import Guid, parse_guid
from skygarth.model.json_objects import (
    fields_from_json,
    fields_to_json,
    meta_from_json,
    meta_to_json,
)
from skygarth.model.types import Type
from skygarth.repository.tokens import AccessToken, Role
from skygarth.web.api.calls import PREFIX, Call, answer, written
from skygarth.web.api.conflicts import conflict_document

HIDDEN_TYPES = frozenset({AccessToken.type_name})
"""Types that the general API never shows."""


class StaleTag(Conflict):
    """The object has another revision than the caller thinks (412)."""

    default_code = "SG-API-412"


class MissingTag(Conflict):
    """A change of an object must say which revision it changes (428)."""

    default_code = "SG-API-428"


def object_document(call: Call, obj: Type) -> dict[str, object]:
    """An object as the API shows it."""
    conflicts = call.repository.conflicts_of(obj)
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
    if name in HIDDEN_TYPES:
        raise NotFound(
            f"there is no such type. type={name!r}",
            code="SG-TYPE-404",
            hint="see /api/v1/types",
        )
    return call.repository.type_named(name)


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
    """Whether the caller may see an object: published ones are open to all."""
    if call.holder is not None:
        return True
    published = obj.meta.published
    is_due = published is None or published.timestamp() * 1e6 <= call.now_us
    return is_due and not obj.meta.hidden and not obj.meta.deleted


def create_object(call: Call) -> Response:
    """``POST {type}``: 201, with its address."""
    call.require(Role.EDITOR)
    cls = known_type(call, call.path["type"])
    document = call.document()
    refuse_unknown(document, {"fields", "parent", "meta", "guid"})
    obj = make_object(call, cls, document)
    guid = document.get("guid")
    _create(call, obj, parse_guid(str(guid)) if guid else None, document)
    fresh = call.repository.get(cls, obj.guid)
    address = f"{PREFIX}/objects/{obj.guid}"
    return show(call, fresh, 201, {"Location": address, **written(call)})


def make_object(call: Call, cls: type[Type], document: Mapping[str, object]) -> Type:
    """An object from a request's fields, below the parent that it names by GUID or path."""
    fields = fields_from_json(cls.__plan__, _mapping(document, "fields"))
    parent = document.get("parent")
    tree = cls.__plan__.schema.tree_field
    if parent is not None:
        if tree is None:
            raise Invalid(
                f"objects of this type have no parent. type={cls.type_name!r}",
                code="SG-API-004",
                hint="leave `parent` out",
            )
        fields[tree.name] = _parent_guid(call, str(parent))
    return cls(**fields)


def _parent_guid(call: Call, text: str) -> object:
    if text in {"", "/"}:
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


def _create(call: Call, obj: Type, guid: Guid | None, document: Mapping[str, object]) -> None:
    """Create an object with the metadata that the request gives."""
    meta = meta_from_json(_mapping(document, "meta"))
    refuse_unknown(meta, {"published", "hidden"})
    published = meta.get("published")
    assert published is None or isinstance(published, datetime)
    with call.repository.transaction(author=call.author) as tx:
        tx.create(obj, guid=guid, published=published, hidden=bool(meta.get("hidden", False)))


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
    """``GET objects/{guid}/children`` and ``GET tree``: what stands below."""
    parent = find_object(call) if "guid" in call.path else None
    children = [
        object_document(call, child)
        for child in call.repository.children(parent)
        if child.type_name not in HIDDEN_TYPES and is_visible(call, child)
    ]
    return answer({"items": children, "next": None})


def change_object(call: Call) -> Response:
    """``PATCH`` sets the fields given; ``PUT`` sets all, those not given to their defaults."""
    call.require(Role.EDITOR)
    obj = find_object(call)
    document = call.document()
    refuse_unknown(document, {"fields", "meta", "parent"})
    _match(call, obj)
    cls = type(obj)
    fields = fields_from_json(cls.__plan__, _mapping(document, "fields"))
    if call.method == "PUT":
        whole = make_object(call, cls, document)
        fields = {name: _value(whole, name) for name in cls.__plan__.codecs}
    tree = cls.__plan__.schema.tree_field
    if "parent" in document and tree is not None:
        fields[tree.name] = _parent_guid(call, str(document["parent"] or ""))
    with call.repository.transaction(author=call.author) as tx:
        _match(call, call.repository.get(cls, obj.guid))
        meta = meta_from_json(_mapping(document, "meta"))
        tx.update(obj, **fields, **({"meta": meta} if meta else {}))
    return show(call, call.repository.get(cls, obj.guid), headers=written(call))


def put_object(call: Call) -> Response:
    """``PUT objects/{guid}``: replaces; with ``If-None-Match: *`` creates under this GUID."""
    if call.headers.get("if-none-match") != "*":
        return change_object(call)
    call.require(Role.EDITOR)
    guid = parse_guid(call.path["guid"])
    if call.repository.find(guid, deleted=True) is not None:
        raise StaleTag(
            f"there is an object with this guid already. guid='{guid}'",
            hint="change it with PATCH and If-Match",
        )
    document = call.document()
    refuse_unknown(document, {"fields", "meta", "parent", "type"})
    cls = known_type(call, str(document.get("type", "")))
    obj = make_object(call, cls, document)
    _create(call, obj, guid, document)
    return show(call, call.repository.get(cls, guid), 201, written(call))


def delete_object(call: Call) -> Response:
    """``DELETE objects/{guid}``: hides it; with ``?purge=true`` it is gone for good."""
    purging = call.wants("purge")
    call.require(Role.ADMIN if purging else Role.EDITOR)
    obj = find_object(call, deleted=purging)
    _match(call, obj)
    with call.repository.transaction(author=call.author) as tx:
        if purging:
            tx.purge(obj, recursive=call.wants("recursive"))
        else:
            tx.delete(obj, recursive=call.wants("recursive"))
    return Response(status_code=204, headers=written(call))


def undelete_object(call: Call) -> Response:
    """``POST objects/{guid}/undelete``."""
    call.require(Role.EDITOR)
    obj = find_object(call, deleted=True)
    with call.repository.transaction(author=call.author) as tx:
        tx.undelete(obj)
    return show(call, call.repository.get(type(obj), obj.guid), headers=written(call))


def _match(call: Call, obj: Type) -> None:
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
        )


def refuse_unknown(given: Mapping[str, object], known: set[str]) -> None:
    """Refuse members that nobody reads: a typing mistake must not pass in silence.

    Raises:
        Invalid: naming the first.
    """
    for name in given:
        if name not in known:
            raise Invalid(
                f"nobody reads this member. name={name!r}",
                code="SG-API-005",
                hint=f"members are {', '.join(sorted(known))}",
            )


def _mapping(document: Mapping[str, object], name: str) -> dict[str, object]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise Invalid(
            f"`{name}` is no object. value={value!r}",
            code="SG-API-001",
            hint=f'send {{"{name}": {{…}}}}',
        )
    return value


def _value(obj: Type, name: str) -> object:
    """A field's value; a link as the GUID it holds."""
    field = obj.__plan__.schema.by_name[name]
    return obj.link_guid(name) if field.link_type is not None else getattr(obj, name)
