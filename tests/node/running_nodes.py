"""Whole nodes within this process: real threads on a bucket in memory, and no HTTP."""

from __future__ import annotations

from pathlib import Path

from skygarth.bucket.metered import Meter, MeteredBucket
from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance
from skygarth.clock.guid_maker import GuidMaker
from skygarth.clock.wall_clock import WallClock
from skygarth.node.local_database import open_local_database
from skygarth.node.running import RunningNode
from skygarth.node.traits import NodeTraits
from skygarth.replication.timing import Timing
from skygarth.repository import Repository
from skygarth.sample import Article, Section

QUICK = Timing(
    window_ms_min=5,
    window_ms_max=50,
    poll_ms_min=10,
    poll_ms_news=20,
    poll_ms_max=20,
    list_ms=200,
    list_ms_max=200,
    retry_ms_min=20,
    retry_ms_max=100,
)


def node_on(
    bucket: Bucket, data: Path, *, allow_unconditional: bool = False, timing: Timing = QUICK
) -> RunningNode:
    """A node that has not been started."""
    clock, chance, meter = WallClock(), Chance(), Meter()
    local = open_local_database(data, clock=clock, chance=chance)
    repository = Repository(local.database, guids=GuidMaker(clock, chance))
    repository.register(Section, Article)
    traits = NodeTraits(
        name=data.name,
        address=f"http://{data.name}",
        timing=timing,
        card_seconds=0.2,
        allow_unconditional=allow_unconditional,
    )
    metered = MeteredBucket(bucket, meter)
    return RunningNode(traits, local, repository, metered, meter, clock, chance)


def write(node: RunningNode, name: str, title: str = "") -> Article:
    """Create an article."""
    with node.repository.transaction(f"write {name}") as tx:
        return tx.create(Article(name=name, title=title or name))
