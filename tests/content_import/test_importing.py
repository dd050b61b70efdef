"""An import creates what is missing, changes what differs, and writes nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from skygarth.content_import.documents import Note
from skygarth.content_import.importing import BATCH, ImportReport, import_tree
from skygarth.model.errors import Conflict, NotFound
from skygarth.repository import Repository
from skygarth.sample import Article, Section

_REAL = Path(
    os.environ.get("SKYGARTH_BLOG")
    or Path(__file__).resolve().parents[2].parent / "shared" / "data" / "blog"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two posts."""
    root = tmp_path / "site"
    (root / "_posts").mkdir(parents=True)
    (root / "_config.yml").write_text("name: A site\npermalink: /blog/:title/\n")
    _post(root, "2012-01-02-first.md", "title: First\ncategories: sea wind", "Hello *you*")
    _post(root, "2012-01-03-second.md", "title: Second\npublished: false", "Later")
    return root


def _post(site: Path, name: str, head: str, body: str) -> None:
    (site / "_posts" / name).write_text(f"---\n{head}\n---\n{body}\n", encoding="utf-8")


def _article(repository: Repository, path: str) -> Article:
    found = repository.by_path(path)
    assert isinstance(found, Article)
    return found


def _counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.updated, report.unchanged


def test_posts_become_articles_in_a_section(shelf: Repository, site: Path) -> None:
    """Every field from the file; a post that is not published is hidden."""
    report = import_tree(shelf, site)
    section, first = shelf.by_path("/blog"), _article(shelf, "/blog/first")

    assert _counts(report) == (2, 0, 0)
    assert isinstance(section, Section)
    assert (section.title, first.section) == ("A site", section)
    assert (first.title, first.body) == ("First", "<p>Hello <em>you</em></p>")
    assert (first.format, first.categories) == ("html", ["sea", "wind"])
    assert first.published == datetime(2012, 1, 2, tzinfo=UTC)
    assert not first.meta.hidden
    assert _article(shelf, "/blog/second").meta.hidden
    assert report.notes == (Note("_posts/2012-01-03-second.md", "not published: kept hidden"),)


def test_a_second_import_writes_nothing(shelf: Repository, site: Path) -> None:
    """Not even a transaction that other nodes would hear of."""
    import_tree(shelf, site)
    head = shelf.change_head()
    report = import_tree(shelf, site)

    assert _counts(report) == (0, 0, 2)
    assert shelf.change_head() == head


def test_a_changed_file_is_one_update(shelf: Repository, site: Path) -> None:
    """The other article is not touched, and the changed one keeps its identity."""
    import_tree(shelf, site)
    before, head = _article(shelf, "/blog/first"), shelf.change_head()
    _post(site, "2012-01-02-first.md", "title: First\ncategories: sea wind", "Hello *all*")
    report = import_tree(shelf, site)
    [change] = shelf.changes(head)

    assert _counts(report) == (0, 1, 1)
    assert (change.action, change.guid) == ("updated", before.guid)
    assert _article(shelf, "/blog/first").body == "<p>Hello <em>all</em></p>"
    assert _article(shelf, "/blog/first").meta.revision == 2


def test_publishing_a_file_shows_its_article(shelf: Repository, site: Path) -> None:
    """Hiding follows the file as the fields do."""
    import_tree(shelf, site)
    _post(site, "2012-01-03-second.md", "title: Second", "Later")
    report = import_tree(shelf, site)

    assert _counts(report) == (0, 1, 1)
    assert not _article(shelf, "/blog/second").meta.hidden


def test_the_file_wins_over_an_edit_on_a_node(shelf: Repository, site: Path) -> None:
    """There is no telling which of both is newer; the documents warn of it."""
    import_tree(shelf, site)
    _article(shelf, "/blog/first").update(title="Edited here")
    report = import_tree(shelf, site)

    assert _counts(report) == (0, 1, 1)
    assert _article(shelf, "/blog/first").title == "First"


def test_what_the_file_does_not_know_is_kept(shelf: Repository, site: Path) -> None:
    """A section's title is its site's at first, and its editors' from then on."""
    import_tree(shelf, site)
    section = shelf.by_path("/blog")
    assert isinstance(section, Section)
    section.update(title="Our blog")
    head = shelf.change_head()
    import_tree(shelf, site)

    assert shelf.change_head() == head


