"""Types of objects, declared as Python classes.

::

    class Article(Type, path="name"):
        name: str = attr(max_length=80, pattern=r"[a-z0-9-]+")
        title: str = attr(max_length=255, search=True)
        section: "Section | None" = attr(default=None, tree=True)

`Article(name="hello", title="Hello")` is an object that nobody keeps yet; a
repository's `create` gives it a GUID and a home. From then on it holds its row
as the database gave it, and decodes a field when it is first read.

Under ``mypy --strict`` a plain annotation types objects; ``title: Attr[str]``
types the class as well, where ``Article.title`` is an expression.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import currentframe
from types import new_class
from typing import ClassVar, cast, dataclass_transform
from weakref import WeakValueDictionary

from skygarth.model.attributes import UNSET, Attr, Declared, LinkAttr, attr
from skygarth.model.conflict import ConflictRecord
from skygarth.model.declarations import (
    DeclaredField,
    Names,
    field_of,
    is_class_variable,
    own_annotations,
    refused,
    schema_from,
)
from skygarth.model.decoding import decode_guid
from skygarth.model.expressions import Field
from skygarth.model.guid import Guid
from skygarth.model.home import Home
from skygarth.model.identified import Identified, bound_row, home_of, set_home, set_row
from skygarth.model.meta import GuidView, MetaView
from skygarth.model.plans import FIRST_FIELD, TypePlan, placeable
from skygarth.model.schema import Kind, TypeSchema
from skygarth.model.values import Codec, codec_of

ASSIGNED = "_assigned"
"""Where an object's own dictionary holds what was assigned and not saved, in stored form."""

RESERVED = frozenset({"parameters", "attach", "attachments", "history"})
"""Names that objects will answer to in later versions."""


