"""A site answers HTTP as its readers expect, whatever its components do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Mount
from starlette.testclient import TestClient
from tests.web.shop.pages import Annex, Shop

from skygarth.model.errors import Invalid, NotFound, Unavailable
from skygarth.repository import Repository
from skygarth.web import Identity, Intent, Page, Site
from skygarth.web.site import BODY_BYTES_MAX

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BROWSER = {"accept": "text/html,*/*;q=0.8"}
PROGRAM = {"accept": "application/json"}


def _identify(headers: Headers) -> Identity:
    return Identity(headers.get("x-user", ""))


@pytest.fixture
def site(repository: Repository) -> Site:
    """A shop at the front, and its annex."""
    return Site(
        {"/": Shop(), "annex": Annex()},
        repository=repository,
        now=lambda: NOON,
        identify=_identify,
    )


@pytest.fixture
def client(site: Site) -> TestClient:
    """A browser that follows no redirect by itself."""
    return TestClient(site.asgi, follow_redirects=False)


def test_a_page_is_rendered_in_a_thread(client: TestClient) -> None:
    """Handlers are plain functions; the event loop never waits for one."""
    response = client.get("/")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "worker thread" in response.text.lower()


def test_typed_arguments_reach_the_handler(client: TestClient) -> None:
    """The address is read by the route's pattern."""
    assert "<p>7</p>" in client.get("/7/lamp").text
    assert client.get("/x/lamp").status_code == 404


def test_a_component_answers_below_its_place(client: TestClient) -> None:
    """The longest place decides, and links lead below it."""
    text = client.get("/annex").text

    assert "<p>/annex " in text
    assert 'href="/annex/1/lamp"' in text
    assert client.get("/annex/more").status_code == 200
    assert client.get("/more").status_code == 404


def test_a_page_has_one_address(client: TestClient) -> None:
    """A trailing slash leads to the address without it, on this host only."""
    assert client.get("/7/lamp/?q=1").headers["location"] == "/7/lamp?q=1"
    assert client.get("http://testserver//evil.example/").headers["location"] == "/evil.example"


def test_a_head_has_the_headers_of_a_get_and_no_body(client: TestClient) -> None:
    """HEAD is answered by the handler of GET."""
    head, get = client.head("/7/lamp"), client.get("/7/lamp")

    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


def test_a_wrong_method_is_answered_405(client: TestClient) -> None:
    """With the methods that the address has."""
    response = client.delete("/order")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_options_lists_the_methods(client: TestClient) -> None:
    """Without running a handler."""
    response = client.options("/broken")

    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client.options("/nothing").status_code == 404


def test_a_form_is_read(client: TestClient) -> None:
    """Fields and query keep all their values; the identity comes from the headers."""
    response = client.post(
        "/order?q=1&q=2", data={"b": ["x", "y"], "a": ""}, headers={"x-user": "ada"}
    )

    assert response.text == ("POST [('a', ''), ('b', 'x'), ('b', 'y')] b'' ['1', '2'] ada")


def test_another_body_is_left_as_it_is(client: TestClient) -> None:
    """Only forms are taken apart."""
    response = client.post("/order", content=b"{}", headers={"content-type": "application/json"})

    assert response.text == "POST [] b'{}' [] "


def test_a_body_without_end_is_refused(client: TestClient) -> None:
    """The site takes what fits, whatever the header promised."""
    response = client.post("/order", content=b"x" * (BODY_BYTES_MAX + 1))

    assert response.status_code == 413


def test_an_unreadable_form_is_refused(client: TestClient) -> None:
    """Bytes that are no text are the client's mistake."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = client.post("/order", content=b"a=\xff", headers=headers)

    assert response.status_code == 400


def test_a_form_of_another_site_is_refused(client: TestClient) -> None:
    """The browser says where it comes from."""
    headers = {"sec-fetch-site": "cross-site", "x-user": "ada"}

    assert client.post("/order", headers=headers).status_code == 403


def test_a_person_gets_an_error_page(client: TestClient) -> None:
    """It says what is wrong, escaped, with a way out and the code."""
    response = client.get("/missing", headers=BROWSER)

    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;" in response.text
    assert "look elsewhere" in response.text
    assert "SG-NOT-FOUND-001" in response.text


def test_a_program_gets_problem_details(client: TestClient) -> None:
    """The same, for those who rank JSON first."""
    response = client.get("/missing", headers=PROGRAM)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["instance"] == "/missing"


def test_an_unexpected_error_is_answered_and_keeps_its_inside(client: TestClient) -> None:
    """Whatever a handler does, the reader is answered."""
    response = client.get("/broken", headers=BROWSER)

    assert response.status_code == 500
    assert "hunter2" not in response.text


def test_an_error_page_with_an_error_is_replaced(client: TestClient) -> None:
    """The framework's own page stands in."""
    response = client.get("/annex/missing", headers=BROWSER)

    assert response.status_code == 404
    assert "look elsewhere" in response.text