def test_a_deleted_article_stays_deleted(shelf: Repository, site: Path) -> None:
    """Somebody did not want it here; the report says so."""
    import_tree(shelf, site)
    _article(shelf, "/blog/first").delete()
    report = import_tree(shelf, site)

    assert _counts(report) == (0, 0, 2)
    assert shelf.by_path("/blog/first") is None
    assert Note("_posts/2012-01-02-first.md", "it was deleted here, and stays so") in report.notes


def test_a_purged_article_is_created_again(shelf: Repository, site: Path) -> None:
    """Nothing of it is left that could say otherwise; a file that is gone takes nothing along."""
    import_tree(shelf, site)
    _article(shelf, "/blog/first").purge()
    (site / "_posts" / "2012-01-03-second.md").unlink()
    report = import_tree(shelf, site)

    assert _counts(report) == (1, 0, 0)
    assert _article(shelf, "/blog/second").title == "Second"


def test_a_broken_file_is_reported_and_skipped(shelf: Repository, site: Path) -> None:
    """The others come in; mended, it comes in too."""
    _post(site, "2012-01-04-third.md", "title: a: b", "")
    report = import_tree(shelf, site)
    _post(site, "2012-01-04-third.md", "title: Third", "")
    again = import_tree(shelf, site)

    assert _counts(report) == (2, 0, 0)
    assert [(fault.source, fault.line) for fault in report.faults] == [
        ("_posts/2012-01-04-third.md", 2)
    ]
    assert (_counts(again), again.faults) == ((1, 0, 2), ())


def test_what_the_repository_refuses_is_a_fault(shelf: Repository, site: Path) -> None:
    """A section has the post's place: that post is skipped, the others are not."""
    blog = shelf.create(Section(name="blog", title="Blog"))
    shelf.create(Section(name="first", title="In the way", parent=blog))
    report = import_tree(shelf, site)

    assert _counts(report) == (1, 0, 0)
    assert [fault.source for fault in report.faults] == ["_posts/2012-01-02-first.md"]
    assert "something else has its place" in report.faults[0].reason


def test_an_article_in_the_sections_place_stops_the_import(shelf: Repository, site: Path) -> None:
    """Nothing could be put anywhere."""
    shelf.create(Article(name="blog", title="Not a section"))

    with pytest.raises(Conflict) as caught:
        import_tree(shelf, site)

    assert caught.value.code == "SG-IMPORT-004"
    assert shelf.query(Article).count() == 1


def test_types_must_be_known(repository: Repository, site: Path) -> None:
    """A repository without articles cannot take any."""
    with pytest.raises(NotFound, match="no such type"):
        import_tree(repository, site)


def test_sections_lie_in_sections(shelf: Repository, site: Path) -> None:
    """As deep as the permalink says."""
    (site / "_config.yml").write_text("name: A site\npermalink: /en/old-news/:title/\n")
    import_tree(shelf, site)
    outer, inner = shelf.by_path("/en"), shelf.by_path("/en/old-news")

    assert isinstance(outer, Section)
    assert isinstance(inner, Section)
    assert (outer.title, inner.title) == ("En", "A site")
    assert _article(shelf, "/en/old-news/first").section == inner


def test_many_posts_come_in_a_few_transactions(shelf: Repository, site: Path) -> None:
    """So other nodes get them in pieces of a good size, and progress is told for each."""
    for number in range(BATCH):
        _post(site, f"2013-01-01-post-{number}.html", f"title: Post {number}", "")
    told: list[tuple[int, int]] = []
    report = import_tree(
        shelf, site, on_progress=lambda done, total: told.append((done, total)), author="grace"
    )
    changesets = {event.changeset for event in shelf.changes(0, 2 * BATCH)}

    assert _counts(report) == (BATCH + 2, 0, 0)
    assert len(changesets) == 2
    assert told == [(done, BATCH + 2) for done in range(1, BATCH + 3)]
    assert _article(shelf, "/blog/first").meta.creator == "grace"


def test_a_real_blog_is_imported_once(shelf: Repository) -> None:
    """All 1,098 posts; a second import writes nothing."""
    if not _REAL.is_dir():
        pytest.skip("no real blog here: set SKYGARTH_BLOG to the folder of one")
    report = import_tree(shelf, _REAL)
    head = shelf.change_head()
    again = import_tree(shelf, _REAL)

    assert (_counts(report), report.faults) == ((1_098, 0, 0), ())
    assert (_counts(again), shelf.change_head()) == ((0, 0, 1_098), head)
    assert _article(shelf, "/blog/midgard2-future-in-the-clouds").categories == ["midgard"]
