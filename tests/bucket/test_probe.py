"""What a probe finds out about stores that fall short, one shortcoming each."""

from __future__ import annotations

from itertools import count

import pytest

from skygarth.bucket import codes
from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Content, Entry
from skygarth.bucket.probe import ProbeReport, conditional_writes, probe_bucket, probe_clock
from skygarth.model.errors import Invalid, Unavailable, Unsupported

NOW_MS = 1_700_000_000_000


class Unconditional(MemoryBucket):
    """Ignores the condition, as rclone does."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Overwrite, and say that all is well."""
        self.put(key, body)
        return True


class Refusing(MemoryBucket):
    """Refuses the condition, as Swift does."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Say 501."""
        raise Unsupported("501", code=codes.NO_CONDITIONAL_WRITES)


class Forgetful(MemoryBucket):
    """Lists late: the last key written is missing, as on a store of the old kind."""

    def list(self, prefix: str) -> list[Entry]:
        """All but the last."""
        return super().list(prefix)[:-1]


class Repeating(MemoryBucket):
    """Sends an unchanged object again."""

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Send it again."""
        return self.get(key)


class Caching(MemoryBucket):
    """A cache in front says unchanged for ever."""

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Nothing new."""
        return None


class Stale(MemoryBucket):
    """Reads what was there first."""

    def put(self, key: str, body: bytes) -> None:
        """Keep the first."""
        self.put_if_absent(key, body)


class Crumbling(MemoryBucket):
    """Answers a range with other bytes."""

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """The first bytes, whatever was asked."""
        return self.get(key).body[:length]


def report(bucket: MemoryBucket, *, request_seconds: float = 0.001) -> ProbeReport:
    """A probe on a stopwatch that moves so much from each look to the next."""
    looks = count()
    return probe_bucket(
        bucket,
        "t1",
        stopwatch=lambda: next(looks) * request_seconds,
        now_ms=lambda: NOW_MS,
    )


def test_a_faultless_bucket_gives_no_finding() -> None:
    """Everything is ok, nothing to fix, and nothing is left behind."""
    bucket = MemoryBucket(lambda: NOW_MS)
    found = report(bucket)

    assert found.verdict == "ok"
    assert {finding.fix for finding in found.findings} == {""}
    assert found.clock_offset_ms == 0
    assert {latency.request for latency in found.latencies} == {
        *("put", "create", "get", "get unchanged", "range", "list", "delete"),
    }
    assert {round(latency.median_ms, 6) for latency in found.latencies} == {1.0}
    assert bucket.list("") == []


@pytest.mark.parametrize(
    ("kind", "code", "verdict"),
    [
        (Unconditional, codes.IGNORED_IF_NONE_MATCH, "bad"),
        (Refusing, codes.IGNORED_IF_NONE_MATCH, "bad"),
        (Forgetful, codes.LISTING, "weak"),
        (Repeating, codes.CONDITIONAL_READ, "weak"),
        (Caching, codes.CONDITIONAL_READ, "bad"),
        (Crumbling, codes.RANGE_READ, "bad"),
        (Stale, codes.READ_AFTER_WRITE, "bad"),
    ],
)
def test_each_shortcoming_has_its_code(kind: type[MemoryBucket], code: str, verdict: str) -> None:
    """The report names what falls short, why it matters, and what to do."""
    found = report(kind(lambda: NOW_MS))

    fault = next(finding for finding in found.findings if finding.code == code)
    assert fault.verdict == verdict
    assert found.verdict in {verdict, "bad"}
    assert fault.why
    assert fault.fix


@pytest.mark.parametrize(
    ("offset_ms", "verdict"),
    [(0, "ok"), (-900, "ok"), (2_500, "weak"), (-29_000, "weak"), (31_000, "bad")],
)
def test_a_clock_that_is_off_is_found(offset_ms: int, verdict: str) -> None:
    """Beyond two seconds weak, beyond the bound for publishing bad."""
    found = report(MemoryBucket(lambda: NOW_MS + offset_ms))

    assert found.clock_offset_ms == offset_ms
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("offset_ms", "says", "verdict"),
    [
        (100, "0.1 s behind the bucket's", "ok"),
        (-3_200, "3.2 s ahead of the bucket's", "weak"),
        (45_000, "45.0 s behind the bucket's", "bad"),
    ],
)
def test_the_clock_alone_is_compared(offset_ms: int, says: str, verdict: str) -> None:
    """Which way it is off stands in the sentence: one looks for the cause by that."""
    finding, measured_ms = probe_clock(MemoryBucket(lambda: NOW_MS + offset_ms), lambda: NOW_MS)

    assert finding.probed == f"this machine's clock is {says}"
    assert (measured_ms, finding.verdict) == (offset_ms, verdict)


def test_of_several_measurements_the_quickest_counts() -> None:
    """A request that hung says nothing of the clock."""
    steps = iter([0, 0, 9_000, 9_000, *([9_000] * 16)])
    finding, measured_ms = probe_clock(MemoryBucket(lambda: 9_000), lambda: next(steps))

    assert (measured_ms, finding.verdict) == (0, "ok")


def test_a_bucket_that_does_not_tell_the_time_is_weak() -> None:
    """Then a wrong clock would go unnoticed."""
    found = report(MemoryBucket())

    assert found.clock_offset_ms is None
    assert found.verdict == "weak"


def test_a_slow_bucket_is_weak() -> None:
    """More than a second for a request in the median is worth saying."""
    found = report(MemoryBucket(lambda: NOW_MS), request_seconds=1.5)

    assert found.verdict == "weak"
    assert found.findings[-1].code == codes.LATENCY
    assert "1500 ms" in found.findings[-1].probed


@pytest.mark.parametrize(
    ("kind", "expected"), [(MemoryBucket, True), (Unconditional, False), (Refusing, False)]
)
def test_a_node_learns_with_three_requests_whether_creates_are_safe(
    kind: type[MemoryBucket], expected: bool
) -> None:
    """The cheap probe agrees with the whole one and leaves nothing behind."""
    bucket = kind()

    assert conditional_writes(bucket, "t1") is expected
    assert bucket.list("") == []


def test_a_token_is_one_part_of_a_key() -> None:
    """What could lead elsewhere is refused."""
    with pytest.raises(Invalid):
        conditional_writes(MemoryBucket(), "../tail")


def test_a_bucket_that_is_away_is_no_finding() -> None:
    """Without an answer there is no report: the failure itself is raised."""

    class Away(MemoryBucket):
        def put(self, key: str, body: bytes) -> None:
            raise Unavailable("away")

    with pytest.raises(Unavailable):
        report(Away())
