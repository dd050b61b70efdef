"""Only the dead are forgotten, and only where somebody can tell who is dead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.node.test_membership import CARD, KEYS, OTHER, AwayBucket, member

from skygarth.clock.manual_clock import ManualClock
from skygarth.model.errors import Conflict, NotFound, Unavailable
from skygarth.model.position import Incarnation
from skygarth.node.claims import Claims
from skygarth.node.cluster_key import ClusterSigner
from skygarth.node.forgetting import Forgotten, forget_nodes
from skygarth.node.membership import CARD_PURPOSE


class Cloud:
    """A node that forgets, and another that has a card."""

    def __init__(self, *, signer: ClusterSigner | None = None) -> None:
        self.clock = ManualClock(1_000_000)
        self.bucket = AwayBucket(self.clock.now_ms)
        self.claims = Claims(
            self.bucket,
            owner=lambda: CARD.incarnation,
            monotonic=self.clock.monotonic,
            nonce=lambda: "n",
        )
        self.membership = member(self.bucket, self.clock, CARD, signer)
        member(self.bucket, self.clock, OTHER).publish(every_seconds=0)
        self.membership.publish(every_seconds=0)

    def forget(self, which: str) -> Forgotten:
        """Forget whoever is called so."""
        return forget_nodes(which, self.membership, self.claims, own=CARD.incarnation)

    def wait(self, seconds: int) -> None:
        """Let time pass for everybody; only the node that forgets writes its card."""
        self.clock.advance_us(seconds * 1_000_000)
        self.membership.publish(every_seconds=0)


def test_a_killed_node_can_be_forgotten_once_it_is_silent() -> None:
    """By name or incarnation; before, it may be alive (MBR-10)."""
    cloud = Cloud()
    with pytest.raises(Conflict, match="alive"):
        cloud.forget("b")
    cloud.wait(156)
    forgotten = cloud.forget(OTHER.incarnation)

    assert [each.card.name for each in forgotten.nodes] == ["b"]
    with pytest.raises(NotFound):
        cloud.forget("b")


def test_without_the_bucket_nobody_is_dead() -> None:
    """What was known before may be wrong by now (MBR-10)."""
    cloud = Cloud()
    cloud.wait(156)
    cloud.membership.members()
    cloud.bucket.away = True

    with pytest.raises(Unavailable, match="who is alive"):
        cloud.forget("b")


def test_an_untrusted_card_is_forgotten_when_nobody_writes_it_any_more() -> None:
    """What it says of itself is worth nothing, its age is (MBR-10)."""
    cloud = Cloud(signer=KEYS.signer(CARD_PURPOSE))
    with pytest.raises(Conflict, match="untrusted"):
        cloud.forget("b")
    cloud.wait(156)

    assert [each.card.name for each in cloud.forget("b").nodes] == ["b"]


def test_one_does_not_forget_oneself() -> None:
    """Nor is one taken for a dead namesake (MBR-10)."""
    cloud = Cloud()
    namesake = replace(CARD, incarnation=Incarnation("c" * 32), state="left")
    with pytest.raises(Conflict):
        cloud.forget("a")
    member(cloud.bucket, cloud.clock, namesake).publish(every_seconds=0)

    assert [each.card.incarnation for each in cloud.forget("a").nodes] == ["c" * 32]
