"""That the node is about to stop, for those who hold a connection open.

An event stream that nobody ends would keep the server from ending (uvicorn waits
for it), and with it the node's last flush.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress


class StopSignal:
    """Set once, from any thread or signal handler; awaited by streams."""

    def __init__(self) -> None:
        self._is_set = threading.Event()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = threading.RLock()  # a signal handler may interrupt whoever holds it

    @property
    def is_set(self) -> bool:
        """Whether the node is stopping."""
        return self._is_set.is_set()

    def set(self) -> None:
        """Wake every stream."""
        self._is_set.set()
        with self._lock:
            waiting = list(self._waiting)
        for loop, event in waiting:
            with suppress(RuntimeError):  # the loop is closed, and its streams with it
                loop.call_soon_threadsafe(event.set)

    async def wait(self, seconds: float) -> bool:
        """Wait so long, or until the node stops; whether it stops."""
        if self.is_set:
            return True
        event = asyncio.Event()
        entry = (asyncio.get_running_loop(), event)
        with self._lock:
            self._waiting.add(entry)
        if self._is_set.is_set():  # since we looked, and perhaps before we could be seen
            event.set()
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return self.is_set
        finally:
            with self._lock:
                self._waiting.discard(entry)
        return True
