"""An event loop in a thread of its own, for brokers whose libraries know only asyncio.

The rest of a node is plain threads. A link starts one of these when it opens and
ends it when it closes, so that nothing of a broken connection lives on in the
next one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as Overdue
from typing import TypeVar

Result = TypeVar("Result")


class LoopThread:
    """A loop that runs until `close`."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[object, object, Result], seconds: float) -> Result:
        """Do something in the loop and wait for it.

        Raises:
            TimeoutError: it took longer; it is cancelled.
            RuntimeError: the loop was closed meanwhile, or before.
        """
        assert threading.current_thread() is not self._thread, "the loop would wait for itself"
        with self._lock:
            if self._is_closing:
                work.close()
                raise RuntimeError("the connection was closed")
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(seconds)
        except CancelledError as closed:
            raise RuntimeError("the connection was closed") from closed
        except Overdue as late:
            future.cancel()
            raise TimeoutError(f"not within {seconds:g} s") from late

    def close(self) -> None:
        """End the loop and whatever still runs in it."""
        with self._lock:
            if self._is_closing:
                return
            self._is_closing = True
            self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=1)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            rest = asyncio.all_tasks(self.loop)
            for task in rest:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        finally:
            self.loop.close()
