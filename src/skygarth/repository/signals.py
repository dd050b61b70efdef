"""Telling the application what happened, after it has happened.

Local changes are told once their transaction is committed, in the thread that
made them; imported ones once the node has merged them. Each handler hears of
each change exactly once. A handler that fails is logged: it can neither undo
nor delay what is already true.

With ``pool=…, once=True`` a function is no listener but work: it runs on one node
of a pool for each change, wherever that was made (`skygarth.repository.pool_jobs`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar, overload

import structlog

from skygarth.database.port import ChangeRow
from skygarth.model.decoding import decode_datetime
from skygarth.model.errors import Invalid
from skygarth.model.guid import Guid
from skygarth.model.types import Type
from skygarth.repository.pool_jobs import (
    POOL_LENGTH_MAX,
    TRIES_MAX,
    JobHandler,
    JobSubscription,
    PoolJob,
    job_name_of,
    merged_handlers,
)

Origin: TypeAlias = Literal["local", "remote"]

ACTIONS = frozenset({"created", "updated", "deleted", "undeleted", "purged"})
CHANGED = "changed"
IMPORTED = "imported"
_POOL = re.compile(rf"[a-z][a-z0-9-]{{0,{POOL_LENGTH_MAX - 1}}}")

_log = structlog.get_logger("skygarth.repository")


class Finding(Protocol):
    """Where an event finds its object."""

    def find(self, guid: Guid, *, deleted: bool = False) -> Type | None:
        """The object, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one object.

    Attributes:
        action: ``created``, ``updated``, ``deleted``, ``undeleted`` or ``purged``.
        type_name: of the object.
        guid: of the object.
        imported: whether another node did it.
        changeset: sequence of the first change of the same transaction or merge.
        sequence: its place in this node's change feed.
        at: when this node committed it, UTC.
    """

    action: str
    type_name: str
    guid: Guid
    imported: bool
    changeset: int
    sequence: int
    at: datetime
    finding: Finding = field(repr=False, compare=False)

    @property
    def object(self) -> Type | None:
        """The object as it is now, even if deleted; None once it is purged."""
        return self.finding.find(self.guid, deleted=True)


Handler: TypeAlias = Callable[[Event], object]
H = TypeVar("H", bound=Handler)
J = TypeVar("J", bound=JobHandler)


class Registering(Protocol):
    """A decorator that gives its function back as it is."""

    def __call__(self, handler: H, /) -> H:
        """Register a handler."""
        ...


class RegisteringJob(Protocol):
    """A decorator that gives the function of a job back as it is."""

    def __call__(self, handler: J, /) -> J:
        """Register a function."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who wants to hear of what."""

    action: str
    type_name: str | None
    imported: bool | None
    handler: Handler

    def wants(self, event: Event) -> bool:
        """Whether an event is one of those asked for."""
        if self.type_name is None and event.type_name == PoolJob.type_name:
            return False  # how work is handed out is nothing that applications ask about
        if self.type_name is not None and self.type_name != event.type_name:
            return False
        if self.imported is not None and self.imported != event.imported:
            return False
        if self.action == IMPORTED:
            return event.imported
        return self.action in {CHANGED, event.action}


