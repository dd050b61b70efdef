"""Real nodes for tests of what they say over HTTP: threads, a database each, a folder as bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from starlette.testclient import TestClient

from skygarth import Type, attr
from skygarth.assembly import Application, open_node
from skygarth.node.notices_settings import NoticesSettings
from skygarth.node.running import RunningNode
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings
from skygarth.repository import Repository
from skygarth.repository.tokens import create_token
from skygarth.web.content_figures import FiguresReader
from skygarth.web.node_app import StopSignal, build_node_app
from skygarth.web.watching.reading import CloudReader

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

WAIT_SECONDS = 20.0
HOST = "http://127.0.0.1"


class Shelf(Type, path="name"):
    """Where books stand."""

    name: str = attr(max_length=40, pattern=r"[a-z0-9-]+")
    above: Shelf | None = attr(default=None, tree=True)


class Book(Type, path="name"):
    """A book, with a field of most kinds."""

    name: str = attr(max_length=40, pattern=r"[a-z0-9-]+")
    title: str = attr(max_length=80, search=True)
    pages: int | None = attr(default=None)
    price: Decimal = attr(default=Decimal(0), places=2)
    printed: datetime | None = attr(default=None)
    lent: bool = attr(default=False)
    words: list[str] = attr(default=[])
    shelf: Shelf | None = attr(default=None, tree=True)


@dataclass
class CloudNode:
    """A running node and a way to speak to it as anybody."""

    node: RunningNode
    app: TestClient
    stopping: StopSignal
    data: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def repository(self) -> Repository:
        """The node's content, without HTTP."""
        return self.node.repository

    def token(self, role: str) -> str:
        """A token of that role; made when it is first needed."""
        if role not in self.tokens:
            secret = f"{self.node.name} {role}".ljust(32).encode()
            self.tokens[role] = create_token(self.repository, name=role, role=role, secret=secret)
        return self.tokens[role]

    def visitor(self) -> TestClient:
        """Somebody without a token, at the API."""
        return TestClient(self.app.app, base_url=f"{HOST}/api/v1/")

    def client(self, role: str = "admin") -> TestClient:
        """Somebody with a token, at the API."""
        client = self.visitor()
        client.headers["Authorization"] = f"Bearer {self.token(role)}"
        return client

    def browser(self) -> TestClient:
        """Somebody at the dashboard, who keeps cookies and follows no redirect by himself."""
        return TestClient(self.app.app, base_url=HOST, follow_redirects=False)

    def waits_for(self, condition: Callable[[], object]) -> None:
        """Return once something holds that replication brings about."""
        pause = self.node.clock.sleep
        deadline = self.node.clock.monotonic() + WAIT_SECONDS
        while not condition():
            assert self.node.clock.monotonic() < deadline, "waited in vain"
            pause(0.01)


def watch(node: CloudNode, now_us: Callable[[], int] | None = None) -> CloudReader:
    """Somebody who watches the cloud from this node."""
    return CloudReader(node.node, FiguresReader(node.node), now_us or node.node.clock.now_us)


@contextmanager
def running(
    name: str, folder: Path, *, open_admin: bool = False, notices: tuple[str, ...] = ()
) -> Iterator[CloudNode]:
    """A node of that name; those with one folder are one cloud."""
    settings = Settings(
        node=NodeSettings(name=name, data=folder / name),
        replication=ReplicationSettings(bucket=f"file://{folder / 'bucket'}"),
        notices=NoticesSettings(use=notices),
    )
    assembled = open_node(settings, Application((Shelf, Book)), address=f"http://{name}.example")
    node, stopping = assembled.node, StopSignal()
    node.membership._fresh_seconds = 0.05  # cards of a folder cost nothing, and tests are impatient
    app = build_node_app(
        node,
        None,
        open_admin=open_admin,
        secret=name.encode() * 16,
        stopping=stopping,
        now_us=assembled.clock.now_us,
    )
    node.start()
    running_node = CloudNode(node, TestClient(app, base_url=HOST), stopping, settings.node.data)
    try:
        running_node.waits_for(lambda: node.state == "ready")
        yield running_node
    finally:
        stopping.set()
        node.stop()
        assembled.lock.release()