@dataclass_transform(kw_only_default=True, field_specifiers=(attr,))
class Type(Identified):
    """The root of all declared types.

    Class arguments:
        path: the text field that names an object below its parent in the tree.

    An object made by a type's name has not been validated: `create` does that,
    together with all other checks. Assigning to a field validates at once.
    """

    __slots__ = ("__weakref__",)

    __plan__: ClassVar[TypePlan]
    __fields__: ClassVar[Mapping[str, DeclaredField]]
    __links__: ClassVar[Mapping[str, type[Type]]] = {}
    __finder__: ClassVar[Callable[[str], type[Type]] | None] = None
    __path__: ClassVar[str | None]
    __learnt__: ClassVar[bool] = False

    guid = GuidView()
    meta = MetaView()

    def __init_subclass__(
        cls, *, path: str | None = None, learnt: TypeSchema | None = None
    ) -> None:
        super().__init_subclass__()
        if learnt is not None:
            _learn(cls, learnt)
            return
        frame = currentframe()
        scope = frame.f_back.f_locals if frame is not None and frame.f_back is not None else {}
        _declare(cls, path, scope)

    def __init__(self, **fields: object) -> None:
        plan = type(self).__plan__
        if not fields.keys() <= plan.names:
            plan.check_names(fields)
        set_row(self, None)
        set_home(self, None)
        self.__dict__.update(fields)

    # -- identity and place -----------------------------------------------------------

    @property
    def guid_bytes(self) -> bytes:
        """The GUID as 16 bytes.

        Raises:
            Invalid: the object has not been created (SG-OBJECT-001).
        """
        guid = bound_row(self)[0]
        assert isinstance(guid, bytes)
        return guid

    @property
    def is_created(self) -> bool:
        """Whether a repository keeps the object."""
        return self.__row__ is not None

    @property
    def path(self) -> str | None:
        """Where the object stands in the tree now, such as ``/news/hello``; None: nowhere."""
        return _home(self).path_of(self)

    @property
    def conflicts(self) -> list[ConflictRecord]:
        """What merging set aside of this object and nobody has settled."""
        return _home(self).conflicts_of(self)

    def link_guid(self, field: str) -> Guid | None:
        """The GUID that a link holds, even if the object is deleted, purged or not here yet."""
        plan = type(self).__plan__
        plan.check_names({field: None})
        codec = plan.codecs[field]
        if codec.schema.kind is not Kind.LINK:
            raise refused(f"{type(self).__name__}.{field}", "it is no link", 2, "read the field")
        assigned = self.__dict__.get(ASSIGNED, {})
        row = bound_row(self)
        stored = assigned[field] if field in assigned else row[plan.attributes[field].index]
        return None if stored is None else decode_guid(stored)

    # -- changes ----------------------------------------------------------------------

    def update(self, meta: Mapping[str, object] | None = None, /, **fields: object) -> bool:
        """Set fields, and editable metadata (``{"published": …, "hidden": …}``), in the database.

        Joins the thread's transaction, or makes one of its own. Whether anything changed.
        """
        if meta is None and isinstance(fields.get("meta"), Mapping):
            meta = cast("Mapping[str, object]", fields.pop("meta"))
        return _home(self).update(self, meta, **fields)

    def set_meta(self, **meta: object) -> bool:
        """Set ``published`` and ``hidden``. Whether anything changed."""
        return _home(self).update(self, meta)

    def increment(self, field: str, amount: int = 1) -> None:
        """Move a counter by a difference; concurrent ones add up."""
        _home(self).increment(self, field, amount)

    def save(self) -> bool:
        """Write the fields that were assigned to. Whether anything changed."""
        return _home(self).save(self)

    def delete(self, *, recursive: bool = False) -> None:
        """Delete the object, so that `undelete` can bring it back; with all below if asked."""
        _home(self).delete(self, recursive=recursive)

    def undelete(self) -> None:
        """Bring the deleted object back."""
        _home(self).undelete(self)

    def purge(self, *, recursive: bool = False) -> None:
        """Remove the object for good, on every node; with all below it if asked."""
        _home(self).purge(self, recursive=recursive)

    # -- as a value -------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Type) or self.__row__ is None or other.__row__ is None:
            return self is other
        return type(self) is type(other) and self.__row__[0] == other.__row__[0]

    def __hash__(self) -> int:
        return object.__hash__(self) if self.__row__ is None else hash(self.__row__[0])

    def __repr__(self) -> str:
        plan, name = type(self).__plan__, type(self).__name__
        shown = [] if self.__row__ is None else [f"guid='{self.guid}'"]
        if plan.schema.path_field is not None:
            shown.append(f"{plan.schema.path_field}={getattr(self, plan.schema.path_field)!r}")
        return f"{name}({', '.join(shown)})"


def _assign(obj: Type, name: str, value: object) -> None:
    """Set a field: check the value now, and remember that it is to be saved."""
    plan = type(obj).__plan__
    if name not in plan.names:
        plan.check_names({name: value})
    stored = plan.codecs[name].encode(value)
    given = obj.__dict__
    if obj.__row__ is None:
        given[name] = value
        return
    given.setdefault(ASSIGNED, {})[name] = stored
    if isinstance(value, Identified) or plan.codecs[name].schema.kind is not Kind.LINK:
        given[name] = plan.codecs[name].python(stored) if value is not None else None
    else:
        given.pop(name, None)


# Type checkers must not see it: a class with __setattr__ has any attribute, and no typing error.
setattr(Type, "__setattr__", _assign)  # noqa: B010


def _home(obj: Type) -> Home:
    """The repository that keeps an object."""
    return cast("Home", home_of(obj))


def schema_of(cls: type[Type]) -> TypeSchema:
    """The schema of a declared type."""
    return cls.__plan__.schema


def declared_types() -> Iterator[type[Type]]:
    """Every type declared in this process that is still in use, oldest first."""
    yield from list(_declared.values())


def type_from_schema(schema: TypeSchema, find: Callable[[str], type[Type]]) -> type[Type]:
    """A class for a type that nobody declared here: another node did.

    Args:
        schema: as it was learnt.
        find: gives the classes of other types by their names, for links.
    """
    name = "".join(word.capitalize() for word in schema.name.split("_"))
    made = new_class(name, (Type,), {"learnt": schema})
    cls = cast("type[Type]", made)
    cls.__finder__ = find
    return cls


