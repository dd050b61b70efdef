"""What changes in this node's content, as typed signals on a bus of the host.

Other programs of the machine (a thumbnailer, a search indexer, a desktop) hear
of each change without speaking HTTP. ::

    interface  org.skygarth.Changes1
    path       /org/skygarth/changes/<node>
    signal     Created, Updated, Deleted, Undeleted, Purged
               (s guid, s type, b imported, t sequence, t changeset)

A signal says what changed and where it stands in the change feed, never what
the content is: whoever wants that asks the node, with his own rights. A program
that was away, or sees a sequence skipped, reads the feed from where it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from skygarth.model.errors import SkygarthError
from skygarth.notices.changes import ChangeSaid
from skygarth.notices.dbus import FAULTS, connected
from skygarth.notices.link import away, refused
from skygarth.notices.loop_thread import LoopThread

INTERFACE = "org.skygarth.Changes1"
SIGNATURE = "ssbtt"
ANSWER_SECONDS = 3.0

_OTHER = re.compile(r"[^A-Za-z0-9_]")


class DBusChanges:
    """A way to say changes; connects when it first has to, and anew after each fault.

    Args:
        node: the node's name; what a path cannot hold becomes ``_``.
        bus: ``system``, ``session`` or an address.
    """

    def __init__(self, node: str, bus: str) -> None:
        self.path = path_of_node(node)
        self.bus = bus
        self._running: tuple[LoopThread, MessageBus] | None = None

    def say(self, changes: Sequence[ChangeSaid]) -> None:
        """Emit a signal for each, in order; returns once the bus has taken them.

        Raises:
            Unavailable: the bus is away; some may have been said.
            Denied: its policy does not let this user connect.
        """
        try:
            thread, bus = self._connected()
            thread.run(self._emit(bus, changes), ANSWER_SECONDS)
        except FAULTS as cause:
            self.close()
            raise self._fault(cause) from cause

    def close(self) -> None:
        """Disconnect."""
        running, self._running = self._running, None
        if running is not None:
            thread, bus = running
            thread.loop.call_soon_threadsafe(bus.disconnect)
            thread.close()

    def _connected(self) -> tuple[LoopThread, MessageBus]:
        if self._running is None:
            thread = LoopThread("skygarth-dbus-changes")
            try:
                self._running = thread, thread.run(connected(self.bus), ANSWER_SECONDS)
            except BaseException:
                thread.close()
                raise
        return self._running

    async def _emit(self, bus: MessageBus, changes: Sequence[ChangeSaid]) -> None:
        for change in changes:
            body = [
                change.guid,
                change.type_name,
                change.imported,
                change.sequence,
                change.changeset,
            ]
            member = change.action.capitalize()
            await bus.send(Message.new_signal(self.path, INTERFACE, member, SIGNATURE, body))
        # A bus drops whoever sends faster than it reads, so its answer is awaited once a batch.
        await bus.call(Message("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId"))

    def _fault(self, cause: BaseException) -> SkygarthError:
        is_refusal = "AccessDenied" in str(getattr(cause, "type", ""))
        return (refused if is_refusal else away)("dbus", self.bus, cause)


def path_of_node(node: str) -> str:
    """A node's name as an object path."""
    return f"/org/skygarth/changes/{_OTHER.sub('_', node) or '_'}"
