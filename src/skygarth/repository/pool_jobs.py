"""A job: what one change asks of one node of a pool (docs/protocol/jobs.md).

::

    @on("created", Photo, pool="media", once=True)
    def thumbnail(change: JobChange) -> None:
        small = shrink(change.object)                        # slow: no transaction is open
        change.repository.create(Thumbnail(image=small), guid=change.new_guid("small"))

Whoever commits the change writes the job with it, in the same changeset: so the
job is there if and only if the change is, on every node, and has one name
everywhere. It is an object like any other, and a tombstone once it is done: what
was purged stays purged, whatever else somebody does to it (MRG-9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias, TypeVar

from skygarth.database.port import ChangeRow
from skygarth.model.attributes import Attr, attr
from skygarth.model.errors import Invalid
from skygarth.model.guid import Guid
from skygarth.model.types import Type
from skygarth.repository.query import Query
from skygarth.repository.transaction import Transaction

TRIES_MAX = 5
"""So often a job is tried, unless its function asks for another bound."""
POOL_LENGTH_MAX = 30
NAME_LENGTH_MAX = 200
FAULT_LENGTH_MAX = 500

SYSTEM_TYPES = frozenset({"access_token", "pool_job"})
"""Types that are Skygarth's own: nobody is shown them as content, and no job is about them."""

T = TypeVar("T", bound=Type)


class PoolJob(Type):
    """A job as the repository keeps it until it is done (JOB-1).

    Attributes:
        handler: the name of the function.
        subject: GUID of the object that changed.
        owner: incarnation of the node that shall do it; "" for nobody yet.
        attempts: how often it was tried in vain.
        fault: why the last time; "" if it never failed.
        failed: it was tried as often as it may be, and waits for a person.
    """

    handler: Attr[str] = attr(max_length=NAME_LENGTH_MAX)
    pool: Attr[str] = attr(max_length=POOL_LENGTH_MAX)
    action: Attr[str] = attr(max_length=20)
    subject: Attr[str] = attr(min_length=36, max_length=36)
    subject_type: Attr[str] = attr(max_length=200)
    owner: Attr[str] = attr(default="", max_length=64, index=True)
    attempts: Attr[int] = attr(default=0)
    fault: Attr[str] = attr(default="", max_length=FAULT_LENGTH_MAX)
    failed: Attr[bool] = attr(default=False)


class JobHome(Protocol):
    """The repository, as the function of a job sees it."""

    def find(self, guid: Guid, *, deleted: bool = False) -> Type | None:
        """The object with this GUID, or None."""
        ...

    def query(self, cls: type[T]) -> Query[T]:
        """A question for objects of a type."""
        ...

    def create(
        self, obj: T, *, guid: Guid | None = None, published: object = None, hidden: bool = False
    ) -> T:
        """Keep a new object."""
        ...

    def transaction(
        self, message: str = "", author: str | None = None
    ) -> AbstractContextManager[Transaction]:
        """A block whose changes are committed with the end of the job."""
        ...


@dataclass(frozen=True, slots=True)
class JobChange:
    """What the function of a job is called with.

    Whatever it writes to the repository is committed together with the end of the job,
    or not at all. What it does elsewhere may happen again, after a death in between:
    give `job` along, so that the other side can tell.

    Attributes:
        job: names the job: the same at each try and on every node.
        action: what became of the object: ``created``, ``updated``, ….
        type_name: of the object.
        guid: of the object.
        at: when the change was made, UTC.
        attempt: 1 at the first try.
        repository: where the object is.
    """

    job: str
    action: str
    type_name: str
    guid: Guid
    at: datetime
    attempt: int
    repository: JobHome = field(repr=False, compare=False)

    @property
    def object(self) -> Type | None:
        """The object as it is now, even if deleted; None once it is purged."""
        return self.repository.find(self.guid, deleted=True)

    def new_guid(self, name: str = "") -> Guid:
        """A GUID for an object that the job creates: the same at each try and on every node.

        Should two nodes do the job in spite of all (JOB-9), they make one object, not two.

        Args:
            name: tells several objects of one job apart.
        """
        return guid_of(self.job, name)


JobHandler: TypeAlias = Callable[[JobChange], object]


@dataclass(frozen=True, slots=True)
class JobSubscription:
    """A function that shall run once for each change of a kind, on one node of a pool.

    Attributes:
        name: what jobs call it: the same on every node, and in the next version.
        tries: how often a job is tried before a person has to look.
    """

    name: str
    action: str
    type_name: str | None
    pool: str
    tries: int
    handler: JobHandler

    def wants(self, action: str, type_name: str) -> bool:
        """Whether a change is one of those asked for."""
        return self.type_name in {None, type_name} and self.action in {"changed", action}


@dataclass(frozen=True, slots=True)
class Work:
    """The job that a thread is doing: its own changes don't ask for it again (JOB-2)."""

    handler: str
    subject: Guid


ChooseOwner: TypeAlias = Callable[[str, Guid], str]
"""(pool, object) → incarnation of the node that shall do the job; "" if none is known."""


def add_jobs(
    tx: Transaction,
    wanted: Iterable[JobSubscription],
    changes: Iterable[ChangeRow],
    choose: ChooseOwner | None,
    work: Work | None,
) -> None:
    """Write the jobs that a transaction's changes ask for into the same transaction (JOB-1).

    Args:
        changes: what the transaction has done so far.
        choose: picks each job's owner; None where nobody knows the nodes.
        work: the job in which this happens, if any.
    """
    assert PoolJob.type_name in SYSTEM_TYPES, "a job that asks for a job would never end"
    subscriptions = list(wanted)
    for change in changes:
        if change.type_name in SYSTEM_TYPES:
            continue
        action, subject = change.action.name.lower(), Guid(bytes=change.guid)
        for each in subscriptions:
            if each.wants(action, change.type_name) and work != Work(each.name, subject):
                owner = "" if choose is None else choose(each.pool, subject)
                tx.create(
                    PoolJob(
                        handler=each.name,
                        pool=each.pool,
                        action=action,
                        subject=str(subject),
                        subject_type=change.type_name,
                        owner=owner,
                    )
                )


def job_name_of(handler: JobHandler, name: str) -> str:
    """What jobs call a function: as it was told, or where it is defined.

    Raises:
        Invalid: it has no name that would be the same on another node (SG-SIGNAL-003).
    """
    module = getattr(handler, "__module__", "")
    own = getattr(handler, "__qualname__", "")
    found = name or (f"{module}.{own}" if module and own else "")
    if found and len(found) <= NAME_LENGTH_MAX and (name or "<lambda>" not in found):
        return found
    raise Invalid(
        f"this function has no name that jobs could call it by. name={found!r}",
        code="SG-SIGNAL-003",
        hint="define it with def, or give name=… of at most 200 characters, and keep it",
    )


def guid_of(job: str, name: str) -> Guid:
    """A GUID that follows from a job and a name alone: an RFC 9562 UUIDv8."""
    digest = hashlib.sha256(f"{job}\0{name}".encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return Guid(int=number)


def merged_handlers(*groups: Mapping[str, JobSubscription]) -> dict[str, JobSubscription]:
    """Functions by name; a later group covers an earlier one."""
    return {name: each for group in groups for name, each in group.items()}
