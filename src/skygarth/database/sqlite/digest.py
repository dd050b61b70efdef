"""One hash over everything that replicates (SNP-3, I3).

Equal vectors must give equal digests. Only logical content counts: what shows,
each head's stamp, what is set aside, and tombstones; neither row numbers nor
where a stamp is stored. A column that no object has set is left out, so nodes
of neighbouring application versions compare equal.
"""

from __future__ import annotations

import hashlib
import itertools

import apsw
import msgspec

from skygarth.database.port import METADATA
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue, TypeEntry
from skygarth.database.sqlite.columns import head_stamp, quoted

_BATCH = 1000


def content_digest(connection: apsw.Connection, catalogue: TypeCatalogue) -> str:
    """SHA-256 of the logical content, hexadecimal; inside one read transaction."""
    digest = hashlib.sha256()
    for name in sorted(catalogue.entries):
        entry = catalogue.entries[name]
        values, heads = _used_columns(connection, entry)
        if not values:
            continue
        listed = [f"t.{quoted(column)}" for column in values]
        listed += [head_stamp(column, "t") for column in heads]
        digest.update(msgspec.msgpack.encode([name, values, heads]))
        _add_rows(
            digest,
            connection.execute(
                f"SELECT t.guid, {', '.join(listed)} FROM {entry.columns.table} t ORDER BY t.guid"
            ),
        )
    _add_rows(
        digest,
        connection.execute(
            "SELECT guid, field, stamp, value FROM aside ORDER BY guid, field, stamp"
        ),
    )
    _add_rows(digest, connection.execute("SELECT guid, stamp FROM tombstone ORDER BY guid"))
    return digest.hexdigest()


def _add_rows(digest: hashlib._Hash, cursor: apsw.Cursor) -> None:
    encode = msgspec.msgpack.encode
    while rows := list(itertools.islice(cursor, _BATCH)):
        digest.update(b"".join(map(encode, rows)))


def _used_columns(connection: apsw.Connection, entry: TypeEntry) -> tuple[list[str], list[str]]:
    """Columns that some object has set, and those of them that merge by heads; by name."""
    names = sorted((*METADATA, *(field.name for field in entry.whole.fields)))
    tests = ", ".join(f"max({quoted(name)} IS NOT NULL)" for name in names)
    row = rows_of(connection, f"SELECT {tests} FROM {entry.columns.table}")[0]
    used = [name for name, is_used in zip(names, row, strict=True) if is_used]
    return used, [name for name in used if name in entry.columns.headed]
