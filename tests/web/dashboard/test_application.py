"""The dashboard as people meet it: letting in, looking, settling."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient
from tests.web.cloud_nodes import HOST, Book, CloudNode, running, watch

from skygarth.repository.tokens import revoke_token
from skygarth.web.content_figures import FiguresReader
from skygarth.web.dashboard.application import dashboard_application
from skygarth.web.dashboard.rendering import PARTS
from skygarth.web.dashboard.state import StateReader
from skygarth.web.safety import SAFETY_HEADERS
from skygarth.web.sessions import Sessions

JSON = {"Accept": "application/json"}
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def open_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudNode]:
    """A node whose dashboard asks for no login."""
    with running("open", tmp_path_factory.mktemp("open"), open_admin=True) as node:
        yield node


def _logged_in(node: CloudNode) -> TestClient:
    browser = node.browser()
    answer = browser.post("/admin/login", data={"token": node.token("admin")})
    assert answer.status_code == 303
    return browser


def _form(browser: TestClient) -> str:
    found = re.search(r'name="form" value="(\w+)"', browser.get("/admin/").text)
    assert found
    return found.group(1)


def test_a_stranger_is_led_to_the_login(node: CloudNode) -> None:
    """The page leads to the login; its data and its stream are refused; nothing is told."""
    browser = node.browser()
    page = browser.get("/admin/")

    assert (page.status_code, page.headers["Location"]) == (303, "login")
    assert browser.get("/admin/login").status_code == 200
    assert browser.get("/admin/state.json", headers=JSON).status_code == 403
    assert browser.get("/admin/events", headers=JSON).status_code == 403
    assert browser.get("/admin").headers["Location"] == "/admin/"


@pytest.mark.parametrize("role", ["reader", "editor"])
def test_only_administrators_come_in(node: CloudNode, role: str) -> None:
    """A token of another role, or none at all, opens no session."""
    browser = node.browser()
    refused = browser.post("/admin/login", data={"token": node.token(role)})
    empty = browser.post("/admin/login", data={})

    assert refused.status_code == empty.status_code == 403
    assert "no administrator" in refused.text
    assert not browser.cookies


def test_an_administrator_comes_in_and_goes(node: CloudNode) -> None:
    """The session's cookie is kept from scripts and other sites; logging out ends it."""
    browser = node.browser()
    answer = browser.post("/admin/login", data={"token": f" {node.token('admin')}\n"})
    cookie = answer.headers["set-cookie"].lower()
    inside = browser.get("/admin/")
    browser.post("/admin/logout", data={"form": _form(browser)})

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert inside.status_code == 200
    assert "node <b>a</b>" in inside.text
    assert browser.get("/admin/").status_code == 303


def test_a_token_in_the_header_is_as_good(node: CloudNode) -> None:
    """Programs read the page's JSON twin with their token."""
    headers = {"Authorization": f"Bearer {node.token('admin')}"}
    state = node.browser().get("/admin/state.json", headers=headers).json()

    assert state["cloud"]["name"] == "a"
    assert state["cloud"]["nodes"][0]["is_here"] is True
    assert state["cloud"]["logs"][0]["incarnation"] == node.node.incarnation
    assert state["cloud"]["objects"].keys() == {"book", "shelf"}


def test_an_open_dashboard_answers_to_its_address_only(open_node: CloudNode) -> None:
    """Without a login, a name that another site gave this machine opens nothing."""
    for host in (HOST, "http://localhost:8101", "http://[::1]:8101"):
        assert TestClient(open_node.app.app, base_url=host).get("/admin/").status_code == 200
    evil = TestClient(open_node.app.app, base_url="http://evil.example")

    assert evil.get("/admin/", headers=PAGE).status_code == 403
    assert evil.get("/admin/state.json", headers=JSON).json()["code"] == "SG-ADMIN-003"
    assert "addressed" not in evil.get("/admin/", headers=PAGE).text


