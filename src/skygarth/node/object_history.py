"""An object's history, read out of the segments that the bucket keeps, and the way back (HIS-1).

It costs one listing and a read for each segment that could tell something; so it
is asked for by people, page by page of one object, never by programs in a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from skygarth.bucket.port import Bucket, Entry
from skygarth.database.port import EDITABLE_METADATA, METADATA, Database
from skygarth.formats import bucket_keys as keys
from skygarth.formats.segment import decode_segment
from skygarth.model.errors import Damaged, NotFound, Unsupported
from skygarth.model.guid import Guid
from skygarth.model.identified import bound_row
from skygarth.model.plans import FIRST_FIELD
from skygarth.model.position import Position
from skygarth.model.schema import Stored
from skygarth.model.types import Type
from skygarth.repository.history import (
    Found,
    History,
    Version,
    history_of,
    values_to_restore,
    with_unpublished,
)
from skygarth.repository.repository import Repository
from skygarth.repository.transaction import Transaction

READERS = 8
"""Segments fetched at once."""
CLOCKS_MS_MAX = 3_600_000
"""Stored longer than this before the object's creation, a segment cannot know of it."""
UUID_VERSION_7 = 7


class ObjectHistories:
    """What one node can tell of the past of objects.

    Args:
        repository_id: of the repository that the bucket holds.
        node: this node's name.
    """

    def __init__(
        self,
        bucket: Bucket,
        database: Database,
        repository: Repository,
        *,
        repository_id: Callable[[], str],
        node: str,
    ) -> None:
        self._bucket = bucket
        self._database = database
        self._repository = repository
        self._repository_id = repository_id
        self._node = node

    def of(self, guid: Guid) -> History:
        """All that is kept of an object, purged ones included.

        Raises:
            NotFound: nothing is known of it (SG-OBJECT-404).
            Unavailable: the bucket does not answer.
        """
        waiting = self._database.replica().awaits_publishing(guid.bytes)
        history = read_history(self._bucket, self._database, self._repository_id(), guid.bytes)
        obj = self._repository.find(guid, deleted=True)
        if waiting and obj is not None:
            row = dict(zip(METADATA, bound_row(obj)[1:FIRST_FIELD], strict=True))
            revised = row["_revised"]
            assert isinstance(revised, int)
            history = with_unpublished(
                history,
                obj.type_name,
                columns_of(obj),
                node=self._node,
                by=str(row["_revisor"]),
                at_us=revised,
            )
        if not history.versions and obj is None:
            raise NotFound(
                f"there is no such object, and nothing is kept of one. guid='{guid}'",
                code="SG-OBJECT-404",
                hint="ask for its GUID as the change feed or a link tells it",
            )
        return history


def restore(tx: Transaction, obj: Type, history: History, version: Version) -> None:
    """Make an object again what it was in a version (HIS-6).

    Raises:
        Conflict: it holds nothing to go back to, or is too old to tell (SG-HISTORY-003,
            SG-HISTORY-002), or the name of a deleted object is taken by now.
        InvalidValue: a field refuses by now what it held then.
    """
    plan = type(obj).__plan__
    values = values_to_restore(plan, history, version, columns_of(obj))
    tx.undelete(obj)
    tx.update(obj, None, **{name: plan.codecs[name].python(each) for name, each in values.items()})


def columns_of(obj: Type) -> Mapping[str, Stored]:
    """An object's columns that merge by the latest, as its database has them."""
    plan, row = type(obj).__plan__, bound_row(obj)
    meta = zip(METADATA, row[1:FIRST_FIELD], strict=True)
    fields = zip(plan.codecs, row[FIRST_FIELD:], strict=True)
    return {
        **{name: value for name, value in meta if name in EDITABLE_METADATA},
        **{name: value for name, value in fields if name not in plan.counters},
    }


def read_history(bucket: Bucket, database: Database, repository: str, guid: bytes) -> History:
    """All that is kept of an object, without what this node has not published.

    Raises:
        Unavailable: the bucket does not answer.
    """
    replica = database.replica()

    def read(position: Position) -> Found | Position | None:
        """What a segment says; its position where it cannot be read."""
        try:
            body = bucket.get(keys.segment_key(position)).body
            segment = decode_segment(body, expected=position, repository=repository)
            change = replica.change_of(segment.image, guid)
        except NotFound:
            return None  # it was collected meanwhile
        except (Damaged, Unsupported):
            return position
        header = segment.header
        return Found(position, header.node, header.stamp_max, change) if change else None

    found: list[Found] = []
    unreadable: list[Position] = []
    with ThreadPoolExecutor(READERS, thread_name_prefix="skygarth-history") as readers:
        for each in readers.map(read, _positions(bucket.list(keys.TAIL_PREFIX), guid)):
            if isinstance(each, Found):
                found.append(each)
            elif each is not None:
                unreadable.append(each)
    return history_of(found, unreadable)


def _positions(entries: list[Entry], guid: bytes) -> Iterator[Position]:
    """The segments that could know of the object."""
    since = _created_ms(guid) - CLOCKS_MS_MAX
    for entry in entries:
        position = keys.parse_segment_key(entry.key)
        if position is not None and entry.modified_ms >= since:
            yield position


def _created_ms(guid: bytes) -> int:
    """When a GUID was made, in milliseconds since 1970; 0 where it does not tell."""
    is_timed = guid[6] >> 4 == UUID_VERSION_7
    return int.from_bytes(guid[:6], "big") if is_timed else 0