def linked_class(cls: type[Type], type_name: str) -> type[Type]:
    """The class that a type's links of this name lead to.

    Raises:
        Invalid: there is no such class, at least not yet (SG-TYPE-002).
    """
    if cls.__finder__ is not None:
        return cls.__finder__(type_name)
    known = {cls.type_name: cls, **cls.__links__}.get(type_name)
    known = known or _beside(cls, type_name) or _declared.get(type_name)
    if known is not None:
        return known
    raise refused(
        cls.__name__,
        f"it links to {type_name!r}, which no class declares",
        2,
        "declare that type too, or correct the annotation",
    )


# -- declaring ----------------------------------------------------------------------------

_declared: WeakValueDictionary[str, type[Type]] = WeakValueDictionary()


def _beside(cls: type[Type], type_name: str) -> type[Type] | None:
    """A type of the same module; names may mean different types in different applications."""
    module = sys.modules.get(cls.__module__)
    for known in vars(module).values() if module is not None else ():
        if isinstance(known, type) and issubclass(known, Type) and known.type_name == type_name:
            return known
    return None


def _declare(cls: type[Type], path: str | None, scope: Mapping[str, object]) -> None:
    """Read a class's body as a declaration, and put the outcome in its place."""
    module = sys.modules.get(cls.__module__)
    names = Names(vars(module) if module is not None else {}, scope)
    fields: dict[str, DeclaredField] = {}
    for base in cls.__mro__[:0:-1]:
        fields |= vars(base).get("__fields__", {})
    for name, annotation in own_annotations(cls).items():
        if not is_class_variable(annotation):
            _check_name(cls, name)
            given = vars(cls).get(name, UNSET)
            declared = given if isinstance(given, Declared) else Declared(default=given)
            fields[name] = field_of(cls.__name__, name, annotation, declared, names)
    cls.__fields__ = fields
    path = path or next((p for b in cls.__mro__[1:] if (p := vars(b).get("__path__"))), None)
    cls.__path__ = path
    schema = schema_from(cls.__name__, fields, path)
    linked = (field.link for field in fields.values())
    cls.__links__ = {
        link.type_name: link for link in linked if isinstance(link, type) and issubclass(link, Type)
    }
    _equip(cls, schema, {name: field.codec for name, field in fields.items()})
    _declared[schema.name] = cls


def _learn(cls: type[Type], schema: TypeSchema) -> None:
    """Make a class of a schema alone."""
    cls.__learnt__ = True
    codecs = {field.name: codec_of(field, schema.name) for field in schema.fields}
    _equip(cls, schema, codecs)


def _equip(cls: type[Type], schema: TypeSchema, codecs: Mapping[str, Codec]) -> None:
    """Give a class its plan, and each field its place in the class."""
    attributes: dict[str, Attr[object]] = {}
    for index, field in enumerate(schema.fields, FIRST_FIELD):
        codec = codecs[field.name]
        if field.name == schema.path_field:
            codec = placeable(codec)
        attributes[field.name] = _attribute(cls, codec, index)
    cls.type_name = schema.name
    cls.__plan__ = TypePlan(schema, attributes, lambda name: linked_class(cls, name).__plan__)
    for name, attribute in attributes.items():
        if name not in TAKEN:
            type.__setattr__(cls, name, attribute)


def _attribute(cls: type[Type], codec: Codec, index: int) -> Attr[object]:
    name, link = codec.schema.name, codec.schema.link_type
    if link is None:
        return Attr(name, index, codec, codec.schema.default, Field((name,), codec))
    field: Field[object] = Field((name,), codec, lambda: linked_class(cls, link).__plan__)
    return LinkAttr(name, index, codec, None, field)


TAKEN = frozenset(dir(Type)) | RESERVED
"""Names that objects already answer to, so that no field can have them."""


def _check_name(cls: type[Type], name: str) -> None:
    if name in TAKEN:
        raise refused(
            f"{cls.__name__}.{name}",
            "every object answers to this name already",
            7,
            "give the field another name",
        )
