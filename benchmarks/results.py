"""What a benchmark found, and whether it is what we want of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """Something we want to hold.

    Attributes:
        wanted: in words, such as "at least 0.5 of raw apsw".
        found: the figure, in words.
        met: whether it holds; None where a busy machine leaves that open.
    """

    wanted: str
    found: str
    met: bool | None


@dataclass(frozen=True)
class Finding:
    """One table of the report.

    Attributes:
        title: what was measured.
        how: one or two sentences for whoever wants to know exactly.
        columns: headings; the first column names who or what.
        rows: texts, as they are shown.
    """

    title: str
    how: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    reaches: Sequence[Reach] = ()


def at_least(wanted: float, found: float, of: str) -> Reach:
    """A ratio that should not be less."""
    return Reach(f"at least {wanted:g} × {of}", f"{found:.2f}", found >= wanted)


def rate(per_second: float) -> str:
    """A rate as a person reads it."""
    return f"{per_second:,.0f}"


def milliseconds(seconds: float) -> str:
    """A short time as a person reads it."""
    return f"{seconds * 1000:,.1f} ms"


def megabytes(size: float) -> str:
    """A size in bytes as a person reads it."""
    return f"{size / 1e6:,.1f} MB"
