"""Two databases that were one: nothing lost, nothing said twice (REP-23, I8)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.database.notes import NoteBook, exchange, guid, incarnation
from tests.database.sqlite.openings import in_files, notebook, table_of

from skygarth.model.errors import Unavailable
from skygarth.model.position import Position


def cloned(folder: Path) -> tuple[NoteBook, NoteBook]:
    """A database with something published and something not, and its copy under a new identity.

    Object 1 is published and edited since; object 2 is new and edited. HAZARD: what counters
    were waiting to say when the copy was made counts twice if both say it before they hear
    of each other.
    """
    mine = NoteBook(in_files(folder), "a")
    mine.note(1, "published", views=1)
    mine.publish()
    mine.edit(1, title="edited")
    mine.note(2, "new", views=5)
    mine.edit(2, body="more")
    mine.database.close()
    shutil.copy(folder / "a.db", folder / "z.db")
    mine.open()
    copy = NoteBook(in_files(folder), "z", ticks=mine.ticks)
    copy.log = []
    return mine, copy


@pytest.mark.parametrize("first", ["mine", "copy"])
def test_both_go_on_and_agree(tmp_path: Path, first: str) -> None:
    """Whoever publishes first, an object that both hold is one creation with one count."""
    mine, copy = cloned(tmp_path)
    one, other = (mine, copy) if first == "mine" else (copy, mine)
    one.send_to(other)
    exchange(one, other)
    third = notebook("t")
    third.receive(mine.log[0])
    one.send_to(third)
    other.send_to(third)

    assert one.digest() == other.digest() == third.digest()
    for book in (one, other, third):
        assert book.shown(2)["views"] == 5
        assert (book.shown(2)["title"], book.shown(2)["body"]) == ("new", "more")
        assert book.shown(1)["title"] == "edited"
        assert book.conflicts() == []


def test_what_each_wrote_alone_is_kept_from_both(tmp_path: Path) -> None:
    """Edits after the copying are two people's edits: one shows, the other is listed (I5)."""
    mine, copy = cloned(tmp_path)
    mine.edit(2, title="by the original")
    mine.note(3, "only here")
    copy.ticks += 9
    copy.edit(2, title="by the copy")
    copy.note(4, "only there")
    exchange(mine, copy)
    exchange(mine, copy)

    for book in (mine, copy):
        assert book.conflicts() == [("title", "by the original", "by the copy")]
        assert book.row(3) is not None
        assert book.row(4) is not None
    assert mine.digest() == copy.digest()


def test_a_creation_on_its_way_is_waited_for(tmp_path: Path) -> None:
    """Whether the own segment arrives is not known yet; the merge is tried again later."""
    mine, copy = cloned(tmp_path)
    sent = mine.pack()
    assert sent is not None
    mine.database.replica().attempt(sent.position, sent.digest, sent.through)
    copy.publish()
    with pytest.raises(Unavailable) as refused:
        mine.receive(copy.log[0])
    assert refused.value.code == "SG-DATABASE-006"
    mine.database.replica().published(sent.position, sent.digest, sent.through)
    mine.log.append(sent)
    exchange(mine, copy)

    assert mine.digest() == copy.digest()
    assert mine.shown(2) == copy.shown(2)


def test_a_restored_backup_reads_its_old_log_as_a_peers(tmp_path: Path) -> None:
    """What it had published after the backup comes back as anybody's; what it writes is new."""
    mine = NoteBook(in_files(tmp_path), "a")
    mine.note(1, "in the backup")
    mine.publish()
    mine.database.close()
    shutil.copy(tmp_path / "a.db", tmp_path / "backup")
    mine.open()
    mine.edit(1, title="after the backup")
    mine.note(2, "after the backup")
    lost = mine.publish()
    assert lost is not None
    mine.database.close()
    shutil.copy(tmp_path / "backup", tmp_path / "a.db")
    mine.open()
    mine.database.replica().take_incarnation(incarnation("z"), "here")
    mine.writer, mine.log = incarnation("z"), []
    mine.note(3, "since the restoring")
    mine.receive(lost)

    assert mine.shown(1)["title"] == mine.shown(2)["title"] == "after the backup"
    assert mine.database.replica().vector() == {incarnation("a"): 2}
    assert mine.publish() is not None
    assert mine.log[0].position == Position(incarnation("z"), 1)
    assert table_of(mine, "SELECT guid FROM change WHERE imported = 0 AND sequence > 1") == [
        (guid(3),)
    ]
