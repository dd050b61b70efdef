"""Whether edits pile up on a node faster than they leave it.

A count alone does not tell: a busy node always has some edits under way, and
they are gone a moment later. What needs a person is a pile that has not once
been cleared for a minute and is higher than it was then.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

GROWING_SECONDS = 60.0
SAMPLES_MAX = 600


@dataclass(frozen=True, slots=True)
class Growth:
    """A pile that grows.

    Attributes:
        count: edits that wait.
        more: than `seconds` ago.
    """

    count: int
    more: int
    seconds: float


class UnpublishedWatch:
    """Remembers how many edits waited since there last were none."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES_MAX)

    def look(self, now: float, count: int) -> Growth | None:
        """Take note of how many wait.

        Args:
            now: seconds on a clock that never goes back.

        Returns:
            How the pile grew, or None as long as that tells nothing.
        """
        assert count >= 0
        if not count or (self._samples and count < self._samples[-1][1]):
            self._samples.clear()  # something was published: the node gets on
        if not count:
            return None
        if not self._samples or self._samples[-1][0] + 1.0 <= now:
            self._samples.append((now, count))
        since, then = self._samples[0]
        if now - since < GROWING_SECONDS or count <= then:
            return None
        return Growth(count, count - then, now - since)
