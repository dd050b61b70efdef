"""What objects ask of the repository that keeps them.

The methods of an object (`update`, `delete`, …) only pass on what they are
told: the work is done floors above, by whoever satisfies this protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from skygarth.model.conflict import ConflictRecord
from skygarth.model.identified import Identified


class Home(Protocol):
    """A repository, as objects see it; `skygarth.model.types.Type` tells what each method does."""

    def linked(self, type_name: str, guid: bytes) -> Identified | None:
        """The live object, or None."""
        ...

    def path_of(self, obj: Identified) -> str | None:
        """Where an object stands in the tree."""
        ...

    def conflicts_of(self, obj: Identified) -> list[ConflictRecord]:
        """What merging set aside of an object."""
        ...

    def update(
        self, obj: Identified, meta: Mapping[str, object] | None = None, /, **fields: object
    ) -> bool:
        """Set fields and metadata."""
        ...

    def increment(self, obj: Identified, field: str, amount: int = 1) -> None:
        """Move a counter."""
        ...

    def save(self, obj: Identified) -> bool:
        """Write what was assigned."""
        ...

    def delete(self, obj: Identified, *, recursive: bool = False) -> None:
        """Delete an object."""
        ...

    def undelete(self, obj: Identified) -> None:
        """Bring an object back."""
        ...

    def purge(self, obj: Identified, *, recursive: bool = False) -> None:
        """Remove an object for good."""
        ...
