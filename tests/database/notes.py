"""Databases for tests: notes in folders, on counted time, exchanging segments by hand.

`NoteBook` knows the port alone, so whatever it tests holds for every dialect.
Its clock is a counter that observes what it merges; one tick a stamp.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from skygarth.database.port import METADATA, Committed, ConflictRow, Database, Merged, Row
from skygarth.model.position import Incarnation, Position
from skygarth.model.schema import FieldSchema, Kind, MergeRule, Stored, TypeSchema
from skygarth.model.stamp import Stamp, make_stamp, stamp_time

FOLDER = TypeSchema(
    name="folder",
    fields=(
        FieldSchema(name="name", kind=Kind.TEXT),
        FieldSchema(name="parent", kind=Kind.LINK, link_type="folder", tree=True),
    ),
    path_field="name",
)
NOTE = TypeSchema(
    name="note",
    fields=(
        FieldSchema(name="name", kind=Kind.TEXT),
        FieldSchema(name="title", kind=Kind.TEXT, search=True),
        FieldSchema(name="body", kind=Kind.LONG_TEXT, default="-"),
        FieldSchema(name="views", kind=Kind.INTEGER, merge=MergeRule.COUNTER),
        FieldSchema(name="folder", kind=Kind.LINK, link_type="folder", tree=True),
    ),
    path_field="name",
)
SCHEMAS = (FOLDER, NOTE)
BEGIN_MS = 1_767_268_800_000  # 2026-01-01 12:00 UTC


class Opener(Protocol):
    """Opens the database of this name, as it was left."""

    def __call__(
        self, name: str, *, stamp: Callable[[], Stamp], now_us: Callable[[], int]
    ) -> Database:
        """Open it."""
        ...


def guid(number: int) -> bytes:
    """A GUID that sorts by its number."""
    return number.to_bytes(16, "big")


def incarnation(letter: str) -> Incarnation:
    """The writer's identity that a letter stands for."""
    return Incarnation((letter.encode() * 16).hex())


@dataclass(frozen=True)
class Sent:
    """A published segment."""

    position: Position
    image: bytes
    digest: str
    previous: str
    stamp: bytes
    through: int


@dataclass
class NoteBook:
    """A database with what a node would know of its own log.

    Attributes:
        letter: names the node, its writer and its author.
        ticks: the clock, in milliseconds since `BEGIN_MS`.
        log: what it has published.
    """

    opener: Opener
    letter: str = "a"
    schemas: tuple[TypeSchema, ...] = SCHEMAS
    ticks: int = 0
    log: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = incarnation(self.letter)
        self.open()
        self.database.replica().take_incarnation(self.writer, "here")

    def open(self) -> None:
        """Open the database (again)."""
        self.database = self.opener(self.letter, stamp=self._stamp, now_us=self.now_us)
        self.database.ensure_types(self.schemas)

    def now_us(self) -> int:
        """The moment, microseconds since 1970 UTC."""
        return (BEGIN_MS + self.ticks) * 1000

    def _stamp(self) -> Stamp:
        self.ticks += 1
        return make_stamp(BEGIN_MS + self.ticks, 0, bytes.fromhex(self.writer))

    # -- local changes; every one is a transaction of its own --------------------------

    def note(self, number: int, title: str = "", **given: Stored) -> Committed:
        """Create a note."""
        values: dict[str, Stored] = {
            "name": f"n{number}",
            "title": title,
            "body": "-",
            "views": 0,
            "folder": None,
        }
        values |= given
        with self.database.writing(self.letter) as writing:
            writing.create("note", guid(number), list(values.values()), published_us=None)
        return self.database.committed(writing)

    def folder(self, number: int, name: str, parent: int | None = None) -> Committed:
        """Create a folder."""
        above = None if parent is None else guid(parent)
        with self.database.writing(self.letter) as writing:
            writing.create("folder", guid(number), [name, above], published_us=None)
        return self.database.committed(writing)

    def edit(self, number: int, kind: str = "note", **values: Stored) -> Committed:
        """Set fields; counters move by the given difference."""
        with self.database.writing(self.letter) as writing:
            writing.edit(kind, guid(number), values)
        return self.database.committed(writing)

    def delete(self, number: int, kind: str = "note") -> Committed:
        """Delete softly."""
        return self.edit(number, kind, _deleted=1)

    def settle(self, number: int, name: str, value: Stored) -> Committed:
        """Settle one field."""
        with self.database.writing(self.letter) as writing:
            writing.settle("note", guid(number), name, value)
        return self.database.committed(writing)

    def purge(self, number: int, kind: str = "note") -> Committed:
        """Remove for good."""
        with self.database.writing(self.letter) as writing:
            writing.purge(kind, guid(number))
        return self.database.committed(writing)

    # -- what it holds -------------------------------------------------------------------

    def row(self, number: int, kind: str = "note") -> dict[str, Stored] | None:
        """An object's fields and metadata by name, deleted or not."""
        row = self.database.reading().fetch(kind, guid(number), deleted=True)
        return None if row is None else named(row, self.database.types()[kind])

    def shown(self, number: int) -> dict[str, Stored]:
        """A note's fields by name."""
        row = self.row(number)
        assert row is not None
        return {name: row[name] for name in NOTE.by_name}

    def conflicts(self) -> list[tuple[str, Stored, Stored]]:
        """(field, value set aside, value shown) of every conflict."""
        return [(c.field, c.set_aside.value, c.shown.value) for c in self.listed_conflicts()]

    def listed_conflicts(self) -> list[ConflictRow]:
        """Every conflict."""
        return self.database.reading().conflicts()

    def digest(self) -> str:
        """The content digest; everything must be published."""
        with self.database.replica().view() as view:
            assert not view.unpublished
            return view.digest()

    # -- replication ---------------------------------------------------------------------

    def pack(self, objects_max: int = 100_000) -> Sent | None:
        """Pack the next segment without marking it published."""
        packed = self.database.replica().pack(objects_max)
        if packed is None:
            return None
        sequence = self.database.replica().identity().sequence + 1
        position = Position(self.writer, sequence)
        digest = f"{self.letter}{sequence:063d}"
        previous = self.log[-1].digest if self.log else ""
        return Sent(position, packed.image, digest, previous, packed.stamp_max, packed.through)

    def publish(self, objects_max: int = 100_000) -> Sent | None:
        """Publish the next segment; None if there is nothing to publish."""
        sent = self.pack(objects_max)
        if sent is not None:
            self.database.replica().published(sent.position, sent.digest, sent.through)
            self.log.append(sent)
        return sent

    def receive(self, sent: Sent) -> Merged:
        """Merge a segment."""
        self.ticks = max(self.ticks, stamp_time(sent.stamp)[0] - BEGIN_MS)
        return self.database.replica().merge(
            sent.position,
            sent.image,
            digest=sent.digest,
            previous=sent.previous,
            stamp=sent.stamp,
        )

    def send_to(self, *others: NoteBook) -> None:
        """Publish what waits, and let others have all they lack of this log."""
        self.publish()
        for other in others:
            known = other.database.replica().vector().get(self.writer, 0)
            for sent in self.log[known:]:
                other.receive(sent)


def exchange(*books: NoteBook) -> None:
    """Everybody publishes, then everybody hears of everything."""
    for book in books:
        book.publish()
    for book in books:
        book.send_to(*(other for other in books if other is not book))


def named(row: Row, schema: TypeSchema) -> dict[str, Stored]:
    """A row's columns by name."""
    names = ("guid", *METADATA, *(entry.name for entry in schema.fields))
    return dict(zip(names, row, strict=True))
