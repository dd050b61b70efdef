"""The acts: a cloud grows, is upgraded, hurt, cut, cloned and shrunk while people use it.

Each act waits for what it is about, not for a time. What must hold is checked
at the end: nobody was turned away but those whose node was killed under them,
nothing acknowledged is lost, and all nodes hold the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from examples.growing_cloud.cloud import TTL_SECONDS, URL, Cloud
from examples.growing_cloud.timeline import Answered, Timeline
from examples.growing_cloud.visitors import Visitors
from examples.growing_cloud.wheels import ENTRY, build_edition
from tests.processes.node_process import NodeProcess, wait_for_agreement
from tests.servers.name_servers import SEARCH, WEB
from tests.waiting import wait_until

from skygarth.cli.main import main

UPGRADE_SECONDS = 240.0
BREATH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the story is.

    Attributes:
        site: a Jekyll tree to import.
        web: nodes that come after the first, for everything.
        search: nodes that come for search alone.
        readers: visitors each way.
    """

    site: Path
    web: Sequence[str]
    search: Sequence[str]
    readers: int = 3
    writers: int = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left to judge.

    Attributes:
        failed: requests that nobody can be excused for.
        excused: those that were under way on the node that was killed.
        lost: GUIDs of articles that were acknowledged and are not on every node.
        incarnations: of all nodes, the clone included.
        objects: how many each node holds.
        agree: whether all nodes hold the same.
    """

    failed: list[Answered]
    excused: list[Answered]
    lost: list[str]
    incarnations: list[str]
    objects: list[int]
    agree: bool

    @property
    def is_well(self) -> bool:
        """Whether everything held that must."""
        distinct = len(set(self.incarnations)) == len(self.incarnations)
        return not self.failed and not self.lost and distinct and self.agree


def tell(cloud: Cloud, timeline: Timeline, plan: Plan) -> Outcome:
    """Play all acts and look what is left."""
    _begin(cloud, timeline, plan)
    visitors = Visitors(
        timeline, cloud.front, WEB, cloud.knot.port, cloud.port, cloud.nodes["a"].token
    )
    cloud.watch()
    with visitors.coming(plan.readers, plan.writers):
        _grow(cloud, timeline, plan)
        _upgrade(cloud, timeline)
        death = _kill(cloud, timeline, "b")
        _cut(cloud, timeline, "c")
        _clone(cloud, timeline, "a", "x")
        _restart(cloud, timeline, "b")
        _leave(cloud, timeline, ("c", plan.search[-1]))
        _breathe(timeline, BREATH_SECONDS)
        timeline.act("visitors go home")
    return _look(cloud, timeline, visitors, death)


# -- acts -----------------------------------------------------------------------------------


def _begin(cloud: Cloud, timeline: Timeline, plan: Plan) -> None:
    timeline.act("edition 1.0 is published; a starts with nothing but bucket and key")
    _publish(cloud.folder, "1.0")
    first = cloud.add("a")
    cloud.wait_ready("a")
    timeline.act(f"{plan.site.name} is imported on a")
    _command("import", str(plan.site), "--data", str(first.data), "--quiet")
    wait_until(lambda: _is_found(cloud, first.host), "a to be found by name", seconds=30)
    cloud.start_haproxy()
    timeline.act("visitors come, through HAProxy and by name")


def _grow(cloud: Cloud, timeline: Timeline, plan: Plan) -> None:
    timeline.act(f"{len(plan.web)} more nodes start with empty folders")
    for name in plan.web:
        cloud.add(name)
    cloud.wait_ready(*plan.web)
    timeline.act(f"{' and '.join(plan.search)} start for search alone")
    for name in plan.search:
        cloud.add(name, pools="search")
    cloud.wait_ready(*plan.search)
    hosts = {cloud.nodes[name].host for name in plan.search}
    wait_until(lambda: cloud.knot.values(SEARCH, "A") == hosts, "search at its own name")
    _breathe(timeline, BREATH_SECONDS)


def _upgrade(cloud: Cloud, timeline: Timeline) -> None:
    timeline.act("edition 2.0 is published: nodes take it one after the other")
    _publish(cloud.folder, "2.0")
    for node in cloud.alive():
        wait_until(
            lambda node=node: _edition(node) == "2.0",  # type: ignore[misc]
            f"{node.name} to run the new edition",
            seconds=UPGRADE_SECONDS,
        )
    cloud.wait_ready(*cloud.nodes)


def _kill(cloud: Cloud, timeline: Timeline, name: str) -> tuple[float, float]:
    """Between which moments it died."""
    timeline.act(f"kill -9 of {name}")
    at = timeline.now()
    cloud.nodes[name].kill()
    dead = timeline.now()
    host = cloud.nodes[name].host
    wait_until(lambda: not _is_found(cloud, host), f"{name} to be out of DNS", seconds=60)
    return at, dead


def _cut(cloud: Cloud, timeline: Timeline, name: str) -> None:
    timeline.act(f"{name} loses its bucket; both sides write on")
    node, other = cloud.nodes[name], cloud.nodes["a"]
    cloud.cut(name)
    alone = node.write("written-alone")
    apart = other.write("written-apart")
    _breathe(timeline, 2 * BREATH_SECONDS)
    timeline.act(f"{name} is healed")
    cloud.heal(name)
    wait_until(lambda: node.has([apart]) and other.has([alone]), "both sides to meet", seconds=60)


def _clone(cloud: Cloud, timeline: Timeline, name: str, copy: str) -> None:
    timeline.act(f"{name}'s disk is copied while it runs; {copy} starts on the copy")
    source, target = cloud.nodes[name].data, cloud.folder / copy
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.lock", "lock"))
    cloud.add(copy, data=target)
    cloud.wait_ready(copy)


def _restart(cloud: Cloud, timeline: Timeline, name: str) -> None:
    timeline.act(f"{name} starts again on what it had")
    cloud.nodes[name].begin()
    cloud.wait_ready(name)


def _leave(cloud: Cloud, timeline: Timeline, names: Sequence[str]) -> None:
    timeline.act(f"{' and '.join(names)} are told to leave")
    for name in names:
        node = cloud.nodes[name]
        _command("node", "leave", "--node", node.address, "--token", node.token, "--quiet")
        node.running.wait(20)


# -- what is left ---------------------------------------------------------------------------


def _look(
    cloud: Cloud, timeline: Timeline, visitors: Visitors, death: tuple[float, float]
) -> Outcome:
    nodes = cloud.alive()
    agree = True
    try:
        wait_for_agreement(*nodes, seconds=60)
    except AssertionError:
        agree = False
    timeline.act("all nodes that are left hold the same" if agree else "the nodes differ")
    faults = [each for each in timeline.requests if not each.served]
    killed, dead = death
    excused = [each for each in faults if each.at <= dead and each.ended >= killed]
    facts = [node.get("node") for node in nodes]
    return Outcome(
        failed=[each for each in faults if each not in excused],
        excused=excused,
        lost=[
            guid
            for guid, title in visitors.written.items()
            if any(node.title(guid) != title for node in nodes)
        ],
        incarnations=[str(each["incarnation"]) for each in facts],
        objects=[int(str(each["objects"])) for each in facts],
        agree=agree,
    )


def _is_found(cloud: Cloud, host: str) -> bool:
    """Whether the site's name leads to this address."""
    return host in cloud.knot.values(WEB, "A")


def _publish(folder: Path, version: str) -> None:
    wheel = build_edition(folder / "wheels", version)
    words = ["app", "publish", str(wheel), "--entry", ENTRY, "--version", version]
    _command(*words, "--bucket", URL, "--quiet")


def _edition(node: NodeProcess) -> str:
    """Which it runs; asked where a node is looked after, for a visitor would keep it busy."""
    try:
        components = node.get("node")["components"]
    except httpx2.HTTPError:
        return ""
    return str(next(iter(components.values()))) if isinstance(components, dict) else ""


def _command(*words: str) -> None:
    code = main(words)
    if code:
        raise RuntimeError(f"skygarth {' '.join(words)} ended with {code}")


def _breathe(timeline: Timeline, seconds: float) -> None:
    """Let visitors use the cloud for a while as it is."""
    until = timeline.now() + max(seconds, TTL_SECONDS)
    wait_until(lambda: timeline.now() >= until, "a while to pass", seconds=seconds + 20)
