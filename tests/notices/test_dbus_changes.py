"""Changes as typed signals on a real bus, heard by a program that knows nothing of Skygarth."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from tests.servers.brokers import DBusBroker, find
from tests.servers.running import ServerAbsent
from tests.waiting import wait_until

from skygarth.model.errors import Unavailable
from skygarth.notices.changes import ChangeSaid
from skygarth.notices.dbus_changes import INTERFACE, DBusChanges, path_of_node

pytestmark = pytest.mark.server

CHANGES = [
    ChangeSaid("created", "0198-a", "article", False, 7, 7),
    ChangeSaid("purged", "0198-b", "section", True, 9, 8),
]


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[DBusBroker]:
    """A bus of this test's own."""
    try:
        find("dbus-daemon", "dbus")
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    made = DBusBroker(tmp_path / "bus")
    made.start()
    yield made
    made.stop()


class OtherProgram:
    """Listens on the bus by itself, in its own loop."""

    def __init__(self, address: str) -> None:
        self.heard: list[Message] = []
        self.listens = threading.Event()
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self.listens.wait(10)

    def _run(self) -> None:
        bus = self._loop.run_until_complete(self._listen())
        self._loop.run_forever()
        bus.disconnect()
        self._loop.run_until_complete(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        self._loop.close()

    async def _listen(self) -> MessageBus:
        bus = await MessageBus(bus_address=self._address).connect()

        def hear(message: Message) -> None:
            if message.message_type is MessageType.SIGNAL and message.interface == INTERFACE:
                self.heard.append(message)

        bus.add_message_handler(hear)
        rule = f"type='signal',interface='{INTERFACE}'"
        name = "org.freedesktop.DBus"
        await bus.call(
            Message(name, "/org/freedesktop/DBus", name, "AddMatch", signature="s", body=[rule])
        )
        self.listens.set()
        return bus

    def close(self) -> None:
        """End the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


def test_another_program_hears_typed_signals(bus: DBusBroker) -> None:
    """Kind, type, origin and place in the feed, each with its D-Bus type."""
    program = OtherProgram(bus.address)
    changes = DBusChanges("web-1", bus.address)
    changes.say(CHANGES)
    wait_until(lambda: len(program.heard) == 2, "both signals")
    changes.close()
    program.close()

    assert [each.member for each in program.heard] == ["Created", "Purged"]
    assert {each.signature for each in program.heard} == {"ssbtt"}
    assert {each.path for each in program.heard} == {"/org/skygarth/changes/web_1"}
    assert program.heard[1].body == ["0198-b", "section", True, 9, 8]


def test_thousands_of_changes_do_not_cut_the_connection(bus: DBusBroker) -> None:
    """A bus drops whoever sends faster than it reads; here its answer is awaited."""
    program = OtherProgram(bus.address)
    changes = DBusChanges("a", bus.address)
    for _ in range(10):
        changes.say(CHANGES * 100)
    wait_until(lambda: len(program.heard) == 2000, "all signals")
    changes.close()
    program.close()


def test_a_bus_that_is_away_is_told_and_met_again(bus: DBusBroker) -> None:
    """After an outage the next saying connects anew."""
    changes = DBusChanges("a", bus.address)
    changes.say(CHANGES)
    bus.stop()
    with pytest.raises(Unavailable, match="dbus does not answer"):
        changes.say(CHANGES)
    bus.start()
    changes.say(CHANGES)
    changes.close()


@pytest.mark.parametrize(("name", "path"), [("web-1.example", "web_1_example"), ("", "_")])
def test_a_nodes_name_becomes_a_path(name: str, path: str) -> None:
    """D-Bus paths hold letters, digits and underscores."""
    assert path_of_node(name) == f"/org/skygarth/changes/{path}"
