"""Programs are told errors in JSON, people in HTML."""

from __future__ import annotations

import pytest

from skygarth.web.negotiation import prefers_json


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json", True),
        ("application/problem+json", True),
        ("application/*", True),
        ("application/json;q=0.5, text/html", False),
        ("application/json, text/html;q=0.9", True),
        ("application/json; charset=utf-8; q=0.9, text/*;q=0.1", True),
        ("text/html;q=broken, application/json;q=0.1", True),
        ("application/atom+xml", False),
    ],
)
def test_json_is_for_those_who_rank_it_above_html(accept: str, expected: bool) -> None:
    """The weights of Accept decide; who takes anything gets the page."""
    assert expected == prefers_json(accept)
