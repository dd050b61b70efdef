"""Which Python class stands for which type in this repository.

Types that the application declares are registered; types that were learnt from
another node get a class made from their schema, so that whoever lists, shows or
edits objects (the HTTP interface, the command line) need not know the difference.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from skygarth.database.port import Database
from skygarth.model.errors import Invalid, NotFound
from skygarth.model.schema import TypeSchema
from skygarth.model.types import Type, linked_class, schema_of, type_from_schema


class TypeRegistry:
    """The classes of one repository, by type name.

    Attributes:
        classes: every class that stands for a type here, registered or made of what was learnt.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._declared: dict[str, type[Type]] = {}
        self._learnt: dict[str, tuple[TypeSchema, type[Type]]] = {}
        self._lock = threading.Lock()
        self.classes: set[type[Type]] = set()

    def register(self, types: Iterable[type[Type]]) -> None:
        """Make room in the database for types and for all that they link to.

        Raises:
            Invalid: a link leads to a type that nobody declares (SG-TYPE-002), or two
                classes claim one type name (SG-TYPE-012).
            Conflict: a field changed its kind (SG-TYPE-010).
        """
        wanted: dict[str, type[Type]] = {}
        waiting = list(types)
        while waiting:
            cls = waiting.pop()
            if cls.__learnt__:
                raise _outdated(cls)
            known = wanted.setdefault(cls.type_name, cls)
            if known is not cls:
                raise Invalid(
                    f"two classes have one type name. type={cls.type_name!r}",
                    code="SG-TYPE-012",
                    hint="rename one of them: the type is called as the class is, in snake case",
                )
            links = {field.link_type for field in schema_of(cls).fields} - {None, *wanted}
            waiting += [linked_class(cls, link) for link in sorted(filter(None, links))]
        new = {name: cls for name, cls in wanted.items() if self._declared.get(name) is not cls}
        if new:
            self._database.ensure_types([schema_of(cls) for cls in new.values()])
            with self._lock:
                for name, cls in new.items():
                    self._learnt.pop(name, None)
                    self._declared[name] = cls
                self._list_classes()

    def named(self, name: str) -> type[Type]:
        """The class of a type, declared or learnt.

        Raises:
            NotFound: no such type is known here (SG-TYPE-404).
        """
        declared = self._declared.get(name)
        if declared is not None:
            return declared
        schema = self._database.types().get(name)
        if schema is None:
            raise NotFound(
                f"there is no such type. type={name!r}",
                code="SG-TYPE-404",
                hint=f"known types: {', '.join(sorted(self._database.types())) or 'none'}",
            )
        with self._lock:
            return self._made_of(schema)

    def _made_of(self, schema: TypeSchema) -> type[Type]:
        """The class of a learnt type; a new one when another node has added fields to it."""
        known, made = self._learnt.get(schema.name, (None, None))
        if made is None or known != schema:
            made = type_from_schema(schema, self.named)
            self._learnt[schema.name] = (schema, made)
            self._list_classes()
        return made

    def _list_classes(self) -> None:
        self.classes = {*self._declared.values(), *(cls for _, cls in self._learnt.values())}

    def all(self) -> Mapping[str, type[Type]]:
        """Every type known here, by name."""
        return {name: self.named(name) for name in sorted(self._database.types())}


def _outdated(cls: type[Type]) -> Invalid:
    return Invalid(
        f"this class was made for a type that has changed since. type={cls.type_name!r}",
        code="SG-TYPE-013",
        hint="ask for it again: repo.type_named(…)",
    )
