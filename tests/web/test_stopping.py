"""The signal that ends what would otherwise stay open."""

from __future__ import annotations

import asyncio
import threading

from skygarth.web.stopping import StopSignal


def test_waiting_ends_when_another_thread_gives_the_signal() -> None:
    """Streams in an event loop wake at once, whoever gives the signal."""
    signal = StopSignal()

    async def wait() -> bool:
        waiting = asyncio.create_task(signal.wait(60))
        await asyncio.sleep(0)
        await asyncio.to_thread(signal.set)
        return await waiting

    assert asyncio.run(wait()) is True
    assert signal.is_set


def test_waiting_ends_by_itself_while_nobody_gives_the_signal() -> None:
    """After its time a wait returns, and says that nothing happened."""
    signal = StopSignal()

    assert asyncio.run(signal.wait(0.01)) is False
    assert not signal.is_set


def test_who_comes_late_does_not_wait() -> None:
    """Once given, the signal stays."""
    signal = StopSignal()
    threading.Thread(target=signal.set).run()

    assert asyncio.run(signal.wait(60)) is True
