"""Whether the disk has room for what a node writes; a full one looks like many other faults.

A merge, a publication and a snapshot all end in a write to the node's own database.
Where that fails, the bucket is well, and so is the network: people look there in
vain. So the disk is looked at by itself, and what replication met is told as the
disk's fault where it was one (a quota is met before the disk is full).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from skygarth.node.running import RunningNode
from skygarth.node.status import SyncStatus

FREE_BYTES_MIN = 64 << 20
NOTHING_BYTES = 1 << 20
_WRITE_FAULT = "SG-DATABASE-005"
_BUCKET_FULL = "SG-BUCKET-010"


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """The disk on which a node's database lies.

    Attributes:
        free_bytes: None if the data folder is gone.
        fault: what is wrong and what helps, one sentence; empty if nothing is.
    """

    free_bytes: int | None
    fault: str

    @property
    def detail(self) -> str:
        """One sentence, whether all is well or not."""
        return self.fault or f"{_mib(self.free_bytes or 0)} free"


def disk_room(node: RunningNode, status: SyncStatus) -> DiskRoom:
    """How much room a node's disk has, and what replication says about writing to it."""
    folder = Path(str(node.database.path)).parent
    if not Path(str(node.database.path)).exists():
        return DiskRoom(None, "the data folder is gone: start the node again, and it fills itself")
    free = shutil.disk_usage(folder).free
    if free >= FREE_BYTES_MIN and not is_write_fault(status):
        return DiskRoom(free, "")
    if free >= FREE_BYTES_MIN:
        fault = f"the database cannot be written at {folder}: {status.last_error}"
    elif is_write_fault(status) or free < NOTHING_BYTES:
        fault = f"the disk is full: {_mib(free)} free at {folder}"
    else:
        fault = f"the disk is almost full: {_mib(free)} free at {folder}"
    return DiskRoom(free, f"{fault}. Make room; nothing is lost, the node goes on by itself")


def is_write_fault(status: SyncStatus) -> bool:
    """Whether what replication met is the fault of this node's disk, not of the bucket."""
    return status.last_error.startswith(_WRITE_FAULT)


def is_bucket_well(status: SyncStatus) -> bool:
    """Whether the bucket does what is asked of it, as far as this node can tell."""
    return status.bucket_reachable or is_write_fault(status)


def bucket_fault(status: SyncStatus) -> str:
    """What is wrong with the bucket; empty if nothing is."""
    if is_bucket_well(status):
        return ""
    if status.last_error.startswith(_BUCKET_FULL):
        return f"the bucket's disk is full: {status.last_error}"
    return f"the bucket does not answer: {status.last_error or 'no reason was given'}"


def _mib(size: int) -> str:
    return f"{size >> 20} MiB"
