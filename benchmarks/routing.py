"""What a front-end adds to a request, beside nginx and HAProxy as plain proxies.

Each proxy has a core of its own; the server behind it, and whoever asks, share the
other one. Contenders take turns, so a busy second meets all of them alike.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.effort import Effort
from benchmarks.proxies import OTHERS_CORE, PROXY_CORE, Proxy, missing, proxies
from benchmarks.results import Finding, Reach, at_least, milliseconds, rate
from benchmarks.rounds import percentile

PER_SECOND = 200
CONNECTIONS = 16
LOAD_CONNECTIONS = 32
OURS, DIRECT, PLAIN = "Skygarth", "nothing", "nginx"
P50_SECONDS_MAX, P99_SECONDS_MAX, RATIO_MIN = 0.0015, 0.006, 0.25


def routing(effort: Effort) -> Iterator[Finding]:
    """Latency added at a steady pace; requests a second when there is no pause."""
    lacking = missing()
    if lacking or (os.cpu_count() or 1) <= OTHERS_CORE:
        wanted = " ".join(lacking) or "a machine of two cores"
        print(f"routing is left out: it needs {wanted} (apt-get install nginx wrk util-linux)")
        return
    seconds = 1.0 if effort.rounds < 5 else 3.0
    affinity = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {OTHERS_CORE})
    try:
        with proxies(effort.folder / "routing") as made:
            yield _finding(made, effort.rounds, seconds)
    finally:
        os.sched_setaffinity(0, affinity)


def _finding(made: Mapping[str, Proxy], rounds: int, seconds: float) -> Finding:
    names = list(made)
    shares: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            shares[name].append(_paced(made[name].port, seconds))
        for name in names[number % len(names) :] + names[: number % len(names)]:
            rates[name].append(_flat_out(made[name], seconds))
    added = {name: _added(shares[name], shares[DIRECT]) for name in names}
    per_core = {name: median(each for _, each in rates[name]) for name in names}
    per_second = {name: median(each for each, _ in rates[name]) for name in names}
    pairs = zip(rates[OURS], rates[PLAIN], strict=True)
    ratio = median(one / other for (_, one), (_, other) in pairs)
    p50, p99 = added[OURS]
    return Finding(
        "A request through a front-end",
        f"A page of 1 KiB. Added time: {PER_SECOND} requests a second over {CONNECTIONS}"
        " connections, from when each was due, less the same without a proxy; medians of"
        f" {rounds} rounds of {seconds:g} s. Without a pause: wrk with {LOAD_CONNECTIONS}"
        f" connections; the proxy on core {PROXY_CORE}, wrk and the server on the other. One core's"
        " worth is what it answered for each second of processor time that it used: the other"
        " core is full before nginx is. Skygarth verifies the node's card, signs a passport"
        " for each request and chooses the node; the others do not.",
        ("before the server", "added p50", "added p99", "requests/s", "a second of one core"),
        [
            (
                name,
                milliseconds(added[name][0]) if name != DIRECT else "",
                milliseconds(added[name][1]) if name != DIRECT else "",
                rate(per_second[name]),
                rate(per_core[name]) if name != DIRECT else "",
            )
            for name in names
        ],
        (
            Reach("added p50 under 1.5 ms", milliseconds(p50), p50 < P50_SECONDS_MAX),
            Reach("added p99 under 6 ms", milliseconds(p99), p99 < P99_SECONDS_MAX),
            at_least(RATIO_MIN, ratio, "nginx, on one core"),
        ),
    )


def _added(
    mine: Sequence[tuple[float, float]], direct: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Median over rounds of what p50 and p99 have more than without a proxy."""
    pairs = list(zip(mine, direct, strict=True))
    return (
        median(one[0] - other[0] for one, other in pairs),
        median(one[1] - other[1] for one, other in pairs),
    )


def _paced(port: int, seconds: float) -> tuple[float, float]:
    """p50 and p99 of seconds from when a request was due to its whole answer."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for each in sockets:
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _ask(each)
    times = []
    began = time.perf_counter()
    for number in range(int(PER_SECOND * seconds)):
        due = began + number / PER_SECOND
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        _ask(sockets[number % CONNECTIONS])
        times.append(time.perf_counter() - due)
    for each in sockets:
        each.close()
    return percentile(times, 0.5), percentile(times, 0.99)


def _ask(connection: socket.socket) -> None:
    connection.sendall(b"GET /page HTTP/1.1\r\nHost: example.org\r\nAccept: text/html\r\n\r\n")
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    left = length - len(body)
    while left:
        left -= len(connection.recv(left))


def _flat_out(proxy: Proxy, seconds: float) -> tuple[float, float]:
    """Requests a second, and for each second of processor time of the proxy."""
    used = proxy.cpu_seconds()
    command = ["wrk", "-t1", f"-c{LOAD_CONNECTIONS}", f"-d{int(seconds)}s"]
    command += [f"http://127.0.0.1:{proxy.port}/page"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = proxy.cpu_seconds() - used
    assert "Non-2xx" not in told, told
    count = next(int(line.split()[0]) for line in told.splitlines() if " requests in " in line)
    speed = next(line.split()[1] for line in told.splitlines() if "Requests/sec" in line)
    return float(speed), count / max(used, 0.01)
