"""Runs a node until it is told to stop.

SIGTERM (or Ctrl-C) takes at most five seconds: event streams are told to end,
requests finish, what is unpublished is published, the card says goodbye.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog
import uvicorn
from starlette.applications import Starlette

from skygarth.assembly.application import load_application
from skygarth.assembly.listening import listen_at
from skygarth.assembly.wiring import Assembled, open_node
from skygarth.model.errors import SkygarthError
from skygarth.node.settings import Settings
from skygarth.web.node_app import StopSignal, build_node_app
from skygarth.web.site import Site

REQUESTS_SECONDS = 2
PUBLISH_SECONDS = 2.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_log = structlog.get_logger("skygarth")


def run_node(settings: Settings, app: str | None, *, open_admin: bool = False) -> int:
    """Run a node in the foreground; the exit code."""
    application = load_application(app)
    address = f"http://{settings.node.listen}"
    with listen_at(settings.node.listen) as listener:
        assembled = open_node(settings, application, address=address)
        return run_node_with(assembled, open_admin=open_admin, listener=listener)


def run_node_with(
    assembled: Assembled, *, open_admin: bool = False, listener: socket.socket | None = None
) -> int:
    """Run a node that has been put together; the exit code.

    Raises:
        Conflict, Denied, Invalid: it cannot listen at its address.
    """
    _log_plainly()
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
    server = _StoppableServer(config, stopping)
    server.run(sockets=[listener])
    assembled.close()
    return 0 if server.started else 1


def node_asgi(assembled: Assembled, stopping: StopSignal, *, open_admin: bool) -> Starlette:
    """The node as an ASGI application that starts and stops replication with itself."""
    node, clock = assembled.node, assembled.clock

    def now() -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=clock.now_us())

    site = Site(
        assembled.application.components,
        repository=node.repository,
        now=now,
        templates=assembled.application.templates,
    )
    inner = build_node_app(
        node,
        site,
        open_admin=open_admin,
        secret=assembled.chance.bytes(32),
        stopping=stopping,
        now_us=clock.now_us,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        node.start()
        try:
            yield
        finally:
            stopping.set()
            done = await asyncio.to_thread(node.stop, PUBLISH_SECONDS)
            assembled.lock.release()
            if not done:
                _log.warning(
                    "stopped with unpublished changes; they are published at the next start"
                )

    outer = Starlette(lifespan=lifespan)
    outer.mount("/", inner)
    return outer


def _log_plainly() -> None:
    """Log tracebacks without the values of variables: among them are tokens and bodies."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class _StoppableServer(uvicorn.Server):
    """Ends event streams the moment a signal comes, so that no open tab delays the end."""

    def __init__(self, config: uvicorn.Config, stopping: StopSignal) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: object) -> None:  # noqa: ARG002 - uvicorn's signature
        """Take SIGTERM or SIGINT."""
        self._stopping.set()
        if sig == signal.SIGINT and self.should_exit:
            self.force_exit = True
        self.should_exit = True
