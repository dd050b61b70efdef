"""Who committed what, and which values they saw and replaced: the simulation's own memory.

The ledger knows nothing of stamps, segments or merging. Every value that is
written is unique, so a value names the edit that gave it. At the end it tells
which values must still stand: those of edits that a surviving database or the
bucket holds (I4), less those that some such edit knowingly replaced (I5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from skygarth.model.schema import Stored


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One field of one object, set in one local commit.

    Attributes:
        number: the order of commits in the whole cloud.
        field: "" for the purge of the object.
        replaced: numbers of the edits whose values stood there and were seen.
        amount: what the commit added to the object's counter.
    """

    number: int
    guid: bytes
    field: str
    value: Stored
    replaced: frozenset[int] = frozenset()
    amount: int = 0

    @property
    def is_purge(self) -> bool:
        """Whether it removed the object for good."""
        return self.field == ""

    @property
    def is_count(self) -> bool:
        """Whether it only moved a counter."""
        return self.field == "views"


@dataclass(slots=True)
class Standing:
    """What must be found in the end.

    Attributes:
        values: (object, field) to the values that nobody replaced.
        purged: objects that must be gone.
        counts: object to the least and greatest total of its counter.
    """

    values: dict[tuple[bytes, str], set[Stored]] = field(default_factory=dict)
    purged: set[bytes] = field(default_factory=set)
    counts: dict[bytes, tuple[int, int]] = field(default_factory=dict)


class EditLedger:
    """All edits of a simulated cloud."""

    def __init__(self) -> None:
        self.edits: list[Edit] = []
        self._by_value: dict[tuple[bytes, str, Stored], int] = {}

    def write(
        self,
        guid: bytes,
        name: str,
        value: Stored,
        *,
        replaced: Iterable[Stored] = (),
        amount: int = 0,
    ) -> Edit:
        """Note an edit that was committed; `replaced` are the values that its author saw."""
        known = (self._by_value.get((guid, name, other)) for other in replaced)
        numbers = frozenset(number for number in known if number is not None)
        edit = Edit(len(self.edits), guid, name, value, numbers, amount)
        self.edits.append(edit)
        self._by_value[guid, name, value] = edit.number
        return edit

    def number_of(self, guid: bytes, name: str, value: Stored) -> int | None:
        """The edit that gave a field this value."""
        return self._by_value.get((guid, name, value))

    def standing(self, held: Collection[Edit], published: Collection[int]) -> Standing:
        """What must stand, given the edits that surviving databases hold and the bucket has."""
        in_force = self._with_all_they_saw({edit.number for edit in held} | set(published))
        replaced = {number for each in in_force for number in self.edits[each].replaced}
        standing = Standing()
        for number in in_force:
            edit = self.edits[number]
            if edit.is_purge:
                standing.purged.add(edit.guid)
            elif number not in replaced and not edit.is_count:
                standing.values.setdefault((edit.guid, edit.field), set()).add(edit.value)
        for edit in self.edits:
            low, high = standing.counts.get(edit.guid, (0, 0))
            sure = edit.amount if edit.number in in_force else 0
            standing.counts[edit.guid] = (low + sure, high + edit.amount)
        return standing

    def _with_all_they_saw(self, numbers: set[int]) -> set[int]:
        """Who saw a value has it: a replaced edit is in force with the one that replaced it."""
        reached: set[int] = set()
        waiting = sorted(numbers)
        while waiting:
            number = waiting.pop()
            if number not in reached:
                reached.add(number)
                waiting += sorted(self.edits[number].replaced)
        return reached
