"""Clouds put together for tests: facts of any size and in any trouble, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from skygarth.bucket.port import Bucket
from skygarth.clock.port import Clock
from skygarth.formats.records import Card
from skygarth.model.position import Incarnation
from skygarth.node.membership import Member, Membership, Signer
from skygarth.node.status import CostStatus, PeerStatus, SyncStatus
from skygarth.web.disk_room import DiskRoom
from skygarth.web.watching.facts import CloudFacts, OwnFacts

A = Incarnation("a" * 32)
SYNC = SyncStatus(
    state="steady",
    bucket="s3://acme/site",
    bucket_reachable=True,
    unpublished=0,
    sequence=10,
    peers=(),
    clock_offset_ms=3,
    clock_trusted=True,
    last_error="",
    paused=False,
    last_progress_seconds=0.1,
)
COST = CostStatus({"put": 10, "get": 20, "list": 5, "delete": 0}, 1000, 2000, 0.01, 12.5, 3600, 1)
OWN = OwnFacts(
    name="a",
    incarnation=A,
    state="ready",
    address="http://10.0.0.1:8000",
    data_folder="/var/lib/skygarth",
    sync=SYNC,
    disk=DiskRoom(10 << 30, ""),
    cost=COST,
)
CARD = Card(
    incarnation=A,
    name="a",
    address="http://10.0.0.1:8000",
    pools=("web",),
    versions={"skygarth": "0.1.0"},
    state="ready",
    started_ms=1_000_000,
    written_ms=2_000_000,
    lag_seconds=0.0,
    vector={A: 10},
    every_seconds=60.0,
)
HERE = Member(CARD, 0.0)


def identity(number: int) -> Incarnation:
    """The incarnation of the node of that number."""
    return Incarnation(f"{number:032x}")


def another(name: str = "b", number: int = 11, /, **changes: Any) -> Member:  # fields of a card
    """Another node of the cloud, well unless told otherwise; it has applied all of a's log."""
    of_member = {key: changes.pop(key) for key in ("age_seconds", "trusted") if key in changes}
    ahead = changes.pop("clock_ahead_seconds", 0.1)
    card = replace(
        CARD,
        incarnation=identity(number),
        name=name,
        address=f"http://10.0.0.{number}:8000",
        **changes,
    )
    told = {"age_seconds": 5.0, **of_member}
    return Member(card, clock_ahead_seconds=ahead, **told)


def peer_of(member: Member, *, reaches: int = 0) -> PeerStatus:
    """How far node a has come with the log of another: all of it."""
    card = member.card
    return PeerStatus(card.incarnation, card.name, reaches, reaches, 0.0, 0, None)


def facts(
    *others: Member, own: OwnFacts = OWN, sync: dict[str, object] | None = None, **changes: object
) -> CloudFacts:
    """What node a knows, itself well unless told otherwise.

    Args:
        sync: what differs in the status of its replication.
    """
    own = replace(own, sync=replace(own.sync, **(sync or {})))  # type: ignore[arg-type]
    members = [replace(HERE, card=replace(CARD, state=own.state)), *others]
    return CloudFacts(own=own, members=members, **changes)  # type: ignore[arg-type]


POOLS = ("web", "web", "web", "search", "media")


def publish_cards(
    bucket: Bucket,
    clock: Clock,
    count: int,
    *,
    signer: Signer | None = None,
    troubles: Sequence[dict[str, object]] = (),
    vector: dict[Incarnation, int] | None = None,
) -> list[Card]:
    """Have so many nodes publish their cards, each as a node does it.

    Args:
        troubles: what differs on the first of the cards.
        vector: what all of them have applied.
    """
    cards = []
    for number in range(count):
        pool = POOLS[number % len(POOLS)]
        card = replace(
            CARD,
            incarnation=identity(1000 + number),
            name=f"{pool}-{number // len(POOLS) + 1}{'abc'[number % 3] if pool == 'web' else ''}",
            address=f"http://10.0.1.{number}:8000",
            pools=(pool, "jobs") if number % 9 == 8 else (pool,),
            vector=vector or {},
            started_ms=clock.now_ms() - 5_000_000,
            written_ms=clock.now_ms(),
            load=number % 4 / 2,
            requests_per_second=round(number * 7.3 % 40, 1),
            every_seconds=600.0,
        )
        if number < len(troubles):
            card = replace(card, **troubles[number])  # type: ignore[arg-type]
        Membership(bucket, clock, lambda card=card: card, signer=signer).publish(every_seconds=0)  # type: ignore[misc]
        cards.append(card)
    return cards
