"""What it means that an author's log is refused, and the way out, in plain words.

A node refuses a log from its first bad segment on: what came before it shows, what
comes after waits, and all other logs are read as ever. Nothing is lost by waiting.
"""

from __future__ import annotations

from skygarth.cli.answers import PeerAnswer, QuarantineAnswer, SyncAnswer
from skygarth.cli.faults import NO_SUCH_LOG
from skygarth.model.errors import NotFound

_NEWER = frozenset({"SG-SEGMENT-006", "SG-SEGMENT-007", "SG-RECORD-002"})
_TYPES = "SG-SEGMENT-021"
_FUTURE = "SG-CLOCK-003"


def find_refused(sync: SyncAnswer, wanted: str) -> PeerAnswer:
    """The refused log of a node.

    Args:
        wanted: the name of the node, or how its incarnation begins.

    Raises:
        NotFound: no such log is refused, or several are (SG-CLI-009).
    """
    found = [
        peer
        for peer in sync.peers
        if peer.quarantined and (peer.name == wanted or peer.incarnation.startswith(wanted))
    ]
    if wanted and len(found) == 1:
        return found[0]
    which = ", ".join(peer.incarnation for peer in found) or "none"
    raise NotFound(
        f"this does not name one refused log. node='{wanted}' found='{which}'",
        code=NO_SUCH_LOG,
        hint="`skygarth sync quarantine` lists them; name one by its incarnation",
    )


def explained(peer: PeerAnswer) -> str:
    """What is refused, since when, why, what it means meanwhile, and what to do."""
    refused = peer.quarantined
    assert refused is not None
    name = peer.name or peer.incarnation
    before = f"until segment {refused.sequence - 1}" if refused.sequence > 1 else "so far: nothing"
    waiting = max(1, peer.known_through - refused.sequence + 1)
    lines = (
        f"The log of {name} ({peer.incarnation}) is refused from segment {refused.sequence} on:",
        f"  why        {refused.reason} ({refused.code})",
        f"  meanwhile  what it wrote {before} shows here; {waiting} of its segments wait, and so",
        "             does what others built on them. All other logs are read, and this node",
        "             serves and publishes, as ever",
        f"  to mend    {_way_out(refused)}",
        f"  then       skygarth sync quarantine --release {name}",
    )
    return "\n".join(lines)


def _way_out(refused: QuarantineAnswer) -> str:
    if refused.code in _NEWER:
        return "upgrade this node: a newer version wrote that segment"
    if refused.code == _TYPES:
        return "run the same version of the application on both nodes"
    if refused.code == _FUTURE:
        return "set that node's clock right, and wait until its stamps lie in the past"
    what = f"the object {refused.key}" if refused.key else "the segment's object"
    return f"put {what} back from a backup, an older version or another copy of the bucket"
