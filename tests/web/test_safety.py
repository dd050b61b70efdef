"""Other sites' forms change nothing, and pages run nothing that is not ours."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from skygarth.model.errors import Denied
from skygarth.web.safety import CONTENT_POLICY, add_safety_headers, refuse_foreign_form


def test_the_policy_allows_nothing_inline() -> None:
    """Markup that slips through a sanitiser cannot act."""
    assert "unsafe" not in CONTENT_POLICY
    assert "default-src 'none'" in CONTENT_POLICY
    assert "frame-ancestors 'none'" in CONTENT_POLICY


def test_what_a_handler_sets_itself_stays() -> None:
    """A page may need another policy; the rest is added."""
    response = Response(headers={"content-security-policy": "sandbox"})
    add_safety_headers(response)

    assert response.headers["content-security-policy"] == "sandbox"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "https://example.org", "host": "example.org"},
    ],
)
def test_own_pages_and_programs_may_change(headers: dict[str, str]) -> None:
    """Browsers on our own pages say so; programs send no origin."""
    refuse_foreign_form("POST", Headers(headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://example.org", "host": "example.org"},
        {"origin": "https://evil.example", "host": "example.org"},
        {"origin": "null", "host": "example.org"},
    ],
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    """A neighbour under the same domain is another site, too."""
    with pytest.raises(Denied):
        refuse_foreign_form("POST", Headers(headers))


def test_reading_is_open_to_all() -> None:
    """Links from other sites work."""
    refuse_foreign_form("GET", Headers({"sec-fetch-site": "cross-site"}))
