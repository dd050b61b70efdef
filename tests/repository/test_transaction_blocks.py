"""Blocks: one transaction a thread, joined by those inside, undone as a whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.repositories import RepositoryNode
from tests.repository.journal import Note

from skygarth.model.errors import Conflict
from skygarth.repository import Repository


def test_a_block_inside_another_joins_it(repo: Repository) -> None:
    """It commits with the outer one, not before."""
    with repo.transaction("outer", author="ada") as outer:
        with repo.transaction("inner", author="bob") as inner:
            note = inner.create(Note())
        committed_early = repo.change_head()

    assert inner is outer
    assert committed_early == 0
    assert note.meta.creator == "ada"
    assert repo.change_head() == 1


def test_a_failed_part_fails_the_whole(repo: Repository) -> None:
    """Whoever catches an inner block's error cannot commit what is half done."""
    note = Note(text="half")

    def fail() -> None:
        with repo.transaction() as inner:
            inner.create(note)
            raise ZeroDivisionError

    def swallow() -> None:
        with repo.transaction(), pytest.raises(ZeroDivisionError):
            fail()

    with pytest.raises(Conflict) as caught:
        swallow()

    assert caught.value.code == "SG-REPOSITORY-001"
    assert not note.is_created
    assert repo.query(Note).count() == 0


def test_a_refused_call_can_be_met(repo: Repository) -> None:
    """An object's own method checks before it writes, so its refusal leaves nothing half done."""
    note = repo.create(Note())
    note.delete()
    with repo.transaction() as tx:
        tx.create(Note(text="kept"))
        with pytest.raises(Conflict):
            note.update(text="x")

    assert repo.query(Note).values("text") == [("kept",)]


def test_the_next_transaction_begins_afresh(repo: Repository) -> None:
    """Nothing of a failed one is left in the thread."""
    with pytest.raises(ZeroDivisionError), repo.transaction():
        raise ZeroDivisionError
    repo.create(Note())

    assert repo.query(Note).count() == 1


def test_threads_have_transactions_of_their_own(tmp_path: Path) -> None:
    """One waits for the other; a reader sees only what is committed."""
    node = RepositoryNode(path=tmp_path / "node.sqlite")
    repo = node.repository
    repo.register(Note)
    begun, seen = threading.Event(), threading.Event()
    counts: list[int] = []

    def read() -> None:
        begun.wait(10)
        counts.append(repo.query(Note).count())
        seen.set()
        repo.create(Note(text="second"))

    reader = threading.Thread(target=read)
    reader.start()
    with repo.transaction() as tx:
        tx.create(Note(text="first"))
        mine = repo.query(Note).count()
        begun.set()
        seen.wait(10)
    reader.join(10)
    texts = repo.query(Note).values("text")
    node.database.close()

    assert mine == 1
    assert counts == [0]
    assert texts == [("first",), ("second",)]
