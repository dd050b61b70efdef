"""The words in which alarms are said."""

from __future__ import annotations

import shlex

from skygarth.web.watching.alarm import at_node, coarse, off


def test_a_clock_is_told_with_its_way() -> None:
    """Ahead and behind are mended alike, and are looked for in different places."""
    assert off(3.21) == "3.2 s ahead of the bucket's"
    assert off(-600) == "10 minutes behind the bucket's"


def test_a_while_is_told_coarsely() -> None:
    """A sentence that changes each second is read aloud each second."""
    assert [coarse(s) for s in (5, 89, 200, 9_000)] == [
        "10 s",
        "a minute",
        "3 minutes",
        "2 hours",
    ]


def test_an_address_stays_one_word() -> None:
    """Whoever wrote it."""
    assert shlex.split(at_node("http://c; reboot")) == ["--node", "http://c; reboot"]
    assert at_node("") == ""
