"""What people see of a cloud follows from what a node knows of it, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from tests.web.watching.clouds import COST, OWN, A, another, facts, identity, peer_of

from skygarth.node.status import PeerStatus
from skygarth.web.watching.bucket_census import Census, Kind
from skygarth.web.watching.facts import PooledRoute
from skygarth.web.watching.view import TELLING_SECONDS, cost_view, view_cloud


def test_nodes_are_shown_with_what_they_lack() -> None:
    """Rows of the vector follow the order of the logs; sums and authors agree with it."""
    b = another("b", 11, vector={A: 4, identity(11): 7}, lag_seconds=3.0)
    cloud = view_cloud(facts(b, sync={"peers": (peer_of(b, reaches=7),)}))
    here, other = cloud.nodes

    assert [log.name for log in cloud.logs] == ["a", "b"]
    assert (here.applied, other.applied) == ([10, 0], [4, 7])
    assert (other.behind, other.lag_seconds) == (6, 3.0)
    assert [(lack.of, lack.segments) for lack in other.lacks] == [("a", 6)]
    assert here.is_here
    assert here.behind == 7


def test_a_node_is_in_its_pools_and_in_one_group() -> None:
    """Nodes of the same pools stand together, in whatever order they name them."""
    nodes = (
        another("b", 11, pools=("web", "search")),
        another("c", 12, pools=("search", "web")),
        another("d", 13, pools=()),
        another("e", 14, pools=("web",), state="draining"),
    )
    cloud = view_cloud(facts(*nodes))

    assert [node.group for node in cloud.nodes] == [
        "web",
        "search, web",
        "search, web",
        "no pool",
        "web",
    ]
    assert cloud.pools == {"search": 2, "web": 3}


def test_no_month_is_told_from_a_few_minutes() -> None:
    """A start costs more than what follows; a folder costs nothing, early or late."""
    early = replace(COST, seconds=TELLING_SECONDS - 1)

    assert cost_view(early, "s3://acme").dollars_month is None
    assert cost_view(COST, "s3://acme").dollars_month == 12.5
    assert cost_view(replace(early, dollars_month=0.0), "file:///b").dollars_month == 0.0


def test_the_bucket_is_told_as_far_as_it_is_known() -> None:
    """Segments at once, keys and bytes when they were counted."""
    census = Census({"segments": Kind(12, 3_000), "cards": Kind(2, 500)}, 61.0, 900, 700.0)
    before = view_cloud(facts()).bucket
    after = view_cloud(facts(census=census)).bucket

    assert (before.segments, before.keys, before.bytes) == (10, None, None)
    assert (after.keys, after.bytes, after.counted_seconds) == (14, 3_500, 61)
    assert after.grown_bytes == 900


def test_each_alarm_counts_at_its_nodes() -> None:
    """In the table one sees whom the alarms are about."""
    cloud = view_cloud(facts(another("b", unwell=("disk",), clock_ahead_seconds=9.0)))

    assert [node.alarms for node in cloud.nodes] == [0, 2]
    assert [node.clock_ahead_seconds for node in cloud.nodes] == [0.0, 9.0]


def test_an_earlier_life_of_a_node_keeps_its_log() -> None:
    """It is shown behind those of nodes that are there, and marked."""
    old = PeerStatus(identity(99), "a", 5, 5, 0.0, 0, None)
    cloud = view_cloud(facts(sync={"peers": (old,)}))

    assert [(log.incarnation, log.is_current) for log in cloud.logs] == [
        (A, True),
        (identity(99), False),
    ]


def test_a_cut_off_node_says_so_in_its_own_row() -> None:
    """Its card says ready, and would mislead."""
    cloud = view_cloud(facts(sync={"paused": True}))

    assert cloud.nodes[0].state == "cut off"
    assert cloud.nodes[0].lag_seconds is cloud.lag_seconds is None
    assert cloud.lag_unknown == "it is cut off on purpose"


def test_another_node_that_is_cut_off_is_no_ready_one() -> None:
    """Its state is that of a node that serves; what it is unwell with says the rest."""
    cut, gone = (
        another("b", unwell=("cut off",)),
        another("c", 12, unwell=("cut off",), age_seconds=9e3),
    )
    cloud = view_cloud(facts(cut, gone))

    assert [node.state for node in cloud.nodes] == ["ready", "cut off", "silent"]


def test_thirty_nodes_are_seen_as_json_at_once() -> None:
    """The whole cloud is one small document."""
    others = [another(f"n{n}", 100 + n, vector={A: 9}) for n in range(29)]
    cloud = view_cloud(facts(*others, own=replace(OWN, name="a")))
    document = msgspec.json.decode(msgspec.json.encode(cloud))

    assert len(document["nodes"]) == 30
    assert document["nodes"][7]["lacks"] == [{"of": "a", "incarnation": A, "segments": 1}]
    assert document["lag_seconds"] == 0.0


def test_routes_are_told_with_who_answers_them() -> None:
    """How many nodes of the pool are ready, and what answers where none is."""
    nodes = (another("s", 11, pools=("search",)), another("t", 12, pools=("search",), state="left"))
    routes = (PooledRoute("/search", "search", "here"), PooledRoute("/", "web"))
    told = view_cloud(facts(*nodes, routes=routes)).routes

    assert [(r.address, r.is_here, r.ready, r.fallback) for r in told] == [
        ("/search", False, 1, "here"),
        ("/", True, 1, None),
    ]


def test_cards_that_cannot_be_read_again_say_how_things_were() -> None:
    """Their age goes on, and after a minute nobody is called ready by them."""
    others = another("b", age_seconds=5.0), another("c", 12, state="left", age_seconds=5.0)
    away: dict[str, object] = {"bucket_reachable": False, "last_error": "timeout"}
    early = view_cloud(facts(*others, sync=away, cards_age_seconds=30.0)).nodes
    late = view_cloud(facts(*others, sync=away, cards_age_seconds=90.0)).nodes

    assert [(node.state, node.told_seconds) for node in early[1:]] == [("ready", 35), ("left", 35)]
    assert [(node.state, node.told_seconds) for node in late[1:]] == [("unknown", 95), ("left", 95)]
    assert late[0].state == "ready"
