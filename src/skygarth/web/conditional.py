"""Not sending what the reader already has (RFC 9110, section 13).

A page's tag is the digest of its bytes. It costs a rendering to know it, yet it
is right whatever the page shows: menus, neighbours, an article whose hour came.
And nodes that hold equal content give equal tags, so a reader who is handed
from one node to another by round-robin DNS still keeps his copy.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.datastructures import Headers
from starlette.responses import Response

_KEPT_BY_304 = ("cache-control", "content-location", "date", "etag", "expires", "vary")
_REVALIDATE = "no-cache"


def etag_of(body: bytes) -> str:
    """The strong entity tag of these bytes, with its quotes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def http_date(moment: datetime) -> str:
    """A moment as HTTP writes it: to the second, in GMT."""
    assert moment.utcoffset() is not None
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def settle(response: Response, method: str, asked: Headers) -> Response:
    """Tag a page, and send 304 in its place where the reader has it.

    Only whole successful answers to GET and HEAD are tagged; streams and errors
    pass as they are.
    """
    if method not in {"GET", "HEAD"} or response.status_code != 200 or not response.body:
        return response
    response.headers.setdefault("etag", etag_of(bytes(response.body)))
    response.headers.setdefault("cache-control", _REVALIDATE)
    if not _has_it(asked, response):
        return response
    kept = {name: response.headers[name] for name in _KEPT_BY_304 if name in response.headers}
    return Response(status_code=304, headers=kept)


def _has_it(asked: Headers, response: Response) -> bool:
    """Whether the reader's copy is this answer; tags decide before dates."""
    tags = asked.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or response.headers["etag"] in known
    since, modified = asked.get("if-modified-since"), response.headers.get("last-modified")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False
