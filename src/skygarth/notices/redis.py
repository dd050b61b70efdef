"""Notices over Redis: one channel per repository, published and subscribed, nothing stored.

Whatever speaks Redis's protocol will do (Valkey, KeyDB). Publish and subscribe
know no databases: the number in the address does not part two repositories, the
channel does.
"""

from __future__ import annotations

import threading

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    RedisError,
)
from redis.retry import Retry

from skygarth.model.errors import SkygarthError
from skygarth.notices.link import Received, away, not_an_address, refused, without_credentials

ANSWER_SECONDS = 3.0
PING_SECONDS = 10.0
"""A connection on which nothing came for so long is asked whether it still is one."""

_REFUSALS = (AuthenticationError, AuthorizationError, NoPermissionError)
_LOOK_SECONDS = 0.5
_QUIET_LOOKS = round(PING_SECONDS / _LOOK_SECONDS)
_SILENT_LOOKS = round(ANSWER_SECONDS / _LOOK_SECONDS)


class RedisLink:
    """One node's link to a Redis server."""

    name = "redis"

    def __init__(self, channel: str, url: str) -> None:
        """Say where to connect.

        Raises:
            Invalid: the address cannot be understood (SG-NOTICE-007).
        """
        self._channel = channel
        self._url = url
        self.broker = without_credentials(url)
        self._is_closed = threading.Event()
        self._lock = threading.Lock()
        self._received: Received | None = None
        self._running: tuple[Redis, PubSub] | None = None
        try:
            self._client().close()
        except ValueError as cause:
            raise not_an_address(self.name, self.broker, cause) from cause

    def open(self, received: Received) -> None:
        """Connect and subscribe."""
        self._received = received
        self._is_closed.clear()
        client = self._client()
        listening = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        with self._lock:
            assert self._running is None, "a link is opened once at a time"
            self._running = client, listening
        try:
            client.ping()
            listening.subscribe(self._channel)
        except (RedisError, OSError) as cause:
            raise self._fault(cause) from cause

    def hold(self) -> None:
        """Hand on what comes; ask in a long silence whether the server is still there."""
        running, received = self._running, self._received
        if running is None or received is None:
            return  # closed meanwhile
        _, listening = running
        quiet = 0
        while not self._is_closed.is_set():
            try:
                message = listening.get_message(timeout=_LOOK_SECONDS)
                quiet = 0 if message is not None else quiet + 1
                if quiet == _QUIET_LOOKS:
                    listening.ping()
            except (RedisError, OSError, ValueError) as cause:
                if self._is_closed.is_set():
                    return
                raise self._fault(cause) from cause
            if quiet > _QUIET_LOOKS + _SILENT_LOOKS:
                raise self._fault("it has fallen silent")
            if message is not None and message["type"] == "message":
                received(message["data"])

    def send(self, message: bytes) -> None:
        """Publish to the channel."""
        running = self._running
        if running is None:
            raise away(self.name, self.broker, "not connected")
        client, _ = running
        try:
            client.publish(self._channel, message)
        except (RedisError, OSError) as cause:
            raise self._fault(cause) from cause

    def close(self) -> None:
        """Disconnect; `hold` returns at its next look."""
        self._is_closed.set()
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        client, listening = running
        try:
            listening.close()
            client.close()
        except (RedisError, OSError):
            pass  # there is nothing left to save

    def leave(self) -> None:
        """Nothing of a node stays here."""

    def _client(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # the transport does that, with jitter, and tells of it
        )

    def _fault(self, cause: object) -> SkygarthError:
        is_refusal = isinstance(cause, _REFUSALS)
        return (refused if is_refusal else away)(self.name, self.broker, cause)
