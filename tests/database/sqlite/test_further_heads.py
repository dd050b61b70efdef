"""Second heads of a field from one log (MRG-10)."""

from __future__ import annotations

import apsw
import pytest
from tests.database.notes import NoteBook, Sent, exchange, guid
from tests.database.sqlite.openings import notebook, table_of

from skygarth.model.errors import Damaged


def outdone_twice() -> tuple[NoteBook, NoteBook, NoteBook, Sent]:
    """The second node edits a title, hears a later one, and edits again: two heads to publish.

    The last of the answer is its segment, published and not yet delivered.
    """
    one, other, third = notebook("a"), notebook("b"), notebook("c")
    one.note(1, "draft")
    exchange(one, other, third)
    other.edit(1, title="early")
    one.ticks += 5
    one.edit(1, title="later")
    one.send_to(other)
    other.edit(1, title="last")
    sent = other.publish()
    assert sent is not None
    return one, other, third, sent


def heads_in(image: bytes) -> list[tuple[object, ...]]:
    """What stands in the image's table of further heads."""
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", image)
    return connection.execute("SELECT type, field, value FROM head").fetchall()


def test_both_heads_travel() -> None:
    """The one that was outdone goes along, with its own stamp and value."""
    _, _, _, sent = outdone_twice()

    assert heads_in(sent.image) == [("note", "title", "early")]


def test_every_reader_lists_the_first_and_shows_the_second() -> None:
    """The early edit knew nothing of the later one: it is a conflict beside the last (I5)."""
    one, other, third, _ = outdone_twice()
    exchange(one, other, third)

    for book in (one, other, third):
        assert book.shown(1)["title"] == "last"
        assert book.conflicts() == [("title", "early", "last")]
    assert one.digest() == other.digest() == third.digest()


def test_a_further_head_may_be_the_greatest_one() -> None:
    """By stamp, not by table: what shows is the greatest head (MRG-4)."""
    one, _, third, sent = outdone_twice()
    third.receive(one.log[1])
    third.receive(sent)
    (aside,) = table_of(third, "SELECT stamp FROM aside")
    ((shown,),) = table_of(third, "SELECT title__s FROM t_note")

    assert isinstance(shown, bytes)
    assert isinstance(aside[0], bytes)
    assert shown > aside[0]


def test_further_heads_of_what_was_purged_are_left_out() -> None:
    """A tombstone wins over them too (MRG-9)."""
    one, _, third, sent = outdone_twice()
    third.receive(one.log[1])
    third.purge(1)
    third.receive(sent)

    assert third.row(1) is None
    assert table_of(third, "SELECT * FROM aside") == []


def test_a_head_for_a_field_that_cannot_have_one_is_refused() -> None:
    """A counter has no heads, and neither has what no schema names (I9)."""
    one, _, third, sent = outdone_twice()
    third.receive(one.log[1])
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", sent.image)
    connection.execute("UPDATE head SET field = 'views'")
    with pytest.raises(Damaged) as refused:
        third.database.replica().merge(sent.position, connection.serialize("main"))

    assert refused.value.code == "SG-SEGMENT-020"
    assert third.row(1) == one.row(1)
    assert third.database.reading().fetch("note", guid(1)) is not None
