"""Threads that wait for the bucket, so that nobody else has to.

They are daemons: a request that hangs must not keep a process from ending.
What it may have done is found out at the next start (REP-12).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class RequestThreads:
    """A fixed number of threads that take jobs in order."""

    def __init__(self, count: int, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._count = count
        for number in range(count):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def submit(self, job: Callable[[], None]) -> None:
        """Have a job done by the next free thread; it must not raise."""
        self._jobs.put(job)

    def close(self) -> None:
        """Let every thread end after its current job."""
        for _ in range(self._count):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def ahead_in_threads(
    threads: RequestThreads, ahead: int
) -> Callable[[Callable[[Item], Result], Iterable[Item]], Iterator[Result]]:
    """A `map` that runs some calls ahead of its reader; results come in order.

    At most `ahead` results wait at a time, which bounds the memory they take.
    """

    def mapped(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        waiting: list[queue.SimpleQueue[Result | BaseException]] = []
        source = iter(items)
        while True:
            while len(waiting) < ahead and (item := next(source, _END)) is not _END:
                answer: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
                waiting.append(answer)
                threads.submit(_answering(function, item, answer))  # type: ignore[arg-type]
            if not waiting:
                return
            result = waiting.pop(0).get()
            if isinstance(result, BaseException):
                raise result
            yield result

    return mapped


_END = object()


def _answering(
    function: Callable[[Item], Result],
    item: Item,
    answer: queue.SimpleQueue[Result | BaseException],
) -> Callable[[], None]:
    """A job that hands over what a call gives, or what it raises."""

    def job() -> None:
        try:
            answer.put(function(item))
        except BaseException as fault:  # noqa: BLE001 - handed to the reader, who raises it
            answer.put(fault)

    return job
