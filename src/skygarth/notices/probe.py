"""Finds out whether notices would get through, by saying some on a channel of its own.

Two nodes that do not exist meet on the broker under a repository that does not
exist, talk, and leave; no real node hears any of it.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from skygarth.clock.port import Clock
from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation
from skygarth.notices.choosing import Brokers
from skygarth.notices.notice import Notice
from skygarth.notices.opening import open_transports
from skygarth.notices.port import Transport

CONNECT_SECONDS = 8.0
TRIES = 5
ANSWER_SECONDS = 5.0
_STEP_SECONDS = 0.01
_CONTENT = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedTransport:
    """What became of the attempt to talk over one transport.

    Attributes:
        verdict: ``ok`` or ``bad``.
        connect_ms: until both had met the broker; None if they have not.
        median_ms: from saying to hearing; None if nothing was heard.
        heard: how many of `tries` came.
        fault: what went wrong, with its code; "" if nothing did.
        fix: what an operator can do about it.
    """

    name: str
    broker: str
    verdict: str
    connect_ms: float | None = None
    median_ms: float | None = None
    heard: int = 0
    tries: int = TRIES
    fault: str = ""
    fix: str = ""


def probe_transports(
    names: Sequence[str], brokers: Brokers, unique: str, *, clock: Clock
) -> list[ProbedTransport]:
    """Talk over each transport in turn.

    Args:
        unique: hexadecimal digits that nobody else uses, for the channel.

    Raises:
        Invalid, Unsupported: a transport cannot be opened at all.
    """
    return [_probe(name, brokers, unique, clock) for name in names]


def _probe(name: str, brokers: Brokers, unique: str, clock: Clock) -> ProbedTransport:
    def opened(identity: str) -> Transport:
        (made,) = open_transports(
            [name],
            brokers,
            f"probe-{unique}",
            identity=lambda: identity,
            clock=clock,
            jitter=lambda: 0.0,
        )
        return made

    heard: queue.SimpleQueue[Notice] = queue.SimpleQueue()
    speaker, listener = opened("speaker"), opened("listener")
    began = clock.monotonic()
    speaker.start(lambda _notice: None)
    listener.start(heard.put)
    try:
        if not _wait(clock, lambda: _are_connected(speaker, listener), CONNECT_SECONDS):
            return _bad(speaker)
        connect_ms = 1_000 * (clock.monotonic() - began)
        times = _talk(speaker, heard, f"probe-{unique}", clock)
        return _judged(speaker, connect_ms, times)
    except SkygarthError as fault:
        return ProbedTransport(
            name=name, broker="", verdict="bad", fault=f"{fault.code}: {fault.message}"
        )
    finally:
        speaker.stop()
        listener.stop()


def _talk(
    speaker: Transport, heard: queue.SimpleQueue[Notice], repository: str, clock: Clock
) -> list[float]:
    """Milliseconds from saying to hearing, of those that came."""
    times: list[float] = []
    for sequence in range(1, TRIES + 1):
        said = Notice(repository, Incarnation("0" * 32), sequence, 0, _CONTENT)
        began = clock.monotonic()
        speaker.say(said)
        if _came(heard, said):
            times.append(1_000 * (clock.monotonic() - began))
    return times


def _came(heard: queue.SimpleQueue[Notice], said: Notice) -> bool:
    """Wait for one notice; what comes late of those before is passed over."""
    while True:
        try:
            if heard.get(timeout=ANSWER_SECONDS) == said:
                return True
        except queue.Empty:
            return False


def _judged(speaker: Transport, connect_ms: float, times: Sequence[float]) -> ProbedTransport:
    health = speaker.health()
    if not times:
        return ProbedTransport(
            name=health.name,
            broker=health.broker,
            verdict="bad",
            connect_ms=connect_ms,
            fault=health.fault or "what was said was not heard",
            fix=health.hint or "let this user publish and subscribe to skygarth-*",
        )
    return ProbedTransport(
        name=health.name,
        broker=health.broker,
        verdict="ok" if len(times) == TRIES else "bad",
        connect_ms=connect_ms,
        median_ms=median(times),
        heard=len(times),
        fault="" if len(times) == TRIES else f"{TRIES - len(times)} of {TRIES} got lost",
        fix="" if len(times) == TRIES else "find out what is between this node and the broker",
    )


def _bad(transport: Transport) -> ProbedTransport:
    health = transport.health()
    return ProbedTransport(
        name=health.name,
        broker=health.broker,
        verdict="bad",
        fault=health.fault or f"not connected within {CONNECT_SECONDS:g} s",
        fix=health.hint or "mend the way to the broker",
    )


def _are_connected(*transports: Transport) -> bool:
    return all(transport.health().connected for transport in transports)


def _wait(clock: Clock, condition: Callable[[], bool], seconds: float) -> bool:
    until = clock.monotonic() + seconds
    while not condition():
        if clock.monotonic() > until:
            return False
        clock.sleep(_STEP_SECONDS)
    return True
