"""Pages know what lies below them; intents are values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from skygarth.web.intent import VISITOR, Identity, Intent, Page

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "path", "below"),
    [
        ("/", "/", "/"),
        ("/", "/a/b", "/a/b"),
        ("/blog", "/blog", "/"),
        ("/blog", "/blog/a", "/a"),
        ("/blog", "/blogger", None),
        ("/blog", "/", None),
    ],
)
def test_a_page_says_what_is_left_of_an_address(place: str, path: str, below: str | None) -> None:
    """What lies elsewhere is None; what lies below leads back by `join`."""
    page = Page(place, "x")

    assert below == page.below(path)
    if below is not None:
        assert path == page.join(below)


def test_equal_requests_are_equal_values() -> None:
    """An intent can be compared, and so logged, repeated and sent."""

    def wanted() -> Intent:
        return Intent(
            page=Page("/blog", "blog"),
            route="show",
            arguments={"name": "hello"},
            method="GET",
            arrived=MOMENT,
            deadline=MOMENT + timedelta(seconds=5),
        )

    assert wanted() == wanted()


def test_a_visitor_is_nobody_we_know() -> None:
    """Only a name makes somebody."""
    assert not VISITOR.is_known
    assert Identity("ada").is_known
