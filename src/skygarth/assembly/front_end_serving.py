"""Runs a front-end until it is told to stop: a node with no data of its own.

It reads the cards in the bucket, asks each node whether it is ready, and hands
every request to one that is. SIGTERM lets answers finish for a few seconds.
"""

from __future__ import annotations

import asyncio
import signal
import socket

import uvloop
from prometheus_client import CollectorRegistry, generate_latest

from skygarth.assembly.listening import BACKLOG, listen_at
from skygarth.assembly.plain_log import log_plainly
from skygarth.assembly.routing_means import means_of
from skygarth.assembly.wiring import open_settings_bucket
from skygarth.clock.chance import Chance
from skygarth.clock.wall_clock import WallClock
from skygarth.node.membership import CARD_PURPOSE
from skygarth.node.settings import Settings
from skygarth.routing.cards import cards_in
from skygarth.routing.choice import ANYBODY
from skygarth.routing.figures import NodeFigures, RoutingFigures
from skygarth.routing.front_end import FrontEnd, Limits
from skygarth.routing.own_answers import Own, OwnAnswer
from skygarth.routing.passport import PASSPORT_PURPOSE
from skygarth.routing.proxy import FrontConnection
from skygarth.routing.router import Router
from skygarth.routing.watch import Watch

CARDS_SECONDS_FOLDER = 1.0
CARDS_SECONDS_STORE = 15.0
"""Between two looks at the cards: each is a listing, $0.9 a month at this pace on S3."""

SWEEP_SECONDS = 1.0
FINISH_SECONDS = 5.0
"""How long answers may take that are under way when the front-end is told to stop."""

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def run_front_end(settings: Settings, limits: Limits) -> int:
    """Serve in the foreground; the exit code.

    Raises:
        Conflict, Denied, Invalid: it cannot listen at its address, or a setting is none.
    """
    log_plainly()
    keys = settings.cluster.keys
    clock = WallClock()
    registry = CollectorRegistry()
    router = Router(
        settings.node.name,
        means_of(clock, Chance()),
        RoutingFigures(registry),
        signer=keys.signer(PASSPORT_PURPOSE),
    )
    registry.register(NodeFigures(lambda: router.nodes, clock.monotonic))
    watch = Watch(
        router,
        cards_in(open_settings_bucket(settings), clock, keys.signer(CARD_PURPOSE)),
        cards_seconds=CARDS_SECONDS_FOLDER if settings.is_local else CARDS_SECONDS_STORE,
    )
    front = FrontEnd(router, limits, own_answers(router, registry))
    with listen_at(settings.node.listen) as listener:
        uvloop.run(_serve(front, watch, listener))
    return 0


def own_answers(router: Router, registry: CollectorRegistry) -> Own:
    """Health and figures of the front-end itself, at the addresses where nodes have theirs."""

    def readyz() -> OwnAnswer:
        if router.has_any(ANYBODY):
            return OwnAnswer(200, "application/json", b'{"ready":true,"state":"ready"}')
        return OwnAnswer(503, "application/json", b'{"ready":false,"state":"no node is ready"}')

    return {
        b"/livez": lambda: OwnAnswer(200, "application/json", b'{"live":true}'),
        b"/readyz": readyz,
        b"/metrics": lambda: OwnAnswer(200, _METRICS_TYPE, generate_latest(registry)),
    }


async def _serve(front: FrontEnd, watch: Watch, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for sort in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sort, stopping.set)
    await watch.look()
    server = await loop.create_server(
        lambda: FrontConnection(front), sock=listener, backlog=BACKLOG
    )
    watching = asyncio.create_task(watch.run())
    sweeping = asyncio.create_task(_sweep(front))
    await stopping.wait()
    server.close()
    front.stop()
    await _finish(front)
    front.abort()
    watching.cancel()
    sweeping.cancel()
    front.router.close()


async def _sweep(front: FrontEnd) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        front.sweep()


async def _finish(front: FrontEnd) -> None:
    """Wait until every answer is whole, but not for ever."""
    ends_at = front.router.means.monotonic() + FINISH_SECONDS
    while front.connections and front.router.means.monotonic() < ends_at:  # noqa: ASYNC110 - it ends with none, or in time
        await asyncio.sleep(0.02)
