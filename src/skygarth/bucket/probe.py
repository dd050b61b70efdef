"""What a store can do, found out by asking it: for ``skygarth doctor bucket``.

Stores that call themselves compatible differ where it hurts. Measured in
November 2026: rclone, s3rver, nanio and JuiceFS accept ``If-None-Match: *`` and
ignore it, Swift refuses it with 501. A node therefore does not trust a name or
a version; it creates one key twice and looks.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from statistics import median
from threading import Barrier
from typing import Literal, TypeVar

from skygarth.bucket import codes
from skygarth.bucket.port import CLOCK_KEY, Bucket, check_key
from skygarth.model.errors import SkygarthError, Unsupported

RACERS = 8
OFFSET_MS_GOOD = 2_000
OFFSET_MS_MAX = 30_000
"""Beyond this a node publishes nothing, lest its stamps outdo everybody's."""
LATENCY_MS_GOOD = 1_000

Verdict = Literal["ok", "weak", "bad"]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was probed.

    Attributes:
        code: stable identifier, such as ``SG-BUCKET-004``.
        probed: what was asked and what came back.
        verdict: ok, weak (works, at a price) or bad (something breaks).
        why: what breaks without it; empty where the verdict is ok.
        fix: what to do; empty where the verdict is ok.
    """

    code: str
    probed: str
    verdict: Verdict
    why: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one kind of request took in the middle of its tries.

    Attributes:
        request: put, create, get, get unchanged, range, list or delete.
        tries: requests measured, one after the other.
        median_ms: the median, in milliseconds.
    """

    request: str
    tries: int
    median_ms: float


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """All that a probe found out about a bucket.

    Attributes:
        url: the bucket, without secrets.
        findings: one for each thing probed.
        latencies: one for each kind of request.
        clock_offset_ms: the bucket's clock minus ours; None if it can't be told.
    """

    url: str
    findings: tuple[Finding, ...]
    latencies: tuple[Latency, ...]
    clock_offset_ms: int | None

    @property
    def verdict(self) -> Verdict:
        """The worst of all verdicts."""
        verdicts: set[Verdict] = {finding.verdict for finding in self.findings}
        return "bad" if "bad" in verdicts else "weak" if "weak" in verdicts else "ok"


def conditional_writes(bucket: Bucket, token: str) -> bool:
    """Whether the second of two creates of one key is told that it came too late.

    Three small requests; a node makes them at every start.

    Args:
        bucket: what to probe.
        token: a key part that nobody else uses meanwhile.
    """
    key = f"{_prefix(token)}create-twice"
    try:
        bucket.put_if_absent(key, b"first")
        return not bucket.put_if_absent(key, b"second")
    except Unsupported:
        return False
    finally:
        with suppress(SkygarthError):
            bucket.delete(key)


def probe_bucket(
    bucket: Bucket,
    token: str,
    *,
    stopwatch: Callable[[], float],
    now_ms: Callable[[], int],
) -> ProbeReport:
    """Try everything a node will ask for; removes what it wrote.

    Args:
        bucket: what to probe, best without retries in between.
        token: a key part that nobody else uses meanwhile; all keys go below
            ``probe/<token>/``.
        stopwatch: seconds that only ever grow, for latencies.
        now_ms: this machine's clock, milliseconds since 1970.

    Raises:
        Denied, NotFound, Unavailable: the bucket can't even be written and read.
    """
    probing = _Probing(bucket, _prefix(token), stopwatch)
    try:
        findings = [
            probing.read_after_write(),
            probing.create_twice(),
            probing.create_race(),
            probing.listing(),
            probing.conditional_read(),
            probing.range_read(),
        ]
        offset_ms = _clock_offset_ms(bucket, now_ms)
        findings.append(_clock_finding(offset_ms))
    finally:
        probing.clean_up()
    latencies = probing.latencies()
    findings.append(_latency_finding(latencies))
    return ProbeReport(bucket.url, tuple(findings), latencies, offset_ms)


def _prefix(token: str) -> str:
    """Below which all keys of one probe go."""
    check_key(token)
    assert "/" not in token
    prefix = f"probe/{token}/"
    assert not CLOCK_KEY.startswith(prefix)
    return prefix


