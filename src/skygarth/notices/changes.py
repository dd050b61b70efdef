"""One change of the content, as other programs of the host hear of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChangeSaid:
    """One entry of the change feed.

    Attributes:
        action: ``created``, ``updated``, ``deleted``, ``undeleted`` or ``purged``.
        imported: whether another node did it.
        sequence: its place in this node's change feed.
        changeset: sequence of the first change of the same transaction or merge.
    """

    action: str
    guid: str
    type_name: str
    imported: bool
    sequence: int
    changeset: int
