"""A configuration that HAProxy takes as it is."""

from __future__ import annotations

import pytest

from skygarth.front_ends.haproxy_config import HaproxyPlan, render_haproxy
from skygarth.front_ends.targets import Target
from skygarth.model.errors import Invalid

PLAN = HaproxyPlan("127.0.0.1:80", "/run/x.sock", [("/search", "search")])
NODES = [
    Target("a", "a" * 32, "ready", "http://10.0.0.1:8000", ("web",)),
    Target("b", "b" * 32, "ready", "http://10.0.0.2:8000", ("web", "search"), 4.0),
    Target("c", "c" * 32, "silent", "http://10.0.0.3:8000", ("web",)),
]


def test_each_pool_has_its_nodes() -> None:
    """Those that are there, with their weights; a path leads to its pool."""
    text = render_haproxy(PLAN, NODES)
    _, search, web = text.split("\nbackend ")

    assert "use_backend pool_search if { path_beg /search } { nbsrv(pool_search) gt 0 }" in text
    assert "sky-aaaaaaaaaaaaaaaa 10.0.0.1:8000" in web
    assert "10.0.0.2:8000 check inter 500ms fall 2 rise 1 weight 50" in search
    assert "10.0.0.1:8000" not in search
    assert "10.0.0.3" not in text


def test_only_what_changes_nothing_is_sent_twice() -> None:
    """A write that a node may have carried out is not repeated on another."""
    text = render_haproxy(PLAN, NODES)

    assert "retry-on conn-failure empty-response" in text
    assert "http-request disable-l7-retry unless METH_GET" in text


def test_what_visitors_say_of_themselves_is_removed() -> None:
    """Nobody from outside speaks as a node, or chooses his address."""
    text = render_haproxy(PLAN, NODES)

    assert "del-header Skygarth-Passport" in text
    assert "set-header X-Forwarded-For %[src]" in text


@pytest.mark.parametrize(
    "plan",
    [
        HaproxyPlan(":80\n    user root", "/run/x.sock"),
        HaproxyPlan(":80", "/run/x y.sock"),
        HaproxyPlan(":80", "/run/x.sock", [("/a } or { always_true", "web")]),
        HaproxyPlan(":80", "/run/x.sock", [("/a", "no pool")]),
    ],
)
def test_nothing_slips_into_the_configuration(plan: HaproxyPlan) -> None:
    """A name with a line's end in it would be a line of its own."""
    with pytest.raises(Invalid, match="cannot stand in a configuration"):
        render_haproxy(plan, NODES)


def test_a_pools_name_from_another_node_cannot_either() -> None:
    """Cards come from outside."""
    with pytest.raises(Invalid):
        render_haproxy(PLAN, [Target("x", "d" * 32, "ready", "http://h:1", ("web\nglobal",))])