class _Probing:
    """One probe under way: its keys and how long each request took."""

    def __init__(self, bucket: Bucket, prefix: str, stopwatch: Callable[[], float]) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._stopwatch = stopwatch
        self._seconds: dict[str, list[float]] = {}

    def read_after_write(self) -> Finding:
        """A reader sees the last complete write at once."""
        key = f"{self._prefix}written"
        bodies = [f"body {number}".encode() * 100 for number in range(5)]
        seen = []
        for body in bodies:
            self._timed("put", partial(self._bucket.put, key, body))
            seen.append(self._timed("get", lambda: self._bucket.get(key)).body)
        fresh = sum(body == read for body, read in zip(bodies, seen, strict=True))
        return _finding(
            codes.READ_AFTER_WRITE,
            f"{fresh} of {len(bodies)} overwrites were read back at once",
            good=fresh == len(bodies),
            why="a node that reads back its own segment would take it for another's",
            fix="switch off caching between this machine and the store",
        )

    def create_twice(self) -> Finding:
        """The second create of one key is told that it came too late."""
        key = f"{self._prefix}created"
        try:
            first = self._timed("create", lambda: self._bucket.put_if_absent(key, b"first"))
            second = self._timed("create", lambda: self._bucket.put_if_absent(key, b"second"))
            kept = self._bucket.get(key).body == b"first"
        except Unsupported as refused:
            return _no_conditional_writes(f"a create of a new key was refused: {refused.message}")
        if first and second:
            return _no_conditional_writes("two creates of one key both succeeded")
        return _finding(
            codes.IGNORED_IF_NONE_MATCH,
            "the second create of one key was refused and changed nothing"
            if first and kept
            else f"a new key was {'changed' if first else 'not created'} by a create",
            good=first and kept,
            why=_WHY_CONDITIONAL,
            fix=_FIX_CONDITIONAL,
        )

    def create_race(self) -> Finding:
        """Of racing creates exactly one wins, and its bytes stay."""
        key = f"{self._prefix}raced"
        start = Barrier(RACERS)

        def create(number: int) -> bool:
            start.wait()
            return self._bucket.put_if_absent(key, str(number).encode())

        try:
            with ThreadPoolExecutor(RACERS) as racers:
                won = list(racers.map(create, range(RACERS)))
        except Unsupported as refused:
            return _no_conditional_writes(f"a race of creates was refused: {refused.message}")
        winners = [number for number, winner in enumerate(won) if winner]
        kept = winners == [int(self._bucket.get(key).body)]
        return _finding(
            codes.IGNORED_IF_NONE_MATCH,
            f"{len(winners)} of {RACERS} racing creates of one key succeeded",
            good=kept,
            why=_WHY_CONDITIONAL,
            fix=_FIX_CONDITIONAL,
        )

    def listing(self) -> Finding:
        """A listing shows every key written and none deleted, in order, at once."""
        names = [f"{number:04x}-{letter}" for number in range(4) for letter in "ab"]
        keys = [f"{self._prefix}listed/{name}" for name in names]
        for key in reversed(keys):
            self._bucket.put(key, b"x")
        before = self._timed("list", lambda: self._bucket.list(f"{self._prefix}listed/"))
        for key in keys[::2]:
            self._timed("delete", partial(self._bucket.delete, key))
        after = self._timed("list", lambda: self._bucket.list(f"{self._prefix}listed/"))
        good = [entry.key for entry in before] == keys and [entry.key for entry in after] == keys[
            1::2
        ]
        return _finding(
            codes.LISTING,
            "a listing showed what was written and not what was deleted"
            if good
            else "a listing missed keys just written or showed keys just deleted",
            good=good,
            why="nodes learn late of each other's segments; nothing is lost",
            fix="use a store with consistent listings, and queue notices",
            otherwise="weak",
        )

    def conditional_read(self) -> Finding:
        """An unchanged object is not sent again, a changed one is."""
        key = f"{self._prefix}read"
        self._bucket.put(key, b"one")
        etag = self._bucket.get(key).etag
        unchanged = self._timed("get unchanged", lambda: self._bucket.get_if_changed(key, etag))
        self._bucket.put(key, b"two")
        changed = self._bucket.get_if_changed(key, etag)
        if changed is None:
            return _finding(
                codes.CONDITIONAL_READ,
                "a changed object was said to be unchanged",
                good=False,
                why="nodes would learn of news only by listing",
                fix="switch off caching between this machine and the store",
            )
        return _finding(
            codes.CONDITIONAL_READ,
            "an unchanged object was " + ("not sent again" if unchanged is None else "sent again"),
            good=unchanged is None,
            why="each poll costs the traffic of a read",
            fix="use a store that answers If-None-Match with 304",
            otherwise="weak",
        )

    def range_read(self) -> Finding:
        """A part of an object can be read."""
        key = f"{self._prefix}ranged"
        self._bucket.put(key, b"0123456789")
        part = self._timed("range", lambda: self._bucket.get_range(key, 3, 4))
        return _finding(
            codes.RANGE_READ,
            "the bytes of a range were " + ("right" if part == b"3456" else "wrong"),
            good=part == b"3456",
            why="attachments could not be read in parts",
            fix="use a store that answers Range",
        )

    def clean_up(self) -> None:
        """Remove every key of this probe; what can't be removed is harmless."""
        with suppress(SkygarthError):
            for entry in self._bucket.list(self._prefix):
                self._bucket.delete(entry.key)

    def latencies(self) -> tuple[Latency, ...]:
        """The median of each kind of request."""
        return tuple(
            Latency(request, len(taken), median(taken) * 1000)
            for request, taken in sorted(self._seconds.items())
        )

    def _timed(self, request: str, make: Callable[[], Answer]) -> Answer:
        """Make a request and note how long it took."""
        began = self._stopwatch()
        answer = make()
        self._seconds.setdefault(request, []).append(self._stopwatch() - began)
        return answer