class _Markup(HTMLParser):
    """Finds what the content policy forbids, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        if "style" in given or any(name.startswith("on") for name in given):
            self.faults.append(f"inline: {tag} {given}")
        for name in ("src", "href", "action"):
            target = given.get(name) or ""
            if target.startswith(("http:", "https:", "//")) and tag != "a":
                self.faults.append(f"from elsewhere: {tag} {target}")
        if tag == "script" and not given.get("src"):
            self.faults.append("inline script")
        if "id" in given:
            self.ids.append(given["id"] or "")


def test_the_page_keeps_to_its_own_policy(open_node: CloudNode) -> None:
    """No inline style or script, nothing from elsewhere, ids once, safe headers everywhere."""
    page = open_node.app.get("/admin/")
    markup = _Markup()
    markup.feed(page.text)
    outside = re.findall(
        r"https?://[^\s\"')]+", open_node.app.get("/admin/static/dashboard.css").text
    )

    assert markup.faults == []
    assert sorted(set(markup.ids)) == sorted(markup.ids)
    assert outside == []
    for name, value in SAFETY_HEADERS.items():
        assert page.headers[name] == value
    for name in ("dashboard.js", "dashboard.css", "mark.svg"):
        assert open_node.app.get(f"/admin/static/{name}").status_code == 200


def test_what_others_wrote_cannot_act_on_the_page(open_node: CloudNode) -> None:
    """Titles are shown as text, whatever is in them."""
    open_node.repository.create(Book(name="evil", title="<script>alert(1)</script>"))
    open_node.waits_for(lambda: "alert(1)" in open_node.app.get("/admin/").text)
    text = open_node.app.get("/admin/").text

    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_a_conflict_is_settled_with_one_button(pair: tuple[CloudNode, CloudNode]) -> None:
    """The page shows both values and who set them; a button settles it on every node."""
    a, b = pair
    book = a.repository.create(Book(name="torn", title="Before"))
    b.waits_for(lambda: b.repository.find(book.guid))
    for node in pair:
        node.waits_for(lambda node=node: len(node.node.members()) == 2)  # type: ignore[misc]
        node.node.pause()
        node.waits_for(lambda node=node: node.node.sync_status().paused)  # type: ignore[misc]
    for node in pair:
        node.repository.update(node.repository.get(Book, book.guid), title=f"From {node.node.name}")
    for node in pair:
        node.node.resume()
    for node in pair:
        node.waits_for(lambda node=node: node.repository.conflicts())  # type: ignore[misc]
    (conflict,) = b.repository.conflicts()
    browser = _logged_in(b)
    page = browser.get("/admin/").text
    foreign = browser.post(f"/admin/conflicts/{conflict.id}", data={"take": "shown"}, headers=PAGE)
    settled = browser.post(
        f"/admin/conflicts/{conflict.id}", data={"take": "set_aside", "form": _form(browser)}
    )
    a.waits_for(lambda: not a.repository.conflicts())

    assert "set on a" in page
    assert "set on b" in page
    assert "<mark>a</mark>" in page
    assert "1 conflict waits" in page
    assert foreign.status_code == 403
    assert "shown just now" in foreign.text
    assert settled.status_code == 303
    assert a.repository.get(Book, book.guid).title == conflict.set_aside.value
    assert "1 conflict waits" not in browser.get("/admin/").text
    assert a.repository.get(Book, book.guid).meta.revisor == "admin"


def test_a_conflict_that_is_settled_already_says_so(node: CloudNode) -> None:
    """A button pressed too late leads to a page that explains, or to a problem for programs."""
    browser = _logged_in(node)
    data = {"take": "shown", "form": _form(browser)}
    page = browser.post("/admin/conflicts/gone", data=data, headers=PAGE)
    problem = browser.post("/admin/conflicts/gone", data=data, headers=JSON)

    assert page.status_code == problem.status_code == 404
    assert "no such conflict" in page.text
    assert problem.json()["code"] == "SG-CONFLICT-404"


def test_a_form_that_is_too_long_is_refused(node: CloudNode) -> None:
    """Nobody fills the memory through a login."""
    answer = node.browser().post("/admin/login", data={"token": "x" * 100_000}, headers=JSON)

    assert answer.json()["code"] == "SG-ADMIN-004"


def _stream(node: CloudNode, cookie: str) -> StreamingResponse:
    """The page's stream, as its own application gives it."""
    sessions = Sessions(node.repository, node.node.name.encode() * 16, node.node.clock.now_us)
    app = dashboard_application(
        node.node,
        StateReader(node.node, FiguresReader(node.node), watch(node)),
        sessions,
        stopping=node.stopping,
        open_admin=False,
    )
    (route,) = [route for route in app.routes if getattr(route, "path", "") == "/events"]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/admin/events",
        "query_string": b"",
        "headers": [(b"cookie", cookie.encode())],
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    response = asyncio.run(route.endpoint(Request(scope)))  # type: ignore[attr-defined]
    assert isinstance(response, StreamingResponse)
    return response


def test_the_stream_sends_what_has_changed_and_ends_with_the_session(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """First all parts, then those that changed; when the token is revoked, nothing more."""
    with running("s", tmp_path_factory.mktemp("s")) as node:
        browser = _logged_in(node)
        response = _stream(node, "; ".join(f"{n}={v}" for n, v in browser.cookies.items()))

        async def read() -> list[dict[str, str]]:
            seen: list[dict[str, str]] = []
            async for raw in response.body_iterator:
                assert isinstance(raw, bytes)
                seen.append(msgspec.json.decode(raw.removeprefix(b"data: ")))
                if len(seen) == 1:
                    book = Book(name="new", title="A new book")
                    await asyncio.to_thread(node.repository.create, book)
                if any("A new book" in part for part in seen[-1].values()):
                    await asyncio.to_thread(revoke_token, node.repository, "admin")
            return seen

        first, *later = asyncio.run(read())

    assert first.keys() == {part.name for part in PARTS}
    assert all(set(parts) < set(first) for parts in later)
    assert any("A new book" in parts.get("recent", "") for parts in later)
