"""Nodes take a new version of the bucket's application one after the other.

A node that sees one installs it and tries it in another process while it still
serves. Then it waits for its turn, a claim of the whole cloud, leaves as any node
does, and starts itself again. The turn is kept meanwhile, and goes to the next node
only when this one takes traffic again. A version that does not load changes
nothing anywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, MutableMapping
from pathlib import Path

import structlog

from skygarth.assembly.application_wheels import install_application, try_application
from skygarth.formats.application_record import ApplicationRecord
from skygarth.model.errors import SkygarthError, Unavailable
from skygarth.node.application_store import ApplicationStore
from skygarth.node.claims import Claim
from skygarth.node.running import RunningNode

CHORE = "upgrade"
TURN_SECONDS = 120.0
TURN_VARIABLE = "SKYGARTH_UPGRADE_TURN"
"""How a node that starts itself again tells its successor that it has the turn."""

_log = structlog.get_logger("skygarth.application")


class RollingUpgrade:
    """A companion of a node that runs the bucket's application.

    Args:
        running: the record that this node runs.
        restart: ends this process and starts it again; returns at once.
        environ: of this process; a turn is handed on in it.
        look_seconds: between two tries to have the turn.
    """

    name = "upgrade"

    def __init__(
        self,
        node: RunningNode,
        store: ApplicationStore,
        *,
        data: Path,
        running: ApplicationRecord | None,
        restart: Callable[[], None],
        environ: MutableMapping[str, str],
        look_seconds: float,
    ) -> None:
        self._node = node
        self._store = store
        self._data = data
        self._running = running
        self._restart = restart
        self._environ = environ
        self._look_seconds = look_seconds
        self._wanted: ApplicationRecord | None = None
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="skygarth-upgrade", daemon=True)

    def start(self) -> None:
        """Hand the turn on once this node takes traffic, and wait for versions."""
        self._thread.start()

    def withdraw(self) -> None:
        """A draining node upgrades no more."""

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._changed.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=2)

    def published(self, record: ApplicationRecord) -> None:
        """Another record stands in the bucket."""
        if record.wheels and record != self._running:
            self._wanted = record
            self._changed.set()

    def _run(self) -> None:
        self._hand_on()
        while not self._stopping.is_set():
            self._changed.wait()
            self._changed.clear()
            wanted = self._wanted
            if wanted is not None and not self._stopping.is_set() and self._is_loadable(wanted):
                self._take_turn(wanted)

    def _hand_on(self) -> None:
        """Release the turn under which this process was started, when it takes traffic."""
        number = self._environ.pop(TURN_VARIABLE, "")
        if not number.isdecimal():
            return
        while self._node.state != "ready":
            if self._stopping.wait(min(1.0, self._look_seconds)):
                return
        turn = Claim(self._node.claims, CHORE, int(number), 0.0, TURN_SECONDS)
        try:
            turn.release()
        except Unavailable:
            return  # it ends by itself
        _log.info("upgraded; the next node may", version=self._running and self._running.version)

    def _is_loadable(self, record: ApplicationRecord) -> bool:
        try:
            try_application(record.entry, install_application(record, self._store, self._data))
        except SkygarthError as fault:
            _log.warning(
                "a new version of the application is not taken",
                version=record.version,
                reason=f"{fault.code}: {fault}",
                fix=fault.hint,
            )
            return False
        return True

    def _take_turn(self, record: ApplicationRecord) -> None:
        """Wait for the turn, then leave in good order and start again."""
        while not self._stopping.is_set() and self._wanted == record:
            turn = self._turn()
            if turn is None:
                self._stopping.wait(self._look_seconds)
                continue
            _log.info("upgrading", version=record.version, turn=turn.number)
            self._environ[TURN_VARIABLE] = str(turn.number)
            self._node.draining.leave(self._restart)
            self._keep(turn)
            return

    def _keep(self, turn: Claim) -> None:
        """Hold the turn until this process ends: visitors and caches may take their time."""
        while not self._stopping.wait(TURN_SECONDS / 3):
            try:
                if not self._node.draining.is_leaving:  # an operator has brought it back
                    del self._environ[TURN_VARIABLE]
                    turn.release()
                    return
                if not turn.renew():
                    return
            except Unavailable:
                continue
            self._environ[TURN_VARIABLE] = str(turn.number)

    def _turn(self) -> Claim | None:
        try:
            return self._node.claims.take(CHORE, TURN_SECONDS)
        except Unavailable:
            return None
