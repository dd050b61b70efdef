"""What links have in common whose libraries know only asyncio: one client in one loop's thread.

Opening gives the client a thread and its loop; closing takes both away, so that
nothing of a broken connection lives on in the next one. `hold` waits for why it
ended: a fault that the library told of, or nothing where we closed it.
"""

from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from skygarth.model.errors import SkygarthError
from skygarth.notices.link import away
from skygarth.notices.loop_thread import LoopThread

Client = TypeVar("Client")
Ends = queue.SimpleQueue[SkygarthError | None]


class LoopLink(ABC, Generic[Client]):
    """One connection at a time of one client.

    Attributes:
        broker: where it is, for people.
    """

    name: str
    broker: str

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: tuple[LoopThread, Client] | None = None
        self._ends: Ends = queue.SimpleQueue()

    def hold(self) -> None:
        """Messages are handed on by the loop; wait until that ends."""
        fault = self._ends.get()
        if fault is not None:
            raise fault

    def close(self) -> None:
        """Disconnect, end the loop."""
        with self._lock:
            running, self._running = self._running, None
        self._ends.put(None)
        if running is None:
            return
        thread, client = running
        try:
            self._disconnect(thread, client)
        finally:
            thread.close()

    def leave(self) -> None:
        """Nothing of a node stays here."""

    @abstractmethod
    def _disconnect(self, thread: LoopThread, client: Client) -> None:
        """Let the client go; never raises."""

    def _begin(self) -> Ends:
        """A new connection begins; what it puts here is why it ended."""
        self._ends = queue.SimpleQueue()
        return self._ends

    def _run_with(self, thread: LoopThread, client: Client) -> None:
        """This client is the connection from now on."""
        with self._lock:
            assert self._running is None, "a link is opened once at a time"
            self._running = thread, client

    def _connection(self) -> tuple[LoopThread, Client]:
        """The thread and the client.

        Raises:
            Unavailable: there is no connection.
        """
        running = self._running
        if running is None:
            raise away(self.name, self.broker, "not connected")
        return running
