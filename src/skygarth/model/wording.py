"""How values and names are worded in messages and declarations."""

from __future__ import annotations

import re

SHOWN_MAX = 60

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def shortened(value: object) -> str:
    """A value as a message shows it: never more than a line of it."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 64:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, str):
        value = value[: SHOWN_MAX + 1]
    shown = repr(value)
    return shown if len(shown) <= SHOWN_MAX else f"{shown[:SHOWN_MAX]}…"


def snake_case(name: str) -> str:
    """``BlogPost`` as ``blog_post``, ``HTMLPage`` as ``html_page``."""
    return _WORD_STARTS.sub("_", name).lower()
