"""The dashboard as a person uses it, in a real browser, on two real nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.browser.conftest import served
from tests.web.cloud_nodes import Book, CloudNode, running

try:
    from playwright import sync_api
except ImportError:  # a browser is no part of what a node needs
    sync_api = None  # type: ignore[assignment]

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CloudNode, CloudNode]]:
    """Two nodes of one cloud; the first has a dashboard that is open on this machine."""
    folder = tmp_path_factory.mktemp("cloud")
    with running("a", folder, open_admin=True) as a, running("b", folder) as b:
        yield a, b


@pytest.fixture(scope="module")
def a_address(cloud: tuple[CloudNode, CloudNode]) -> Iterator[str]:
    """Where node a answers."""
    with served(cloud[0]) as address:
        yield address


@pytest.fixture(scope="module")
def b_address(cloud: tuple[CloudNode, CloudNode]) -> Iterator[str]:
    """Where node b answers."""
    with served(cloud[1]) as address:
        yield address


def test_the_page_updates_itself(
    cloud: tuple[CloudNode, CloudNode], page: sync_api.Page, a_address: str
) -> None:
    """What is written on another node appears without a reload, and is said to come from there."""
    _, b = cloud
    page.goto(f"{a_address}/admin/")
    page.evaluate("window.untouched = true")
    b.repository.create(Book(name="news", title="News"))
    row = page.locator("#recent tbody tr", has_text="/news")
    row.wait_for()

    assert "another node" in row.inner_text()
    assert page.evaluate("window.untouched") is True


def test_the_page_shows_the_cloud(page: sync_api.Page, a_address: str) -> None:
    """Both nodes stand in the table and in the picture, and this one is marked."""
    page.goto(f"{a_address}/admin/")
    page.locator("#cloud svg.wide-screen g.node").nth(1).wait_for()
    named = page.locator("#nodes tbody tr th b").all_inner_texts()
    here = page.locator("#cloud svg.wide-screen g.node.here text.name").text_content()

    assert named == ["a", "b"]
    assert page.locator("#nodes tr.here").count() == 1
    assert here == "ahere"


def test_a_conflict_is_settled_by_a_click(
    cloud: tuple[CloudNode, CloudNode], page: sync_api.Page, a_address: str
) -> None:
    """A person keeps the value that was set aside, and both nodes show it from then on."""
    a, b = cloud
    book = a.repository.create(Book(name="torn", title="Before"))
    b.waits_for(lambda: b.repository.find(book.guid))
    for node in cloud:
        node.node.pause()
    a.waits_for(lambda: a.node.sync_status().paused and b.node.sync_status().paused)
    for node, title in ((a, "From a"), (b, "From b")):
        node.repository.update(node.repository.get(Book, book.guid), title=title)
    for node in cloud:
        node.node.resume()
    a.waits_for(a.repository.conflicts)
    (conflict,) = a.repository.conflicts()
    page.goto(f"{a_address}/admin/")
    page.locator("#conflicts article", has_text=str(conflict.set_aside.value)).locator(
        "button[value=set_aside]"
    ).click()
    page.locator("#conflicts .empty").wait_for()
    b.waits_for(lambda: not b.repository.conflicts())
    titles = {node.repository.get(Book, book.guid).title for node in cloud}

    assert {conflict.set_aside.value} == titles
    assert "/admin/" in page.url


def test_foreign_text_stays_text(
    cloud: tuple[CloudNode, CloudNode], page: sync_api.Page, a_address: str
) -> None:
    """Markup in a value that somebody wrote is shown, never obeyed."""
    a, b = cloud
    attack = "<img src=x onerror=document.title='taken'>"
    book = a.repository.create(Book(name="attack", title="Before"))
    b.waits_for(lambda: b.repository.find(book.guid))
    for node in cloud:
        node.node.pause()
    a.waits_for(lambda: a.node.sync_status().paused and b.node.sync_status().paused)
    for node in cloud:
        title = f"{attack} by {node.node.name}"
        node.repository.update(node.repository.get(Book, book.guid), title=title)
    for node in cloud:
        node.node.resume()
    a.waits_for(a.repository.conflicts)
    page.goto(f"{a_address}/admin/")
    page.locator("#conflicts article", has_text=attack).wait_for()
    drawn_once = page.locator("#conflicts img").count()
    a.repository.create(Book(name="redraw", title="Redraw"))
    page.locator("#recent tbody tr", has_text="/redraw").wait_for()

    assert (drawn_once, page.locator("#conflicts img").count()) == (0, 0)
    assert page.title() == "a · Skygarth"
    a.repository.resolve(a.repository.conflicts()[0].id, "shown")


def test_an_administrator_logs_in_and_out(
    cloud: tuple[CloudNode, CloudNode], page: sync_api.Page, b_address: str
) -> None:
    """A wrong token is refused on the form; an administrator's opens the page until logout."""
    _, b = cloud
    page.goto(f"{b_address}/admin/")
    page.wait_for_url(re.compile("/admin/login$"))
    page.fill("#token", b.token("reader"))
    page.click("button.main")
    refused = page.locator("[role=alert]").inner_text()
    page.fill("#token", b.token("admin"))
    page.click("button.main")
    page.locator("#nodes tbody tr").first.wait_for()
    page.locator("form[action=logout] button").click()
    page.wait_for_url(re.compile("/admin/login$"))
    page.goto(f"{b_address}/admin/")

    assert "no administrator" in refused
    assert page.url.endswith("/admin/login")
