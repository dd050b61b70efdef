"""Which cards count, and how far logs reach."""

from __future__ import annotations

from dataclasses import replace

from tests.web.watching.clouds import HERE, A, another, facts, identity, peer_of

from skygarth.node.membership import Member
from skygarth.web.watching.facts import current_members


def test_a_node_that_came_back_takes_its_old_place() -> None:
    """A node with a new identity at an old address replaces the card of the old one."""
    older = Member(replace(HERE.card, incarnation=identity(1), started_ms=1), 500.0)
    other = another("b")

    assert current_members([older, HERE, other]) == [HERE, other]
    assert current_members([HERE, older]) == [HERE]


def test_logs_reach_as_far_as_they_are_known() -> None:
    """One's own as far as it was published."""
    b = another("b", 11)

    assert facts(b, sync={"peers": (peer_of(b, reaches=7),)}).known == {A: 10, identity(11): 7}
