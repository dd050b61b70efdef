"""Every site explains its errors' codes."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.testclient import TestClient
from tests.web.shop.pages import Shop

from skygarth.repository import Repository
from skygarth.web import Site, problem_of
from skygarth.web.routes import MethodRefused

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_problems_type_leads_to_a_page_about_it(repository: Repository) -> None:
    """Whatever else the site is made of."""
    client = TestClient(Site({"/": Shop()}, repository=repository, now=lambda: NOON).asgi)
    address = str(problem_of(MethodRefused("PUT", "/", ("GET",))).document["type"])
    page = client.get(address)

    assert page.status_code == 200
    assert "<h1>SG-ROUTE-005</h1>" in page.text
    assert '<tr class="meant" aria-current="true"><td>405</td>' in page.text


def test_an_unknown_code_is_explained_by_its_families(repository: Repository) -> None:
    """A newer node may send a code that this one has never heard of."""
    client = TestClient(Site({}, repository=repository, now=lambda: NOON).asgi)
    page = client.get("/problems/SG-FUTURE-042")

    assert page.status_code == 200
    assert "try again later" in page.text
