"""A zone in this process, for what has to be seen without a server."""

from __future__ import annotations

from skygarth.model.errors import SkygarthError
from skygarth.naming.deciding import Holder, entered
from skygarth.naming.port import Standing

B = Holder("r", "b" * 32, "b")


class MemoryZone:
    """A zone in memory, where somebody else is quicker as often as a test wants."""

    def __init__(self, quicker: int = 0) -> None:
        self.standing = Standing()
        self.quicker = quicker
        self.changes = 0
        self.looks = 0
        self.fault: SkygarthError | None = None

    def describe(self) -> str:
        """It has no place."""
        return "memory"

    def look(self, name: str) -> Standing:
        """What stands."""
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        return self.standing

    def replace(self, name: str, seen: Standing, wanted: Standing, *, ttl: int) -> bool:
        """Change it, unless another node comes first."""
        if self.quicker:
            self.quicker -= 1
            self.standing = entered(
                self.standing, B, ["192.0.2.2"], now_ms=0, until_ms=self.quicker + 1000
            )
        if self.standing != seen:
            return False
        self.standing = wanted
        self.changes += 1
        return True

    def seconds_ahead(self, name: str, now_seconds: float) -> float | None:
        """It has no clock."""
        return None

    def try_out(self, name: str, seen: Standing) -> bool:
        """All is allowed."""
        return True

    def close(self) -> None:
        """Nothing to let go of."""
