"""``skygarth haproxy``: let an HAProxy that is there already follow the cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from skygarth.cli.answers import NodesAnswer
from skygarth.cli.faults import UsageFault
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal
from skygarth.cli.waiting import MACHINE
from skygarth.front_ends.haproxy_config import HaproxyPlan, backend_of, render_haproxy
from skygarth.front_ends.haproxy_socket import HaproxySocket
from skygarth.front_ends.haproxy_steps import Step, steps_for
from skygarth.front_ends.targets import Target, pools_of
from skygarth.model.errors import Conflict, Invalid, NotFound, Unavailable

app = App(name="haproxy", help="Let an HAProxy follow the cloud.", help_format="plaintext")

SOCKET = "/run/haproxy/skygarth.sock"
EXISTS = "SG-HAPROXY-007"
ROUNDS_MAX = 20
"""Adding, draining and removing one server takes several rounds of one push."""


@app.command
def render(
    *,
    bind: str = ":8000",
    socket: str = SOCKET,
    route: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    out: Path | None = None,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Print a whole configuration with a backend for each pool and the nodes of now.

    Args:
        bind: Where visitors come in.
        socket: Runtime socket that push will speak to.
        route: Paths of a pool, such as /search=search; the rest goes to web.
        out: File to write; it is not written over.
    """
    text = render_haproxy(HaproxyPlan(bind, socket, [_route(each) for each in route]), _targets(at))
    terminal = Terminal(output)
    if out is None:
        terminal.facts({"config": text}, lambda: text.rstrip("\n"))
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as cause:
        raise Conflict(
            f"the file is there already. file={str(out)!r}",
            code=EXISTS,
            hint="choose another name, or remove it first",
        ) from cause
    terminal.done(f"written {out}; check it with: haproxy -c -f {out}")


@app.command
def push(
    *,
    socket: str = SOCKET,
    watch: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    every: float = 1.0,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Bring a running HAProxy in line with the cloud, without a reload.

    Adds nodes that came, drains those that drain, removes those that went, and gives
    the busy ones less. Servers that were not made by skygarth are left alone.

    Args:
        socket: HAProxy's runtime socket.
        watch: Go on until it is ended, printing what changes.
        every: Seconds between two looks while watching.
    """
    haproxy, terminal = HaproxySocket(socket), Terminal(output)
    if not watch:
        haproxy.check_version()
        done = _settle(haproxy, _targets(at))
        terminal.facts(
            {"changes": [step.meaning for step in done if step.meaning]},
            lambda: "\n".join(step.meaning for step in done if step.meaning) or "in line already",
        )
        return
    fault = ""
    while True:
        try:
            for step in _round(haproxy, _targets(at)):
                if step.meaning:
                    terminal.done(step.meaning)
            fault = ""
        except (Unavailable, NotFound, Invalid) as problem:
            if str(problem) != fault:
                terminal.done(f"{problem.code}: {problem}; trying again")
            fault = str(problem)
        MACHINE.sleep(every)


def _settle(haproxy: HaproxySocket, targets: list[Target]) -> list[Step]:
    """Rounds until nothing is left to do, or only waiting for connections to end."""
    done: list[Step] = []
    for _ in range(ROUNDS_MAX):
        steps = _round(haproxy, targets)
        done += steps
        if not steps:
            break
    return done


def _round(haproxy: HaproxySocket, targets: list[Target]) -> list[Step]:
    steps: list[Step] = []
    for pool in pools_of(targets):
        backend = backend_of(pool)
        members = [target for target in targets if pool in target.pools]
        steps += steps_for(backend, haproxy.servers(backend), members)
    for step in steps:
        haproxy.tell(step.command)
    return steps


def _targets(at: NodeAddress) -> list[Target]:
    with NodeClient(at) as client:
        nodes = client.get("nodes", NodesAnswer).value.items
    return [
        Target(
            node.name,
            node.incarnation,
            node.state,
            node.address or "",
            tuple(node.pools),
            node.load or 0.0,
        )
        for node in nodes
    ]


def _route(text: str) -> tuple[str, str]:
    path, equals, pool = text.partition("=")
    if not equals or not path.startswith("/") or not pool:
        raise UsageFault(f"this is no route. route={text!r}", hint="write /search=search")
    return path, pool
