"""What befalls a simulated cloud between two edits."""

from __future__ import annotations

from collections.abc import Callable

import apsw

from skygarth.clock.chance import Chance
from skygarth.formats.segment import (
    SegmentHeader,
    decode_segment,
    decode_segment_header,
    encode_segment,
)
from skygarth.model.position import Position
from skygarth.replication import events as ev
from skygarth.testing.simulated_cloud import SimulatedCloud
from skygarth.testing.simulated_node import SimulatedNode
from skygarth.testing.weather import Fault

NODES_MAX = 7
DAY_MS = 86_400_000
SKEW_MS_MAX = 20_000
TROUBLE_MS_MAX = 100_000
"""How long an outage, a cut or a wrong clock lasts at most."""


def happen(cloud: SimulatedCloud, fault: Fault) -> None:
    """Let one of the weather's events happen, if it can."""
    nodes = cloud.running
    if not nodes:
        return
    node = nodes[_below(cloud.chance, len(nodes))]
    if _EVENTS[fault](cloud, node):
        cloud.strike(fault)
        cloud.tell_story(node.name, f"suffers: {fault}")


def _below(chance: Chance, limit: int) -> int:
    return int(chance.uniform(0, limit))


def _outage(cloud: SimulatedCloud, _node: SimulatedNode) -> bool:
    """Nobody reaches the bucket for some minutes."""
    cloud.outage_until_us = cloud.agenda.now_us + round(
        cloud.chance.uniform(1_000, TROUBLE_MS_MAX) * 1_000
    )
    return True


def _cut(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """One node does not reach the bucket."""

    def heal() -> None:
        node.is_cut = False

    node.is_cut = True
    cloud.agenda.plan(cloud.chance.uniform(1_000, TROUBLE_MS_MAX), heal)
    return True


def _clone(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A node's disk is copied to another host; both run."""
    return _copy(cloud, node, "")


def _twin(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A virtual machine is copied whole: the copy cannot know that it is one."""
    return _copy(cloud, node, node.fingerprint)


def _copy(cloud: SimulatedCloud, node: SimulatedNode, fingerprint: str) -> bool:
    if len(cloud.living) >= NODES_MAX:
        return False
    copy = cloud.add_node(backup=node.back_up(), fingerprint=fingerprint)
    cloud.tell_story(copy.name, f"is a copy of {node.name}")
    cloud.start(copy)
    return True


def _rollback(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A backup is made; the next time, it is restored."""
    if node.kept_backup is None:
        node.kept_backup = node.back_up()
        cloud.tell_story(node.name, "is backed up")
        return False
    node.stop("its backup is restored")
    if _below(cloud.chance, 2):
        node.fingerprint += "'"  # a restored file has another inode
    node.restore(node.kept_backup)
    node.kept_backup = None
    cloud.start(node)
    return True


def _skew(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A clock is set, within the bound."""
    node.clock.skew_ms = round(cloud.chance.uniform(-SKEW_MS_MAX, SKEW_MS_MAX))
    return True


def _wrong(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A clock is a day off, and mended later."""

    def mend() -> None:
        node.clock.skew_ms = round(cloud.chance.uniform(-1_000, 1_000))
        cloud.tell_story(node.name, "has its clock mended")

    node.clock.skew_ms = DAY_MS if _below(cloud.chance, 2) else -DAY_MS
    cloud.agenda.plan(cloud.chance.uniform(1_000, TROUBLE_MS_MAX), mend)
    return True


def _poison(cloud: SimulatedCloud, _node: SimulatedNode) -> bool:
    """The next segment is damaged where it lies."""
    return _spoil_once(cloud, damaged)


def _absurd(cloud: SimulatedCloud, _node: SimulatedNode) -> bool:
    """The next segment is well-formed and speaks of an object that nobody knows."""
    return _spoil_once(cloud, unmergeable)


def _spoil_once(cloud: SimulatedCloud, spoil: Callable[[bytes], bytes]) -> bool:
    if cloud.spoilt or cloud.spoil_next is not None:
        return False
    cloud.spoil_next = spoil
    return True


def damaged(body: bytes) -> bytes:
    """An object with one byte changed."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


def unmergeable(body: bytes) -> bytes:
    """A segment that also edits an object which was never created."""
    header = decode_segment_header(body)
    segment = decode_segment(body, expected=header.position, repository=header.repository)
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", segment.image)
    for (name,) in connection.execute("SELECT name FROM schema").fetchall():
        connection.execute(
            f'INSERT INTO "o_{name}"(guid, stamp, whole, _revision) VALUES(?, ?, 0, 1)',
            (b"never created !!", header.stamp_max),
        )
    image = connection.serialize("main")
    connection.close()
    members = {name: getattr(header, name) for name in SegmentHeader.__slots__}
    return encode_segment(SegmentHeader(**members | {"image_bytes": len(image)}), image)


def _rumour(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A notice speaks of segments that do not exist."""
    positions = sorted(cloud.bucket.segments)
    if not positions:
        return False
    last = positions[_below(cloud.chance, len(positions))]
    rumoured = Position(last.incarnation, last.sequence + 1 + _below(cloud.chance, 3))
    cloud.guarded(node, lambda: node.tell(ev.NoticeHeard(rumoured)))
    return True


def _join(cloud: SimulatedCloud, _node: SimulatedNode) -> bool:
    """A new node comes, with an empty disk."""
    if len(cloud.living) >= NODES_MAX:
        return False
    cloud.start(cloud.add_node())
    return True


def _leave(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A node is lost with its disk."""
    if len(cloud.running) <= 2 or cloud.is_tainted(node):
        return False
    node.stop("it is lost for good")
    node.is_lost = True
    return True


def _snapshot(cloud: SimulatedCloud, node: SimulatedNode) -> bool:
    """A node writes a snapshot."""
    if cloud.is_tainted(node):
        return False
    taken = cloud.guarded(node, node.take_snapshot)
    return taken is not None


_EVENTS: dict[Fault, Callable[[SimulatedCloud, SimulatedNode], bool]] = {
    Fault.OUTAGE: _outage,
    Fault.CUT: _cut,
    Fault.CLONE: _clone,
    Fault.TWIN: _twin,
    Fault.ROLLBACK: _rollback,
    Fault.CLOCK_SKEW: _skew,
    Fault.CLOCK_WRONG: _wrong,
    Fault.POISON: _poison,
    Fault.ABSURD: _absurd,
    Fault.RUMOUR: _rumour,
    Fault.JOIN: _join,
    Fault.LEAVE: _leave,
    Fault.SNAPSHOT: _snapshot,
}
