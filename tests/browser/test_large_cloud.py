"""The dashboard of thirty nodes, in a real browser: by mouse, by keyboard, and read aloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.browser.conftest import served
from tests.web.cloud_nodes import Book, CloudNode, running
from tests.web.watching.clouds import publish_cards

try:
    from playwright import sync_api
except ImportError:  # a browser is no part of what a node needs
    sync_api = None  # type: ignore[assignment]

pytestmark = [pytest.mark.server, pytest.mark.long]

ROWS = "#nodes tbody tr:not([hidden])"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudNode]:
    """A node in a cloud of thirty, of which one is halted and one behind."""
    with running("a", tmp_path_factory.mktemp("thirty"), open_admin=True) as node:
        node.repository.create(Book(name="first", title="First"))
        node.waits_for(lambda: node.node.vector)
        troubles: list[dict[str, object]] = [
            {"state": "halted"},
            {"lag_seconds": 31.0, "state": "lagging"},
        ]
        publish_cards(
            node.node.bucket, node.node.clock, 29, troubles=troubles, vector=node.node.vector
        )
        yield node


@pytest.fixture(scope="module")
def address(node: CloudNode) -> Iterator[str]:
    """Where it answers."""
    with served(node) as address:
        yield address


def _redrawn(node: CloudNode, page: sync_api.Page, name: str) -> None:
    """Change something, and wait until the page shows it: every part has been replaced."""
    node.repository.create(Book(name=name, title=name))
    page.locator("#recent tbody tr", has_text=f"/{name}").wait_for()


@pytest.mark.parametrize("width", [1400, 800, 400])
def test_thirty_nodes_fit_every_screen(page: sync_api.Page, address: str, width: int) -> None:
    """All are in the picture and in the table, and nothing sticks out of the page."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/admin/")
    page.locator("#live", has_text="live").wait_for()
    shape = ".wide-screen" if width > 928 else ".narrow-screen"

    assert page.locator(f"#cloud svg{shape} g.node:visible").count() == 30
    assert page.locator(ROWS).count() == 30
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_sorting_and_filtering_outlive_what_is_redrawn(
    node: CloudNode, page: sync_api.Page, address: str
) -> None:
    """And stand in the address, so that one can send what one sees."""
    page.goto(f"{address}/admin/")
    page.locator("#nodes th button", has_text="lag").click()
    page.locator("#nodes th button", has_text="lag").click()
    page.fill("#node-filter", "web ready")
    first = page.locator(ROWS).count()
    page.fill("#node-filter", "web")
    _redrawn(node, page, "sorted")
    names = page.locator(f"{ROWS} th b").all_inner_texts()

    assert 0 < first < len(names) < 30
    assert names[0] == "web-1b"  # lagging; the halted one's lag is unknown, and stands last
    assert names[-1] == "web-1a"
    assert page.locator("#nodes th[aria-sort=descending]").inner_text().startswith("lag")
    assert page.locator("#node-count").inner_text() == f"{len(names)} of 30"
    assert page.url.endswith("/admin/?sort=-lag&nodes=web")
    page.reload()
    assert page.locator(f"{ROWS} th b").all_inner_texts() == names


def test_the_keyboard_keeps_its_place(node: CloudNode, page: sync_api.Page, address: str) -> None:
    """What has the focus still has it after the part around it was replaced."""
    page.goto(f"{address}/admin/")
    page.locator("#nodes th button", has_text="state").focus()
    page.keyboard.press("Enter")
    _redrawn(node, page, "typed")
    focused = page.evaluate("document.activeElement.textContent")

    assert focused == "state"
    assert page.locator("#nodes th[aria-sort=ascending]").inner_text().startswith("state")


def test_the_first_thing_one_can_reach_leads_past_the_head(
    page: sync_api.Page, address: str
) -> None:
    """Whoever listens hears of alarms first."""
    page.goto(f"{address}/admin/")
    page.keyboard.press("Tab")
    skipping = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")

    assert skipping == "Skip to the alarms"
    assert page.evaluate("document.activeElement.id") == "main"


def test_alarms_are_read_aloud_once_and_nothing_else_is(
    node: CloudNode, page: sync_api.Page, address: str
) -> None:
    """When one comes and when it is over; figures change in silence."""
    page.goto(f"{address}/admin/")
    page.locator("#live", has_text="live").wait_for()
    live = page.locator("[aria-live]:not([aria-live=off]), [role=status], [role=alert]").all()
    spoken = page.locator("#spoken")
    _redrawn(node, page, "silent")
    before = spoken.inner_text()
    node.node.pause()
    page.locator("#spoken", has_text="a is cut off on purpose").wait_for(state="attached")
    node.node.resume()
    page.locator("#spoken", has_text="Over: a is cut off").wait_for(state="attached")

    assert [element.get_attribute("id") for element in live] == ["spoken"]
    assert before == ""


def test_landmarks_and_names_are_there(page: sync_api.Page, address: str) -> None:
    """One main, one heading of the first order, every region, button and field has a name."""
    page.goto(f"{address}/admin/")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("section, nav, [role=region], button, input, svg")]
            .filter((e) => e.type !== "hidden" && !e.closest("[aria-hidden=true]"))
            .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
                || e.textContent.trim() || (e.labels && e.labels.length)))
            .map((e) => e.outerHTML.slice(0, 90))"""
    )

    assert nameless == []
    assert page.locator("main").count() == page.locator("h1").count() == 1
    assert page.locator("header").count() == page.locator("footer").count() == 1


def test_nothing_moves_where_less_motion_is_asked_for(page: sync_api.Page, address: str) -> None:
    """Not even what has just been published."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{address}/admin/")
    page.locator("#cloud svg.wide-screen g.node").first.wait_for()
    moving = page.evaluate(
        """() => [...document.querySelectorAll(".picture *")]
            .filter((e) => getComputedStyle(e).animationName !== "none").length"""
    )

    assert moving == 0


def test_a_page_whose_node_is_gone_says_that_it_is_old(
    page: sync_api.Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Else one would look at yesterday's all-is-well."""
    with running("z", tmp_path_factory.mktemp("gone"), open_admin=True) as node:
        with served(node) as address:
            page.goto(f"{address}/admin/")
            page.locator("#live", has_text="live").wait_for()
        page.locator("#stale", has_text="this page shows how things were at").wait_for()

    assert "how things were" in page.locator("#spoken").inner_text()
