"""One object read out of a segment: what it says is what the law hears."""

from __future__ import annotations

import apsw
import pytest
from tests.database.notes import guid
from tests.database.sqlite.openings import notebook

from skygarth.database.sqlite.change_reading import change_of
from skygarth.merging.law import Purge
from skygarth.model.errors import Damaged
from skygarth.testing.segments_by_the_law import changes_of_image


def images() -> list[bytes]:
    """Segments that create, edit, count, delete and purge."""
    book, sent = notebook("a"), []
    book.note(1, "one", views=2)
    book.note(2, "two")
    sent.append(book.publish())
    book.edit(1, title="ONE", views=3)
    book.delete(2)
    sent.append(book.publish())
    book.purge(2)
    sent.append(book.publish())
    return [each.image for each in sent if each is not None]


def test_an_object_is_read_as_the_law_hears_it() -> None:
    """Of every object that a segment touches, and by an independent reader (HIS-1)."""
    for image in images():
        told = {change.guid: change for change in changes_of_image(image)}
        assert told
        assert {key: change_of(image, key) for key in told} == told


def test_a_segment_that_does_not_touch_it_says_nothing() -> None:
    """Most do not."""
    assert [change_of(image, guid(9)) for image in images()] == [None] * 3
    assert isinstance(change_of(images()[-1], guid(2)), Purge)


@pytest.mark.parametrize(
    "meddling",
    [
        "DROP TABLE purge",
        "DROP TABLE o_note",
        "UPDATE o_note SET stamp = 'x', title__s = 'x'",
        "UPDATE o_note SET _revised = 'soon'",
    ],
)
def test_an_image_that_says_what_none_can_is_damaged(meddling: str) -> None:
    """A reader of the past is as careful as a merge (HIS-4)."""
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", images()[0])
    connection.execute(meddling)

    with pytest.raises(Damaged):
        change_of(connection.serialize("main"), guid(1))


def test_bytes_that_are_no_database_are_damaged() -> None:
    """Whatever they are."""
    with pytest.raises(Damaged):
        change_of(b"SQLite format 3\0" + bytes(4080), guid(1))
