"""A request builds addresses, and shows an intent as a handler wants it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.web.shop.pages import Shop

from skygarth.model.errors import Invalid
from skygarth.repository import Repository
from skygarth.web import Identity, Intent, Page, Request

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def request_below(repository: Repository) -> Request:
    """A request for /shop of a site that is reached under a prefix."""
    intent = Intent(
        page=Page("/shop", "shop"),
        route="index",
        method="GET",
        query=(("q", "1"), ("q", "2")),
        base="https://example.org/under",
        identity=Identity("ada"),
        arrived=NOON,
        deadline=NOON,
    )
    return Request(intent, repository, Shop.routes)


def test_an_address_leads_below_page_and_prefix(request_below: Request) -> None:
    """Relative for pages, absolute for feeds."""
    address = request_below.url_for("thing", number=7, name="lamp")

    assert address == "/under/shop/7/lamp"
    assert request_below.absolute(address) == "https://example.org/under/shop/7/lamp"
    assert request_below.url_for("index") == "/under/shop"
    assert request_below.url("/") == "/under/"


def test_a_query_is_encoded(request_below: Request) -> None:
    """Whatever it holds."""
    assert (
        request_below.url_for("index", query={"q": "ä&b", "n": 2}) == "/under/shop?q=%C3%A4%26b&n=2"
    )


def test_an_address_that_leads_nowhere_is_refused(request_below: Request) -> None:
    """A misspelt handler shows at once."""
    with pytest.raises(Invalid):
        request_below.url_for("thing", number="seven", name="lamp")


def test_a_request_shows_its_intent(request_below: Request) -> None:
    """Now is when it arrived; a name may have several values."""
    assert request_below.now == NOON
    assert request_below.identity.name == "ada"
    assert request_below.query.getlist("q") == ["1", "2"]
