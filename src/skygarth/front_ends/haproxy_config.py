"""A whole configuration for HAProxy: one backend for each pool, and the nodes as they are now.

It works as it is; `skygarth haproxy push` then keeps the servers in step through
the runtime socket, without a reload. Health is each node's own ``/readyz``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from skygarth.front_ends.targets import Target, pools_of
from skygarth.model.errors import Invalid

BACKEND_PREFIX = "pool_"
CHECK = "check inter 500ms fall 2 rise 1"
_POOL = re.compile(r"[a-z0-9][a-z0-9_-]{0,38}")
_SAFE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class HaproxyPlan:
    """What an operator decides.

    Attributes:
        bind: where visitors come in, such as ``:80``.
        socket: the runtime socket that `push` speaks to.
        routes: pool by the beginning of the path; everything else goes to ``web``.
    """

    bind: str
    socket: str
    routes: Sequence[tuple[str, str]] = ()


def render_haproxy(plan: HaproxyPlan, targets: Sequence[Target]) -> str:
    """The text of ``haproxy.cfg``.

    Raises:
        Invalid: something cannot stand in a configuration (SG-HAPROXY-001).
    """
    for text in (plan.bind, plan.socket, *(path for path, _ in plan.routes)):
        _refuse_unsafe(text)
    pools = sorted({*pools_of(list(targets)), *(pool for _, pool in plan.routes)})
    for pool in pools:
        if not _POOL.fullmatch(pool):
            raise _unusable(pool)
    routes = "".join(_route(path, backend_of(pool)) for path, pool in plan.routes)
    backends = "\n".join(_backend(pool, targets) for pool in pools)
    return _HEAD.format(bind=plan.bind, socket=plan.socket, routes=routes) + backends


def backend_of(pool: str) -> str:
    """What HAProxy calls a pool."""
    return BACKEND_PREFIX + pool


def _route(path: str, backend: str) -> str:
    """To a pool while somebody of it is well; without one, web answers as it can."""
    return f"    use_backend {backend} if {{ path_beg {path} }} {{ nbsrv({backend}) gt 0 }}\n"


def _backend(pool: str, targets: Sequence[Target]) -> str:
    servers = "".join(
        f"    server {target.server} {target.endpoint} {CHECK} weight {target.weight}\n"
        for target in sorted(targets, key=lambda each: each.server)
        if target.is_here and pool in target.pools
    )
    return _BACKEND.format(backend=backend_of(pool), servers=servers)


def _refuse_unsafe(text: str) -> None:
    if not _SAFE.fullmatch(text) or "#" in text or "{" in text:
        raise _unusable(text)


def _unusable(text: str) -> Invalid:
    return Invalid(
        f"this cannot stand in a configuration of haproxy. text={text!r}",
        code="SG-HAPROXY-001",
        hint="use plain addresses, paths and names without blanks",
    )


_HEAD = """\
# Made by `skygarth haproxy render`. Servers are kept in step by
# `skygarth haproxy push --socket {socket} --watch`.
global
    stats socket {socket} mode 660 level admin

defaults
    mode http
    option http-keep-alive
    # A request that could not be handed over goes to another node; one that was, only if it
    # changes nothing: a node that ends closes connections that are about to be used again.
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 15s
    timeout queue 5s
    timeout tunnel 1h

frontend visitors
    bind {bind}
    # What visitors say of themselves is not believed.
    http-request del-header X-Forwarded-For
    http-request del-header Forwarded
    http-request del-header Skygarth-Passport
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
    http-request set-header X-Forwarded-Proto http if !{{ ssl_fc }}
    http-request disable-l7-retry unless METH_GET
{routes}    default_backend pool_web

"""

_BACKEND = """\
backend {backend}
    balance leastconn
    option httpchk GET /readyz
    http-check expect status 200
{servers}"""
