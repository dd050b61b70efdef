"""Static files have addresses that change with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.model.errors import Invalid, NotFound
from skygarth.web.assets import Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a style sheet and a picture deeper down."""
    (tmp_path / "icons").mkdir()
    (tmp_path / "site.css").write_text("body {}")
    (tmp_path / "icons" / "a.svg").write_text("<svg/>")
    return tmp_path


def test_an_address_holds_the_digest_of_its_file(folder: Path) -> None:
    """A browser may keep for ever what is asked for with its digest."""
    assets = Assets("/static/x", [folder])
    address = assets.address("site.css")
    digest = address.partition("?v=")[2]
    response = assets.response("site.css", digest)

    assert address.startswith("/static/x/site.css?v=")
    assert response.headers["content-type"].startswith("text/css")
    assert "immutable" in response.headers["cache-control"]


def test_without_the_right_digest_a_browser_asks_again(folder: Path) -> None:
    """An old or bare address is answered, but not kept."""
    response = Assets("/static/x", [folder]).response("icons/a.svg", "old")

    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["none.css", "../secret", "", "icons"])
def test_what_is_not_there_is_not_found(folder: Path, name: str) -> None:
    """Only files that lie in the folder have addresses."""
    assets = Assets("/static/x", [folder / "icons", folder])

    with pytest.raises(NotFound):
        assets.response(name, "")
    with pytest.raises(Invalid):
        assets.address(name)


def test_an_earlier_folder_covers_a_later_one(folder: Path, tmp_path: Path) -> None:
    """An application replaces one file and keeps the rest."""
    over = tmp_path / "over"
    over.mkdir()
    (over / "site.css").write_text("body { color: red }")
    assets = Assets("/static/x", [over, folder])

    assert b"red" in assets.response("site.css", "").body
    assert b"<svg/>" in assets.response("icons/a.svg", "").body


def test_an_edited_file_is_seen_while_developing(folder: Path) -> None:
    """With reload, the next request has the new file under a new address."""
    assets = Assets("/static/x", [folder], reload=True)
    before = assets.address("site.css")
    (folder / "site.css").write_text("body { margin: 0 }")

    assert before != assets.address("site.css")
