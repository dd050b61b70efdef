"""Where the links inside posts point after the move.

Posts of a site link to each other, by path or with the site's full address.
Such links shall stay within the imported site. A path that is no post (a
category page, a picture) is not imported, so it gets the site's full address
and goes on working as long as the old site does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

_INDEX = re.compile(r"(?:/index)?(?:\.html?)?/*$")
_HTTP = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class OldAddress:
    """What a post's old address is made of."""

    slug: str
    year: int
    month: int
    day: int

    def under(self, permalink: str) -> str | None:
        """The path that a permalink pattern gives; None where it asks for more."""
        values = {
            "title": self.slug,
            "slug": self.slug.lower(),
            "year": f"{self.year:04}",
            "short_year": f"{self.year % 100:02}",
            "month": f"{self.month:02}",
            "i_month": str(self.month),
            "day": f"{self.day:02}",
            "i_day": str(self.day),
            "output_ext": ".html",
        }
        keys = re.findall(r":([a-z_]+)", permalink)
        if any(key not in values for key in keys):
            return None
        return re.sub(r":([a-z_]+)", lambda found: values[found[1]], permalink)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The map from old addresses to new ones.

    Args:
        site_url: the site's address with scheme and host; empty if unknown.
        base_path: what the site puts before every path; empty for most.
    """

    site_url: str = ""
    base_path: str = ""
    _moved: dict[str, str] = field(default_factory=dict)
    _by_stem: dict[str, str] = field(default_factory=dict)

    def learn(self, new: str, *, stem: str, old: str | None) -> None:
        """Remember a post; the first to claim an old path keeps it.

        A post whose old path is unknown is linked to by its new one.

        Args:
            new: its path from now on.
            stem: its file's name without the ending.
            old: its path at the old site, where that is known.
        """
        assert new.startswith("/")
        self._by_stem.setdefault(stem, old or new)
        self._moved.setdefault(_key(old or new), new)

    def of_post(self, stem: str) -> str | None:
        """The path, for `moved`, of the post whose file is called so without its ending."""
        return self._by_stem.get(stem)

    def moved(self, address: str) -> str:
        """Where an address of the old site is now; others stay as they are."""
        parts = _split(address)
        if parts is None or not self._is_ours(parts):
            return address
        path = self._without_base(parts.path)
        tail = address[len(re.split(r"[?#]", address, maxsplit=1)[0]) :]
        if new := self._moved.get(_key(path)):
            return new + tail
        if parts.netloc or not self.site_url:
            return address
        return f"{self.site_url}{self.base_path}{path}{tail}"

    def _without_base(self, path: str) -> str:
        return path.removeprefix(self.base_path) if path.startswith(f"{self.base_path}/") else path

    def _is_ours(self, parts: SplitResult) -> bool:
        if not parts.path.startswith("/"):
            return False
        if not parts.netloc:
            return not parts.scheme
        known = urlsplit(self.site_url).netloc
        return bool(known) and parts.scheme in _HTTP and _host(parts.netloc) == _host(known)


def site_address(written: str) -> str:
    """The site's address as scheme and host, empty where it is none of the web."""
    parts = _split(written.strip())
    if parts is None or parts.scheme not in _HTTP or not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _split(address: str) -> SplitResult | None:
    """None for what is no address, such as a bracket without its pair."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _host(netloc: str) -> str:
    return netloc.lower().removeprefix("www.")


def _key(path: str) -> str:
    """One form for `/blog/Post`, `/blog/post/` and `/blog/post/index.html`."""
    return _INDEX.sub("", unquote(path)).lower()
