"""A segment becomes part of the database set-wise (MRG-5)."""

from __future__ import annotations

import itertools

import apsw
import pytest
from tests.database.notes import NoteBook, Sent, exchange, guid
from tests.database.sqlite.openings import connection_of, notebook, table_of

from skygarth.database.port import Action
from skygarth.model.errors import Damaged, Unsupported
from skygarth.model.schema import FieldSchema, Kind, Stored, TypeSchema


@pytest.fixture
def trio() -> tuple[NoteBook, NoteBook, NoteBook]:
    """Three notebooks that hold one note."""
    one, other, third = notebook("a"), notebook("b"), notebook("c")
    one.note(1, "draft")
    exchange(one, other, third)
    return one, other, third


def asides(book: NoteBook) -> list[tuple[object, ...]]:
    """(field, value) of every head that is set aside, those of life left out."""
    return table_of(
        book, "SELECT field, value FROM aside WHERE field <> '_deleted' ORDER BY field, stamp"
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_three_concurrent_heads_settle_alike_in_every_order(
    trio: tuple[NoteBook, NoteBook, NoteBook], order: tuple[int, ...]
) -> None:
    """The greatest shows, the two others are set aside, whatever came first (MRG-4)."""
    for number, book in enumerate(trio):
        book.ticks += number
        book.edit(1, title=f"by {book.letter}")
        book.publish()
    reader = notebook("r")
    reader.receive(trio[0].log[0])
    for index in order:
        reader.receive(trio[index].log[-1])

    assert reader.shown(1)["title"] == "by c"
    assert asides(reader) == [("title", "by a"), ("title", "by b")]


def test_a_replaced_head_is_withdrawn_where_it_was_set_aside(
    trio: tuple[NoteBook, NoteBook, NoteBook],
) -> None:
    """Its own author has replaced it: with s1 < s2 < s1', s1 stands nowhere (MRG-3)."""
    one, other, third = trio
    one.edit(1, title="s1")
    first = one.publish()
    other.ticks += 1
    other.edit(1, title="s2")
    second = other.publish()
    one.ticks += 5
    one.edit(1, title="s1'")
    replacing = one.publish()
    assert first is not None
    assert second is not None
    assert replacing is not None
    for sent in (second, first):
        third.receive(sent)
    assert asides(third) == [("title", "s1")]
    third.receive(replacing)

    assert third.shown(1)["title"] == "s1'"
    assert asides(third) == [("title", "s2")]


def test_an_edit_that_follows_another_sets_nothing_aside(
    trio: tuple[NoteBook, NoteBook, NoteBook],
) -> None:
    """Whoever has seen a value replaces it."""
    one, other, third = trio
    for book in (one, other, third, one):
        book.edit(1, title=f"{book.letter}{book.ticks}")
        exchange(*trio)

    assert all(asides(book) == [] for book in trio)
    assert one.digest() == other.digest() == third.digest()


def test_who_revised_follows_the_latest_touch(trio: tuple[NoteBook, NoteBook, NoteBook]) -> None:
    """And revisions add up, as does the number of those who touched it (MRG-5)."""
    one, other, _ = trio
    one.edit(1, title="x")
    other.ticks += 5
    other.edit(1, body="y")
    other.edit(1, body="z")
    exchange(*trio)
    rows = [book.row(1) for book in trio]

    assert rows[0] == rows[1] == rows[2]
    assert rows[0] is not None
    assert (rows[0]["_revisor"], rows[0]["_revision"]) == ("b", 4)


def test_a_merge_tells_what_it_did(trio: tuple[NoteBook, NoteBook, NoteBook]) -> None:
    """Feed entries, objects touched, heads set aside, the one of the object's life among them."""
    one, other, _ = trio
    one.edit(1, title="x", body="x")
    one.note(2)
    other.edit(1, title="y", body="y")
    other.note(3)
    one.publish()
    merged = other.receive(one.log[-1])

    assert (merged.objects, merged.set_aside) == (2, 3)
    first, last = merged.changes
    changes = other.database.reading().changes(first - 1, 10)
    assert [entry.sequence for entry in changes] == list(range(first, last + 1))


@pytest.mark.parametrize(
    ("deed", "action"),
    [("edit", Action.UPDATED), ("delete", Action.DELETED), ("purge", Action.PURGED)],
)
def test_the_feed_says_what_became_of_each_object(
    trio: tuple[NoteBook, NoteBook, NoteBook], deed: str, action: Action
) -> None:
    """As if it had been done here."""
    one, other, _ = trio
    match deed:
        case "edit":
            one.edit(1, title="x")
        case "delete":
            one.delete(1)
        case _:
            one.purge(1)
    one.send_to(other)
    (entry,) = other.database.reading().changes(1, 10)

    assert (entry.action, entry.guid, entry.imported) == (action, guid(1), True)


def test_an_outdone_deletion_is_told_as_an_update(
    trio: tuple[NoteBook, NoteBook, NoteBook],
) -> None:
    """The object lives on: whoever follows the feed must not drop it (MRG-6)."""
    one, other, _ = trio
    one.delete(1)
    other.ticks += 5
    other.edit(1, title="later")
    one.send_to(other)
    entry = other.database.reading().changes(0, 10)[-1]

    assert entry.action is Action.UPDATED
    assert other.database.reading().fetch("note", guid(1)) is not None


def meddled(sent: Sent, *statements: str) -> bytes:
    """An image after somebody changed it."""
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", sent.image)
    for statement in statements:
        connection.execute(statement)
    return connection.serialize("main")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE o_note SET title__s = x'ff'",
        "UPDATE o_note SET stamp = x'ff'",
        "UPDATE o_note SET _deleted__s = x'ff'",
    ],
)
def test_stamps_beyond_the_header_are_refused(
    trio: tuple[NoteBook, NoteBook, NoteBook], statement: str
) -> None:
    """Or they would slip past the check of the clock and poison it (CLK-4, I10)."""
    one, other, _ = trio
    one.edit(1, title="x")
    sent = one.publish()
    assert sent is not None
    with pytest.raises(Damaged) as refused:
        other.database.replica().merge(
            sent.position, meddled(sent, statement), previous=sent.previous, stamp=sent.stamp
        )

    assert refused.value.code == "SG-SEGMENT-025"
    assert other.shown(1)["title"] == "draft"


