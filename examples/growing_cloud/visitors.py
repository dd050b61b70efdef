"""People who read and write while the cloud changes under them.

Readers come through HAProxy, or find a node by DNS as a browser does: an answer
is kept for its TTL, and an address that takes no connection is passed over for
the next. Writers come through HAProxy and wait until what they wrote is in the
bucket. Everybody remembers what was answered.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import httpx2
from examples.growing_cloud.timeline import Answered, Timeline

PATIENCE_SECONDS = 15.0
PAGES = ("/", "/", "/search?q=cloud")
PAUSE_SECONDS = 0.02
WRITER_PAUSE_SECONDS = 0.1


@dataclass
class Visitors:
    """All of them.

    Attributes:
        front: URL of HAProxy.
        name: of the site in DNS.
        dns_port: of the name server, on loopback.
        port: of the nodes' HTTP, at each of their addresses.
        token: with which writers write.
        written: GUID and title of each article whose writing was acknowledged.
    """

    timeline: Timeline
    front: str
    name: str
    dns_port: int
    port: int
    token: str
    written: dict[str, str] = field(default_factory=dict)
    _ends: threading.Event = field(default_factory=threading.Event)
    _names: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def coming(self, readers: int, writers: int) -> Iterator[None]:
        """Let so many readers come each way, and so many writers."""
        tasks: list[Callable[[], None]] = []
        for seed in range(readers):
            tasks.append(partial(self._read_through_haproxy, random.Random(seed)))
            tasks.append(partial(self._read_through_dns, random.Random(seed)))
        tasks += [self._write] * writers
        threads = [threading.Thread(target=task, daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join(2 * PATIENCE_SECONDS)

    # -- readers ----------------------------------------------------------------------------

    def _read_through_haproxy(self, chance: random.Random) -> None:
        with httpx2.Client(base_url=self.front, timeout=PATIENCE_SECONDS) as client:
            while not self._ends.wait(PAUSE_SECONDS):
                self._ask("haproxy", partial(client.get, chance.choice(PAGES)))

    def _read_through_dns(self, chance: random.Random) -> None:
        until, addresses = 0.0, list[str]()
        with httpx2.Client(timeout=PATIENCE_SECONDS) as client:
            while not self._ends.wait(PAUSE_SECONDS):
                if time.monotonic() >= until:
                    addresses, ttl = self._resolve()
                    until = time.monotonic() + ttl
                if addresses:
                    order = chance.sample(addresses, len(addresses))
                    page = chance.choice(PAGES)
                    self._ask("dns", partial(self._first, client, order, page))

    def _first(self, client: httpx2.Client, addresses: Sequence[str], path: str) -> httpx2.Response:
        """From the first address that takes a connection."""
        for address in addresses[:-1]:
            try:
                return client.get(f"http://{address}:{self.port}{path}")
            except httpx2.ConnectError:
                continue
        return client.get(f"http://{addresses[-1]}:{self.port}{path}")

    def _resolve(self) -> tuple[list[str], float]:
        try:
            query = dns.message.make_query(self.name, "A")
            answer = dns.query.udp(query, "127.0.0.1", port=self.dns_port, timeout=2)
        except (dns.exception.DNSException, OSError):
            return [], 0.0
        found = [each for each in answer.answer if each.rdtype == dns.rdatatype.A]
        addresses = [record.to_text() for each in found for record in each]
        return addresses, min((each.ttl for each in found), default=0)

    # -- writers ----------------------------------------------------------------------------

    def _write(self) -> None:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Prefer": "wait=10, durability=bucket",
        }
        with httpx2.Client(
            base_url=self.front, timeout=PATIENCE_SECONDS, headers=headers
        ) as client:
            while not self._ends.wait(WRITER_PAUSE_SECONDS):
                name = f"visit-{next(self._names)}"
                title = f"Written by {name}"
                body = {"fields": {"name": name, "title": title}}
                answer = self._ask("haproxy", partial(client.post, "/api/v1/article", json=body))
                if answer is not None:
                    self.written[answer.json()["guid"]] = title

    # -- both -------------------------------------------------------------------------------

    def _ask(self, through: str, request: Callable[[], httpx2.Response]) -> httpx2.Response | None:
        """Send a request and note how it went; its answer, if it was served."""
        at = self.timeline.now()
        answer, fault = None, ""
        try:
            answer = request()
            if not answer.is_success:
                fault = f"{answer.status_code} {answer.text[:200]}"
        except httpx2.HTTPError as broken:
            fault = f"{type(broken).__name__}: {broken}"
        self.timeline.requests.append(Answered(at, self.timeline.now(), through, not fault, fault))
        return None if fault else answer
