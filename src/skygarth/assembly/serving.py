"""Runs a node until it is told to stop.

SIGTERM (or Ctrl-C) takes at most five seconds: event streams are told to end, the node
leaves DNS and says that it drains while its door is still open, requests finish, what is
unpublished is published, the card says goodbye.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import structlog
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from skygarth.assembly.application_source import (
    ChosenApplication,
    application_store,
    choose_application,
)
from skygarth.assembly.listening import listen_at, own_address
from skygarth.assembly.plain_log import log_plainly
from skygarth.assembly.request_routing import RequestRouting
from skygarth.assembly.rolling_upgrade import RollingUpgrade
from skygarth.assembly.traces import Traces, traces_of
from skygarth.assembly.wiring import Assembled, open_node, open_settings_bucket
from skygarth.model.errors import SkygarthError
from skygarth.node.application_watch import ApplicationWatch
from skygarth.node.settings import Settings
from skygarth.node.upkeep import Duty
from skygarth.web.callers import Callers
from skygarth.web.node_app import StopSignal, build_node_app
from skygarth.web.site import Site

LEAVE_SECONDS = 0.8
"""For a card and an update of DNS; whatever hangs goes on beside the end."""
REQUESTS_SECONDS = 2
PUBLISH_SECONDS = 1.5
LOOK_SECONDS = 60.0
"""Between two looks at ``app.json``; each is a request."""
LOOK_SECONDS_FOLDER = 1.0
TURN_LOOK_SECONDS = 5.0
"""Between two tries to have the turn; while a cloud is upgraded, and only then, it pays."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_log = structlog.get_logger("skygarth")


def run_node(settings: Settings, app: str | None, *, open_admin: bool = False) -> int:
    """Run a node in the foreground; the exit code."""
    settings.refuse_unsupported()
    log_plainly()
    keys = settings.cluster.keys
    address = own_address(settings.node)
    with listen_at(settings.node.listen) as listener:
        chosen = choose_application(
            app,
            lambda: application_store(open_settings_bucket(settings), keys),
            settings.node.data,
        )
        assembled = open_node(settings, chosen.application, address=address)
        restart = Restart()
        follow_application(assembled, settings, chosen, restart, is_own=app is None)
        code = run_node_with(assembled, open_admin=open_admin, listener=listener, restart=restart)
    if restart.is_wanted:
        restart.carry_out()
    return code


class Restart:
    """Whether this process is to start itself again when it has ended well."""

    def __init__(self) -> None:
        self.is_wanted = False
        self.end: Callable[[], None] = lambda: None

    def request(self) -> None:
        """End the server as a signal would, and start again."""
        self.is_wanted = True
        self.end()

    def carry_out(self) -> NoReturn:
        """Become a new process with the same command line."""
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


def follow_application(
    assembled: Assembled,
    settings: Settings,
    chosen: ChosenApplication,
    restart: Restart,
    *,
    is_own: bool,
) -> None:
    """Let a node hold to what the bucket says of the application.

    Args:
        is_own: it runs the bucket's application, and takes new versions by itself.
    """
    node = assembled.node
    store = application_store(node.bucket, settings.cluster.keys)
    look_seconds = LOOK_SECONDS_FOLDER if settings.is_local else LOOK_SECONDS
    upgrade = RollingUpgrade(
        node,
        store,
        data=settings.node.data,
        running=chosen.record,
        restart=restart.request,
        environ=os.environ,
        look_seconds=min(look_seconds, TURN_LOOK_SECONDS),
    )
    watch = ApplicationWatch(
        store,
        chosen.application.versions,
        upgrade.published if is_own else None,
        memory=settings.node.data / "applications" / "may-serve.json",
    )
    node.reserve(lambda: watch.refusal)
    node.add_duty(Duty("application", watch.look, look_seconds))
    node.companions.add(upgrade)


def run_node_with(
    assembled: Assembled,
    *,
    open_admin: bool = False,
    listener: socket.socket | None = None,
    restart: Restart | None = None,
) -> int:
    """Run a node that has been put together; the exit code.

    Raises:
        Conflict, Denied, Invalid: it cannot listen at its address.
    """
    log_plainly()
    listen = assembled.listen
    if listener is None:
        try:
            listener = listen_at(listen)
        except SkygarthError:
            assembled.close()
            raise
    stopping = StopSignal()
    config = uvicorn.Config(
        node_asgi(assembled, stopping, open_admin=open_admin and listen.host in LOOPBACK),
        host=listen.host,
        port=listen.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=REQUESTS_SECONDS,
        lifespan="on",
    )
    node = assembled.node
    server = _StoppableServer(config, stopping, lambda: node.drain(REQUESTS_SECONDS))
    node.end_process = server.end
    if restart is not None:
        restart.end = server.end
    server.run(sockets=[listener])
    assembled.close()
    return 0 if server.started else 1


def node_asgi(
    assembled: Assembled, stopping: StopSignal, *, open_admin: bool, traces: Traces | None = None
) -> Starlette:
    """The node as an ASGI application that starts and stops replication with itself.

    Args:
        open_admin: the dashboard asks for no login.
        traces: where its requests are traced; by default as the environment says.
    """
    node, clock = assembled.node, assembled.clock
    traces = traces or traces_of(node.name, os.environ)

    def now() -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=clock.now_us())

    site = Site(
        assembled.application.components,
        repository=node.repository,
        now=now,
        templates=assembled.application.templates,
        identify=Callers(node.repository, clock.now_us),
    )
    registry = CollectorRegistry()
    routing = RequestRouting(assembled, site, registry)
    inner = build_node_app(
        node,
        site,
        open_admin=open_admin,
        secret=assembled.chance.bytes(32),
        stopping=stopping,
        now_us=clock.now_us,
        registry=registry,
        inside=[*traces.middleware, *routing.middleware],
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        node.start()
        routing.start()
        try:
            yield
        finally:
            stopping.set()
            routing.close()
            done = await asyncio.to_thread(node.stop, PUBLISH_SECONDS)
            assembled.lock.release()
            await asyncio.to_thread(traces.close)
            if not done:
                _log.warning(
                    "stopped with unpublished changes; they are published at the next start"
                )

    outer = Starlette(lifespan=lifespan)
    outer.mount("/", inner)
    return outer


class _StoppableServer(uvicorn.Server):
    """Ends event streams the moment a signal comes, and closes its door last.

    No open tab delays the end, and whoever is still led here finds the door open.

    Args:
        leave: be gone from where visitors look.
    """

    def __init__(
        self, config: uvicorn.Config, stopping: StopSignal, leave: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._leave = leave
        self._leaving: threading.Thread | None = None

    def end(self) -> None:
        """End at once; from any thread. Who calls this has left before."""
        self._stopping.set()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: object) -> None:  # noqa: ARG002 - uvicorn's signature
        """Take SIGTERM or SIGINT; the second of them waits for less."""
        self._stopping.set()
        if self._leaving is None:
            self._leaving = threading.Thread(target=self._leave_and_end, daemon=True)
            self._leaving.start()
            return
        self.should_exit = True
        if sig == signal.SIGINT:
            self.force_exit = True

    def _leave_and_end(self) -> None:
        leaving = threading.Thread(target=self._leave, daemon=True)
        leaving.start()
        leaving.join(LEAVE_SECONDS)
        self.should_exit = True
