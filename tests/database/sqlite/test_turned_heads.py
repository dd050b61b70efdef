"""A new identity may turn the order of two heads of one time; the greatest shows all the same."""

from __future__ import annotations

from pathlib import Path

from tests.repositories import RepositoryNode

from skygarth import Type
from skygarth.model.position import Incarnation, Position


class Leaflet(Type):
    """Something that two edit at once."""

    text: str = ""


def digest(node: RepositoryNode) -> str:
    """Of the content."""
    with node.database.replica().view() as view:
        return view.digest()


def test_an_own_head_that_became_the_greatest_shows_on_every_node(tmp_path: Path) -> None:
    """
    Both edit at one time, so that their writers decide; then the lesser one takes
    a greater name before it has published (MRG-4, REP-21).
    """
    mine, theirs = RepositoryNode("m", tmp_path / "m.db"), RepositoryNode("p", tmp_path / "p.db")
    for node in (mine, theirs):
        node.repository.register(Leaflet)
    leaflet = mine.repository.create(Leaflet(text="first"))
    mine.send_to(theirs)
    theirs._time_ms = mine._time_ms = max(mine._time_ms, theirs._time_ms)
    for node, text in ((mine, "mine"), (theirs, "theirs")):
        node.repository.get(Leaflet, leaflet.guid).update(text=text)
    theirs.send_to(mine)
    before = mine.repository.get(Leaflet, leaflet.guid).text

    greater = Incarnation("7a" * 16)
    mine.database.replica().take_incarnation(greater, "here")
    after = mine.repository.get(Leaflet, leaflet.guid).text
    packed = mine.database.replica().pack(100)
    assert packed is not None
    theirs.database.replica().merge(Position(greater, 1), packed.image)
    mine.database.replica().published(Position(greater, 1), "digest", packed.through)

    assert (before, after) == ("theirs", "mine")
    assert theirs.repository.get(Leaflet, leaflet.guid).text == "mine"
    assert digest(mine) == digest(theirs)
