"""Of each kind of request one may be under way at a time; its answer makes room for the next."""

from __future__ import annotations

from collections.abc import Iterator

from skygarth.replication.instructions import Instruction


class Asking:
    """What was asked of the bucket and is not answered yet."""

    def __init__(self) -> None:
        self._under_way: set[type] = set()

    def __contains__(self, kind: type) -> bool:
        """Whether a request of this kind is under way."""
        return kind in self._under_way

    def ask(self, instruction: Instruction) -> Iterator[Instruction]:
        """The request, unless one of its kind is under way."""
        if type(instruction) not in self._under_way:
            self._under_way.add(type(instruction))
            yield instruction

    def answered(self, kind: type) -> None:
        """The request of this kind was answered, or failed."""
        self._under_way.discard(kind)
