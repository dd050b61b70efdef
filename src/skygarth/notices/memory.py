"""Notices between nodes of one process: what an application's tests and a small demo need.

Like a bucket in memory (``memory://``) it is shared by name. It is a whole
broker, which can be stopped and started like any other.
"""

from __future__ import annotations

import queue
import threading

from skygarth.notices.link import Received, away


class MemoryBroker:
    """Carries every message to all links of its channel, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channels: dict[str, list[MemoryLink]] = {}
        self._is_running = True

    def start(self) -> None:
        """Take links again."""
        with self._lock:
            self._is_running = True

    def stop(self) -> None:
        """End every link, and take none."""
        with self._lock:
            links = [link for links in self._channels.values() for link in links]
            self._channels.clear()
            self._is_running = False
        for link in links:
            link.end(by_broker=True)

    def publish(self, channel: str, message: bytes) -> bool:
        """Give a message to all who listen; False while the broker is stopped."""
        with self._lock:
            links = list(self._channels.get(channel, ()))
            running = self._is_running
        for link in links:
            link.deliver(message)
        return running

    def join(self, channel: str, link: MemoryLink) -> bool:
        """Let a link listen; False while the broker is stopped."""
        with self._lock:
            if self._is_running:
                self._channels.setdefault(channel, []).append(link)
            return self._is_running

    def leave(self, channel: str, link: MemoryLink) -> None:
        """Let a link listen no more."""
        with self._lock:
            links = self._channels.get(channel, [])
            if link in links:
                links.remove(link)


PROCESS_BROKER = MemoryBroker()
"""The broker of this process."""


class MemoryLink:
    """One node's link to a broker in memory."""

    name = "memory"
    broker = "this process"

    def __init__(self, channel: str, broker: MemoryBroker = PROCESS_BROKER) -> None:
        self._channel = channel
        self._broker = broker
        self._messages: queue.SimpleQueue[bytes | bool] = queue.SimpleQueue()
        self._received: Received | None = None

    def open(self, received: Received) -> None:
        """Listen."""
        self._received = received
        self._messages = queue.SimpleQueue()
        if not self._broker.join(self._channel, self):
            raise away(self.name, self.broker, "it was stopped")

    def hold(self) -> None:
        """Hand on what comes, until one side ends it."""
        assert self._received is not None
        while not isinstance(message := self._messages.get(), bool):
            self._received(message)
        if message:
            raise away(self.name, self.broker, "it was stopped")

    def send(self, message: bytes) -> None:
        """Give a message to all who listen, ourselves included."""
        if not self._broker.publish(self._channel, message):
            raise away(self.name, self.broker, "it was stopped")

    def close(self) -> None:
        """Listen no more."""
        self._broker.leave(self._channel, self)
        self.end(by_broker=False)

    def leave(self) -> None:
        """Nothing of a node stays here."""

    def deliver(self, message: bytes) -> None:
        """A message has come."""
        self._messages.put(message)

    def end(self, *, by_broker: bool) -> None:
        """Let `hold` return, or raise where the broker ended it."""
        self._messages.put(by_broker)
