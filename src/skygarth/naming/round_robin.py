"""One name that many nodes share: look, decide, replace, and look again if somebody was quicker.

Thirty nodes may enter, renew and sweep at once. Each change rests on what was
seen, and is refused by the server if that is no longer true; the loser waits a
moment and decides anew. Nothing is locked, so nobody who dies holds anybody up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from skygarth.model.errors import Unavailable
from skygarth.naming import codes
from skygarth.naming.claim import Claim
from skygarth.naming.deciding import Holder, entered, released, swept, withdrawn
from skygarth.naming.port import Standing, Zone

TRIES_MAX = 20
"""Measured on Knot, BIND and ministack: of 30 nodes that enter within a second each needs one
try; of 30 that enter at one instant a few need more than 12 (and 5 to 7 seconds)."""

PAUSE_SECONDS_MAX = 0.64

Wait: TypeAlias = Callable[[float], None]
"""Waits for up to so many seconds, by chance: two losers must not meet again."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done at a name, or would be."""

    before: Standing
    after: Standing

    @property
    def added(self) -> tuple[str, ...]:
        """Addresses that came."""
        return tuple(sorted(self.after.addresses - self.before.addresses))

    @property
    def removed(self) -> tuple[str, ...]:
        """Addresses that went."""
        return tuple(sorted(self.before.addresses - self.after.addresses))

    @property
    def is_nothing(self) -> bool:
        """Whether all stays as it was, claims included."""
        return self.before == self.after


class RoundRobinName:
    """A name in a zone, with the deeds that nodes do at it.

    Args:
        ttl: seconds that resolvers may keep what they saw.
        wait: between two tries.
    """

    def __init__(self, zone: Zone, name: str, *, ttl: int, wait: Wait) -> None:
        assert ttl >= 0
        assert name == name.lower().rstrip("."), name
        self.zone = zone
        self.name = name
        self.ttl = ttl
        self._wait = wait

    def look(self) -> Standing:
        """What stands at the name now."""
        return self.zone.look(self.name)

    def enter(
        self,
        me: Holder,
        addresses: Iterable[str],
        *,
        now_ms: int,
        until_ms: int | None,
        known_as_ours: frozenset[str] = frozenset(),
        dry_run: bool = False,
    ) -> Change:
        """Stand at the name with these addresses, or go on standing there."""
        wanted = frozenset(addresses)

        def decide(standing: Standing) -> Standing:
            return entered(
                standing,
                me,
                wanted,
                now_ms=now_ms,
                until_ms=until_ms,
                known_as_ours=known_as_ours,
            )

        return self._change(decide, dry_run=dry_run)

    def withdraw(self, me: Holder) -> Change:
        """Be gone from the name; the server has accepted it when this returns."""
        return self._change(lambda standing: withdrawn(standing, me))

    def sweep(self, repository: str, alive: frozenset[str], *, now_ms: int) -> Change:
        """Remove what the dead of this repository left."""
        return self._change(lambda standing: swept(standing, repository, alive, now_ms=now_ms))

    def release(
        self, repository: str, is_meant: Callable[[Claim], bool], *, dry_run: bool = False
    ) -> Change:
        """Remove, by hand, what nodes of this repository claim."""
        return self._change(
            lambda standing: released(standing, repository, is_meant), dry_run=dry_run
        )

    def _change(self, decide: Callable[[Standing], Standing], *, dry_run: bool = False) -> Change:
        for attempt in range(TRIES_MAX):
            seen = self.look()
            change = Change(seen, decide(seen))
            if change.is_nothing or dry_run:
                return change
            if self.zone.replace(self.name, seen, change.after, ttl=self.ttl):
                return change
            self._wait(min(0.01 * 2**attempt, PAUSE_SECONDS_MAX))
        raise Unavailable(
            f"the name changed each time before it could be changed. name='{self.name}' "
            f"tries='{TRIES_MAX}'",
            code=codes.CROWDED,
            hint="it is tried again; if it never ends, look for a wildcard record that answers "
            "for the name, or for a program that rewrites it",
        )
