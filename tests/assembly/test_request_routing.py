"""Nodes that forward what belongs to another pool, as their visitors see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.assembly.pool_nodes import PoolNode, pools
from tests.waiting import wait_until

from skygarth.model.position import Incarnation
from skygarth.repository.tokens import create_token
from skygarth.routing.codes import FORGED, NO_NODE

Pair = tuple[PoolNode, PoolNode]
SERVED_BY = "Skygarth-Served-By"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A node of the pool ``web`` and one of the pool ``search``."""
    with pools(tmp_path_factory.mktemp("pools")) as made:
        yield made


@pytest.fixture(scope="module")
def token(pair: Pair) -> str:
    """A token of Ada's that both nodes know."""
    web, search = (each.assembled.node for each in pair)
    made = create_token(web.repository, name="ada", role="editor", secret=b"x" * 32)
    wait_until(lambda: search.wait_for_vector(dict(web.vector), 0), "the token to arrive")
    return made


def test_a_request_meets_the_pool_of_its_route_on_any_node(pair: Pair) -> None:
    """The web node hands it on; the search node answers itself."""
    web, search = pair
    with web.client() as at_web, search.client() as at_search:
        forwarded, direct = at_web.get("/search"), at_search.get("/search")
        own = at_web.get("/")

    assert (forwarded.text, forwarded.headers[SERVED_BY]) == ("search for anybody", "search-1")
    assert (direct.text, SERVED_BY in direct.headers) == ("search for anybody", False)
    assert (own.text, SERVED_BY in own.headers) == ("desk for anybody", False)


def test_the_caller_is_known_where_the_work_is_done(pair: Pair, token: str) -> None:
    """RTE-6: the passport tells who asks, here and there alike."""
    with pair[0].client(Authorization=f"Bearer {token}") as client:
        assert client.get("/search").text == "search for ada"
        assert client.get("/").text == "desk for ada"


def test_the_site_is_the_one_that_its_visitor_reached(pair: Pair) -> None:
    """RTE-4: links that leave the page name the host that was asked for, not the node."""
    for each in pair:
        with each.client(Host="www.example.org") as client:
            assert client.get("/search/origin").text == "http://www.example.org/x"


def test_a_body_is_handed_on_whole(pair: Pair) -> None:
    """By its length and in chunks."""
    body = b"0123456789" * 50_000
    with pair[0].client() as client:
        sized = client.post("/search", content=body)
        chunked = client.post("/search", content=iter([body[:7], body[7:]]))

    assert [sized.text, chunked.text] == ["500000", "500000"]


def test_nothing_from_outside_passes_for_a_passport(pair: Pair) -> None:
    """RTE-6, RTE-18: neither to a node that answers nor to one that forwards, nor for an intent."""
    forged = {"Skygarth-Passport": "WzFd.00000000" + "0" * 64}
    for each in pair:
        with each.client() as client:
            assert client.get("/search", headers=forged).json()["code"] == FORGED
            assert client.post("/api/v1/intents", json={}).json()["code"] == FORGED


def test_a_dead_pool_gives_the_fallback_or_a_clear_refusal(pair: Pair) -> None:
    """RTE-15: the code, a way out, and when to come again."""
    for each in pair:
        with each.client() as client:
            fallback, refused = client.get("/search/simple"), client.get("/search/media")
        assert fallback.text == "plain"
        assert (refused.status_code, refused.json()["code"]) == (503, NO_NODE)
        assert refused.headers["Retry-After"] == "2"
        assert "route explain" in refused.json()["hint"]


def test_a_part_of_a_page_is_the_same_wherever_it_is_made(pair: Pair, token: str) -> None:
    """An intent is a value: text, data and errors come back as if they had been made here."""
    ada = {"Authorization": f"Bearer {token}"}
    for each in pair:
        with each.client(**ada) as client:
            page, gone = client.get("/page"), client.get("/gone")
        assert page.text == "<p>['cloud', 3]</p><b>ada</b>"
        assert (gone.status_code, gone.json()["code"]) == (404, "SG-TEST-404")


def test_every_node_tells_its_routes(pair: Pair) -> None:
    """A front-end needs no line of the application to know which pool an address needs."""
    with pair[0].client() as client:
        told = client.get("/api/v1/routes").json()
    routes = {route["name"]: route for page in told["pages"] for route in page["routes"]}

    assert routes["box"]["pool"] == "search"
    assert routes["simple"] == {
        "name": "simple",
        "pattern": "/simple",
        "methods": ["GET"],
        "pool": "media",
        "fallback": "plain",
    }


def test_a_visitor_finds_what_he_wrote_on_whichever_node_he_meets(pair: Pair) -> None:
    """RTE-11: a page's write gives him a cookie, and reads wait for it."""
    web, search = pair
    with web.client() as at_web, search.client() as at_search:
        for number in range(10):
            written = at_web.post(f"/jot/note-{number}", headers={"Origin": web.url})
            cookie = written.headers["Set-Cookie"].partition(";")[0]
            read = at_search.get(f"/jot/note-{number}", headers={"Cookie": cookie})
            assert (written.status_code, read.status_code) == (201, 200)
        assert "Set-Cookie" not in at_web.get("/").headers
        assert written.headers["Skygarth-Version"] in cookie.replace(".", ",")


def test_what_cannot_be_had_is_refused_to_programs_and_spared_to_visitors(pair: Pair) -> None:
    """A header wants no older answer; a cookie may name a log that is lost."""
    never = f"{Incarnation('e' * 32)}:7"
    with pair[0].client() as client:
        program = client.get("/", headers={"Skygarth-Version": never})
        visitor = client.get("/", headers={"Cookie": f"skygarth_seen={never}"})

    assert (program.status_code, program.json()["code"]) == (503, "SG-API-503")
    assert (visitor.status_code, visitor.text) == (200, "desk for anybody")


def test_a_node_that_is_behind_lets_another_answer(pair: Pair) -> None:
    """What the other one wrote itself it has, so it is asked rather than waited for."""
    web, search = pair
    web.assembled.node.pause()
    try:
        with web.client() as at_web, search.client() as at_search:
            written = at_search.post("/jot/elsewhere", headers={"Origin": search.url})
            version = {"Skygarth-Version": written.headers["Skygarth-Version"]}
            read = at_web.get("/jot/elsewhere", headers=version)
    finally:
        web.assembled.node.resume()

    assert (read.status_code, read.headers[SERVED_BY]) == (200, "search-1")


def test_a_cloud_without_a_key_forwards_requests_and_no_parts(tmp_path: Path) -> None:
    """RTE-18: nobody can prove who he is: a request goes as from outside, an intent not at all."""
    with pools(tmp_path, key="") as (web, _), web.client() as client:
        assert client.get("/search").text == "search for anybody"
        assert client.get("/page").json()["code"] == "SG-ROUTE-112"
        forged = client.get("/search", headers={"Skygarth-Passport": "x.y"})
        assert forged.text == "search for anybody"
