"""The repository: what application code reads from, writes to and listens to.

It stands on the node's own database and on nothing else: no call here waits
for a bucket or a peer (I1). The node adds what it knows of the cloud: how safe
a commit is (`durability`), and what has been imported (`announce_imported`).

A thread has at most one transaction; whatever it asks meanwhile sees that
transaction's own changes, and objects' own methods join it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TypeVar

from skygarth.database.port import Committed, Database, Reading, Writing
from skygarth.model.binding import hydrate
from skygarth.model.conflict import ConflictRecord
from skygarth.model.errors import Invalid, NotFound
from skygarth.model.guid import Guid
from skygarth.model.identified import Identified
from skygarth.model.types import Type
from skygarth.repository.conflicts import find_conflict, list_conflicts, settlement
from skygarth.repository.pool_jobs import (
    ChooseOwner,
    JobSubscription,
    PoolJob,
    Work,
    add_jobs,
)
from skygarth.repository.query import Query
from skygarth.repository.signals import Event, Signals, event_of, everywhere
from skygarth.repository.transaction import Transaction
from skygarth.repository.transaction_blocks import Transactions
from skygarth.repository.type_registry import TypeRegistry

T = TypeVar("T", bound=Type)

Durability = Callable[[int, str, float], str]
"""(feed sequence, wanted level, seconds to wait at most) → level reached."""

FEED_BATCH = 1000


class Repository:
    """Objects of declared types, in one database.

    Args:
        database: opened, this node's own.
        guids: gives the 16 bytes of a new GUID (UUIDv7).
        author: who does what no transaction names an author for.

    Attributes:
        durability: how the node waits for a commit's safety; None without a node.
        on_commit: told after each local commit, so that the node publishes it; None without one.
        choose_owner: picks the node that shall do a job; None without a node.
        on: calls a function after each change of a kind, in this repository: see `skygarth.on`.
    """

    def __init__(self, database: Database, *, guids: Callable[[], bytes], author: str = "") -> None:
        self.durability: Durability | None = None
        self.on_commit: Callable[[], None] | None = None
        self.choose_owner: ChooseOwner | None = None
        self._database = database
        self._guids = guids
        self._author = author
        self._registry = TypeRegistry(database)
        self._signals = Signals(everywhere)
        self.on = self._signals.on
        self._transactions = Transactions(
            database, self._begin, self._tell, self._prepare, self._complete
        )

    # -- types ----------------------------------------------------------------------------

    def register(self, *types: type[Type]) -> None:
        """Make types, and what they link to, known here; needed once, before transactions.

        Raises:
            Invalid: a link leads nowhere (SG-TYPE-002), or it is called in a transaction.
            Conflict: a field changed its kind (SG-TYPE-010).
        """
        if self._registry.classes.issuperset(types):
            return
        if self._transactions.current is not None:
            raise Invalid(
                f"types cannot be added in a transaction. types={_names(types)!r}",
                code="SG-TYPE-011",
                hint="call repo.register(…) before the transaction",
            )
        self._registry.register(types)

    @property
    def types(self) -> Mapping[str, type[Type]]:
        """Every type known here by its name, those learnt from other nodes included."""
        return self._registry.all()

    def type_named(self, name: str) -> type[Type]:
        """The class of a type, whether declared here or learnt from another node.

        Raises:
            NotFound: no such type is known (SG-TYPE-404).
        """
        return self._registry.named(name)

    # -- transactions -----------------------------------------------------------------------

    def transaction(
        self, message: str = "", author: str | None = None
    ) -> AbstractContextManager[Transaction]:
        """One changeset: committed when the block ends, undone if it raises.

        Inside another transaction of the thread it joins that one.

        Args:
            message: what it is about.
            author: who does it; None for the repository's own.
        """
        return self._transactions.block(message, self._author if author is None else author)

    def create(
        self,
        obj: T,
        *,
        guid: Guid | None = None,
        published: object = None,
        hidden: bool = False,
    ) -> T:
        """`Transaction.create`, in a transaction of its own or the thread's."""
        self._know(type(obj))
        with self._transactions.for_one_call(self._author) as tx:
            return tx.create(obj, guid=guid, published=published, hidden=hidden)

    def update(
        self, obj: Identified, meta: Mapping[str, object] | None = None, /, **fields: object
    ) -> bool:
        """`Transaction.update`, in a transaction of its own or the thread's."""
        with self._transactions.for_one_call(self._author) as tx:
            return tx.update(_typed(obj), meta, **fields)

    def increment(self, obj: Identified, field: str, amount: int = 1) -> None:
        """`Transaction.increment`, in a transaction of its own or the thread's."""
        with self._transactions.for_one_call(self._author) as tx:
            tx.increment(_typed(obj), field, amount)

    def save(self, obj: Identified) -> bool:
        """`Transaction.save`, in a transaction of its own or the thread's."""
        with self._transactions.for_one_call(self._author) as tx:
            return tx.save(_typed(obj))

    def delete(self, obj: Identified, *, recursive: bool = False) -> None:
        """`Transaction.delete`, in a transaction of its own or the thread's."""
        with self._transactions.for_one_call(self._author) as tx:
            tx.delete(_typed(obj), recursive=recursive)

    def undelete(self, obj: Identified) -> None:
        """`Transaction.undelete`, in a transaction of its own or the thread's."""
        with self._transactions.for_one_call(self._author) as tx:
            tx.undelete(_typed(obj))

    def purge(self, obj: Identified, *, recursive: bool = False) -> None:
        """`Transaction.purge`, in a transaction of its own or the thread's."""
        with self._transactions.for_one_call(self._author) as tx:
            tx.purge(_typed(obj), recursive=recursive)

    # -- reading ------------------------------------------------------------------------------

    def get(self, cls: type[T], guid: Guid, *, deleted: bool = False) -> T:
        """The object of a type with this GUID.

        Args:
            cls: the type.
            guid: of the object.
            deleted: whether a deleted object will do.

        Raises:
            NotFound: there is none (SG-OBJECT-404).
        """
        self._know(cls)
        row = self.reading().fetch(cls.type_name, guid.bytes, deleted=deleted)
        if row is None:
            raise NotFound(
                f"there is no such object. type={cls.type_name!r} guid='{guid}'",
                code="SG-OBJECT-404",
                hint="it may be deleted, purged, or not here yet",
            )
        return hydrate(cls, row, self)

    def find(self, guid: Guid, *, deleted: bool = False) -> Type | None:
        """The object with this GUID, of whatever type; None if there is none."""
        reading = self.reading()
        name = reading.locate(guid.bytes)
        return None if name is None else self._fetch(reading, name, guid.bytes, deleted=deleted)

    def query(self, cls: type[T]) -> Query[T]:
        """A question for objects of a type."""
        self._know(cls)
        return Query(cls, self, self.reading)

    # -- the tree -----------------------------------------------------------------------------

    def by_path(self, path: str) -> Type | None:
        """What stands at a path such as ``/news/hello``; None if nothing does."""
        reading = self.reading()
        at: tuple[str, bytes] | None = None
        for name in path.strip("/").split("/"):
            at = reading.child(None if at is None else at[1], name)
            if at is None:
                return None
        assert at is not None
        return self._fetch(reading, *at)

    def children(self, parent: Type | None = None) -> list[Type]:
        """The live objects below another, or at the root, by the name they are reached under."""
        reading = self.reading()
        guid = None if parent is None else parent.guid_bytes
        found = (self._fetch(reading, name, child) for name, child, _ in reading.children(guid))
        return [child for child in found if child is not None]

    def parent(self, obj: Type) -> Type | None:
        """What an object stands below; None for the root, and for what is not in the tree."""
        reading = self.reading()
        place = reading.place(obj.type_name, obj.guid_bytes)
        tree = type(obj).__plan__.tree
        if place is None or place[0] is None or tree is None:
            return None
        assert tree.link_type is not None
        return self._fetch(reading, tree.link_type, place[0])

    def path_of(self, obj: Identified) -> str | None:
        """Where an object stands now, such as ``/news/hello``; None if it is not in the tree."""
        reading, plan = self.reading(), type(_typed(obj)).__plan__
        guid: bytes | None = _typed(obj).guid_bytes
        names: list[str] = []
        while guid is not None:
            place = reading.place(plan.schema.name, guid)
            if place is None:
                return None
            guid, name = place
            names.append(name)
            tree = plan.tree
            if guid is not None and tree is not None and tree.link_type is not None:
                plan = plan.find_plan(tree.link_type)
        return "/" + "/".join(reversed(names))

    # -- conflicts ----------------------------------------------------------------------------

    def conflicts(self) -> list[ConflictRecord]:
        """What merging set aside and nobody has settled; the same list on every node."""
        return list_conflicts(self.reading(), self._registry)

    def conflicts_of(self, obj: Identified) -> list[ConflictRecord]:
        """Those of one object."""
        return list_conflicts(self.reading(), self._registry, _typed(obj).guid_bytes)

    def conflict(self, conflict_id: str) -> ConflictRecord:
        """One conflict.

        Raises:
            NotFound: there is none with this id, or it is settled (SG-CONFLICT-404).
        """
        return find_conflict(self.reading(), self._registry, conflict_id)

    def resolve(self, conflict_id: str, take: str | Mapping[str, object]) -> Type:
        """Settle a conflict, on every node; gives the object.

        Args:
            conflict_id: names the conflict.
            take: ``shown``, ``set_aside``, or ``{"value": …}`` with any other value;
                a conflict of names wants a new name, a cycle a parent's GUID or None.

        Raises:
            NotFound: there is no such conflict (SG-CONFLICT-404).
            Invalid: it cannot be settled in this way (SG-CONFLICT-002).
        """
        with self._transactions.for_one_call(self._author) as tx:
            record = find_conflict(tx.writing, self._registry, conflict_id)
            cls = self.type_named(record.type_name)
            field, value = settlement(record, cls, take)
            obj = self.get(cls, record.guid, deleted=True)
            tx.settle(obj, field, value)
            return obj

    # -- changes ------------------------------------------------------------------------------

    def changes(self, since: int = 0, limit: int = 100) -> list[Event]:
        """What happened in this node's database after a place in its feed, oldest first.

        Raises:
            NotFound: the feed begins later (SG-FEED-001).
        """
        return [event_of(change, self) for change in self.reading().changes(since, limit)]

    def change_head(self) -> int:
        """The feed's last place, 0 before anything happened."""
        return self.reading().change_head()

    @property
    def job_handlers(self) -> Mapping[str, JobSubscription]:
        """The functions that `on` was given with ``once=True``, by their names."""
        return self._signals.job_handlers

    def working(self, work: Work) -> AbstractContextManager[None]:
        """Whatever this thread writes in the block is one transaction, begun when it is needed.

        For the nodes that do jobs: it is committed when the block ends, undone if that raises.
        """
        return self._transactions.working(work)

    def announce_imported(self, first: int, last: int) -> None:
        """Tell handlers what a merge brought; the node calls it once for each merge.

        Args:
            first: feed sequence of the merge's first entry; 0 if it made none.
            last: of its last entry.
        """
        if not first or not self._signals.is_heard:
            return
        since = first - 1
        while since < last:
            changes = self.reading().changes(since, min(FEED_BATCH, last - since))
            if not changes:
                return
            since = changes[-1].sequence
            imported = [c for c in changes if c.imported and c.sequence <= last]
            self._signals.tell(event_of(change, self) for change in imported)

    # -- for its own parts --------------------------------------------------------------------

    def reading(self) -> Reading:
        """This thread's view: of its transaction, or else of what is committed."""
        transaction = self._transactions.current
        return self._database.reading() if transaction is None else transaction.writing

    def linked(self, type_name: str, guid: bytes) -> Type | None:
        """The live object that a link leads to, or None."""
        return self._fetch(self.reading(), type_name, guid)

    def _know(self, cls: type[Type]) -> None:
        """Register a declared type when it is first asked for."""
        if cls not in self._registry.classes:
            self.register(cls)

    def _fetch(
        self, reading: Reading, type_name: str, guid: bytes, *, deleted: bool = False
    ) -> Type | None:
        row = reading.fetch(type_name, guid, deleted=deleted)
        return None if row is None else hydrate(self._registry.named(type_name), row, self)

    def _await_level(self, committed: Committed, wanted: str, timeout: float) -> str:
        """The level that a commit has reached; without a node, this machine's disk."""
        if self.durability is None or not committed.sequence:
            return "local"
        return self.durability(committed.sequence, wanted, timeout)

    def _begin(self, writing: Writing, message: str, author: str) -> Transaction:
        return Transaction(
            writing,
            self._registry,
            self,
            self._guids,
            message=message,
            author=author,
            await_level=self._await_level,
        )

    def _prepare(self) -> None:
        """Before a transaction: make room for the jobs that it may ask for."""
        if self._signals.asks_for_jobs:
            self._know(PoolJob)

    def _complete(self, transaction: Transaction, work: Work | None) -> None:
        """Before a commit: write the jobs that it asks for (JOB-1)."""
        if self._signals.asks_for_jobs:
            handlers, changes = self.job_handlers.values(), transaction.writing.entries()
            add_jobs(transaction, handlers, changes, self.choose_owner, work)

    def _tell(self, committed: Committed) -> None:
        """After a commit: tell those who listen."""
        if self.on_commit is not None and committed.sequence:
            self.on_commit()
        if self._signals.is_heard and committed.sequence:
            self._signals.tell(event_of(change, self) for change in committed.changes)


def _typed(obj: Identified) -> Type:
    assert isinstance(obj, Type)
    return obj


def _names(types: tuple[type[Type], ...]) -> list[str]:
    return [cls.type_name for cls in types]
