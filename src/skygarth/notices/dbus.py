"""Notices over D-Bus: the nodes and other programs of one host hear of news at once.

A notice is a signal on a bus that is there already: the host's system bus, or
any other by its address. Nobody owns a name for it and nobody answers calls, so
a policy has to open nothing but the sending of this one interface. ::

    interface  org.skygarth.Notices1
    path       /org/skygarth/<channel>
    signal     Published(s notice)

The channel's hyphens become underscores, which is what D-Bus takes in a path.
"""

from __future__ import annotations

import asyncio

from dbus_fast import AuthError, BusType, DBusError, InvalidAddressError, Message, MessageType
from dbus_fast.aio import MessageBus

from skygarth.model.errors import SkygarthError
from skygarth.notices.link import Received, away, not_an_address, refused
from skygarth.notices.loop_link import LoopLink
from skygarth.notices.loop_thread import LoopThread

INTERFACE = "org.skygarth.Notices1"
MEMBER = "Published"
ANSWER_SECONDS = 3.0
SYSTEM, SESSION = "system", "session"

_BUS = "org.freedesktop.DBus"
FAULTS = (
    AuthError,
    InvalidAddressError,
    DBusError,
    OSError,
    TimeoutError,
    RuntimeError,
    EOFError,
    ConnectionError,
)
"""How the library tells that a bus is away or refuses us."""


class DBusLink(LoopLink[MessageBus]):
    """One node's link to a message bus.

    Args:
        channel: where the nodes of the repository meet.
        bus: ``system``, ``session``, or an address such as ``unix:path=/run/site/bus``.
    """

    name = "dbus"

    def __init__(self, channel: str, bus: str) -> None:
        """Say which bus.

        Raises:
            Invalid: the address cannot be understood (SG-NOTICE-007).
        """
        super().__init__()
        self._path = path_of(channel)
        self.broker = bus
        if bus not in {SYSTEM, SESSION} and ":" not in bus:
            raise not_an_address(self.name, bus, "it is system, session, or unix:path=…")

    def open(self, received: Received) -> None:
        """Connect and ask the bus for the channel's signals."""
        ends = self._begin()
        thread = LoopThread("skygarth-dbus")

        def hear(message: Message) -> bool:
            if self._is_notice(message):
                received(str(message.body[0]).encode(errors="replace"))
            return False

        async def watch(bus: MessageBus) -> None:
            try:
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
            except FAULTS as cause:
                ends.put(away(self.name, self.broker, cause))
            else:
                ends.put(away(self.name, self.broker, "the connection ended"))

        async def connect() -> tuple[MessageBus, asyncio.Task[None]]:
            bus = await connected(self.broker)
            bus.add_message_handler(hear)
            rule = f"type='signal',interface='{INTERFACE}',member='{MEMBER}',path='{self._path}'"
            answer = await bus.call(
                Message(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", signature="s", body=[rule])
            )
            if answer is not None and answer.message_type is MessageType.ERROR:
                raise DBusError(str(answer.error_name), str(answer.body[0]) if answer.body else "")
            return bus, asyncio.get_running_loop().create_task(watch(bus))

        try:
            bus, self._watch = thread.run(connect(), ANSWER_SECONDS)
        except FAULTS as cause:
            thread.close()
            raise self._fault(cause) from cause
        self._run_with(thread, bus)

    def send(self, message: bytes) -> None:
        """Emit the signal."""
        thread, bus = self._connection()

        async def emit() -> None:
            await bus.send(
                Message.new_signal(self._path, INTERFACE, MEMBER, "s", [message.decode()])
            )

        try:
            thread.run(emit(), ANSWER_SECONDS)
        except FAULTS as cause:
            raise self._fault(cause) from cause

    def _disconnect(self, thread: LoopThread, client: MessageBus) -> None:
        thread.loop.call_soon_threadsafe(client.disconnect)

    def _is_notice(self, message: Message) -> bool:
        return (
            message.message_type is MessageType.SIGNAL
            and (message.interface, message.member) == (INTERFACE, MEMBER)
            and message.path == self._path
            and message.signature == "s"
        )

    def _fault(self, cause: BaseException) -> SkygarthError:
        is_refusal = isinstance(cause, AuthError) or "AccessDenied" in str(
            getattr(cause, "type", "")
        )
        return (refused if is_refusal else away)(self.name, self.broker, cause)


def bus_at(address: str) -> MessageBus:
    """A bus, not connected yet: ``system``, ``session`` or an address."""
    if address == SYSTEM:
        return MessageBus(bus_type=BusType.SYSTEM)
    if address == SESSION:
        return MessageBus(bus_type=BusType.SESSION)
    return MessageBus(bus_address=address)


async def connected(address: str) -> MessageBus:
    """A bus, connected."""
    asyncio.get_running_loop().set_exception_handler(_already_told)
    return await bus_at(address).connect()


def _already_told(_loop: asyncio.AbstractEventLoop, _fault: dict[str, object]) -> None:
    """The library tells of a broken connection where it is used, and once more to its loop."""


def path_of(channel: str) -> str:
    """A channel as an object path."""
    return f"/org/skygarth/{channel.replace('-', '_')}"
