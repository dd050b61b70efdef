"""What one node alone refuses to do to the tree."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.repository.journal import Article, Section

from skygarth.model.errors import Conflict, InvalidValue
from skygarth.repository import Repository


def _refused(code: str, ask: Callable[[], object]) -> None:
    with pytest.raises(Conflict) as caught:
        ask()

    assert code == caught.value.code
    assert caught.value.hint


def test_siblings_have_different_names(repo: Repository) -> None:
    """Of whatever type; elsewhere the name is free."""
    news = repo.create(Section(name="news"))
    repo.create(Article(name="hello", section=news))

    _refused("SG-TREE-001", lambda: repo.create(Article(name="hello", section=news)))
    _refused("SG-TREE-001", lambda: repo.create(Section(name="hello", parent=news)))
    _refused("SG-TREE-001", lambda: repo.create(Article(name="news")))
    assert repo.create(Article(name="hello")).path == "/hello"


def test_names_are_compared_within_a_transaction_too(repo: Repository) -> None:
    """Also with objects that the database has not written yet, and with changed ones."""
    with repo.transaction() as tx:
        section = tx.create(Section(name="s"))
        first = tx.create(Article(name="a", section=section))
        _refused("SG-TREE-001", lambda: tx.create(Article(name="a", section=section)))
        first.update(name="b")
        tx.create(Article(name="a", section=section))
        _refused("SG-TREE-001", lambda: tx.create(Article(name="b", section=section)))


def test_a_rename_to_a_taken_name_is_refused(repo: Repository) -> None:
    """And a move to where the name is taken; both together may be free."""
    news = repo.create(Section(name="news"))
    inside = repo.create(Article(name="a", section=news))
    outside = repo.create(Article(name="b"))

    _refused("SG-TREE-001", lambda: inside.update(section=None, name="b"))
    _refused("SG-TREE-001", lambda: outside.update(section=news, name="a"))
    outside.update(section=news)
    _refused("SG-TREE-001", lambda: outside.update(name="a"))
    inside.update(name="c", section=None)
    assert [article.path for article in (inside, outside)] == ["/c", "/news/b"]


def test_setting_the_same_name_again_is_no_rename(repo: Repository) -> None:
    """An object does not stand in its own way."""
    article = repo.create(Article(name="a"))

    assert not article.update(name="a")
    assert article.update(name="a", title="A")


def test_a_name_is_free_once_its_object_is_deleted(repo: Repository) -> None:
    """And the deleted object cannot come back to it."""
    first = repo.create(Article(name="a"))
    first.delete()
    repo.create(Article(name="a"))

    _refused("SG-TREE-001", first.undelete)


def test_nothing_stands_below_itself(repo: Repository) -> None:
    """Neither directly nor through others."""
    one = repo.create(Section(name="one"))
    two = repo.create(Section(name="two", parent=one))
    three = repo.create(Section(name="three", parent=two))

    _refused("SG-TREE-002", lambda: one.update(parent=one))
    _refused("SG-TREE-002", lambda: one.update(parent=three))
    three.update(parent=one)
    assert three.path == "/one/three"


def test_no_circle_waits_for_an_undeletion(repo: Repository) -> None:
    """A deleted object between two others still counts."""
    one = repo.create(Section(name="one"))
    two = repo.create(Section(name="two", parent=one))
    three = repo.create(Section(name="three", parent=two))
    two.delete(recursive=True)
    three.undelete()

    assert three.path == "/three"
    _refused("SG-TREE-002", lambda: one.update(parent=three))


def test_a_parent_must_be_there(repo: Repository) -> None:
    """A deleted one would leave the object at the root, where nobody wanted it."""
    gone = repo.create(Section(name="gone"))
    article = repo.create(Article(name="a"))
    guid = gone.guid
    gone.delete()

    _refused("SG-TREE-004", lambda: repo.create(Article(name="b", section=gone)))
    _refused("SG-TREE-004", lambda: repo.create(Article(name="b", section=guid)))  # type: ignore[arg-type]
    _refused("SG-TREE-004", lambda: article.update(section=guid))


def test_what_others_stand_below_is_not_taken_away(repo: Repository) -> None:
    """Unless that is asked for, with all below it."""
    top = repo.create(Section(name="top"))
    below = repo.create(Section(name="below", parent=top))
    article = repo.create(Article(name="a", section=below))

    _refused("SG-TREE-003", top.delete)
    _refused("SG-TREE-003", below.purge)
    top.delete(recursive=True)
    assert repo.children() == []
    assert repo.get(Article, article.guid, deleted=True).meta.deleted


def test_a_purge_may_take_all_below_with_it(repo: Repository) -> None:
    """Deleted children, which nobody sees, stay to be purged on their own."""
    top = repo.create(Section(name="top"))
    article = repo.create(Article(name="a", section=top))
    hidden = repo.create(Article(name="b", section=top))
    hidden.delete()
    top.purge(recursive=True)

    assert repo.find(article.guid, deleted=True) is None
    assert repo.find(hidden.guid, deleted=True) == hidden


def test_what_comes_back_without_its_parent_stands_at_the_root(repo: Repository) -> None:
    """So its name must be free there."""
    top = repo.create(Section(name="top"))
    article = repo.create(Article(name="a", section=top))
    top.delete(recursive=True)
    rival = repo.create(Article(name="a"))

    _refused("SG-TREE-001", article.undelete)
    rival.delete()
    article.undelete()
    assert article.path == "/a"
    top.undelete()
    assert article.path == "/top/a"


@pytest.mark.parametrize("name", ["a/b", "a~b", "", "..", "."])
def test_a_name_must_fit_into_a_path(repo: Repository, name: str) -> None:
    """Whatever else its pattern may allow."""
    with pytest.raises(InvalidValue):
        repo.create(Section(name=name))
