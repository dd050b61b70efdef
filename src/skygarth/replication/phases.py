"""How far a node has come with its bucket, and what it asks in each phase.

::

    greeting ─▶ listing ─▶ [doubtful? proving ─▶ gone? comparing] ─▶ [identifying] ─▶
      [empty? choosing ─▶ populating] ─▶ running
    running ─▶ [doubtful and gone? comparing] ─▶ running
    any ─▶ halted ─▶ listing, once the right bucket is back
    running, halted ─▶ refilling ─▶ greeting, when an operator orders it
"""

from __future__ import annotations

from enum import StrEnum

from skygarth.replication import instructions as do


class Phase(StrEnum):
    """How far a node has come with its bucket."""

    CLOSED = "closed"
    GREETING = "greeting"  # which repository does the bucket hold?
    LISTING = "listing"  # how far do logs reach, the own one included?
    PROVING = "proving"  # does what was read or written once still stand?
    COMPARING = "comparing"  # it does not: what does a snapshot hold?
    IDENTIFYING = "identifying"  # is this identity still ours alone?
    CHOOSING = "choosing"  # is there a snapshot to begin with?
    POPULATING = "populating"
    RUNNING = "running"
    REFILLING = "refilling"  # an emptied bucket gets this node's content
    HALTED = "halted"


ASKING: dict[Phase, type] = {
    Phase.GREETING: do.FindRepository,
    Phase.LISTING: do.ListTail,
    Phase.PROVING: do.ProveLog,
    Phase.COMPARING: do.FindSnapshot,
    Phase.CHOOSING: do.FindSnapshot,
    Phase.POPULATING: do.LoadSnapshot,
}
"""What is asked in each phase of the start."""
