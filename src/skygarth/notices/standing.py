"""How a transport is doing: told by its threads, asked by health and people."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from skygarth.clock.port import Clock
from skygarth.model.errors import SkygarthError
from skygarth.notices.port import TransportHealth


@dataclass(slots=True)
class Standing:
    """What happened to one transport so far.

    A transport counts as away from its start until it has met its broker once.
    """

    clock: Clock
    said: int = 0
    heard: int = 0
    refused: int = 0
    away_since: float | None = field(init=False)
    heard_at: float | None = None
    fault: SkygarthError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.away_since = self.clock.monotonic()

    def connected(self) -> None:
        """The broker is there."""
        with self._lock:
            self.away_since, self.fault = None, None

    def disconnected(self, fault: SkygarthError | None) -> bool:
        """It is not; whether that is news."""
        with self._lock:
            was_there = self.away_since is None
            is_news = was_there or (self.fault is None and fault is not None)
            if was_there:
                self.away_since = self.clock.monotonic()
            self.fault = fault or self.fault
            return is_news

    def was_said(self) -> None:
        """A notice was handed to the broker."""
        with self._lock:
            self.said += 1

    def was_heard(self) -> None:
        """A notice came."""
        with self._lock:
            self.heard += 1
            self.heard_at = self.clock.monotonic()

    def was_refused(self) -> bool:
        """Something came that is no notice; whether it is the first."""
        with self._lock:
            self.refused += 1
            return self.refused == 1

    def health(self, name: str, broker: str, replaced: int) -> TransportHealth:
        """All of it, for people and programs."""
        with self._lock:
            now = self.clock.monotonic()
            fault = self.fault
            return TransportHealth(
                name=name,
                broker=broker,
                connected=self.away_since is None,
                away_seconds=0.0 if self.away_since is None else now - self.away_since,
                fault=f"{fault.code}: {fault.message}" if fault else "",
                hint=fault.hint if fault else "",
                said=self.said,
                heard=self.heard,
                replaced=replaced,
                refused=self.refused,
                heard_seconds_ago=None if self.heard_at is None else now - self.heard_at,
            )
