"""Threads that wait for the bucket, and results that come in order."""

from __future__ import annotations

import threading

import pytest

from skygarth.node.requests import RequestThreads, ahead_in_threads


def test_jobs_are_done() -> None:
    """Whatever is submitted is done by some thread."""
    threads, done = RequestThreads(2, "test"), threading.Event()

    threads.submit(done.set)

    assert done.wait(5)
    threads.close()


def test_results_come_in_order_however_long_each_takes() -> None:
    """The first item's result is handed over first, even if a later one is ready before."""
    threads, second_is_done = RequestThreads(2, "test"), threading.Event()

    def work(item: int) -> int:
        if item == 1:
            assert second_is_done.wait(5)
        else:
            second_is_done.set()
        return item * 10

    assert list(ahead_in_threads(threads, 2)(work, [1, 2, 3])) == [10, 20, 30]
    threads.close()


def test_no_more_run_ahead_than_allowed() -> None:
    """Memory is bounded: at most so many results wait for their reader."""
    threads = RequestThreads(4, "test")
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        return item

    results = ahead_in_threads(threads, 2)(work, range(10))

    assert next(results) == 0
    assert len(begun) <= 3
    assert list(results) == list(range(1, 10))
    threads.close()


def test_a_failure_reaches_the_reader() -> None:
    """What a call raises is raised where its result is read."""
    threads = RequestThreads(1, "test")

    def fail(_item: int) -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(ahead_in_threads(threads, 1)(fail, [1]))
    threads.close()
