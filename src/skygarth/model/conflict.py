"""What merging could not settle without somebody's losing, as application code sees it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from skygarth.model.guid import Guid


class ConflictKind(enum.StrEnum):
    """What two nodes disagreed on."""

    FIELD = "field"  # they set one field without knowing of each other
    NAME = "name"  # they gave two objects one name under one parent
    CYCLE = "cycle"  # they moved objects below each other


@dataclass(frozen=True, slots=True)
class Side:
    """One of two values.

    Attributes:
        value: as a Python value; the GUID where it is a link.
        at: when it was given, as far as known.
        writer: the first 16 hexadecimal digits of the incarnation that gave it; empty if unknown.
    """

    value: object
    at: datetime | None = None
    writer: str = ""


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """One conflict; the same, with the same id, on every node.

    Attributes:
        id: names it in commands and requests.
        kind: of the disagreement.
        type_name: of the object.
        guid: of the object.
        field: the field; a metadatum without its underscore (``deleted``).
        shown: what the object shows: the value, the derived name, or None as its parent.
        set_aside: the value that lost, the name it cannot show, the parent that was cut.
    """

    id: str
    kind: ConflictKind
    type_name: str
    guid: Guid
    field: str
    shown: Side
    set_aside: Side
