"""Links between posts stay within the imported site; others go on leading to the old one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.addresses import Addresses, OldAddress, site_address


def _addresses(base_path: str = "") -> Addresses:
    addresses = Addresses("https://old.example", base_path)
    addresses.learn("/blog/a-post", stem="2012-03-04-A_post", old="/blog/A_post/")
    return addresses


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/blog/A_post/", "/blog/a-post"),
        ("/blog/a_post", "/blog/a-post"),
        ("/blog/A%5Fpost/index.html?x=1#y", "/blog/a-post?x=1#y"),
        ("http://www.old.example/blog/A_post/", "/blog/a-post"),
        ("//old.example/blog/A_post/", "//old.example/blog/A_post/"),
        ("/tags/x?y#z", "https://old.example/tags/x?y#z"),
        ("https://old.example/tags/", "https://old.example/tags/"),
        ("https://other.example/blog/A_post/", "https://other.example/blog/A_post/"),
        ("mailto:a@old.example", "mailto:a@old.example"),
        ("A_post/", "A_post/"),
        ("#part", "#part"),
        ("", ""),
        ("http://[broken", "http://[broken"),
    ],
)
def test_addresses_move(old: str, new: str) -> None:
    """Posts by path or by full address, pages of the old site by full address only."""
    assert new == _addresses().moved(old)


def test_a_base_path_belongs_to_the_old_site_only() -> None:
    """A site below a folder loses that folder."""
    addresses = _addresses("/site")

    assert addresses.moved("/site/blog/A_post/") == "/blog/a-post"
    assert addresses.moved("/blog/A_post/") == "/blog/a-post"
    assert addresses.moved("/site/a.png") == "https://old.example/site/a.png"
    assert addresses.moved("/a.png") == "https://old.example/site/a.png"


def test_an_unknown_site_leaves_other_paths_alone() -> None:
    """There is nowhere to point them at."""
    assert Addresses().moved("/a.png") == "/a.png"


def test_the_first_to_claim_an_address_keeps_it() -> None:
    """As the old site would have overwritten one by the other, one of them must."""
    addresses = _addresses()
    addresses.learn("/blog/other", stem="other", old="/blog/A_post")

    assert addresses.moved("/blog/A_post") == "/blog/a-post"
    assert addresses.of_post("other") == "/blog/A_post"
    assert addresses.of_post("none") is None


def test_a_post_without_an_old_address_is_linked_to_by_its_new_one() -> None:
    """Where the permalink asks for categories, for instance."""
    addresses = Addresses("https://old.example")
    addresses.learn("/blog/b", stem="2012-01-01-b", old=None)

    assert addresses.of_post("2012-01-01-b") == "/blog/b"
    assert addresses.moved("/blog/b") == "/blog/b"


@pytest.mark.parametrize(
    ("permalink", "path"),
    [
        ("/blog/:title/", "/blog/A_post/"),
        ("/:year/:i_month/:slug:output_ext", "/2012/3/a_post.html"),
        ("/:categories/:title/", None),
    ],
)
def test_a_permalink_tells_the_old_path(permalink: str, path: str | None) -> None:
    """Unless it asks for what the file's name does not say."""
    assert path == OldAddress("A_post", 2012, 3, 4).under(permalink)


def test_a_site_address_is_of_the_web() -> None:
    """Scheme and host, nothing else."""
    assert site_address(" https://a.example/b ") == "https://a.example"
    assert site_address("javascript:x()") == ""
    assert site_address("http://[") == ""


@given(st.text(max_size=40))
def test_any_address_is_survived(address: str) -> None:
    """What is no address stays as it is, or at least a text."""
    assert isinstance(_addresses().moved(address), str)
    assert isinstance(_addresses().moved(f"/{address}"), str)
