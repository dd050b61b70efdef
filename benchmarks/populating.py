"""An empty node fills itself from a bucket, beside Litestream fetching a database back.

Both end with a database that holds the same rows. The node arrives with types,
stamps and indexes, verifies every chunk, follows the log from there on and
takes traffic; its time begins with its process. Litestream copies pages.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.servers.running import RunningServer

from benchmarks.content import Rows, Story, make_rows
from benchmarks.effort import Effort
from benchmarks.nodes import NodeProcess, assemble, real_s3, wait_until
from benchmarks.peers.litestream import Litestream
from benchmarks.peers.raw_apsw import RawApsw
from benchmarks.results import Finding, Reach, megabytes

AT_REST_MAX = 120_000_000
REST_SECONDS = 3.0


@dataclass(frozen=True)
class Filled:
    """One node that has filled itself."""

    seconds: float
    peak: int
    rest: int
    own: int


def populate(effort: Effort) -> Iterator[Finding]:
    """Time and memory of a node that fills itself, at two sizes."""
    folder = effort.folder / "populate"
    folder.mkdir()
    rounds = min(effort.rounds, 5)
    few, many = effort.populated // 10, effort.populated
    small, _ = _measure(folder / "few", make_rows(few), 1)
    nodes, restores = _measure(folder / "many", make_rows(many), rounds)
    yield _time(many, nodes, restores)
    yield _memory((few, small), (many, nodes))


def _measure(folder: Path, rows: Rows, rounds: int) -> tuple[Sequence[Filled], Sequence[float]]:
    """Nodes and restores in turns."""
    folder.mkdir()
    with real_s3(folder / "seaweed") as (url, environ):
        _publish(folder / "author", url, rows)
        server = RunningServer(environ["AWS_ENDPOINT_URL"])
        litestream = _upload(folder, server, rows)
        nodes: list[Filled] = []
        restores: list[float] = []
        for number in range(rounds):
            nodes.append(_fill(folder / f"node-{number}", url))
            restores.append(litestream.restore(folder / f"restored-{number}.db"))
    return nodes, restores


def _publish(data: Path, url: str, rows: Rows) -> None:
    """Write everything on one node and let it take a snapshot."""
    node = assemble(data, url, "author").node
    node.start()
    wait_until(lambda: node.state == "ready", "the author")
    for first in range(0, len(rows), 1_000):
        with node.repository.transaction() as tx:
            for fields in rows.fields[first : first + 1_000]:
                tx.create(Story(**fields))
    node.take_snapshot(timeout=120)
    node.stop(30)


def _upload(folder: Path, server: RunningServer, rows: Rows) -> Litestream:
    """The same rows as a plain database, copied by Litestream."""
    raw = RawApsw(folder)
    raw.create_batched(rows)
    raw.close()
    litestream = Litestream(folder, folder / "raw.db", server)
    litestream.upload()
    return litestream


def _fill(data: Path, url: str) -> Filled:
    node = NodeProcess(data, url, data.name)
    try:
        seconds = node.wait_ready()
        peak = node.memory()["peak"]
        time.sleep(REST_SECONDS)
        rest = node.memory()
    finally:
        node.stop()
    return Filled(seconds, peak, rest["rss"], rest["own"])


def _time(count: int, nodes: Sequence[Filled], restores: Sequence[float]) -> Finding:
    node, restore = median(n.seconds for n in nodes), median(restores)
    ratio = median(n.seconds / r for n, r in zip(nodes, restores, strict=True))
    rows = [
        (
            "an empty node, from its process to ready",
            f"{node:.2f} s",
            f"{count / node:,.0f}",
            f"{ratio:.2f}",
        ),
        ("litestream restore", f"{restore:.2f} s", f"{count / restore:,.0f}", "1.00"),
    ]
    return Finding(
        f"Populate with {count:,} objects from S3 (SeaweedFS)",
        "Without a snapshot's tail: all objects are in the snapshot, as all rows are in"
        " Litestream's.",
        ("", "time", "objects a second", "× Litestream's time"),
        rows,
    )


def _memory(*sizes: tuple[int, Sequence[Filled]]) -> Finding:
    rows = []
    for count, nodes in sizes:
        figures = (median(getattr(n, name) for n in nodes) for name in ("peak", "rest", "own"))
        rows.append((f"{count:,} objects", *map(megabytes, figures)))
    rest = max(n.rest for _, nodes in sizes for n in nodes)
    small, large = (max(n.peak for n in nodes) for _, nodes in sizes)
    reaches = [
        Reach("a node at rest under 120 MB", megabytes(rest), rest < AT_REST_MAX),
        Reach(
            "bounded while populating: ten times the objects take at most half as much again",
            f"{large / small:.2f} ×",
            large <= 1.5 * small,
        ),
    ]
    how = (
        f"The process of `skygarth run`: at most while it filled itself, and {REST_SECONDS:g} s"
        " after it was ready; of the latter, what it shares with no other process."
    )
    return Finding("Memory of a node", how, ("", "peak", "at rest", "of it private"), rows, reaches)
