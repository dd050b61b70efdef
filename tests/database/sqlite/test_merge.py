"""A segment's way into the database; that it equals the law, tests/properties proves."""

from __future__ import annotations

import apsw
import pytest
from tests.properties.clouds_by_the_law import LawfulNode, Sent, content_of_the_database

from skygarth.database.port import Action
from skygarth.model.errors import Damaged
from skygarth.model.guid import make_guid

GUIDS = [make_guid(1_000, noise) for noise in range(4)]


def test_the_feed_tells_what_became_of_each_object() -> None:
    """Created, updated, deleted and undeleted are told apart, also within one segment."""
    author, reader = _author_of_four(), LawfulNode("b")
    reader.receive(author.log[0])
    author.edit(GUIDS[0], {"title": "other"})
    author.edit(GUIDS[1], {"_deleted": 1})
    author.publish()
    reader.receive(author.log[1])
    author.edit(GUIDS[1], {"_deleted": 0})
    author.edit(GUIDS[2], {"_deleted": 1})
    author.publish()
    reader.receive(author.log[2])

    assert _feed(reader) == [
        *((guid, Action.CREATED) for guid in GUIDS),
        (GUIDS[0], Action.UPDATED),
        (GUIDS[1], Action.DELETED),
        (GUIDS[1], Action.UNDELETED),
        (GUIDS[2], Action.DELETED),
    ]


def test_a_deletion_that_loses_is_told_as_an_update() -> None:
    """What shows stays alive, so nobody hears of a deletion; it is set aside instead."""
    author, reader = _author_of_four(), LawfulNode("b")
    reader.receive(author.log[0])
    author.edit(GUIDS[0], {"_deleted": 1})
    author.publish()
    reader.edit(GUIDS[0], {"title": "first"})
    reader.edit(GUIDS[0], {"title": "second"})
    reader.receive(author.log[1])

    assert _feed(reader)[-1] == (GUIDS[0], Action.UPDATED)
    assert len(reader.database.reading().conflicts(GUIDS[0])) == 1


def test_only_fields_with_concurrent_heads_are_set_aside() -> None:
    """Of two nodes that edited different fields of an object, only its life was touched twice."""
    author, reader = _author_of_four(), LawfulNode("b")
    reader.receive(author.log[0])
    author.edit(GUIDS[0], {"title": "theirs"})
    author.publish()
    reader.edit(GUIDS[0], {"body": "mine"})
    reader.receive(author.log[1])

    run = reader.database._connection.execute
    shown = run("SELECT title, body FROM t_note WHERE guid = ?", (GUIDS[0],)).fetchall()
    assert shown == [("theirs", "mine")]
    assert run("SELECT field FROM aside").fetchall() == [("_deleted",)]


def test_an_edit_of_an_unknown_object_is_refused_and_changes_nothing() -> None:
    """A segment whose author forgot a dependency leaves no trace, not even a half object."""
    author, reader = _author_of_four(), LawfulNode("b")
    author.edit(GUIDS[0], {"title": "other"})
    author.publish()
    before = content_of_the_database(reader)
    first_of_its_log = Sent(author.log[0].position, author.log[1].image, (), {})

    with pytest.raises(Damaged) as caught:
        reader.database.replica().merge(first_of_its_log.position, first_of_its_log.image)

    assert caught.value.code in {"SG-SEGMENT-021", "SG-SEGMENT-022"}
    assert content_of_the_database(reader) == before
    assert _feed(reader) == []


def test_an_image_that_may_hold_an_object_twice_is_refused() -> None:
    """Counters would move twice: objects are kept by their GUID, or not at all."""
    author, reader = _author_of_four(), LawfulNode("b")
    forged = apsw.Connection(":memory:")
    forged.deserialize("main", author.log[0].image)
    forged.execute("CREATE TABLE twice AS SELECT * FROM o_note UNION ALL SELECT * FROM o_note")
    forged.execute("DROP TABLE o_note")
    forged.execute("ALTER TABLE twice RENAME TO o_note")

    with pytest.raises(Damaged) as caught:
        reader.database.replica().merge(author.log[0].position, forged.serialize("main"))

    assert caught.value.code == "SG-SEGMENT-020"


def _author_of_four() -> LawfulNode:
    """A node that has published the creation of four notes."""
    author = LawfulNode("a")
    for number, guid in enumerate(GUIDS):
        author.create(guid, f"note {number}", 0)
    author.publish()
    return author


def _feed(node: LawfulNode) -> list[tuple[bytes, Action]]:
    return [(c.guid, c.action) for c in node.database.reading().changes(0, 100) if c.imported]
