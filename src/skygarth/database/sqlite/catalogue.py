"""Which types this database has tables for, and what was declared of them here.

A type may be *declared* by the application, *learnt* from a segment that
another node wrote, or both. The table holds the union of fields, so fields of
a newer application are kept and relayed (REP-30); rows come out in the
declared order where there is a declaration.
"""

from __future__ import annotations

import dataclasses

import apsw

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.columns import Columns, quoted
from skygarth.database.sqlite.tables import add_columns, create_type_table
from skygarth.model.errors import Conflict, NotFound
from skygarth.model.schema import TypeSchema, decode_schema


@dataclasses.dataclass(frozen=True, slots=True)
class TypeEntry:
    """One type as this database knows it.

    Attributes:
        number: its id in this file.
        whole: the union of all fields ever seen.
        shown: the declared schema, or `whole` if nothing was declared.
        row: the columns of a `Row`, in the shown order.
        insert: the statement that creates an object, its fields in the shown order.
    """

    number: int
    whole: TypeSchema
    shown: TypeSchema
    columns: Columns
    row: str
    insert: str

    @classmethod
    def of(cls, number: int, whole: TypeSchema, declared: TypeSchema | None) -> TypeEntry:
        """An entry with its derived texts."""
        shown = declared or whole
        return cls(number, whole, shown, Columns.of(whole), Columns.of(shown).row, _insert(shown))


class TypeCatalogue:
    """The types of one database file; several processes may add to it.

    Attributes:
        entries: by type name.
        names: of types by their numbers.
        statements: SQL that others made of exactly these entries and keep here; it is
            forgotten whenever an entry changes.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._declared: dict[str, TypeSchema] = {}
        self.entries: dict[str, TypeEntry] = {}
        self.names: dict[int, str] = {}
        self.statements: dict[str, str] = {}
        self.refresh()

    def refresh(self, reader: apsw.Connection | None = None) -> None:
        """Read what other processes may have added, or what a rollback has taken away.

        A reading thread hands in its own connection: the writing one is not its to use.
        """
        entries: dict[str, TypeEntry] = {}
        for number, name, document in rows_of(
            reader or self._connection, "SELECT id, name, document FROM types"
        ):
            whole = decode_schema(document)
            entries[name] = TypeEntry.of(number, whole, self._declared.get(name))
        self._replace(entries)

    def entry(self, type_name: str) -> TypeEntry:
        """The entry of a type.

        Raises:
            NotFound: no such type (SG-TYPE-404).
        """
        try:
            return self.entries[type_name]
        except KeyError:
            raise NotFound(
                f"there is no such type. type={type_name!r}",
                code="SG-TYPE-404",
                hint=f"known types: {', '.join(sorted(self.entries)) or 'none'}",
            ) from None

    def declare(self, schemas: tuple[TypeSchema, ...]) -> None:
        """Make room for the application's types and read rows in their order from now on."""
        before = dict(self._declared)
        self._declared |= {schema.name: schema for schema in schemas}
        try:
            self.learn(schemas)
        except BaseException:
            self._declared = before  # what was refused is not read by
            raise

    def learn(self, schemas: tuple[TypeSchema, ...]) -> None:
        """Make tables and columns for whatever is new; inside the caller's transaction.

        Raises:
            Conflict: a field has another kind or merge rule here (SG-TYPE-010).
        """
        for schema in schemas:
            known = self.entries.get(schema.name)
            if known is None:
                self._add_type(schema)
            else:
                self._add_fields(known, schema)

    def schemas(self) -> dict[str, TypeSchema]:
        """The shown schema of every type."""
        return {name: entry.shown for name, entry in self.entries.items()}

    def _add_type(self, schema: TypeSchema) -> None:
        create_type_table(self._connection, schema)
        self._connection.execute(
            "INSERT INTO types(name, document) VALUES(?, ?)", (schema.name, schema.document)
        )
        self._remember(self._connection.last_insert_rowid(), schema)

    def _add_fields(self, known: TypeEntry, schema: TypeSchema) -> None:
        for field in schema.fields:
            mine = known.whole.by_name.get(field.name)
            if mine is not None and (mine.kind, mine.merge) != (field.kind, field.merge):
                raise Conflict(
                    f"{schema.name}.{field.name} is {mine.kind}/{mine.merge} in this database"
                    f" and {field.kind}/{field.merge} in the declaration",
                    code="SG-TYPE-010",
                    hint="give the changed field a new name",
                )
        added = tuple(f for f in schema.fields if f.name not in known.whole.by_name)
        whole = dataclasses.replace(known.whole, fields=(*known.whole.fields, *added))
        if added:
            add_columns(self._connection, whole, added)
            self._connection.execute(
                "UPDATE types SET document = ? WHERE id = ?", (whole.document, known.number)
            )
        self._remember(known.number, whole)

    def _remember(self, number: int, whole: TypeSchema) -> None:
        entry = TypeEntry.of(number, whole, self._declared.get(whole.name))
        self._replace({**self.entries, whole.name: entry})

    def _replace(self, entries: dict[str, TypeEntry]) -> None:
        """New dictionaries, never changed ones: other threads are reading the old."""
        self.entries = entries
        self.names = {entry.number: name for name, entry in entries.items()}
        self.statements = {}


def _insert(shown: TypeSchema) -> str:
    """The statement that creates an object: guid, stamp, now, author, published, hidden, fields."""
    names = "".join(f", {quoted(field.name)}" for field in shown.fields)
    marks = "".join(f", ?{7 + index}" for index in range(len(shown.fields)))
    return (
        f"INSERT INTO {Columns.of(shown).table}(guid, _stamp, _created, _revised, _creator,"
        f" _revisor, _published, _hidden, _revision, _deleted{names})"
        f" VALUES(?1, ?2, ?3, ?3, ?4, ?4, ?5, ?6, 1, 0{marks})"
    )
