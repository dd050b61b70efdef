"""A selection becomes one SELECT.

Only names that the schema knows become part of the statement; every value is
bound, limit and offset included. Links are followed by LEFT JOINs, one for
each distinct chain of links.

What is asked may come from anybody (`POST query`), so it is measured here: SQLite
stops at 1,000 levels of an expression and 32,766 values, and says so in words
that are of no use to whoever asked. Conditions joined by the same word become
one flat list, and the list a balanced tree: ten thousand alternatives are
fourteen levels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from skygarth.database.port import METADATA
from skygarth.database.sqlite.columns import Columns, quoted
from skygarth.model.errors import Invalid
from skygarth.model.query import (
    All,
    AnyOf,
    Compare,
    Condition,
    Contains,
    IsNull,
    Matches,
    Not,
    OneOf,
    Operator,
    Path,
    Selection,
)
from skygarth.model.schema import Kind, Stored, TypeSchema

Statement = tuple[str, tuple[Stored, ...]]

DEPTH_MAX = 200
VALUES_MAX = 32_000
PATTERN_MAX = 10_000
"""Letters of a pattern, or of the words of a search."""

_WORD = re.compile(r"[^\s\"*]+\*?")
_NEVER = "0"
_ALWAYS = "1"


def compile_selection(selection: Selection, schemas: Mapping[str, TypeSchema]) -> Statement:
    """The SELECT whose rows are `skygarth.database.port.Row`, or the fields that are wanted.

    Without an order of its own, a search by words gives the best matches first.

    A page out of many sorts ids, and reads rows afterwards: SQLite's sorter would carry
    whole rows, so that twelve of fifty articles of 2 MB took 160 ms instead of 10.
    (The inner SELECT has a LIMIT, so it is not flattened, and CROSS JOIN keeps it
    outermost: its order is that of the rows.)

    Raises:
        Invalid: the selection names a field that the type lacks (SG-QUERY-001), or is
            larger than SQLite can answer (SG-QUERY-010).
    """
    compiler = _Compiler(selection, schemas, is_ranked=not selection.order)
    whole = ("guid", *METADATA, *(field.name for field in compiler.schema.fields))
    names = selection.fields or whole
    listed = ", ".join(f"t.{quoted(name)}" for name in names)
    order = [
        f"{compiler.column(key.path)}{' DESC' if key.descending else ''}" for key in selection.order
    ]
    where = compiler.where()
    order += [*compiler.ranks, "t.guid"]
    page = ""
    if selection.limit is not None or selection.offset:
        limit = -1 if selection.limit is None else selection.limit
        page = f" LIMIT {compiler.bind(limit)} OFFSET {compiler.bind(selection.offset)}"
    found = f"FROM {compiler.source()} WHERE {where} ORDER BY {', '.join(order)}{page}"
    sql = f"SELECT {listed} {found}"
    if page and len(order) > 1 and order[0] != compiler.column(("guid",)):
        table = Columns.of(compiler.schema).table
        chosen = f"(SELECT t.id AS chosen {found})"
        sql = f"SELECT {listed} FROM {chosen} CROSS JOIN {table} t ON t.id = chosen"
    return sql, compiler.bindings


def compile_count(selection: Selection, schemas: Mapping[str, TypeSchema]) -> Statement:
    """The SELECT that counts the selection, its page left out."""
    compiler = _Compiler(selection, schemas)
    where = compiler.where()
    return f"SELECT count(*) FROM {compiler.source()} WHERE {where}", compiler.bindings


def full_text_query(words: str) -> str:
    """A person's words as an FTS5 query: every word quoted, a trailing ``*`` kept as a prefix."""
    terms = []
    whole = words.replace("\0", " ").encode(errors="ignore").decode()
    for word in _WORD.findall(whole):
        prefix = "*" if word.endswith("*") else ""
        terms.append(f'"{word.rstrip("*")}"{prefix}')
    return " ".join(terms)


