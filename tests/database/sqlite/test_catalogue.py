"""Which types a database file has, and what was declared of them."""

from __future__ import annotations

import dataclasses

import apsw
import pytest

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue
from skygarth.database.sqlite.tables import create_common_tables
from skygarth.model.errors import Conflict, NotFound
from skygarth.model.schema import FieldSchema, Kind, TypeSchema

ALPHA = FieldSchema(name="alpha", kind=Kind.TEXT)
BETA = FieldSchema(name="beta", kind=Kind.INTEGER)
GAMMA = FieldSchema(name="gamma", kind=Kind.TEXT, default="g")


def schema(*fields: FieldSchema, name: str = "thing") -> TypeSchema:
    """A type with these fields."""
    return TypeSchema(name=name, fields=fields)


@pytest.fixture
def connection() -> apsw.Connection:
    """A database without types."""
    connection = apsw.Connection(":memory:")
    create_common_tables(connection)
    return connection


@pytest.fixture
def catalogue(connection: apsw.Connection) -> TypeCatalogue:
    """Its catalogue."""
    return TypeCatalogue(connection)


def test_a_type_is_the_union_of_what_was_ever_said_of_it(catalogue: TypeCatalogue) -> None:
    """Learnt fields stand behind those that were there (REP-30)."""
    catalogue.declare((schema(ALPHA, BETA),))
    catalogue.learn((schema(GAMMA, ALPHA),))
    entry = catalogue.entry("thing")

    assert entry.whole.fields == (ALPHA, BETA, GAMMA)
    assert entry.shown.fields == (ALPHA, BETA)
    assert entry.columns.schema == entry.whole


def test_rows_come_in_the_declared_order(catalogue: TypeCatalogue) -> None:
    """Whatever order the table has them in."""
    catalogue.learn((schema(BETA, ALPHA),))
    catalogue.declare((schema(ALPHA, BETA),))

    assert catalogue.schemas()["thing"].fields == (ALPHA, BETA)
    assert catalogue.entry("thing").row.endswith('"alpha", "beta"')


def test_a_learnt_type_shows_whole(catalogue: TypeCatalogue) -> None:
    """Without a declaration there is nothing to leave out."""
    catalogue.learn((schema(ALPHA),))
    catalogue.learn((schema(BETA),))

    assert catalogue.schemas()["thing"].fields == (ALPHA, BETA)


def test_an_unknown_type_is_answered_with_the_known_ones(catalogue: TypeCatalogue) -> None:
    """The hint lists what there is."""
    catalogue.learn((schema(ALPHA),))
    with pytest.raises(NotFound) as absent:
        catalogue.entry("thong")

    assert absent.value.hint == "known types: thing"


def test_another_catalogue_reads_what_this_one_wrote(
    connection: apsw.Connection, catalogue: TypeCatalogue
) -> None:
    """Types lie in the file; a process that looks again sees them with their numbers."""
    other = TypeCatalogue(connection)
    catalogue.declare((schema(ALPHA), schema(BETA, name="other")))
    assert other.entries == {}
    other.refresh()

    assert other.names == catalogue.names
    assert other.entry("thing").whole == catalogue.entry("thing").whole


def test_a_refused_declaration_is_not_remembered(catalogue: TypeCatalogue) -> None:
    """Rows go on being read by the declaration that holds."""
    catalogue.declare((schema(ALPHA),))
    with pytest.raises(Conflict):
        catalogue.declare((schema(dataclasses.replace(ALPHA, kind=Kind.INTEGER)),))
    catalogue.refresh()

    assert catalogue.schemas()["thing"].fields == (ALPHA,)


def test_a_type_goes_with_the_transaction_that_brought_it(
    connection: apsw.Connection, catalogue: TypeCatalogue
) -> None:
    """After a rollback and a refresh, no entry names a table that is not there."""
    connection.execute("BEGIN")
    catalogue.learn((schema(ALPHA),))
    connection.execute("ROLLBACK")
    catalogue.refresh()

    assert catalogue.entries == {}
    assert catalogue.names == {}


def test_who_reads_the_types_is_not_disturbed(catalogue: TypeCatalogue) -> None:
    """Other threads go through the entries while a merge adds one: theirs stay as they are."""
    catalogue.learn((schema(ALPHA),))
    seen = iter(catalogue.entries)
    assert next(seen) == "thing"
    catalogue.learn((schema(BETA, name="other"),))
    catalogue.refresh()

    assert list(seen) == []


def test_kept_statements_end_with_the_entries_they_were_made_of(
    catalogue: TypeCatalogue,
) -> None:
    """A statement that was made of older entries cannot come back."""
    catalogue.learn((schema(ALPHA),))
    kept = catalogue.statements
    catalogue.learn((schema(BETA),))
    kept["named"] = "SELECT older"

    assert catalogue.statements == {}


def test_learning_what_is_known_writes_nothing(
    connection: apsw.Connection, catalogue: TypeCatalogue
) -> None:
    """Each segment brings its schemas; only news cost something."""
    catalogue.learn((schema(ALPHA),))
    before = connection.total_changes(), rows_of(connection, "PRAGMA schema_version")
    catalogue.learn((schema(ALPHA),))

    assert before == (connection.total_changes(), rows_of(connection, "PRAGMA schema_version"))
