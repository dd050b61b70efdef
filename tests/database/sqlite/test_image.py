"""Images from elsewhere: foreign input, looked at before it is let in."""

from __future__ import annotations

import apsw
import pytest
from tests.database.notes import NOTE, SCHEMAS, Sent
from tests.database.sqlite.openings import connection_of, notebook, table_of

from skygarth.database.sqlite import image
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.columns import Columns
from skygarth.model.errors import Damaged, SkygarthError
from skygarth.model.position import Position

WHOLE = "seg.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def a_segment() -> Sent:
    """One note, created and published."""
    book = notebook("b")
    book.note(1, "hello", views=2)
    sent = book.publish()
    assert sent is not None
    return sent


def changed(*statements: str, encoding: str = "UTF-8") -> bytes:
    """A segment's image after somebody meddled with it."""
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", a_segment().image)
    for statement in statements:
        connection.execute(statement)
    return connection.serialize("main")


def of_a_plain_database(*statements: str) -> bytes:
    """The image of a database of somebody else's."""
    connection = apsw.Connection(":memory:")
    for statement in statements:
        connection.execute(statement)
    return connection.serialize("main")


def test_an_image_is_attached_while_the_block_runs() -> None:
    """Its tables are read beside the node's own, and gone afterwards."""
    connection = connection_of(notebook())
    with image.attached(connection, a_segment().image):
        assert rows_of(connection, "SELECT title, views FROM seg.o_note") == [("hello", 2)]

    with pytest.raises(apsw.SQLError):
        connection.execute("SELECT 1 FROM seg.o_note")


def test_an_empty_image_takes_what_is_made_in_it() -> None:
    """Packing writes into one, and takes it out as bytes."""
    connection = connection_of(notebook())
    with image.attached(connection):
        image.create_common(connection)
        image.create_object_table(connection, Columns.of(NOTE))
        body = image.take_out(connection)
    with image.attached(connection, body):
        names = {name for (name,) in rows_of(connection, f"SELECT name FROM {WHOLE}")}

    assert names == {"schema", "head", "base", "purge", "o_note"}


def test_the_schemas_of_an_image_are_read() -> None:
    """They come back as their author declared them."""
    connection = connection_of(notebook())
    with image.attached(connection, a_segment().image):
        assert image.read_schemas(connection) == (NOTE,)


POISONED = {
    "bytes": b"\xff" * 5000,
    "nothing": b"",
    "a short file": b"SQLite format 3\0",
    "a cut file": a_segment().image[:-4096],
    "half a header": a_segment().image[:50],
    "an unreadable schema": a_segment().image.replace(b"CREATE TABLE", b"CREATE TABEL"),
    "another text encoding": of_a_plain_database("PRAGMA encoding = 'UTF-16'", "CREATE TABLE t(a)"),
    "somebody else's database": of_a_plain_database("CREATE TABLE t(a)"),
    "a trigger": changed(
        "CREATE TRIGGER x BEFORE DELETE ON o_note BEGIN SELECT RAISE(IGNORE); END"
    ),
    "a view": changed(
        "DROP TABLE purge", "CREATE VIEW purge AS SELECT '' AS type, x'' AS guid, x'' AS stamp"
    ),
    "an index with an expression": changed("CREATE INDEX x ON o_note(abs(views))"),
    "a virtual table": changed("DROP TABLE head", "CREATE VIRTUAL TABLE head USING fts5(type)"),
    "no schema table": changed("DROP TABLE schema"),
    "no object table": changed("DROP TABLE o_note"),
    "no table of bases": changed("DROP TABLE base"),
    "a lacking column": changed("ALTER TABLE o_note DROP COLUMN title__b"),
    "a schema that is text": changed("UPDATE schema SET document = CAST(document AS TEXT)"),
    "a schema of another name": changed("UPDATE schema SET name = 'other'"),
    "a schema that is none": changed("UPDATE schema SET document = CAST('{}' AS BLOB)"),
    "an object without a guid": changed("UPDATE o_note SET guid = NULL"),
    "an object without a creator": changed("UPDATE o_note SET _creator = NULL"),
    "an object without a stamp": changed("UPDATE o_note SET stamp = NULL"),
    "a stamp that is text": changed("UPDATE o_note SET stamp = CAST(stamp AS TEXT)"),
    "a stamp that is a number": changed("UPDATE o_note SET title__s = 7"),
    "a base that is text": changed("INSERT INTO base VALUES('note', x'00', 'title', 'x')"),
    "a tombstone's stamp that is text": changed("INSERT INTO purge VALUES('note', x'00', 'x')"),
    "a type that is no text": changed(
        "INSERT INTO purge VALUES(CAST(x'ff' AS TEXT), x'00', x'00')"
    ),
    "a purge of an unknown type": changed("INSERT INTO purge VALUES('x', x'00', x'00')"),
    "a head of an unknown type": changed("INSERT INTO head VALUES('x', x'00', 'f', x'00', 1)"),
    "a head of an unknown field": changed(
        "INSERT INTO head SELECT 'note', guid, 'x\" OR 1', stamp, 1 FROM o_note"
    ),
}


@pytest.mark.parametrize("what", POISONED)
def test_a_poisonous_image_is_refused_whole(what: str) -> None:
    """Whatever is in it, the database is as before and works on (I9)."""
    book = notebook()
    book.note(9, "mine")
    book.publish()
    before = book.digest(), table_of(book, "SELECT count(*) FROM change")
    with pytest.raises(SkygarthError) as refused:
        book.database.replica().merge(Position(a_segment().position.incarnation, 1), POISONED[what])

    assert refused.value.code.startswith("SG-"), what
    assert before == (book.digest(), table_of(book, "SELECT count(*) FROM change"))
    assert book.database.replica().vector() == {book.writer: 1}
    book.note(10)
    book.receive(a_segment())
    assert book.shown(1)["title"] == "hello"


def test_a_poisonous_chunk_is_refused_whole() -> None:
    """A snapshot's chunks get no more trust than segments."""
    for what in ("bytes", "no schema table", "a trigger", "a schema that is none"):
        book = notebook()
        with pytest.raises(Damaged):
            book.database.replica().populate(POISONED[what], "token")
        assert book.database.replica().populated() == set()
        book.note(1)


def test_what_a_schema_does_not_name_is_not_read() -> None:
    """Further tables and columns of a later version are no fault, and have no effect."""
    book = notebook()
    body = changed(
        "CREATE TABLE further(a)",
        "ALTER TABLE o_note ADD COLUMN future DEFAULT 1",
        "ALTER TABLE purge ADD COLUMN future",
    )
    book.database.replica().merge(a_segment().position, body)

    assert book.shown(1)["title"] == "hello"
    assert set(book.database.types()) == {schema.name for schema in SCHEMAS}


def test_a_table_of_an_image_must_have_its_columns() -> None:
    """The error names the table and what it lacks."""
    connection = connection_of(notebook())
    with image.attached(connection, a_segment().image):
        image.prove_columns(connection, "o_note", image.object_columns(Columns.of(NOTE)))
        with pytest.raises(Damaged) as lacking:
            image.prove_columns(connection, "o_note", ["guid", "absent"])

    assert lacking.value.code == "SG-SEGMENT-020"
    assert "absent" in lacking.value.message


def test_a_document_is_kept_as_it_travels() -> None:
    """The image holds each type's canonical document."""
    connection = connection_of(notebook())
    with image.attached(connection, a_segment().image):
        assert rows_of(connection, "SELECT document FROM seg.schema") == [(NOTE.document,)]