@pytest.mark.parametrize(("user", "status"), [("", 401), ("ada", 403)])
def test_a_stranger_is_asked_who_he_is(client: TestClient, user: str, status: int) -> None:
    """Whom we know is told no; whom we do not know is asked."""
    assert client.get("/safe", headers={"x-user": user}).status_code == status


@pytest.mark.parametrize("address", ["/", "/missing", "/broken", "/static/shop/shop.css", "/-"])
def test_every_answer_protects_its_reader(client: TestClient, address: str) -> None:
    """Pages, errors and files alike."""
    headers = client.get(address).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_reader_who_has_the_page_is_told_so(client: TestClient) -> None:
    """By tag or by date."""
    first = client.get("/7/lamp")
    by_tag = client.get("/7/lamp", headers={"if-none-match": first.headers["etag"]})
    by_date = client.get("/7/lamp", headers={"if-modified-since": first.headers["last-modified"]})

    assert first.headers["last-modified"] == "Sun, 06 Jul 2008 00:00:00 GMT"
    assert (by_tag.status_code, by_date.status_code) == (304, 304)


def test_static_files_are_served_from_their_component(client: TestClient) -> None:
    """The address in the page works, and may be kept."""
    address = client.get("/annex").text.partition('href="')[2].partition('"')[0]
    response = client.get(address)

    assert address.startswith("/static/annex/shop.css?v=")
    assert response.text == "p { color: green }\n"
    assert "immutable" in response.headers["cache-control"]
    assert client.get("/static/nobody/shop.css").status_code == 404


def test_links_stay_true_where_the_site_is_mounted(site: Site) -> None:
    """A prefix belongs to every address that is built."""
    client = TestClient(Starlette(routes=[Mount("/under", routes=site.routes)]))

    assert client.get("/under/annex/links").text == (
        "/under/annex/7/lamp?q=a+b http://testserver/under/annex/7/lamp?q=a+b"
    )
    assert client.get("/under/7/lamp").status_code == 200


def test_the_application_covers_a_components_template(
    repository: Repository, tmp_path: Path
) -> None:
    """One file in its folder changes one page."""
    (tmp_path / "thing.html").write_text("ours: {{ name }}")
    site = Site({"/": Shop()}, repository=repository, now=lambda: NOON, templates=tmp_path)
    client = TestClient(site.asgi)

    assert client.get("/7/lamp").text == "ours: lamp"
    assert "<title>Shop</title>" in client.get("/").text


@pytest.mark.parametrize("places", [("/a", "a/"), ("/a", "/b")])
def test_components_are_told_apart(repository: Repository, places: tuple[str, str]) -> None:
    """Two at one place, or two of one name, are refused."""
    with pytest.raises(Invalid, match="two components have one"):
        Site({place: Shop() for place in places}, repository=repository, now=lambda: NOON)


def test_where_nothing_is_mounted_the_framework_answers(repository: Repository) -> None:
    """A site without a front page still has error pages, with their style."""
    client = TestClient(Site({"/a": Shop()}, repository=repository, now=lambda: NOON).asgi)

    assert client.get("/b", headers=BROWSER).status_code == 404
    assert client.get("/static/skygarth/plain.css").status_code == 200


def _intent(component: str, *, deadline: datetime = NOON) -> Intent:
    return Intent(
        page=Page("/", component),
        route="thing",
        arguments={"number": 7, "name": "lamp"},
        method="GET",
        arrived=NOON - timedelta(seconds=1),
        deadline=deadline,
    )


def test_an_intent_is_all_that_an_answer_needs(site: Site) -> None:
    """No HTTP request is involved: the work could be done on any node."""
    assert b"<p>7</p>" in site.answer(_intent("shop")).body


def test_an_answer_that_nobody_waits_for_is_not_made(site: Site) -> None:
    """A request that queued past its deadline is given up before it costs anything."""
    with pytest.raises(Unavailable):
        site.answer(_intent("shop", deadline=NOON - timedelta(milliseconds=1)))


def test_a_node_says_which_component_it_lacks(site: Site) -> None:
    """During an upgrade, an intent may name what this node does not have yet."""
    with pytest.raises(NotFound, match="cinema"):
        site.answer(_intent("cinema"))


def test_templates_are_read_anew_while_developing(repository: Repository, tmp_path: Path) -> None:
    """With reload, an edited template shows in the next request."""
    page = tmp_path / "thing.html"
    page.write_text("before")
    site = Site(
        {"/": Shop()}, repository=repository, now=lambda: NOON, templates=tmp_path, reload=True
    )
    client = TestClient(site.asgi)

    assert client.get("/7/lamp").text == "before"
    page.write_text("after, and longer")
    assert client.get("/7/lamp").text == "after, and longer"