def test_a_type_that_cannot_live_beside_ours_is_refused(
    trio: tuple[NoteBook, NoteBook, NoteBook],
) -> None:
    """Another kind under one name stops that author's log alone, and says why (I9)."""
    one, other, third = trio
    for book, kind in ((one, Kind.TEXT), (other, Kind.INTEGER)):
        poem = TypeSchema(name="poem", fields=(FieldSchema(name="line", kind=kind),))
        book.database.ensure_types([poem])
    with one.database.writing("a") as writing:
        writing.create("poem", guid(9), ["roses"], published_us=None)
    sent = one.publish()
    assert sent is not None
    with pytest.raises(Unsupported) as refused:
        other.receive(sent)
    third.edit(1, title="goes on")
    third.send_to(other)

    assert refused.value.code == "SG-SEGMENT-021"
    assert other.shown(1)["title"] == "goes on"


def test_a_merge_of_thousands_makes_few_statements(
    trio: tuple[NoteBook, NoteBook, NoteBook],
) -> None:
    """No statement runs per object: a thousand objects take as many as ten do."""
    one, other, _ = trio
    counts: list[int] = []
    for first, size in ((100, 10), (200, 1000)):
        with one.database.writing("a") as writing:
            for number in range(first, first + size):
                values: list[Stored] = [f"n{number}", "", "-", 0, None]
                writing.create("note", guid(number), values, published_us=0)
        one.publish()
        other.ticks += 1
        counts.append(_statements(other, one.log[-1]))

    assert counts[0] == counts[1]


def _statements(book: NoteBook, sent: Sent) -> int:
    """How many statements a merge executes."""
    seen: list[str] = []

    def trace(_cursor: object, sql: str, _bindings: object) -> bool:
        seen.append(sql)
        return True

    connection_of(book).exec_trace = trace
    book.receive(sent)
    connection_of(book).exec_trace = None
    return len(seen)
