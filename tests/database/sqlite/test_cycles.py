"""Circles of parent links: which one is cut, on every node alike (TRE-5)."""

from __future__ import annotations

import pytest
from tests.database.notes import NoteBook, exchange, guid
from tests.database.sqlite.openings import connection_of, notebook, sqlite_of, table_of

from skygarth.database.sqlite.cycles import recut_cycles


def linked(*links: tuple[int, int | None]) -> NoteBook:
    """Folders with parents, each link set by an edit of its own, one after the other."""
    book = notebook()
    for number, _ in links:
        book.folder(number, f"f{number}")
    for number, parent in links:
        book.edit(number, "folder", parent=None if parent is None else guid(parent))
    table_of(book, "DELETE FROM cycle_cut")
    return book


def cuts(book: NoteBook) -> list[int]:
    """Numbers of the folders whose link is cut."""
    return [int.from_bytes(found) for _, found in book.database.reading().cycle_cuts()]


def recut(book: NoteBook) -> list[int]:
    """Look again with every folder under suspicion."""
    with sqlite_of(book).transaction() as connection:
        connection.execute("INSERT OR IGNORE INTO cycle_cut SELECT guid, 1 FROM t_folder")
        recut_cycles(connection, sqlite_of(book)._catalogue)
    return cuts(book)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([(1, None), (2, 1), (3, 2)], []),
        ([(1, 2), (2, 1)], [2]),
        ([(2, 1), (1, 2)], [1]),
        ([(1, 1)], [1]),
        ([(1, 2), (2, 3), (3, 1)], [3]),
        ([(3, 1), (1, 2), (2, 3)], [2]),
        ([(1, 2), (2, 1), (3, 1), (4, 3)], [2]),  # a tail that hangs on a circle stays
        ([(1, 2), (2, 1), (3, 4), (4, 3)], [2, 4]),
        ([(1, 9)], []),  # a parent that nobody knows
    ],
)
def test_of_each_circle_the_link_set_last_is_cut(
    links: list[tuple[int, int | None]], expected: list[int]
) -> None:
    """One cut a circle; what merely hangs on it keeps its place."""
    assert expected == recut(linked(*links))


def test_without_suspects_nothing_is_read_or_written() -> None:
    """Most merges touch no tree: they pay for one question."""
    book = linked((1, None), (2, 1))
    before = connection_of(book).total_changes()
    recut_cycles(connection_of(book), sqlite_of(book)._catalogue)

    assert before == connection_of(book).total_changes()


@pytest.mark.parametrize("mend", ["move", "purge", "settle by moving the other"])
def test_a_local_change_that_ends_the_circle_ends_the_cut(mend: str) -> None:
    """The author sees at once what the others will."""
    one, other = notebook("a"), notebook("b")
    one.folder(1, "x")
    one.folder(2, "y")
    exchange(one, other)
    one.edit(1, "folder", parent=guid(2))
    other.edit(2, "folder", parent=guid(1))
    exchange(one, other)
    (cut,) = cuts(one)
    rest = 3 - cut
    match mend:
        case "move":
            one.edit(cut, "folder", parent=None)
        case "purge":
            one.purge(rest, "folder")
        case _:
            one.edit(rest, "folder", parent=None)
    assert cuts(one) == []
    exchange(one, other)

    assert cuts(other) == []
    assert one.digest() == other.digest()


def test_a_cut_object_is_reached_at_the_root_and_all_others_below() -> None:
    """Nothing disappears from the tree."""
    one, other, third = notebook("a"), notebook("b"), notebook("c")
    for number, name in enumerate("xyz", start=1):
        one.folder(number, name)
    exchange(one, other, third)
    one.edit(1, "folder", parent=guid(2))
    other.edit(2, "folder", parent=guid(3))
    third.edit(3, "folder", parent=guid(1))
    exchange(one, other, third)

    for book in (one, other, third):
        reading = book.database.reading()
        (cut,) = cuts(book)
        assert [child[1] for child in reading.children(None)] == [guid(cut)]
        below = guid(cut)
        for _ in range(2):
            ((_, below, _),) = reading.children(below)
        assert reading.children(below) == []
