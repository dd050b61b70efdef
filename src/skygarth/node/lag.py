"""For how long a node has known of segments that it has not applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skygarth.model.position import Incarnation
from skygarth.replication.peers import Peers


class LagWatch:
    """Remembers since when each log is behind; whoever asks keeps it up to date.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, peers: Peers, monotonic: Callable[[], float]) -> None:
        self._peers = peers
        self._monotonic = monotonic
        self._since: dict[Incarnation, float] = {}

    def by_log(self) -> Mapping[Incarnation, float]:
        """Seconds, by log; logs that are caught up are left out."""
        now = self._monotonic()
        logs = dict(self._peers.logs)
        behind = {name for name, log in logs.items() if not log.is_caught_up}
        self._since = {name: self._since.get(name, now) for name in behind}
        return {name: now - since for name, since in self._since.items()}

    def seconds(self) -> float:
        """The worst log counts; 0 if nothing is behind."""
        return max(self.by_log().values(), default=0.0)
