"""A Jekyll tree gives a document or a fault for every file, the same each time."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.documents import Document, Fault
from skygarth.content_import.jekyll import JekyllTree, open_tree
from skygarth.model.errors import NotFound

_REAL = Path(
    os.environ.get("SKYGARTH_BLOG")
    or Path(__file__).resolve().parents[2].parent / "shared" / "data" / "blog"
)


def _write(root: Path, path: str, content: str | bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def _documents(tree: JekyllTree) -> list[Document]:
    return [entry for entry in tree if isinstance(entry, Document)]


def _faults(tree: JekyllTree) -> list[Fault]:
    return [entry for entry in tree if isinstance(entry, Fault)]


def _only(root: Path, path: str, content: str | bytes) -> Document:
    _write(root, path, content)
    [document] = open_tree(root)
    assert isinstance(document, Document), document
    return document


def test_a_post_is_read(tmp_path: Path) -> None:
    """Every field from where Jekyll would take it."""
    _write(tmp_path, "_config.yml", "name: A site\npermalink: /blog/:title/\n")
    document = _only(
        tmp_path,
        "_posts/2012-03-04-First_steps.markdown",
        "---\n  title: First steps\n  categories:\n    - travel\n    - sea\n  tags: sea wind\n"
        "  layout: post\n  cover: a.png\n---\nHello *you*\n",
    )

    assert document == Document(
        name="first-steps",
        title="First steps",
        body_html="<p>Hello <em>you</em></p>",
        published=datetime(2012, 3, 4, tzinfo=UTC),
        categories=("travel", "sea", "wind"),
        section_path=("blog",),
        source="_posts/2012-03-04-First_steps.markdown",
        extras={"cover": "a.png"},
    )


def test_the_date_in_the_head_wins(tmp_path: Path) -> None:
    """The file's name only knows the day; local times are those of the site."""
    _write(tmp_path, "_config.yml", "timezone: Europe/Helsinki")
    document = _only(tmp_path, "_posts/2012-03-04-a.md", "---\ndate: 2012-07-08 09:10\n---\n")

    assert document.published == datetime(2012, 7, 8, 6, 10, tzinfo=UTC)


def test_a_head_is_not_needed(tmp_path: Path) -> None:
    """Title and date then come from the file's name."""
    document = _only(tmp_path, "_posts/2012-3-4-a-walk.html", "<p>b</p>")

    assert (document.title, document.published.month) == ("A walk", 3)
    assert document.notes == ("no front matter", "no title: made one from the file's name")


@pytest.mark.parametrize("title", ["2012", "1.10", "true", "2012-01-01"])
def test_a_title_need_not_be_a_text_to_yaml(tmp_path: Path, title: str) -> None:
    """It stays as it was written."""
    assert title == _only(tmp_path, "_posts/2012-01-01-a.md", f"---\ntitle: {title}\n---").title


def test_a_name_without_a_date_needs_one_in_the_head(tmp_path: Path) -> None:
    """Jekyll would not publish it; an import may."""
    assert _only(tmp_path, "_posts/a.md", "---\ndate: 2012-01-02\n---").name == "a"


@pytest.mark.parametrize("line", ["published: false", "draft: true"])
def test_what_is_not_published_is_hidden(tmp_path: Path, line: str) -> None:
    """It comes along, unseen by readers."""
    document = _only(tmp_path, "_posts/2012-01-01-a.md", f"---\ntitle: A\n{line}\n---")

    assert document.hidden
    assert document.notes == ("not published: kept hidden",)


def test_folders_are_categories(tmp_path: Path) -> None:
    """Those above `_posts`, not those within; built pages and drafts are no posts."""
    _write(tmp_path, "sea/_posts/2012/2012-01-01-a.md", "---\ncategory: open water\n---")
    _write(tmp_path, "_site/_posts/2012-01-01-b.md", "built")
    _write(tmp_path, "_drafts/c.md", "draft")
    _write(tmp_path, "sea/page.md", "page")
    _write(tmp_path, "sea/_posts/.hidden.md", "aside")
    [document] = open_tree(tmp_path)

    assert isinstance(document, Document)
    assert document.categories == ("sea", "open water")


def test_namesakes_are_told_apart(tmp_path: Path) -> None:
    """The oldest keeps the plain name, whatever its folder; the others are noted."""
    _write(tmp_path, "a/_posts/2013-01-01-trip.md", "---\ntitle: A\n---")
    _write(tmp_path, "b/_posts/2012-01-01-Trip.md", "---\ntitle: A\n---")
    _write(tmp_path, "b/_posts/2013-01-01-trip.html", "---\ntitle: A\n---")
    documents = _documents(open_tree(tmp_path))

    assert [document.name for document in documents] == [
        *("trip-2013-01-01", "trip", "trip-2013-01-01-2")
    ]
    assert documents[0].notes == (
        "another post is called 'trip', so this one is 'trip-2013-01-01'",
    )


