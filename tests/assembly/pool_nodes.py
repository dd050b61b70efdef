"""Real nodes of several pools in one process, each with its server, and an application for them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import msgspec
import structlog
import uvicorn
from starlette.responses import Response
from tests.servers.answering import AnsweringServer
from tests.waiting import wait_until

from skygarth import Component, Type, attr, route
from skygarth.assembly import Application, open_node
from skygarth.assembly.serving import node_asgi
from skygarth.assembly.traces import NoTraces, Traces
from skygarth.assembly.wiring import Assembled
from skygarth.model.errors import NotFound
from skygarth.node.cluster_settings import ClusterSettings
from skygarth.node.setting_kinds import Secret
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings
from skygarth.web import Request
from skygarth.web.stopping import StopSignal

KEY = "skykey_" + "5a" * 32


class Jotting(Type, path="name"):
    """Something that a visitor wrote."""

    name: str = attr(max_length=40)


class Desk(Component):
    """Pages of the pool ``web``, some with parts that others make."""

    @route("/")
    def index(self, request: Request) -> Response:
        """Who reads."""
        return Response(f"desk for {request.identity.name or 'anybody'}")

    @route("/jot/{name:slug}", methods=("POST",))
    def jot(self, request: Request, name: str) -> Response:
        """Write something down."""
        request.repository.create(Jotting(name=name))
        return Response("written", 201)

    @route("/jot/{name:slug}")
    def read(self, request: Request, name: str) -> Response:
        """What was written."""
        if request.repository.by_path(f"/{name}") is None:
            raise NotFound(f"nobody wrote that. name={name!r}")
        return Response(name)

    @route("/page")
    def page(self, request: Request) -> Response:
        """A page with a part, and with data."""
        hits = request.call("/search/hits?q=cloud")
        return Response(f"<p>{hits}</p>{request.load('/search/box')}", media_type="text/html")

    @route("/gone")
    def gone(self, request: Request) -> Response:
        """A page whose part is not there."""
        return Response(request.load("/search/none"), media_type="text/html")


class Search(Component):
    """What nodes of the pool ``search`` do."""

    pool = "search"

    @route("/")
    def index(self, request: Request) -> Response:
        """Who searches, for whom."""
        return Response(f"search for {request.identity.name or 'anybody'}")

    @route("/", methods=("POST",))
    def take(self, request: Request) -> Response:
        """How much came."""
        return Response(str(len(request.body)))

    @route("/box")
    def box(self, request: Request) -> Response:
        """A part of a page."""
        return Response(f"<b>{request.identity.name or 'anybody'}</b>", media_type="text/html")

    @route("/origin")
    def origin(self, request: Request) -> Response:
        """Under which address the site is reached."""
        return Response(request.absolute("/x"))

    @route("/hits")
    def hits(self, request: Request) -> Response:
        """Data."""
        found = [request.query["q"], 3]
        return Response(msgspec.json.encode(found), media_type="application/json")

    @route("/none")
    def none(self, request: Request) -> Response:
        """Nothing."""
        raise NotFound("there is nothing to be found", code="SG-TEST-404", hint="look elsewhere")

    @route("/media", pool="media")
    def media(self, request: Request) -> Response:
        """What a pool would do that has no node."""
        return Response("never")

    @route("/simple", pool="media", fallback="plain")
    def simple(self, request: Request) -> Response:
        """The same, with a fallback."""
        return Response("never")

    def plain(self, request: Request) -> Response:
        """Instead."""
        return Response("plain")


@dataclass(frozen=True)
class PoolNode:
    """A node that answers at an address."""

    url: str
    assembled: Assembled

    def client(self, **headers: str) -> httpx2.Client:
        """Somebody who speaks to this node."""
        sent = {"Accept": "application/json", **headers}
        return httpx2.Client(base_url=self.url, headers=sent, timeout=20)


@contextmanager
def pool_node(
    name: str,
    pools: Sequence[str],
    folder: Path,
    key: str = KEY,
    traces: Callable[[str], Traces] = lambda _name: NoTraces(),
) -> Iterator[PoolNode]:
    """A node of these pools, with its data and the shared bucket in a folder."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings(
            node=NodeSettings(
                name=name, data=folder / name, pools=tuple(pools), card_every_seconds=0.1
            ),
            replication=ReplicationSettings(bucket=f"file://{folder / 'bucket'}"),
            cluster=ClusterSettings(key=Secret(key) if key else None),
        )
        application = Application((Jotting,), {"/": Desk(), "/search": Search()}, None)
        assembled = open_node(settings, application, address=url)
        app = node_asgi(assembled, StopSignal(), open_admin=False, traces=traces(name))
        server = AnsweringServer(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, args=([listener],), name=f"node {name}")
        logging_before = structlog.get_config()
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
        thread.start()
        try:
            assert server.answers.wait(30)
            wait_until(lambda: httpx2.get(f"{url}/readyz").is_success, f"{name} to be ready")
            yield PoolNode(url, assembled)
        finally:
            structlog.configure(**logging_before)
            server.should_exit = True
            thread.join(30)
            assembled.lock.release()


def _sees(each: PoolNode, count: int) -> bool:
    return len(each.assembled.node.membership.members(afresh=True)) == count


@contextmanager
def pools(
    folder: Path, key: str = KEY, traces: Callable[[str], Traces] = lambda _name: NoTraces()
) -> Iterator[tuple[PoolNode, PoolNode]]:
    """A node of the pool ``web`` and one of the pool ``search`` that know each other."""
    with ExitStack() as stack:
        web = stack.enter_context(pool_node("web-1", ["web"], folder, key, traces))
        search = stack.enter_context(pool_node("search-1", ["search"], folder, key, traces))
        for each in (web, search):
            wait_until(partial(_sees, each, 2), "both cards")
        yield web, search
