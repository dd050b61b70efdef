"""How much to measure: enough for figures that hold, or just enough to see that all works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Effort:
    """The sizes of a run.

    Attributes:
        folder: empty, on the disk that is measured.
        rounds: of each contender.
        batched: objects a round, a thousand a commit.
        singles: objects a round, one a commit; and gets.
        merged: objects that a merge brings.
        edits: commits whose way to the other node is timed.
        populated: objects that an empty node loads.
    """

    folder: Path
    rounds: int = 9
    batched: int = 10_000
    singles: int = 2_000
    merged: int = 100_000
    edits: int = 300
    populated: int = 200_000

    @classmethod
    def quick(cls, folder: Path) -> Effort:
        """Under a minute for all."""
        return cls(folder, 3, 5_000, 500, 20_000, 12, 20_000)
