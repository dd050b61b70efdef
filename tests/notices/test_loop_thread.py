"""A loop in a thread does what it is asked until it is closed."""

from __future__ import annotations

import asyncio

import pytest

from skygarth.notices.loop_thread import LoopThread


async def double(number: int) -> int:
    """Something to do."""
    return 2 * number


def test_it_does_what_it_is_asked() -> None:
    """And hands the result over."""
    thread = LoopThread("test")

    assert thread.run(double(2), 5) == 4
    thread.close()


def test_what_takes_too_long_is_given_up() -> None:
    """The caller goes on."""
    thread = LoopThread("test")
    with pytest.raises(TimeoutError):
        thread.run(asyncio.sleep(60), 0.01)
    thread.close()


def test_a_closed_loop_does_nothing_more() -> None:
    """It says so, and closing twice is closing once."""
    thread = LoopThread("test")
    thread.close()
    thread.close()

    with pytest.raises(RuntimeError, match="closed"):
        thread.run(double(2), 5)
