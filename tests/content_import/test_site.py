"""A site's settings say where its posts go."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from skygarth.content_import.site import CONFIG, Site, read_site
from skygarth.model.errors import Invalid


def _site(folder: Path, config: str) -> Site:
    (folder / CONFIG).write_text(config, encoding="utf-8")
    return read_site(folder)


def test_without_settings_posts_go_to_posts(tmp_path: Path) -> None:
    """The file is optional."""
    assert Site("Posts", ("posts",)) == read_site(tmp_path)


def test_settings_are_read(tmp_path: Path) -> None:
    """Name, address, zone and the fixed first part of the permalink."""
    site = _site(
        tmp_path,
        "name: A &amp; B\nurl: https://old.example\nbaseurl: site/\n"
        "permalink: /The_Blog/:title/\ntimezone: Europe/Helsinki\nplugins: [a, b]\n",
    )

    assert site == Site(
        title="A &amp; B",
        section_path=("the-blog",),
        permalink="/The_Blog/:title/",
        zone=ZoneInfo("Europe/Helsinki"),
        url="https://old.example",
        base_path="/site",
    )


@pytest.mark.parametrize(
    ("permalink", "section_path"),
    [
        ("/blog/:title/", ("blog",)),
        ("/en/blog/:year/:title.html", ("en", "blog")),
        ("/:title/", ("posts",)),
        ("/:categories/blog/:title", ("posts",)),
        ("pretty", ("posts",)),
        ("/blog/fixed", ("posts",)),
    ],
)
def test_the_section_is_the_fixed_part(
    tmp_path: Path, permalink: str, section_path: tuple[str, ...]
) -> None:
    """Up to the first part that differs from post to post."""
    site = _site(tmp_path, f"title: X\npermalink: {permalink}")

    assert section_path == site.section_path
    assert site.zone is UTC


@pytest.mark.parametrize("config", ["name: [", "- a", "timezone: Mars/Olympus"])
def test_broken_settings_stop_the_import(tmp_path: Path, config: str) -> None:
    """Otherwise all posts would land in the wrong section."""
    with pytest.raises(Invalid) as caught:
        _site(tmp_path, config)

    assert caught.value.code == "SG-IMPORT-003"
    assert CONFIG in caught.value.hint
