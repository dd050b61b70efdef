"""Notices over NATS: one subject per repository, nothing stored.

Core NATS only: a message reaches whoever listens now, in a tenth of a
millisecond. JetStream would keep notices for those who are away, who on coming
back read the bucket anyway.
"""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import AuthorizationError, Error

from skygarth.model.errors import SkygarthError
from skygarth.notices.link import Received, away, not_an_address, refused, without_credentials
from skygarth.notices.loop_link import LoopLink
from skygarth.notices.loop_thread import LoopThread

CONNECT_SECONDS = 3
SEND_SECONDS = 2.0
PING_SECONDS = 10
"""After two unanswered ones the connection counts as broken: a cable pulled, a machine gone."""


_SCHEMES = ("nats", "tls", "ws", "wss")


class NatsLink(LoopLink[Client]):
    """One node's link to a NATS server, or to a cluster of them."""

    name = "nats"

    def __init__(self, channel: str, url: str) -> None:
        """Say where to connect.

        Args:
            channel: what becomes the subject.
            url: ``nats://host:port`` or ``tls://…``, with user and password or a token;
                several, separated by commas, for a cluster.

        Raises:
            Invalid: the address cannot be understood (SG-NOTICE-007).
        """
        super().__init__()
        self._subject = subject_of(channel)
        self._servers = [part.strip() for part in url.split(",")]
        self.broker = ", ".join(map(without_credentials, self._servers))
        for server in self._servers:
            if urlsplit(server).scheme not in _SCHEMES:
                raise not_an_address(self.name, self.broker, "it begins with nats:// or tls://")

    def open(self, received: Received) -> None:
        """Connect and subscribe."""
        ends = self._begin()
        thread, client = LoopThread("skygarth-nats"), Client()
        self._run_with(thread, client)

        async def hear(message: Msg) -> None:
            received(message.data)

        async def broken() -> None:
            ends.put(away(self.name, self.broker, client.last_error or "the connection ended"))

        async def quietly(_fault: Exception) -> None:
            """What goes wrong on the connection ends it, and is told by `broken`."""

        async def connect() -> None:
            await client.connect(
                servers=self._servers,
                allow_reconnect=False,  # the transport does that, with jitter, and tells of it
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=CONNECT_SECONDS,
                ping_interval=PING_SECONDS,
                no_echo=True,
                closed_cb=broken,
                error_cb=quietly,
            )
            await client.subscribe(self._subject, cb=hear)
            await client.flush(CONNECT_SECONDS)

        try:
            thread.run(connect(), 2 * CONNECT_SECONDS)
        except (Error, OSError, TimeoutError, RuntimeError, ValueError) as cause:
            raise self._fault(client.last_error or cause) from cause

    def send(self, message: bytes) -> None:
        """Publish to the subject."""
        thread, client = self._connection()
        try:
            thread.run(client.publish(self._subject, message), SEND_SECONDS)
        except (Error, OSError, TimeoutError, RuntimeError) as cause:
            raise self._fault(cause) from cause

    def _disconnect(self, thread: LoopThread, client: Client) -> None:
        """Send what is buffered, then go."""
        with suppress(Error, OSError, TimeoutError, RuntimeError):  # nothing is left to save
            thread.run(client.close(), SEND_SECONDS)

    def _fault(self, cause: Exception) -> SkygarthError:
        is_refusal = isinstance(cause, AuthorizationError) or "authorization" in str(cause).lower()
        return (refused if is_refusal else away)(self.name, self.broker, cause)


def subject_of(channel: str) -> str:
    """A channel as a subject: in two parts, so that rights can be given for ``skygarth.*``."""
    return channel.replace("-", ".", 1)
