"""A node's presence in DNS: there while it takes traffic, gone before it stops.

Each name in each view has a thread of its own, so that a server that hangs holds
up nobody else. A thread looks at the node a few times a second, and asks the
server only when something is to be done: entering, renewing the claim at a third
of its lease, removing what the dead left, leaving. While a server is away the
node serves on, and tries again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import structlog

from skygarth.model.errors import SkygarthError, TimedOut
from skygarth.naming import codes
from skygarth.naming.deciding import Holder, lapsed
from skygarth.naming.port import Standing
from skygarth.naming.round_robin import Change, RoundRobinName

_log = structlog.get_logger("skygarth.dns")

LOOK_SECONDS = 0.2
RETRY_SECONDS_MAX = 30.0
WITHDRAW_SECONDS = 2.5
JUST_LOOKED_SECONDS = 1.0
"""From a name server's answer to the request that is sent for it."""
"""SIGTERM leaves five seconds for everything; what is not gone by then, a peer sweeps."""

LEAVING = frozenset({"draining", "drained", "left"})
"""In these states a node must not stand in DNS. One that lags behind stays: it serves."""


class NodeInDns(Protocol):
    """What presence needs of its node."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def incarnation(self) -> str:
        """The identity under which it claims."""
        ...

    @property
    def repository_id(self) -> str:
        """The cloud; "" until the node has met it."""
        ...

    @property
    def state(self) -> str:
        """Whether it takes traffic."""
        ...


@dataclass(frozen=True, slots=True)
class Watch:
    """What a node knows of the others, asked only when somebody seems dead.

    Attributes:
        alive: incarnations whose cards are fresh.
        turn: held while this node removes what the dead left; it gives whether it is this
            node's turn. Several at once would do no harm, only work for nothing.
    """

    alive: Callable[[], frozenset[str]]
    turn: Callable[[], AbstractContextManager[bool]]


@dataclass(frozen=True, slots=True)
class Pulse:
    """The clocks and the chance that presence lives by.

    Attributes:
        bucket_ms: milliseconds since 1970 by the bucket's clock: leases are compared by it.
        monotonic: seconds that never go back.
        jitter: a number in [0, 1).
    """

    bucket_ms: Callable[[], int]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHealth:
    """How presence at one name is doing.

    Attributes:
        view: its label; "" where there is only one.
        server: server and zone.
        entered: the addresses that this node has entered.
        is_member: whether this node enters the name at all; else it only watches over it.
        swept: addresses of the dead removed by this node since its start.
        fault: what is wrong, with its code; "" if nothing is.
        hint: what an operator can do.
    """

    name: str
    view: str
    server: str
    entered: tuple[str, ...]
    is_member: bool
    swept: int
    fault: str
    hint: str


class NamePresence:
    """This node at one name in one view.

    Args:
        addresses: of this node, asked at each renewal; may raise `SkygarthError`.
        is_member: False for the name of a pool that this node is not in.
        lease_seconds: how long the claim outlasts the node.
    """

    def __init__(
        self,
        node: NodeInDns,
        name: RoundRobinName,
        addresses: Callable[[], frozenset[str]],
        watch: Watch,
        pulse: Pulse,
        *,
        view: str = "",
        is_member: bool = True,
        lease_seconds: float,
    ) -> None:
        assert lease_seconds > 0
        self._node = node
        self._name = name
        self._addresses = addresses
        self._watch = watch
        self._pulse = pulse
        self._view = view
        self._is_member = is_member
        self._lease_seconds = lease_seconds
        self._lock = threading.Lock()
        self._held: dict[Holder, frozenset[str]] = {}
        self._put_there: frozenset[str] = frozenset()
        self._due_at = float("-inf")
        self._failures = 0
        self._fault: SkygarthError | None = None
        self._swept = 0

    @property
    def ttl_seconds(self) -> int:
        """For how long visitors may still come after a withdrawal."""
        return self._name.ttl

    @property
    def health(self) -> NameHealth:
        """How it is doing."""
        fault = self._fault
        return NameHealth(
            name=self._name.name,
            view=self._view,
            server=self._name.zone.describe(),
            entered=tuple(sorted(frozenset().union(*self._held.values()))),
            is_member=self._is_member,
            swept=self._swept,
            fault=f"{fault.code}: {fault.message}" if fault else "",
            hint=fault.hint if fault else "",
        )

    def step(self) -> None:
        """Do what is due, if anything is; a failure is kept, and tried again later."""
        with self._lock:
            state = self._node.state
            is_leaving = state in LEAVING
            now = self._pulse.monotonic()
            if now < self._due_at and not (is_leaving and self._held and not self._failures):
                return
            self._try(lambda: self._do(state), now)

    def withdraw(self) -> None:
        """Be gone from the name; when this returns the server has accepted it.

        Raises:
            SkygarthError: it has not; the next steps try again.
        """
        with self._lock:
            self._due_at = float("-inf")
            self._try(self._leave, self._pulse.monotonic())
            if self._fault is not None:
                raise self._fault

    def close(self) -> None:
        """Let go of connections."""
        self._name.zone.close()

    # -- deeds, under the lock -------------------------------------------------------------

    def _try(self, deed: Callable[[], None], now: float) -> None:
        try:
            deed()
        except SkygarthError as fault:
            if self._fault is None or self._fault.code != fault.code:
                _log.warning(
                    "dns has to wait", name=self._name.name, code=fault.code, reason=str(fault)
                )
            self._fault = fault
            self._due_at = now + self._retry_seconds()
            self._failures += 1
            return
        if self._failures:
            _log.info("dns is well again", name=self._name.name, failures=self._failures)
        self._fault, self._failures = None, 0

    def _retry_seconds(self) -> float:
        """Longer each time, but never so long that a lease could run out unnoticed."""
        longest = min(RETRY_SECONDS_MAX, self._lease_seconds / 3)
        return min(0.5 * 2.0 ** min(self._failures, 10), longest) * (0.5 + self._pulse.jitter() / 2)

    def _do(self, state: str) -> None:
        if state in LEAVING:
            self._leave()
            return
        if not self._node.repository_id:
            return
        if not self._is_member:
            standing = self._name.look()
        elif state == "ready" or self._held:
            standing = self._enter().after
        else:
            return  # not ready yet: look again at the next step
        self._due_at = self._pulse.monotonic() + self._lease_seconds / 3
        self._sweep(standing)

    def _enter(self) -> Change:
        me = Holder(self._node.repository_id, self._node.incarnation, self._node.name)
        now_ms = self._pulse.bucket_ms()
        wanted = self._addresses()
        change = self._name.enter(
            me,
            wanted,
            now_ms=now_ms,
            until_ms=now_ms + round(self._lease_seconds * 1000),
            known_as_ours=self._put_there,
        )
        if me not in self._held:
            _log.info("entered", name=self._name.name, addresses=sorted(wanted), view=self._view)
        former = [holder for holder in self._held if holder != me]
        self._held[me] = wanted
        self._put_there = wanted & (self._put_there | frozenset(change.added))
        for holder in former:  # the node has a new identity; its addresses stay, under that
            self._name.withdraw(holder)
            del self._held[holder]
        return change

    def _leave(self) -> None:
        for holder in list(self._held):
            self._name.withdraw(holder)
            del self._held[holder]
            _log.info("withdrawn", name=self._name.name, view=self._view)
        self._put_there = frozenset()

    def _sweep(self, standing: Standing) -> None:
        """Remove what the dead left; the bucket is asked only if a claim has run out."""
        repository, now_ms = self._node.repository_id, self._pulse.bucket_ms()
        if not lapsed(standing, repository, now_ms=now_ms):
            return
        with self._watch.turn() as is_ours:
            if not is_ours:
                return
            alive = self._watch.alive() | {self._node.incarnation}
            change = self._name.sweep(repository, alive, now_ms=now_ms)
        self._swept += len(change.removed)
        if change.removed:
            _log.info("removed what the dead left", name=self._name.name, addresses=change.removed)


class DnsPresence:
    """A companion of one node: all its names in all views."""

    name = "dns"

    def __init__(self, presences: Sequence[NamePresence]) -> None:
        assert presences
        self._presences = tuple(presences)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name="skygarth-dns", daemon=True)
            for each in self._presences
        ]

    @property
    def health(self) -> tuple[NameHealth, ...]:
        """How each name in each view is doing."""
        return tuple(each.health for each in self._presences)

    @property
    def linger_seconds(self) -> float:
        """How long a node that has withdrawn should go on answering: resolvers remember it."""
        return max(each.ttl_seconds for each in self._presences) + JUST_LOOKED_SECONDS

    def start(self) -> None:
        """Begin; the names are entered when the node is ready."""
        for thread in self._threads:
            thread.start()

    def withdraw(self) -> None:
        """Be gone from all names, at once; returns when servers have accepted it.

        Raises:
            SkygarthError: one has not, in the time there was; the threads go on trying.
        """
        leavings = [_Leaving(each) for each in self._presences]
        for leaving in leavings:
            leaving.start()
        for leaving in leavings:
            leaving.join(WITHDRAW_SECONDS / len(leavings))
        _raise_first(leavings)

    def stop(self) -> None:
        """End the threads; whatever still stands is swept by peers."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=LOOK_SECONDS * 2)
        for presence in self._presences:
            presence.close()

    def _run(self, presence: NamePresence) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                presence.step()
            except Exception:  # noqa: BLE001 - a bug at one name must not end presence for good
                _log.exception("presence at a name failed on a bug")


class _Leaving(threading.Thread):
    """One name's withdrawal, which may hang with its server."""

    def __init__(self, presence: NamePresence) -> None:
        super().__init__(name="skygarth-dns-leaving", daemon=True)
        self._presence = presence
        self.fault: SkygarthError | None = None

    def run(self) -> None:
        """Withdraw."""
        try:
            self._presence.withdraw()
        except SkygarthError as fault:
            self.fault = fault


def _raise_first(leavings: Iterable[_Leaving]) -> None:
    for leaving in leavings:
        if leaving.fault is not None:
            raise leaving.fault
        if leaving.is_alive():
            raise TimedOut(
                "a withdrawal from DNS was not accepted in time",
                code=codes.LATE,
                hint="a peer removes the addresses when the lease is over; or use "
                "skygarth dns withdraw",
            )


def describe(health: NameHealth) -> str:
    """One name's health in a few words, for people."""
    where = f"{health.name} ({health.view})" if health.view else health.name
    if health.fault:
        return f"{where}: {health.fault}"
    if not health.is_member:
        return f"{where}: watched over"
    return f"{where}: {', '.join(health.entered) or 'not entered'}"
