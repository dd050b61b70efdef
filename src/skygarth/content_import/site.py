"""What ``_config.yml`` says of a site: its name, its address, where its posts are.

The file may be absent. One that is there and broken stops the import: without
it all posts would land in a section that the site does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

from skygarth.content_import.addresses import site_address
from skygarth.content_import.dates import zone_named
from skygarth.content_import.documents import Unreadable
from skygarth.content_import.front_matter import read_mapping, text_of
from skygarth.content_import.slugs import name_from
from skygarth.content_import.text_files import read_text
from skygarth.content_import.titles import fitting_title, one_line
from skygarth.model.errors import Invalid

CONFIG = "_config.yml"
SECTION_DEFAULT = "posts"


@dataclass(frozen=True, slots=True)
class Site:
    """The settings that an import needs.

    Attributes:
        title: what the site, and so its section, is called.
        section_path: names of the sections in which posts lie, outermost first.
        permalink: the pattern of a post's address, such as ``/blog/:title/``.
        zone: of dates that name none.
        url: scheme and host; empty if unknown.
        base_path: what stands before every path of the site; mostly empty.
    """

    title: str
    section_path: tuple[str, ...]
    permalink: str = ""
    zone: tzinfo = UTC
    url: str = ""
    base_path: str = ""


def read_site(root: Path) -> Site:
    """The settings of the site in a folder.

    Raises:
        Invalid: they cannot be read.
    """
    values = _config(root)
    permalink = text_of(values.get("permalink")) or ""
    section_path = _fixed_parts(permalink) or (SECTION_DEFAULT,)
    title = text_of(values.get("title")) or text_of(values.get("name")) or ""
    base = (text_of(values.get("baseurl")) or "").strip("/")
    return Site(
        title=fitting_title(one_line(title)) or section_path[-1].capitalize(),
        section_path=section_path,
        permalink=permalink,
        zone=_zone(values),
        url=site_address(text_of(values.get("url")) or ""),
        base_path=f"/{base}" if base else "",
    )


def _config(root: Path) -> dict[str, object]:
    file = root / CONFIG
    if not file.exists():
        return {}
    try:
        return read_mapping(read_text(file, root).text)
    except Unreadable as cause:
        raise Invalid(
            f"the site's settings cannot be read: {cause.reason}. line={cause.line}",
            code="SG-IMPORT-003",
            hint=f"mend {CONFIG}, or move it away to import without it",
        ) from cause


def _zone(values: Mapping[str, object]) -> tzinfo:
    name = text_of(values.get("timezone"))
    try:
        return zone_named(name) if name else UTC
    except ValueError as cause:
        raise Invalid(
            f"the site's time zone is unknown here. timezone={name!r}",
            code="SG-IMPORT-003",
            hint=f"mend timezone in {CONFIG}, or install the system's time zone database",
        ) from cause


def _fixed_parts(permalink: str) -> tuple[str, ...]:
    """The first parts of a pattern up to the first that differs from post to post."""
    fixed: list[str] = []
    for part in permalink.split("/")[1:] if permalink.startswith("/") else []:
        if ":" in part:
            return tuple(fixed)
        if part:
            fixed.append(name_from(part))
    return ()
