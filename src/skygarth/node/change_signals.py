"""Follows the node's change feed and says each change to the other programs of the host.

The feed is the queue: this companion only remembers how far it has told. A
commit wakes it and never waits for it; a thousand commits at once are told in
batches; after an outage of the bus it goes on where it was, as long as the feed
reaches back that far.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import structlog

from skygarth.model.errors import SkygarthError
from skygarth.notices.changes import ChangeSaid
from skygarth.repository import Event, Repository
from skygarth.repository.tokens import HIDDEN_TYPES

BATCH = 200
RETRY_SECONDS = 5.0
_log = structlog.get_logger("skygarth.notices")


class SayChanges(Protocol):
    """A way to say changes."""

    def say(self, changes: Sequence[ChangeSaid]) -> None:
        """Say them in order. Raises Unavailable or Denied."""
        ...

    def close(self) -> None:
        """Let go of the bus."""
        ...


class ChangeSignals:
    """A companion of one node.

    Attributes:
        fault: why changes are not being said; "" while they are.
    """

    name = "change signals"

    def __init__(self, repository: Repository, speaker: SayChanges) -> None:
        self._repository = repository
        self._speaker = speaker
        self._told = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="skygarth-changes", daemon=True)
        self.fault = ""

    def start(self) -> None:
        """Tell what changes from now on."""
        self._told = self._repository.change_head()
        self._repository.on("changed")(self._woken)
        self._thread.start()

    def withdraw(self) -> None:
        """Changes still come in while a node drains."""

    def stop(self) -> None:
        """End; what was not told stands in the feed."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        self._speaker.close()

    def _woken(self, _event: Event) -> None:
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            while not self._stopping.is_set() and self._tell_batch():
                pass

    def _tell_batch(self) -> bool:
        """Tell the next changes; whether there may be more."""
        events = self._repository.changes(self._told, BATCH)
        said = [_said(event) for event in events if event.type_name not in HIDDEN_TYPES]
        try:
            if said:
                self._speaker.say(said)
        except SkygarthError as fault:
            if not self.fault:
                _log.warning("changes are not said on the bus", fault=str(fault), fix=fault.hint)
            self.fault = f"{fault.code}: {fault}"
            self._stopping.wait(RETRY_SECONDS)
            return True
        if events:
            self._told = events[-1].sequence
            self.fault = ""
        return len(events) == BATCH


def _said(event: Event) -> ChangeSaid:
    return ChangeSaid(
        event.action,
        str(event.guid),
        event.type_name,
        event.imported,
        event.sequence,
        event.changeset,
    )
