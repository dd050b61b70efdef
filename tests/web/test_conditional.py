"""A reader who has the page is told so instead of being sent it again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from skygarth.web.conditional import etag_of, http_date, settle

MOMENT = datetime(2008, 7, 6, 12, 0, 0, 500, tzinfo=UTC)
TAG = etag_of(b"page")


def _settled(asked: dict[str, str], *, method: str = "GET", status: int = 200) -> Response:
    response = Response(b"page", status, headers={"last-modified": http_date(MOMENT)})
    return settle(response, method, Headers(asked))


def test_a_page_is_tagged_with_the_digest_of_its_bytes() -> None:
    """Equal pages have equal tags, on whatever node they were made."""
    assert _settled({}).headers["etag"] == TAG
    assert _settled({}).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("tag", [TAG, f"W/{TAG}", f'"x", {TAG}', "*"])
def test_a_known_tag_is_answered_304(tag: str) -> None:
    """The tag may be weak, or one of several."""
    response = _settled({"if-none-match": tag})

    assert (response.status_code, response.body) == (304, b"")
    assert response.headers["etag"] == TAG


def test_a_date_that_is_not_older_is_answered_304() -> None:
    """Dates count to the second, and only where no tag is given."""
    same, older = http_date(MOMENT), "Sun, 06 Jul 2008 11:59:59 GMT"

    assert _settled({"if-modified-since": same}).status_code == 304
    assert _settled({"if-modified-since": older}).status_code == 200
    assert _settled({"if-modified-since": same, "if-none-match": '"x"'}).status_code == 200
    assert _settled({"if-modified-since": "yesterday"}).status_code == 200


def test_only_whole_answers_to_reading_are_tagged() -> None:
    """Changes and errors pass as they are."""
    assert "etag" not in _settled({}, method="POST").headers
    assert "etag" not in _settled({}, status=404).headers
