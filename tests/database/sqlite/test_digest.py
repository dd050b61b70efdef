"""One hash over everything that replicates (SNP-3)."""

from __future__ import annotations

import pytest
from tests.database.notes import NOTE, NoteBook, exchange, guid
from tests.database.sqlite.openings import connection_of, notebook, table_of

from skygarth.model.schema import FieldSchema, Kind, Stored, TypeSchema


def two_alike() -> tuple[NoteBook, NoteBook]:
    """Two notebooks with equal content, a conflict and a tombstone among it."""
    one, other = notebook("a"), notebook("b")
    one.folder(1, "x")
    for number in (2, 3, 4):
        one.note(number, f"t{number}", folder=guid(1))
    exchange(one, other)
    one.edit(2, title="by a")
    other.edit(2, title="by b")
    one.purge(4)
    exchange(one, other)
    assert one.digest() == other.digest()
    return one, other


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE t_note SET title = 'x' WHERE id = 1",
        "UPDATE t_note SET views = views + 1 WHERE id = 2",
        "UPDATE t_note SET _revision = _revision + 1 WHERE id = 2",
        "UPDATE t_note SET _revised = _revised + 1 WHERE id = 2",
        "UPDATE t_note SET title__s = zeroblob(16) WHERE id = 2",
        "UPDATE aside SET value = 'x'",
        "UPDATE tombstone SET stamp = zeroblob(16)",
        "DELETE FROM aside",
        "DELETE FROM tombstone",
        "DELETE FROM t_note WHERE id = 2",
    ],
)
def test_every_divergence_shows(statement: str) -> None:
    """A value, a stamp, a head set aside or a tombstone that differs changes the hash (I3)."""
    one, other = two_alike()
    connection_of(other).execute(statement)

    assert one.digest() != other.digest()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE t_note SET title__s = coalesce(title__s, _stamp)",  # where a stamp is stored
        "UPDATE t_note SET id = id + 100",
        "UPDATE change SET at = 0",
        "DELETE FROM change WHERE sequence < 3",
        "INSERT INTO log(incarnation) VALUES('x')",
        "VACUUM",
    ],
)
def test_what_only_one_node_knows_does_not_count(statement: str) -> None:
    """Row numbers, the feed, and how a stamp is stored are each node's own business."""
    one, other = two_alike()
    connection_of(other).execute(statement)

    assert one.digest() == other.digest()


def test_fields_that_nobody_has_set_do_not_count() -> None:
    """Nodes of neighbouring application versions compare equal."""
    one, other = two_alike()
    extra = FieldSchema(name="extra", kind=Kind.TEXT)
    other.database.ensure_types(
        [
            TypeSchema(name="note", fields=(*NOTE.fields, extra), path_field="name"),
            TypeSchema(name="poem", fields=(extra,)),
        ]
    )

    assert one.digest() == other.digest()


def test_the_order_of_declared_fields_does_not_count() -> None:
    """Columns are hashed by name."""
    one, other = two_alike()
    backwards = TypeSchema(name="note", fields=NOTE.fields[::-1], path_field="name")
    turned = NoteBook(other.opener, "c", schemas=(backwards,))
    for book in (one, other):
        book.send_to(turned)

    assert one.digest() == turned.digest()


@pytest.mark.parametrize(
    ("title", "body"), [("ab", "c"), ("a", "bc"), ("", "abc"), ("1", "-"), ("a\0", "b")]
)
def test_values_do_not_run_into_each_other(title: str, body: str) -> None:
    """Two rows that read alike when put side by side differ in the hash."""
    one, other = notebook("a"), notebook("a")
    one.note(1, title=title, body=body)
    other.note(1, title="abc"[:1], body="bd")

    assert _digest_unpublished(one) != _digest_unpublished(other)


def test_the_type_of_a_value_counts() -> None:
    """1 and "1" are not the same."""
    one, other = notebook("a"), notebook("a")
    for book in (one, other):
        book.note(1)
    connection_of(one).execute("UPDATE t_note SET folder = 1")
    connection_of(other).execute("UPDATE t_note SET folder = '1'")

    assert table_of(one, "SELECT folder FROM t_note") != table_of(
        other, "SELECT folder FROM t_note"
    )
    assert _digest_unpublished(one) != _digest_unpublished(other)


def test_thousands_of_rows_are_hashed_alike() -> None:
    """Reading in batches leaves none out."""
    one, other = notebook("a"), notebook("a")
    for book in (one, other):
        with book.database.writing("a") as writing:
            for number in range(2_500):
                values: list[Stored] = [f"n{number}", "", "-", 0, None]
                writing.create("note", guid(number), values, published_us=None)
    assert _digest_unpublished(one) == _digest_unpublished(other)
    connection_of(other).execute("UPDATE t_note SET title = 'x' WHERE id = 2500")

    assert _digest_unpublished(one) != _digest_unpublished(other)


def _digest_unpublished(book: NoteBook) -> str:
    with book.database.replica().view() as view:
        return view.digest()