def test_posts_link_to_each_other(tmp_path: Path) -> None:
    """By their new names, whether the link is Markdown, HTML or Liquid."""
    _write(tmp_path, "_config.yml", "permalink: /blog/:title/\nurl: https://old.example")
    _write(tmp_path, "_posts/2012-01-01-a_b.md", "---\n---\nA")
    _write(
        tmp_path,
        "_posts/2012-01-02-c.md",
        "---\n---\n[x](http://old.example/blog/a_b/) [y]({% post_url 2012-01-01-a_b %})\n"
        "![z](/z.png)",
    )
    body = _documents(open_tree(tmp_path))[1].body_html

    assert re.findall(r'(?:href|src)="([^"]*)"', body) == [
        *("/blog/a-b", "/blog/a-b", "https://old.example/z.png")
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason", "line"),
    [
        ("2012-01-01-a.md", "---\nlayout: x\ntitle: a: b\n---\n", "no valid YAML", 3),
        ("2012-01-01-a.md", "---\ntitle: a\n", "does not end", 1),
        ("2012-01-01-a.md", "---\ndate: soon\n---\n", "no such date", None),
        ("2012-13-41-a.md", "", "no such date", None),
        ("a.md", "", "no date", None),
        ("2012-01-01-a.textile", "h1. A", "not supported", None),
        ("2012-01-01-a", "A", "not supported", None),
        ("2012-01-01-a.md", b"\x00\x01", "no text", None),
    ],
)
def test_a_broken_file_is_a_fault(
    tmp_path: Path, name: str, content: str | bytes, reason: str, line: int | None
) -> None:
    """It says what and where, and the files beside it are read."""
    _write(tmp_path, f"_posts/{name}", content)
    _write(tmp_path, "_posts/2014-01-01-good.md", "---\ntitle: Good\n---")
    tree = open_tree(tmp_path)
    [fault] = _faults(tree)

    assert (f"_posts/{name}", line) == (fault.source, fault.line)
    assert reason in fault.reason
    assert fault.hint
    assert [document.name for document in _documents(tree)] == ["good"]


def test_a_linked_folder_is_a_fault(tmp_path: Path) -> None:
    """It is not followed, and not passed over in silence either."""
    _write(tmp_path, "_posts/2012-01-01-a.md", "A")
    (tmp_path / "_posts" / "more").symlink_to(tmp_path)
    tree = open_tree(tmp_path)

    assert [fault.source for fault in _faults(tree)] == ["_posts/more"]
    assert len(list(tree)) == tree.count == 2


def test_the_folder_of_posts_may_be_named_itself(tmp_path: Path) -> None:
    """The site's settings are found beside it."""
    _write(tmp_path, "_config.yml", "permalink: /blog/:title/")
    _write(tmp_path, "_posts/2012-01-01-a.md", "A")

    assert list(open_tree(tmp_path)) == list(open_tree(tmp_path / "_posts"))


@pytest.mark.parametrize("path", ["gone", "empty"])
def test_nothing_to_import_is_said(tmp_path: Path, path: str) -> None:
    """No folder, or no posts in it."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(NotFound) as caught:
        open_tree(tmp_path / path)

    assert caught.value.hint


def test_two_readings_are_equal(tmp_path: Path) -> None:
    """In the order of their paths, whatever order the folder has."""
    for name in ("2012-01-02-b.md", "2012-01-01-z.md", "2013-01-01-a.html", "2012-01-01-c.txt"):
        _write(tmp_path, f"_posts/{name}", "A[^1]\n\n[^1]: B")
    first = list(open_tree(tmp_path))

    assert first == list(open_tree(tmp_path))
    assert sorted(entry.source for entry in first) == [entry.source for entry in first]


@given(st.binary(max_size=80))
def test_any_bytes_give_a_document_or_a_fault(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Reading never raises, whatever a file holds."""
    root = tmp_path_factory.mktemp("tree")
    _write(root, "_posts/2012-01-01-a.md", b"---\n" + content + b"\n---\n" + content)
    _write(root, "_posts/2012-01-01-b.html", content)
    tree = open_tree(root)

    assert len(list(tree)) == tree.count == 2


@pytest.fixture(scope="module")
def real_documents() -> list[Document]:
    """The posts of a real blog of twenty years, where it lies beside the project."""
    if not _REAL.is_dir():
        pytest.skip("no real blog here: set SKYGARTH_BLOG to the folder of one")
    tree = open_tree(_REAL)
    assert _faults(tree) == []
    return _documents(tree)


def test_a_real_blog_is_read_whole(real_documents: list[Document]) -> None:
    """1,098 posts, each under a name of its own, none without a body."""
    assert len(real_documents) == 1_098
    assert len({document.name for document in real_documents}) == 1_098
    assert {document.section_path for document in real_documents} == {("blog",)}
    assert [document.source for document in real_documents if not document.body_html] == []


def test_a_real_blog_is_clean(real_documents: list[Document]) -> None:
    """Three posts are hidden; no script, frame or handler is left."""
    acting = re.compile(r"<(?:script|iframe|object|embed|form)|<[^>]* on\w+=|href=.javascript:")

    assert sum(document.hidden for document in real_documents) == 3
    assert [each.source for each in real_documents if acting.search(each.body_html)] == []


def test_the_post_that_began_it_all_is_there(real_documents: list[Document]) -> None:
    """With its list of what a cloud needs, and links to its neighbours."""
    [post] = [each for each in real_documents if each.name == "midgard2-future-in-the-clouds"]

    assert post.published == datetime(2008, 7, 6, tzinfo=UTC)
    assert post.categories == ("midgard",)
    assert post.body_html.count("<li>") == 5
    assert 'href="/blog/midcom-3-and-built-in-webdav"' in post.body_html
