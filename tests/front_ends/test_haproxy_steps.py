"""The plan that brings HAProxy's servers in line with the nodes."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as some

from skygarth.front_ends.haproxy_steps import Server, Step, steps_for
from skygarth.front_ends.targets import Target

POOL = "pool_web"
STATES = ["ready", "draining", "starting", "lagging", "silent", "left"]


def node(number: int, state: str = "ready", load: float = 0.0) -> Target:
    """A node on a port of its own."""
    return Target(
        f"n{number}", f"{number:032x}"[::-1], state, f"http://h:{8000 + number}", load=load
    )


def server(target: Target, admin: int = 0, weight: int = 100, connections: int = 0) -> Server:
    """A server that stands for a node."""
    assert target.endpoint
    return Server(target.server, target.endpoint, admin, weight, connections)


def commands(servers: Sequence[Server], targets: Sequence[Target]) -> list[str]:
    """The commands of a plan."""
    return [step.command for step in steps_for(POOL, servers, targets)]


def test_a_new_node_is_added_checked_and_let_in() -> None:
    """A server that is added begins in maintenance, and unchecked."""
    where = f"{POOL}/{node(1).server}"

    assert commands([], [node(1)]) == [
        f"add server {where} h:8001 check inter 500ms fall 2 rise 1 weight 100",
        f"enable health {where}",
        f"enable server {where}",
    ]


def test_a_node_that_drains_takes_nothing_new() -> None:
    """And takes traffic again when it is ready again."""
    where = f"{POOL}/{node(1).server}"

    assert commands([server(node(1))], [node(1, "draining")]) == [f"set server {where} state drain"]
    assert commands([server(node(1), admin=8)], [node(1)]) == [f"set server {where} state ready"]


def test_a_node_that_is_gone_is_deleted_when_nobody_is_connected() -> None:
    """First nothing new, then nobody connected, then gone."""
    where = f"{POOL}/{node(1).server}"

    assert commands([server(node(1))], []) == [f"set server {where} state maint"]
    assert commands([server(node(1), admin=1, connections=2)], []) == []
    assert commands([server(node(1), admin=1)], []) == [f"del server {where}"]


def test_small_changes_of_weight_are_left_alone() -> None:
    """Load goes up and down all the time."""
    assert commands([server(node(1))], [node(1, load=0.5)]) == []
    assert commands([server(node(1))], [node(1, load=8)]) == [
        f"set server {POOL}/{node(1).server} weight 33"
    ]


def test_servers_of_other_hands_stay() -> None:
    """Whatever an operator wrote into the configuration is not ours."""
    assert commands([Server("legacy", "10.0.0.9:80", 0, 1)], []) == []


NODES = some.lists(
    some.tuples(some.integers(0, 6), some.sampled_from(STATES), some.floats(0, 50)),
    unique_by=lambda each: each[0],
    max_size=7,
)


@given(NODES, NODES)
def test_rounds_come_to_rest_with_exactly_the_nodes(
    before: list[tuple[int, str, float]], after: list[tuple[int, str, float]]
) -> None:
    """Whatever stood there, some rounds later the servers are the nodes, in their states."""
    servers: dict[str, Server] = {"legacy": Server("legacy", "10.0.0.9:80", 0, 1)}
    for nodes in (before, after):
        targets = [node(*each) for each in nodes]
        for _ in range(5):
            for step in steps_for(POOL, list(servers.values()), targets):
                _obey(servers, step)

        assert steps_for(POOL, list(servers.values()), targets) == []
        here = {each.server: each for each in targets if each.is_here}
        assert servers.keys() == {"legacy", *here}
        for name, target in here.items():
            assert target.takes_traffic == (servers[name].admin == 0)


def _obey(servers: dict[str, Server], step: Step) -> None:
    """Do what HAProxy would."""
    words = step.command.split()
    name = words[2].partition("/")[2]
    old = servers.get(name)
    match words:
        case ["add", "server", _, endpoint, *_, "weight", weight]:
            servers[name] = Server(name, endpoint, 1, int(weight))
        case ["del", "server", _]:
            assert old is not None
            assert old.is_in_maintenance
            del servers[name]
        case ["enable", "server", _] | ["set", "server", _, "state", "ready"]:
            assert old is not None
            servers[name] = Server(name, old.endpoint, 0, old.weight)
        case ["set", "server", _, "state", state]:
            assert old is not None
            servers[name] = Server(name, old.endpoint, {"drain": 8, "maint": 1}[state], old.weight)
        case ["set", "server", _, "weight", weight]:
            assert old is not None
            servers[name] = Server(name, old.endpoint, old.admin, int(weight))
        case _:
            assert words[:2] == ["enable", "health"]
