"""``skygarth demo``: a whole cloud on this machine."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from skygarth.cli.faults import UsageFault

NODES_MAX = 20


def demo(
    *,
    nodes: int = 3,
    port: int = 8100,
    once: Annotated[bool, Parameter(negative="", show_default=False)] = False,
) -> int:
    """Run a cloud on this machine, to watch and to break; Ctrl-C ends it.

    Args:
        nodes: How many nodes.
        port: Port of the front-end; the nodes take those after it.
        once: Verify the cloud from end to end, report, and exit.
    """
    if not 1 <= nodes <= NODES_MAX:
        raise UsageFault(
            f"that many nodes do not fit here. nodes={nodes}", hint=f"give 1 to {NODES_MAX}"
        )
    if not 1 <= port <= 65_535 - nodes:
        raise UsageFault(f"there is no such port. port={port}", hint="give one from 1024 on")
    from skygarth.assembly.demo import run_demo  # only where a node starts: --help must be fast

    return run_demo(nodes, port, once)