class _Compiler:
    """One statement in the making.

    Attributes:
        ranks: what to order by, so that the best of a search comes first.
    """

    def __init__(
        self,
        selection: Selection,
        schemas: Mapping[str, TypeSchema],
        *,
        is_ranked: bool = False,
    ) -> None:
        self.schema = schemas[selection.type_name]
        self._selection = selection
        self._schemas = schemas
        self._joins: dict[Path, str] = {}
        self._bound: list[Stored] = []
        self._searches: list[str] = []
        self._ranked = _searches_for_all(selection.condition) if is_ranked else ()
        self.ranks: list[str] = []

    @property
    def bindings(self) -> tuple[Stored, ...]:
        return tuple(self._bound)

    def bind(self, value: Stored) -> str:
        if len(self._bound) >= VALUES_MAX:
            raise _too_large("values", VALUES_MAX)
        self._bound.append(value)
        return f"?{len(self._bound)}"

    def source(self) -> str:
        """The table with its joins; complete once every column has been named."""
        joins = "".join(self._searches)
        for links, alias in self._joins.items():
            target = self._type_at(links)
            column = self._owned(links[:-1], links[-1])
            joins += (
                f" LEFT JOIN {Columns.of(target).table} {alias}"
                f" ON {alias}.guid = {column} AND {alias}._deleted = 0"
            )
        return f"{Columns.of(self.schema).table} t{joins}"

    def where(self) -> str:
        live = _ALWAYS if self._selection.include_deleted else "t._deleted = 0"
        return f"{live} AND {self._condition(self._selection.condition)}"

    def column(self, path: Path) -> str:
        """The column that a path leads to; joins on the way are added."""
        links, name = path[:-1], path[-1]
        if links and name == "guid":
            return self.column(links)
        for end in range(1, len(links) + 1):
            self._joins.setdefault(links[:end], f"l{len(self._joins)}")
        return self._owned(links, name)

    def _owned(self, links: Path, name: str) -> str:
        schema = self._type_at(links)
        if name != "guid" and name not in METADATA and name not in schema.by_name:
            raise _unknown(schema, name)
        return f"{self._joins[links] if links else 't'}.{quoted(name)}"

    def _type_at(self, links: Path) -> TypeSchema:
        schema = self.schema
        for link in links:
            field = schema.by_name.get(link)
            if field is None or field.link_type is None or field.link_type not in self._schemas:
                raise _unknown(schema, link)
            schema = self._schemas[field.link_type]
        return schema

    def _condition(self, condition: Condition, depth: int = 0) -> str:
        if depth > DEPTH_MAX:
            raise _too_large("levels of conditions", DEPTH_MAX)
        match condition:
            case All() | AnyOf():
                word, empty = (" AND ", _ALWAYS) if isinstance(condition, All) else (" OR ", _NEVER)
                parts = [self._condition(part, depth + 1) for part in _flattened(condition)]
                return _balanced(word, parts) if parts else empty
            case Not(part):
                return f"(NOT {self._condition(part, depth + 1)})"
            case IsNull(path):
                return f"({self.column(path)} IS NULL)"
            case OneOf(path, values):
                return self._one_of(self.column(path), values)
            case Compare(path, operator, value):
                return self._compare(self.column(path), operator, value)
            case Contains(path, item):
                return self._contains(path, item)
            case Matches(words, field):
                is_ranked = any(condition is ranked for ranked in self._ranked)
                return self._matches(words, field, is_ranked=is_ranked)

    def _one_of(self, column: str, values: tuple[Stored, ...]) -> str:
        """IN, where None is a value like others: in SQL nothing equals it."""
        listed = ", ".join(self.bind(value) for value in values if value is not None)
        null = f" OR {column} IS NULL" if None in values else ""
        return f"({column} IN ({listed}){null})"

    def _compare(self, column: str, operator: Operator, value: Stored) -> str:
        match operator:
            case Operator.EQUAL:
                word = "IS" if value is None else "="
                return f"({column} {word} {self.bind(value)})"
            case Operator.UNEQUAL:
                return f"({column} IS NOT {self.bind(value)})"
            case Operator.STARTS_WITH:
                bound = self.bind(value)
                return f"(substr({column}, 1, length({bound})) = {bound})"
            case Operator.LIKE:
                if not isinstance(value, str) or len(value) > PATTERN_MAX:
                    raise _too_large("letters of a pattern", PATTERN_MAX)
                return f"({column} LIKE {self.bind(value)})"
            case _:
                return f"({column} {operator.value} {self.bind(value)})"

    def _contains(self, path: Path, item: Stored) -> str:
        column = self.column(path)
        field = self._type_at(path[:-1]).by_name.get(path[-1])
        if field is None or field.kind is not Kind.LIST:
            raise Invalid(
                f"only a list field contains items. field={path[-1]!r}",
                code="SG-QUERY-002",
                hint="compare the field with == instead",
            )
        return f"EXISTS(SELECT 1 FROM json_each({column}) WHERE value = {self.bind(item)})"

    def _matches(self, words: str, field: str | None, *, is_ranked: bool) -> str:
        names = [entry.name for entry in self.schema.search_fields]
        if not names or (field is not None and field not in names):
            raise Invalid(
                f"this is not searched by words. type={self.schema.name!r} field={field!r}",
                code="SG-QUERY-003",
                hint="declare the field with attr(search=True)",
            )
        if len(words) > PATTERN_MAX:
            raise _too_large("letters to search for", PATTERN_MAX)
        query = full_text_query(words)
        if not query:
            return _NEVER
        if field is not None:
            query = f'{{"{field}"}} : ({query})'
        search = Columns.of(self.schema).search_table
        found = f"FROM {search} WHERE {search} MATCH {self.bind(query)}"
        if not is_ranked:
            return f"(t.id IN (SELECT rowid {found}))"
        alias = f"s{len(self._searches)}"
        self._searches.append(f" JOIN (SELECT rowid, rank {found}) {alias} ON {alias}.rowid = t.id")
        self.ranks.append(f"{alias}.rank")
        return _ALWAYS


def _searches_for_all(condition: Condition) -> tuple[Condition, ...]:
    """The searches that whatever is selected has to satisfy."""
    parts = _flattened(condition) if isinstance(condition, All) else [condition]
    return tuple(part for part in parts if isinstance(part, Matches))


def _flattened(condition: All | AnyOf) -> list[Condition]:
    """The parts, with those of parts of the same kind in their place; order is kept."""
    found: list[Condition] = []
    waiting: list[Condition] = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, All | AnyOf) and type(part) is type(condition):
            waiting.extend(reversed(part.parts))
        else:
            found.append(part)
    return found


def _balanced(word: str, texts: list[str]) -> str:
    """The texts joined so that the expression is as deep as the logarithm of their number."""
    assert texts
    if len(texts) == 1:
        return texts[0]
    middle = len(texts) // 2
    return f"({_balanced(word, texts[:middle])}{word}{_balanced(word, texts[middle:])})"


def _too_large(what: str, most: int) -> Invalid:
    return Invalid(
        f"the question is too large. most={most} of={what!r}",
        code="SG-QUERY-010",
        hint="ask in several parts",
    )


def _unknown(schema: TypeSchema, name: str) -> Invalid:
    known = ", ".join(field.name for field in schema.fields)
    return Invalid(
        f"there is no such field to ask for. type={schema.name!r} field={name!r}",
        code="SG-QUERY-001",
        hint=f"fields of {schema.name}: {known}",
    )
