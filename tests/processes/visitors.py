"""Visitors who find a site by DNS: each asks as often as the TTL allows, and takes one address.

What a browser and its resolver do, without the caches of this machine between:
an answer is kept for its TTL and not a moment longer.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import httpx2


@dataclass(frozen=True, slots=True)
class Visit:
    """One request.

    Attributes:
        at: when it was sent, by the monotonic clock.
        address: to whom.
        served: whether it was answered with the page.
    """

    at: float
    address: str
    served: bool


@dataclass
class Visitors:
    """Those of one site.

    Attributes:
        name: of the site.
        port: of its HTTP, at every address.
        dns_port: of the name server, on loopback.
    """

    name: str
    port: int
    dns_port: int
    visits: list[Visit] = field(default_factory=list)
    resolved: set[str] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def coming(self, count: int = 3) -> Iterator[None]:
        """Visits all the while."""
        threads = [threading.Thread(target=self._come, args=(seed,)) for seed in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join(20)

    def to(self, address: str) -> list[Visit]:
        """The visits to one address."""
        return [visit for visit in list(self.visits) if visit.address == address]

    def _come(self, seed: int) -> None:
        chance = random.Random(seed)
        until, addresses = 0.0, list[str]()
        with httpx2.Client(timeout=5) as client:
            while not self.stopping.wait(0.01):
                if time.monotonic() >= until:
                    addresses, ttl = self._resolve()
                    until = time.monotonic() + ttl
                if addresses:
                    self._visit(client, chance.choice(addresses))

    def _resolve(self) -> tuple[list[str], float]:
        try:
            query = dns.message.make_query(self.name, "A")
            answer = dns.query.udp(query, "127.0.0.1", port=self.dns_port, timeout=2)
        except (dns.exception.DNSException, OSError):
            return [], 0.0
        found = [each for each in answer.answer if each.rdtype == dns.rdatatype.A]
        addresses = sorted(record.to_text() for each in found for record in each)
        self.resolved.update(addresses)
        return addresses, min((each.ttl for each in found), default=0)

    def _visit(self, client: httpx2.Client, address: str) -> None:
        at = time.monotonic()
        try:
            served = client.get(f"http://{address}:{self.port}/").is_success
        except httpx2.TransportError:
            served = False
        self.visits.append(Visit(at, address, served))
