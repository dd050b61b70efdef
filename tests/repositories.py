"""Repositories for tests: in memory, on counted time, and able to hear of each other.

Time stands still but for one tick a question, so that every run is the same.
`exchange` does what a bucket would: it packs what one node has not published
and merges it on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.model.guid import make_guid
from skygarth.model.position import Incarnation, Position
from skygarth.model.stamp import Stamp, make_stamp, stamp_time
from skygarth.repository import Repository

BEGIN_MS = 1_767_268_800_000  # 2026-01-01 12:00 UTC


@dataclass
class RepositoryNode:
    """A repository with the little of a node that tests need.

    Attributes:
        letter: one letter that names the node.
        path: of the database file.
        author: who writes, unless a transaction says otherwise.
    """

    letter: str = "a"
    path: Path | str = ":memory:"
    author: str = ""
    _published: int = 0
    _time_ms: int = BEGIN_MS

    def __post_init__(self) -> None:
        self.writer = self.letter.encode() * 16
        self.incarnation = Incarnation(self.writer.hex())
        self.database = SqliteDatabase(self.path, stamp=self._stamp, now_us=self.now_us)
        self.database.replica().take_incarnation(self.incarnation, "here")
        self.repository = Repository(
            self.database, guids=self.make_guid, author=self.author or self.letter
        )

    def tick(self) -> int:
        """Milliseconds since 1970, one more each time."""
        self._time_ms += 1
        return self._time_ms

    def observe(self, stamp: bytes) -> None:
        """Never give a stamp below one that was seen."""
        self._time_ms = max(self._time_ms, stamp_time(stamp)[0])

    def now_us(self) -> int:
        """The moment in microseconds."""
        return self.tick() * 1000

    def make_guid(self) -> bytes:
        """The next GUID; those of different nodes differ in their last byte."""
        return make_guid(self.tick(), int.from_bytes(self.letter.encode()))

    def _stamp(self) -> Stamp:
        return make_stamp(self.tick(), 0, self.writer)

    def send_to(self, *others: RepositoryNode) -> None:
        """Publish what is unpublished and merge it elsewhere, signals included."""
        packed = self.database.replica().pack(100_000)
        if packed is None:
            return
        self._published += 1
        position = Position(self.incarnation, self._published)
        self.database.replica().published(position, "digest", packed.through)
        for other in others:
            other.observe(packed.stamp_max)
            merged = other.database.replica().merge(position, packed.image)
            other.repository.announce_imported(*merged.changes)


def exchange(one: RepositoryNode, other: RepositoryNode) -> None:
    """Let two nodes hear of what each has done alone."""
    one.send_to(other)
    other.send_to(one)