class Signals:
    """The handlers of one repository, and those that `on` gave to every repository.

    Args:
        everywhere: the signals that count in every repository; None for those themselves.
    """

    def __init__(self, everywhere: Signals | None = None) -> None:
        self.subscriptions: list[Subscription] = []
        self.jobs: dict[str, JobSubscription] = {}
        self._everywhere = everywhere

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens at all."""
        shared = self._everywhere is not None and self._everywhere.is_heard
        return shared or bool(self.subscriptions)

    @property
    def asks_for_jobs(self) -> bool:
        """Whether there is any function of a job."""
        shared = self._everywhere is not None and bool(self._everywhere.jobs)
        return shared or bool(self.jobs)

    @property
    def job_handlers(self) -> Mapping[str, JobSubscription]:
        """The functions of jobs by their names."""
        if self._everywhere is None or not self._everywhere.jobs:
            return self.jobs
        return merged_handlers(self._everywhere.jobs, self.jobs)

    def tell(self, events: Iterable[Event]) -> None:
        """Call the handlers of each event, one event after the other."""
        shared = [] if self._everywhere is None else self._everywhere.subscriptions
        listeners = [*shared, *self.subscriptions]
        for event in events:
            for listener in listeners:
                if listener.wants(event):
                    _call(listener.handler, event)

    @overload
    def on(
        self, action: str, type_: type[Type] | None = None, *, origin: Origin | None = None
    ) -> Registering: ...

    @overload
    def on(
        self,
        action: str,
        type_: type[Type] | None = None,
        *,
        pool: str,
        once: Literal[True],
        name: str = "",
        tries: int = TRIES_MAX,
    ) -> RegisteringJob: ...

    def on(
        self,
        action: str,
        type_: type[Type] | None = None,
        *,
        origin: Origin | None = None,
        pool: str | None = None,
        once: bool = False,
        name: str = "",
        tries: int = TRIES_MAX,
    ) -> Registering | RegisteringJob:
        """Call the decorated function after each change of a kind.

        `skygarth.on` speaks for every repository of the process, `Repository.on` for one.

        Args:
            action: ``created``, ``updated``, ``deleted``, ``undeleted``, ``purged``; ``changed``
                for any of them; ``imported`` for whatever another node did.
            type_: of the objects; None for all.
            origin: ``local`` for what this node did, ``remote`` for others; None for both.
            pool: with `once`: on one live node of this pool, wherever the change was made.
            once: the function is a job, called with a `JobChange` (docs/jobs.md).
            name: with `once`: what jobs call the function; by default ``module.function``.
                Keep it from one version to the next.
            tries: with `once`: how often a job is tried before a person has to look.

        Raises:
            Invalid: there is no such action or origin (SG-SIGNAL-001), these do not go
                together (SG-SIGNAL-002), or a job has no name (SG-SIGNAL-003).
        """
        if once or pool is not None:
            return self._on_once(action, type_, origin, pool if once else None, name, tries)

        def register(handler: H, /) -> H:
            self.subscriptions.append(subscription_of(action, type_, origin, handler))
            return handler

        return register

    def _on_once(
        self,
        action: str,
        type_: type[Type] | None,
        origin: Origin | None,
        pool: str | None,
        name: str,
        tries: int,
    ) -> RegisteringJob:
        _check_job(action, origin, pool, tries)
        assert pool is not None

        def register(handler: J, /) -> J:
            called = job_name_of(handler, name)
            type_name = type_.type_name if type_ else None
            self.jobs[called] = JobSubscription(called, action, type_name, pool, tries, handler)
            return handler

        return register


def subscription_of(
    action: str, type_: type[Type] | None, origin: Origin | None, handler: Handler
) -> Subscription:
    """A checked subscription.

    Raises:
        Invalid: there is no such action or origin (SG-SIGNAL-001).
    """
    if action not in ACTIONS | {CHANGED, IMPORTED} or origin not in {None, "local", "remote"}:
        raise Invalid(
            f"there is nothing to hear of. action={action!r} origin={origin!r}",
            code="SG-SIGNAL-001",
            hint=f"actions: {', '.join(sorted(ACTIONS | {CHANGED, IMPORTED}))}",
        )
    imported = None if origin is None else origin == "remote"
    return Subscription(action, type_.type_name if type_ else None, imported, handler)


def _check_job(action: str, origin: Origin | None, pool: str | None, tries: int) -> None:
    """Refuse what cannot be a job (SG-SIGNAL-002)."""
    faults = {
        "a job needs pool='…' and once=True": pool is None,
        "pool names are 1 to 30 of a-z, 0-9 and -": pool is not None and not _POOL.fullmatch(pool),
        "a job runs once, wherever the change was made: leave origin out": origin is not None,
        f"a job may ask for {', '.join(sorted(ACTIONS | {CHANGED}))}": action
        not in ACTIONS | {CHANGED},
        "a job is tried at least once": tries < 1,
    }
    for hint, is_fault in faults.items():
        if is_fault:
            raise Invalid(
                f"this is no job for a pool. action={action!r} pool={pool!r} origin={origin!r}",
                code="SG-SIGNAL-002",
                hint=hint,
            )


def event_of(change: ChangeRow, finding: Finding) -> Event:
    """A feed entry as an event."""
    return Event(
        change.action.name.lower(),
        change.type_name,
        Guid(bytes=change.guid),
        change.imported,
        change.changeset,
        change.sequence,
        decode_datetime(change.at_us),
        finding,
    )


def _call(handler: Handler, event: Event) -> None:
    try:
        handler(event)
    except Exception:  # noqa: BLE001 - what happened has happened, whatever a handler says
        _log.exception(
            "a signal handler failed",
            handler=getattr(handler, "__qualname__", repr(handler)),
            action=event.action,
            type=event.type_name,
            guid=str(event.guid),
        )


everywhere = Signals()
"""What `skygarth.on` registers: for every repository of the process."""
on = everywhere.on
