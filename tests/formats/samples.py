"""Small real values for the tests of formats, golden bytes included."""

from __future__ import annotations

import functools
import hashlib
import struct
from dataclasses import replace

import apsw

from skygarth.formats.catalog import Catalog, SnapshotEntry
from skygarth.formats.records import Ack, Card, Hint, HintHead, RepositoryRecord
from skygarth.formats.segment import SegmentHeader
from skygarth.formats.snapshot import ChunkEntry, Manifest
from skygarth.model.position import Incarnation, Position
from skygarth.model.stamp import make_stamp

A = Incarnation("a1" * 16)
B = Incarnation("b2" * 16)
C = Incarnation("c3" * 16)
REPOSITORY = "0f" * 16
DIGEST = hashlib.sha256(b"before").hexdigest()
CREATED_MS = 1_700_000_000_000
ROWS = [("hello", 1, None), ("garðr", -2, b"\x00\xff")]


@functools.cache
def database_image() -> bytes:
    """A SQLite database with one table and `ROWS`."""
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE o_article(title TEXT, views INTEGER, cover BLOB)")
    connection.executemany("INSERT INTO o_article VALUES(?, ?, ?)", ROWS)
    image = connection.serialize("main")
    connection.close()
    return bytes(image)


def rows_of_image(image: bytes) -> list[tuple[object, ...]]:
    """What the table of such an image holds."""
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", image)
    rows: list[tuple[object, ...]] = list(connection.execute("SELECT * FROM o_article"))
    connection.close()
    return rows


def header(**changes: object) -> SegmentHeader:
    """A header of A's third segment, with some attributes changed."""
    made = SegmentHeader(
        repository=REPOSITORY,
        position=Position(A, 3),
        previous=DIGEST,
        vector={B: 7, C: 1},
        schema="0123456789abcdef",
        objects=2,
        stamp_min=make_stamp(CREATED_MS, 0, bytes.fromhex(A)),
        stamp_max=make_stamp(CREATED_MS + 5, 1, bytes.fromhex(A)),
        node="Ægir",
        written_ms=CREATED_MS + 9,
        image_bytes=len(database_image()),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def framed(
    magic: bytes,
    header_bytes: bytes,
    payload: bytes,
    *,
    version: int = 1,
    length: int | None = None,
) -> bytes:
    """A frame made by hand, with a hash that fits: for what our own writer refuses to write."""
    size = len(header_bytes) if length is None else length
    body = struct.pack(">8sHI", magic, version, size) + header_bytes + payload
    return body + hashlib.sha256(body).digest()


MANIFEST = Manifest(
    repository=REPOSITORY,
    vector={A: 3, B: 7},
    created_ms=CREATED_MS,
    node="Ægir",
    chunks=(
        ChunkEntry("article 1", "1" * 64, 8_000, 4_000_000),
        ChunkEntry("rest", "2" * 64, 0, 700),
    ),
    root="3" * 64,
)
CATALOG = Catalog(
    number=2,
    snapshots=(
        SnapshotEntry("4" * 64, {A: 3, B: 7}, 8_000, CREATED_MS),
        SnapshotEntry("5" * 64, {A: 1}, 4_000, CREATED_MS - 1),
    ),
    condemned=("snap/" + "6" * 64 + "/manifest",),
)
REPOSITORY_RECORD = RepositoryRecord(REPOSITORY)
CARD = Card(
    incarnation=A,
    name="Ægir",
    address="http://127.0.0.1:8100",
    pools=("web", "search"),
    versions={"skygarth": "0.1.0", "sqlite": "3.54.0"},
    state="ready",
    started_ms=CREATED_MS,
    written_ms=CREATED_MS + 60_000,
    lag_seconds=1.5,
    vector={A: 3, B: 7},
    components={"blog": "1.4.2"},
    load=0.25,
    requests_per_second=12.5,
    unwell=("disk",),
    every_seconds=60.0,
    former={C: "Ask"},
    signature="ab12",
)
ACK = Ack({A: 3, B: 7}, "7" * 64)
HINT = Hint({A: HintHead(3, "8" * 64, 1_234), B: HintHead(7)})
