"""From a commit on one node to the moment when an application on another hears of it.

Two processes with a database each; between them a bucket, and in one case a
broker over which the writer says that there is news.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.content import Story, make_rows
from benchmarks.effort import Effort
from benchmarks.nodes import ROOT, assemble, hears, real_nats, real_s3, wait_until
from benchmarks.results import Finding, Reach, milliseconds
from benchmarks.rounds import percentile

PAUSE_SECONDS = (0.15, 0.6)
LOST_SECONDS = 30.0
P50_SECONDS_MAX = 0.012
P99_SECONDS_MAX = 0.080


def visible(effort: Effort) -> Iterator[Finding]:
    """Through a folder, through a real S3 server, and with notices beside that."""
    rows = []
    folder = effort.folder / "visible"
    folder.mkdir()
    rows.append(
        _row("a folder", _times(folder / "folder", f"file://{folder}/bucket", effort.edits))
    )
    with real_s3(folder / "seaweed") as (url, _):
        rows.append(_row("S3 (SeaweedFS)", _times(folder / "s3", url, effort.edits)))
    with real_s3(folder / "seaweed2") as (url, _), real_nats(folder / "nats") as nats:
        told = _times(folder / "told", url, effort.edits, nats)
        rows.append(_row("S3 (SeaweedFS), notices over NATS", told))
    yield Finding(
        "From commit on a to visible on b",
        f"{effort.edits} commits at irregular intervals of {PAUSE_SECONDS[0]} to"
        f" {PAUSE_SECONDS[1]} s, one object each; two processes, default settings."
        " Without notices b finds out by looking at the bucket.",
        ("through", "p50", "p90", "p99", "most"),
        rows,
        _reaches(told),
    )


def _reaches(told: Sequence[float]) -> list[Reach]:
    """With notices over NATS: what PouchDB's live sync takes on one machine."""
    p50, p99 = median(told), percentile(told, 0.99)
    return [
        Reach("with notices, p50 under 12 ms", milliseconds(p50), p50 < P50_SECONDS_MAX),
        Reach("with notices, p99 under 80 ms", milliseconds(p99), p99 < P99_SECONDS_MAX),
    ]


def _row(name: str, seconds: Sequence[float]) -> Sequence[str]:
    shares = (median(seconds), percentile(seconds, 0.9), percentile(seconds, 0.99), max(seconds))
    return (name, *map(milliseconds, shares))


def _times(folder: Path, bucket: str, count: int, nats: str = "") -> list[float]:
    """Seconds from commit to visible, of so many commits."""
    folder.mkdir()
    node = assemble(folder / "a", bucket, "a", nats).node
    node.start()
    wait_until(lambda: node.state == "ready", "the writer")
    wait_until(lambda: hears(node), "the writer's broker")
    reader = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.reader_process", str(folder / "b"), bucket, nats],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert reader.stdout is not None
    assert reader.stdin is not None
    try:
        assert reader.stdout.readline() == "ready\n"
        committed: dict[str, float] = {}
        random = Random(1)
        for fields in make_rows(count).fields:
            time.sleep(random.uniform(*PAUSE_SECONDS))
            story = node.repository.create(Story(**fields))
            committed[story.guid.hex] = time.monotonic()
        seen = dict(reader.stdout.readline().split() for _ in range(count))
    finally:
        reader.stdin.close()
        reader.wait(LOST_SECONDS)
        node.stop()
    return [float(seen[guid]) - at for guid, at in committed.items()]
