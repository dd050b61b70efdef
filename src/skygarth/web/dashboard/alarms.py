"""What needs a person, worst first: one sentence each, and the command that helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skygarth.node.membership import Member
from skygarth.node.running import RunningNode
from skygarth.node.status import SyncStatus
from skygarth.web.disk_room import bucket_fault, disk_room


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs a person.

    Attributes:
        grave: whether the node cannot go on as it should; otherwise it wants a look.
        command: what helps.
    """

    sentence: str
    command: str
    grave: bool = True


def alarms_of(
    node: RunningNode, status: SyncStatus, members: Iterable[Member], conflicts: int
) -> list[Alarm]:
    """All that needs a person, as this node sees it.

    Args:
        members: the nodes of the cloud, without those whose place another took.
        conflicts: how many are not settled.
    """
    found = [
        *_of_the_machine(node, status),
        *_of_replication(node, status),
        *_of_others(node, members),
    ]
    if conflicts:
        what = "1 conflict waits" if conflicts == 1 else f"{conflicts} conflicts wait"
        found.append(Alarm(f"{what} for a decision", "skygarth conflict list", grave=False))
    return sorted(found, key=lambda alarm: not alarm.grave)


def _of_the_machine(node: RunningNode, status: SyncStatus) -> Iterator[Alarm]:
    room = disk_room(node, status)
    folder = Path(str(node.database.path)).parent
    if room.free_bytes is None:
        yield Alarm(
            f"The data folder of {node.name} is gone: start the node again, and it fills itself",
            f"skygarth run --data {folder}",
        )
    elif room.fault:
        yield Alarm(f"On {node.name} {room.fault}", "skygarth status")
    if not status.clock_trusted:
        seconds = status.clock_offset_ms / 1000
        yield Alarm(
            f"The clock of {node.name} is {seconds:.0f} s off: it publishes nothing until then",
            "skygarth sync status",
        )


def _of_replication(node: RunningNode, status: SyncStatus) -> Iterator[Alarm]:
    at = f" --node {node.traits.address}" if node.traits.address else ""
    if status.state == "halted":
        yield Alarm(f"Replication has stopped: {status.last_error}", f"skygarth sync status{at}")
    elif status.paused:
        yield Alarm(
            f"{node.name} is cut off on purpose; it serves and takes writes",
            f"skygarth sync resume{at}",
            grave=False,
        )
    elif fault := bucket_fault(status):
        yield Alarm(
            f"{fault[0].upper()}{fault[1:]}; {node.name} serves and takes writes meanwhile",
            f"skygarth doctor bucket {status.bucket}",
        )
    for peer in status.peers:
        if peer.quarantined is not None:
            sequence, _, reason = peer.quarantined
            yield Alarm(
                f"The log of {peer.name} is not read on from segment {sequence}: {reason}",
                f"skygarth sync quarantine --release {peer.incarnation}{at}",
            )
    if node.state == "lagging":
        yield Alarm(
            f"{node.name} is {node.lag_seconds():.0f} s behind, and takes no traffic meanwhile",
            f"skygarth sync status{at}",
        )


def _of_others(node: RunningNode, members: Iterable[Member]) -> Iterator[Alarm]:
    for member in members:
        if member.state == "silent" and member.card.incarnation != node.incarnation:
            minutes = round(member.age_seconds / 60)
            yield Alarm(
                f"{member.card.name} has said nothing for {minutes} minutes",
                "skygarth node list",
                grave=False,
            )
