"""``skygarth demo --once``: is the cloud on this machine really one cloud?

Each check is what a newcomer would try by hand, over HTTP, on real processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx2
from rich.console import Console

from skygarth.clock.port import Clock
from skygarth.model.errors import TimedOut

WAIT_SECONDS = 20.0
_PATH = "/blog/welcome"


class VerifiedNode(Protocol):
    """What is needed of a node: where it answers, and that it can be lost."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def address(self) -> str:
        """Where it answers HTTP."""
        ...

    def lose(self) -> None:
        """Kill it as a power cut would, and delete its data."""
        ...

    def start(self) -> None:
        """Start it."""
        ...


@dataclass(frozen=True, slots=True)
class CloudCheck:
    """Asks the nodes of a cloud over HTTP.

    Args:
        token: of an administrator.
        http: carries the questions; to make one for each took 0.1 s.
    """

    nodes: list[VerifiedNode]
    frontend: str
    token: str
    clock: Clock
    http: httpx2.Client

    def run(self, console: Console) -> int:
        """Run every check; 0 if all hold, 9 (unhealthy) if one does not."""
        deeds: list[tuple[str, Callable[[], None]]] = [
            ("the site is on every node", self.site_is_everywhere),
            ("an edit on one is read on all", self.edit_is_read_everywhere),
            ("pages come through the front-end", self.frontend_answers),
            ("a cut node takes writes, and all agree after healing", self.cut_and_heal),
            ("the value set aside is listed everywhere, and settled once", self.settle),
            ("a node that lost its disk fills itself again", self.lose_a_disk),
            ("all nodes hold equal content", self.digests_are_equal),
        ]
        for title, deed in deeds:
            began = self.clock.monotonic()
            try:
                deed()
            except (TimedOut, httpx2.HTTPError, KeyError) as fault:
                console.print(f"[red]failed[/]  {title}: {fault!r}")
                return 9
            console.print(f"[green]ok[/]      {title}  ({self.clock.monotonic() - began:.1f} s)")
        return 0

    # -- checks --------------------------------------------------------------------------------

    def site_is_everywhere(self) -> None:
        """The imported page is read on every node, equal in GUID and fields."""
        self._wait("the page on every node", lambda: all(map(self._has_page, self.nodes)))
        first, *others = [self._object(node) for node in self.nodes]
        for other in others:
            if (other["guid"], other["fields"]) != (first["guid"], first["fields"]):
                raise TimedOut(f"nodes differ in {_PATH}")

    def edit_is_read_everywhere(self) -> None:
        """What is written on the first node is read on the last."""
        self._edit(self.nodes[0], "Written on one node")
        self._wait_for_title("Written on one node")

    def frontend_answers(self) -> None:
        """Some node answers each request to the front-end."""
        for _ in self.nodes:
            self.http.get(f"{self.frontend}{_PATH}").raise_for_status()

    def cut_and_heal(self) -> None:
        """Both sides of a cut take writes; then all show one value."""
        here, there = self.nodes[0], self.nodes[-1]
        self._do(there, "/sync/pause")
        self._edit(here, "Edited here")
        self._edit(there, "Edited there")
        self._do(there, "/sync/resume")
        if here is not there:
            self._wait("a conflict on every node", lambda: all(map(self._conflicts, self.nodes)))

    def settle(self) -> None:
        """One settlement ends the conflict on every node."""
        ids = [[conflict["id"] for conflict in self._conflicts(node)] for node in self.nodes]
        if any(listed != ids[0] for listed in ids):
            raise TimedOut(f"nodes list different conflicts: {ids}")
        for conflict in ids[0]:
            self._do(self.nodes[0], f"/conflicts/{conflict}", {"take": "set_aside"})
        self._wait("no conflict", lambda: not any(map(self._conflicts, self.nodes)))

    def lose_a_disk(self) -> None:
        """The last node is killed and loses its folder; it comes back with everything."""
        lost = self.nodes[-1]
        before = self._facts(lost)
        lost.lose()
        lost.start()
        self._wait(f"{lost.name} to be ready", lambda: self._is_ready(lost))
        self._wait(
            f"{lost.name} to hold everything",
            lambda: self._facts(lost)["objects"] == before["objects"],
        )
        if self._facts(lost)["incarnation"] == before["incarnation"]:
            raise TimedOut("a new disk kept an old identity")

    def digests_are_equal(self) -> None:
        """Equal vectors, equal digests."""

        def agree() -> bool:
            facts = [self._facts(node) for node in self.nodes]
            return len({(str(sorted(f["vector"].items())), f["digest"]) for f in facts}) == 1

        self._wait("equal digests", agree)

    # -- asking ----------------------------------------------------------------------------------

    def _ask(
        self,
        node: VerifiedNode,
        path: str,
        *,
        method: str = "GET",
        body: object = None,
        etag: str = "*",
    ) -> httpx2.Response:
        """The API's answer, which may be a refusal."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "PATCH":
            headers["If-Match"] = etag
        address = f"{node.address}/api/v1{path}"
        return self.http.request(method, address, headers=headers, json=body)

    def _told(self, node: VerifiedNode, path: str) -> httpx2.Response:
        return self._ask(node, path).raise_for_status()

    def _do(self, node: VerifiedNode, path: str, body: object = None) -> None:
        self._ask(node, path, method="POST", body=body).raise_for_status()

    def _object(self, node: VerifiedNode) -> dict[str, object]:
        answer: dict[str, object] = self._told(node, f"/tree{_PATH}").json()
        return answer

    def _facts(self, node: VerifiedNode) -> dict[str, dict[str, int]]:
        facts: dict[str, dict[str, int]] = self._told(node, "/node").json()
        return facts

    def _conflicts(self, node: VerifiedNode) -> list[dict[str, str]]:
        listed = self._told(node, "/conflicts").json()["items"]
        return [conflict for conflict in listed if conflict["field"] == "title"]

    def _has_page(self, node: VerifiedNode) -> bool:
        return self._ask(node, f"/tree{_PATH}").is_success

    def _is_ready(self, node: VerifiedNode) -> bool:
        try:
            return self.http.get(f"{node.address}/readyz", timeout=2).is_success
        except httpx2.HTTPError:
            return False

    def _edit(self, node: VerifiedNode, title: str) -> None:
        guid = self._object(node)["guid"]
        etag = self._told(node, f"/objects/{guid}").headers["ETag"]
        body = {"fields": {"title": title}}
        answer = self._ask(node, f"/objects/{guid}", method="PATCH", body=body, etag=etag)
        answer.raise_for_status()

    def _wait_for_title(self, title: str) -> None:
        def shown(node: VerifiedNode) -> bool:
            fields = self._object(node)["fields"]
            return isinstance(fields, dict) and fields["title"] == title

        self._wait(f"the title {title!r} everywhere", lambda: all(map(shown, self.nodes)))

    def _wait(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = self.clock.monotonic() + WAIT_SECONDS
        while not condition():
            if self.clock.monotonic() > deadline:
                raise TimedOut(f"waited {WAIT_SECONDS:.0f} s in vain for {what}")
            self.clock.sleep(0.05)
