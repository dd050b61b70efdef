"""What protects readers from pages that others wrote, and pages from other sites.

The content policy lets a page load styles and scripts from its own node only,
none written inline, so markup that slipped through the sanitiser cannot act.
Forms are guarded by what browsers say of a request's origin: no token needs to
be kept, and it works behind round-robin DNS, where the node that takes a form
is not the one that showed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response

from skygarth.model.errors import Denied

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "connect-src 'self'; img-src 'self' https: http: data:; media-src 'self' https: http:; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Images may come from anywhere: articles are older than the hosts of their pictures."""

SAFETY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": CONTENT_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
)

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def add_safety_headers(response: Response) -> None:
    """Protect an answer; what its handler has set itself stays."""
    for name, value in SAFETY_HEADERS.items():
        response.headers.setdefault(name, value)


def refuse_foreign_form(method: str, headers: Headers) -> None:
    """Refuse a change that another site's page sent with the reader's session.

    Browsers say in ``Sec-Fetch-Site`` where a request comes from, older ones in
    ``Origin``. Programs send neither, and carry no session that could be abused.

    Raises:
        Denied: the request comes from another site.
    """
    if method in _SAFE_METHODS:
        return
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    if foreign:
        raise Denied(
            f"a form of another site cannot change anything here. origin={origin!r}",
            code="SG-WEB-002",
            hint="send it from a page of this site",
        )
