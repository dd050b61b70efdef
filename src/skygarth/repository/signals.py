"""Telling the application what happened, after it has happened.

Local changes are told once their transaction is committed, in the thread that
made them; imported ones once the node has merged them. Each handler hears of
each change exactly once. A handler that fails is logged: it can neither undo
nor delay what is already true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar

import structlog

from skygarth.database.port import ChangeRow
from skygarth.model.decoding import decode_datetime
from skygarth.model.errors import Invalid
from skygarth.model.guid import Guid
from skygarth.model.types import Type

Origin: TypeAlias = Literal["local", "remote"]

ACTIONS = frozenset({"created", "updated", "deleted", "undeleted", "purged"})
CHANGED = "changed"
IMPORTED = "imported"

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


class Registering(Protocol):
    """A decorator that gives its function back as it is."""

    def __call__(self, handler: H, /) -> H:
        """Register a handler."""
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
        if self.type_name is not None and self.type_name != event.type_name:
            return False
        if self.imported is not None and self.imported != event.imported:
            return False
        if self.action == IMPORTED:
            return event.imported
        return self.action in {CHANGED, event.action}


class Signals:
    """The handlers of one repository, and those that `on` gave to every repository."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def add(self, subscription: Subscription) -> None:
        """Tell this handler from now on."""
        self._subscriptions.append(subscription)

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens at all."""
        return bool(self._subscriptions or _everywhere)

    def tell(self, events: Iterable[Event]) -> None:
        """Call the handlers of each event, one event after the other."""
        listeners = [*_everywhere, *self._subscriptions]
        for event in events:
            for listener in listeners:
                if listener.wants(event):
                    _call(listener.handler, event)


def on(
    action: str, type_: type[Type] | None = None, *, origin: Origin | None = None
) -> Registering:
    """Call the decorated function after each change of a kind, in every repository.

    Args:
        action: ``created``, ``updated``, ``deleted``, ``undeleted``, ``purged``; ``changed``
            for any of them; ``imported`` for whatever another node did.
        type_: of the objects; None for all.
        origin: ``local`` for what this node did, ``remote`` for others; None for both.

    Raises:
        Invalid: there is no such action or origin (SG-SIGNAL-001).
    """

    def register(handler: H, /) -> H:
        _everywhere.append(subscription_of(action, type_, origin, handler))
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


_everywhere: list[Subscription] = []