_WHY_CONDITIONAL = "two processes sharing an identity could overwrite segments"
_FIX_CONDITIONAL = "upgrade the store, or accept with allow_unconditional = true"


def _no_conditional_writes(probed: str) -> Finding:
    """The finding about a store that ignores or refuses ``If-None-Match``."""
    return Finding(codes.IGNORED_IF_NONE_MATCH, probed, "bad", _WHY_CONDITIONAL, _FIX_CONDITIONAL)


def _finding(
    code: str, probed: str, *, good: bool, why: str, fix: str, otherwise: Verdict = "bad"
) -> Finding:
    """A finding that is ok, or `otherwise` with its reason and remedy."""
    return Finding(code, probed, "ok") if good else Finding(code, probed, otherwise, why, fix)


CLOCK_TRIES = 5


def probe_clock(bucket: Bucket, now_ms: Callable[[], int]) -> tuple[Finding, int | None]:
    """Compare this machine's clock with the bucket's, which all nodes share.

    Of several measurements the quickest counts: what a request takes is what we do not know.

    Returns:
        What follows, and the bucket's clock minus ours in milliseconds; None if it has none.

    Raises:
        Denied, NotFound, Unavailable: the bucket can't be written and read.
    """
    measured = []
    for _ in range(CLOCK_TRIES):
        began = now_ms()
        offset_ms = _clock_offset_ms(bucket, now_ms)
        measured.append((now_ms() - began, offset_ms))
    _, offset_ms = min(measured, key=lambda each: each[0])
    return _clock_finding(offset_ms), offset_ms


def _clock_offset_ms(bucket: Bucket, now_ms: Callable[[], int]) -> int | None:
    """The bucket's clock minus ours; stores that tell whole seconds are up to 1 s behind."""
    before = now_ms()
    told = bucket.now_ms()
    after = now_ms()
    return None if told is None else told - (before + after) // 2


def _clock_finding(offset_ms: int | None) -> Finding:
    """What the offset between two clocks means."""
    if offset_ms is None:
        return Finding(
            codes.CLOCK_OFFSET,
            "the bucket does not tell the time",
            "weak",
            "a wrong clock on this machine would go unnoticed",
            "keep this machine's clock right by NTP",
        )
    return _finding(
        codes.CLOCK_OFFSET,
        f"this machine's clock is {abs(offset_ms) / 1000:.1f} s "
        f"{'behind' if offset_ms > 0 else 'ahead of'} the bucket's",
        good=abs(offset_ms) <= OFFSET_MS_GOOD,
        why=f"beyond {OFFSET_MS_MAX} ms a node keeps its edits to itself",
        fix="set this machine's clock right, best by NTP",
        otherwise="bad" if abs(offset_ms) > OFFSET_MS_MAX else "weak",
    )


def _latency_finding(latencies: tuple[Latency, ...]) -> Finding:
    """What the slowest kind of request means."""
    slowest = max(latencies, key=lambda latency: latency.median_ms)
    return _finding(
        codes.LATENCY,
        f"the slowest request, {slowest.request}, took {slowest.median_ms:.0f} ms in the median",
        good=slowest.median_ms <= LATENCY_MS_GOOD,
        why="edits reach other nodes that much later",
        fix="choose a bucket nearer to the nodes",
        otherwise="weak",
    )
