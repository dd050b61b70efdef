"""What is read of real nodes."""

from __future__ import annotations

import pytest
from tests.web.cloud_nodes import Book, CloudNode, watch

from skygarth.routing.route_map import PublishedPage, PublishedRoute
from skygarth.web.watching.facts import PooledRoute
from skygarth.web.watching.reading import pooled_routes


def test_each_node_is_shown_with_what_it_has_of_each_log(
    pair: tuple[CloudNode, CloudNode],
) -> None:
    """Nodes are rows, logs are columns, cells are what a node has applied."""
    a, _ = pair
    for number, node in enumerate(pair):
        node.repository.create(Book(name=f"b{number}", title="Told"))
    reader = watch(a)

    def settled() -> bool:
        reader.forget()
        cloud = reader.read()
        return len(cloud.nodes) == len(cloud.logs) == 2 and not any(n.behind for n in cloud.nodes)

    a.waits_for(settled)
    cloud = reader.read()

    assert [node.name for node in cloud.nodes] == [log.name for log in cloud.logs] == ["a", "b"]
    assert [node.is_here for node in cloud.nodes] == [True, False]
    assert all(node.applied == [log.segments for log in cloud.logs] for node in cloud.nodes)
    assert cloud.objects == {"book": 2, "shelf": 0}
    assert cloud.cost.is_free
    assert cloud.alarms == []
    assert all(abs(node.clock_ahead_seconds or 0) < 2 for node in cloud.nodes)


def test_the_bucket_is_counted_while_one_looks(pair: tuple[CloudNode, CloudNode]) -> None:
    """In a thread of its own: nobody waits for a listing."""
    a, _ = pair
    a.repository.create(Book(name="counted", title="Counted"))
    a.waits_for(lambda: a.node.sync_status().sequence and len(a.node.members()) == 2)
    reader = watch(a)

    def counted() -> bool:
        reader.forget()
        return reader.read().bucket.keys is not None

    a.waits_for(counted)
    kinds = reader.read().bucket.kinds

    assert kinds["cards"].keys >= 2
    assert kinds["segments"].bytes > 0


def test_a_cut_off_node_says_so(pair: tuple[CloudNode, CloudNode]) -> None:
    """Its own row, its alarm and its backlog tell that it is cut off."""
    a, _ = pair
    a.node.pause()
    a.waits_for(lambda: a.node.sync_status().paused)
    a.repository.create(Book(name="alone", title="Alone"))
    cloud = watch(a).read()
    a.node.resume()

    assert cloud.sync == "paused"
    assert cloud.unpublished == 1
    assert cloud.lag_seconds is None
    assert [node.state for node in cloud.nodes if node.is_here] == ["cut off"]
    assert any("cut off on purpose" in alarm.sentence for alarm in cloud.alarms)


def test_many_readers_ask_the_node_once(node: CloudNode) -> None:
    """Within half a second everybody is shown the same; afterwards something new."""
    now_us = [1_000_000]
    reader = watch(node, lambda: now_us[0])
    first = reader.read()
    again = reader.read()
    now_us[0] += 600_000
    later = reader.read()

    assert first is again
    assert later is not first


def test_a_log_that_grows_is_busy_for_a_while(node: CloudNode) -> None:
    """The picture moves where something has just been published."""
    now_us = [1_000_000]
    reader = watch(node, lambda: now_us[0])
    reader.read()
    before = node.node.sync_status().sequence
    node.repository.create(Book(name="grows", title="Grows"))
    node.waits_for(lambda: node.node.sync_status().sequence > before)
    now_us[0] += 600_000
    busy = reader.read().nodes[0].busy
    now_us[0] += 4_000_000

    assert busy
    assert not reader.read().nodes[0].busy


def test_a_node_that_is_cut_off_tells_the_others(pair: tuple[CloudNode, CloudNode]) -> None:
    """Else it would be shown as ready and up to date, by all but itself."""
    a, b = pair
    b.node.pause()
    b.waits_for(lambda: b.node.sync_status().paused)
    b.node.card.measure()  # a duty of the node, every ten seconds
    b.node.membership.publish(every_seconds=0)
    reader = watch(a)

    def seen() -> bool:
        reader.forget()
        return [node.state for node in reader.read().nodes] == ["ready", "cut off"]

    a.waits_for(seen)
    b.node.resume()
    shown = reader.read().nodes[1]

    assert (shown.lag_seconds, shown.lag_unknown) == (None, "it is cut off on purpose")


def test_routes_that_name_a_pool_are_read_from_the_pages() -> None:
    """With the whole address, as a visitor types it."""
    routes = (
        PublishedRoute(name="index", pattern="/"),
        PublishedRoute(name="find", pattern="/search", pool="search", fallback="here"),
    )
    pages = [PublishedPage(path=path, component="c", routes=routes) for path in ("/", "/blog")]

    assert pooled_routes(pages) == (
        PooledRoute("/search", "search", "here"),
        PooledRoute("/blog/search", "search", "here"),
    )


def test_an_open_page_lists_cards_of_a_store_seldom(
    node: CloudNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each listing is billed: who looks each second must not be charged for each."""
    monkeypatch.setattr(type(node.node.bucket), "url", property(lambda _bucket: "s3://acme/site"))
    reader = watch(node)
    reader.read()
    before = node.node.membership.reads
    for _ in range(5):
        reader.forget()
        shown = reader.read()

    assert node.node.membership.reads == before
    assert [each.name for each in shown.nodes] == ["a"]
    assert shown.cost.dollars_month is None
