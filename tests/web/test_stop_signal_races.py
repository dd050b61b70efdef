"""A signal to stop is heard whenever and wherever it comes: also at the worst moments."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType

from skygarth.web.stopping import StopSignal

LONG = 60.0
PATIENCE = 10.0


def test_a_signal_between_the_look_and_the_wait_is_heard() -> None:
    """A stream that was about to wait when the signal came does not sleep through it."""
    signal = StopSignal()
    signal._lock = _Interrupting(signal)  # type: ignore[assignment]

    assert asyncio.run(asyncio.wait_for(signal.wait(LONG), PATIENCE)) is True


def test_a_signal_handler_may_interrupt_whoever_holds_the_lock() -> None:
    """SIGTERM comes on the loop's own thread, perhaps while that thread holds the lock."""
    signal = StopSignal()

    def interrupted() -> None:
        with signal._lock:
            signal.set()

    thread = threading.Thread(target=interrupted, daemon=True)
    thread.start()
    thread.join(PATIENCE)

    assert not thread.is_alive()
    assert signal.is_set


def test_a_closed_loop_does_not_keep_others_from_waking() -> None:
    """A loop that ended without its streams is passed over, and the rest are woken."""
    signal = StopSignal()
    ended = asyncio.new_event_loop()
    signal._waiting.add((ended, asyncio.Event()))
    ended.close()

    async def stream() -> bool:
        waiting = asyncio.ensure_future(signal.wait(LONG))
        await asyncio.sleep(0)
        await asyncio.to_thread(signal.set)
        return await asyncio.wait_for(waiting, PATIENCE)

    assert asyncio.run(stream()) is True


class _Interrupting:
    """A lock; while somebody comes to it for the first time, the node begins to stop."""

    def __init__(self, signal: StopSignal) -> None:
        self._signal = signal
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._signal._is_set.set()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
