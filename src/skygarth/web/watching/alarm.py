"""One alarm, and the words in which alarms are said."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

CLOCK_SECONDS_MAX = 2.0
"""Further off is told: stores date by whole seconds, and a request takes a while."""

SET_THE_CLOCK = "timedatectl set-ntp true"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs a person.

    Attributes:
        key: the same as long as the trouble lasts.
        command: what helps.
        grave: whether a node cannot go on as it should; otherwise it wants a look.
        nodes: names of those that it is about.
    """

    key: str
    sentence: str
    command: str
    grave: bool = True
    nodes: tuple[str, ...] = ()


def off(ahead_seconds: float) -> str:
    """How far a clock is off, such as ``3.2 s ahead of the bucket's``."""
    way = "ahead of" if ahead_seconds > 0 else "behind"
    seconds = abs(ahead_seconds)
    amount = f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    return f"{amount} {way} the bucket's"


def at_node(address: str) -> str:
    """Which node a command asks; quoted, since anybody may have written that address."""
    return f" --node {quote(address)}" if address else ""


def coarse(seconds: float) -> str:
    """A while, coarse enough that it does not change while one reads it."""
    if seconds < 55:
        return f"{max(1, seconds // 10) * 10:.0f} s"
    if seconds < 90:
        return "a minute"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours"
