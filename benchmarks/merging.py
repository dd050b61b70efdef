"""Merging 100,000 objects that another node wrote, beside inserting them by plain SQL.

One node writes, packs segments of 10,000 objects as a node does, and others
merge them: a new and empty database, one that has all the objects and gets an
edit of each, and one where every tenth object was edited on both sides at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.content import Rows, Story, make_rows
from benchmarks.effort import Effort
from benchmarks.machine import is_busy
from benchmarks.peers.raw_apsw import INSERT, open_raw
from benchmarks.results import Finding, Reach, at_least, rate
from benchmarks.rounds import Rates, Work, alternate
from benchmarks.stores import Store, open_store
from skygarth.model.position import Incarnation, Position

SEGMENT_OBJECTS = 10_000
CONFLICT_EVERY = 10
WANTED = 150_000
RAW = "raw apsw inserts of the same rows"

Segments = Sequence[tuple[Position, bytes]]


@dataclass(frozen=True)
class Logs:
    """What the writing node published: the creations, then an edit of every object."""

    creations: Segments
    edits: Segments


def merge(effort: Effort) -> Iterator[Finding]:
    """Into nothing, onto what is there, with and without conflicts."""
    folder = effort.folder / "merge"
    rows = make_rows(effort.merged)
    logs = _write(folder / "author", rows)
    _prepare_readers(folder, logs, effort.merged)

    def raw(_number: int) -> Work:
        return _raw_inserts(folder / "raw.db", rows)

    for name, segments, title in (
        ("empty", logs.creations, "Merge into an empty database"),
        ("plain", logs.edits, "Merge edits onto existing objects, without conflicts"),
        ("concurrent", logs.edits, "Merge edits onto existing objects, every tenth in conflict"),
    ):
        merging = partial(_merge, folder, name, segments)
        rates = alternate({"merge": merging, RAW: raw}, effort.rounds)
        yield _finding(title, rates, effort.merged)


def _write(folder: Path, rows: Rows) -> Logs:
    """The author's log."""
    store = open_store(folder)
    made: list[Story] = []
    for first in range(0, len(rows), 1_000):
        with store.repository.transaction() as tx:
            made += [tx.create(Story(**f)) for f in rows.fields[first : first + 1_000]]
    creations = _publish(store, 0)
    for first in range(0, len(rows), 1_000):
        with store.repository.transaction() as tx:
            for number, story in enumerate(made[first : first + 1_000], first):
                tx.update(story, title=f"Edited {number}", views=number)
    edits = _publish(store, len(creations))
    store.close()
    return Logs(creations, edits)


def _publish(store: Store, sequence: int) -> Segments:
    """Everything unpublished as segments."""
    replica = store.database.replica()
    incarnation = replica.identity().incarnation
    segments: list[tuple[Position, bytes]] = []
    while packed := replica.pack(SEGMENT_OBJECTS):
        sequence += 1
        position = Position(Incarnation(incarnation), sequence)
        replica.published(position, f"{sequence:064x}", packed.through)
        segments.append((position, packed.image))
    return segments


def _prepare_readers(folder: Path, logs: Logs, count: int) -> None:
    """Databases to begin with, copied for each round."""
    open_store(folder / "empty").close()
    plain = open_store(folder / "plain")
    _apply(plain, logs.creations)
    plain.close()
    shutil.copytree(folder / "plain", folder / "concurrent")
    concurrent = open_store(folder / "concurrent")
    with concurrent.repository.transaction():
        for number, story in enumerate(concurrent.repository.query(Story).limit(count).all()):
            if number % CONFLICT_EVERY == 0:
                story.update(title="Edited here too")
    concurrent.close()


def _apply(store: Store, segments: Segments) -> int:
    replica = store.database.replica()
    return sum(replica.merge(position, image).objects for position, image in segments)


def _merge(folder: Path, name: str, segments: Segments, _number: int) -> Work:
    shutil.rmtree(folder / "round", ignore_errors=True)
    shutil.copytree(folder / name, folder / "round")
    store = open_store(folder / "round")

    def work() -> int:
        count = _apply(store, segments)
        store.close()
        return count

    return work


def _raw_inserts(path: Path, rows: Rows) -> Work:
    path.unlink(missing_ok=True)
    connection = open_raw(path)

    def work() -> int:
        for first in range(0, len(rows), SEGMENT_OBJECTS):
            with connection:
                connection.executemany(INSERT, rows.plain[first : first + SEGMENT_OBJECTS])
        connection.close()
        path.unlink()
        return len(rows)

    return work


def _finding(title: str, rates: Rates, count: int) -> Finding:
    found = rates.median("merge")
    reaches = [
        Reach(
            f"at least {WANTED:,} objects a second on a quiet machine of two cores",
            rate(found),
            (found >= WANTED) or (None if is_busy() else False),
        ),
        at_least(0.5, rates.ratio("merge", RAW), RAW),
    ]
    rows = [
        (name, rate(rates.median(name)), f"{rates.ratio('merge', name):.2f}")
        for name in rates.by_round
    ]
    how = (
        f"{count:,} objects in segments of {SEGMENT_OBJECTS:,}, each merged in one commit; the"
        " database is closed, and so written out, within the time."
    )
    return Finding(title, how, ("", "objects a second", "the merge is … × as fast"), rows, reaches)
