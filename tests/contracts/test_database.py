"""One contract for every database: what repositories and replication may rely on.

Written against `skygarth.database.port` alone; what a dialect does inside has
its own tests beside its modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from tests.contracts.database_openings import LASTING, OPENINGS
from tests.database.notes import (
    BEGIN_MS,
    NOTE,
    NoteBook,
    Opener,
    Sent,
    exchange,
    guid,
    incarnation,
    named,
)

from skygarth.database.port import Action
from skygarth.model.errors import Conflict, Damaged, NotFound
from skygarth.model.position import Position
from skygarth.model.query import Compare, Matches, Operator, Order, Selection
from skygarth.model.schema import FieldSchema, Kind, MergeRule, Stored, TypeSchema
from skygarth.model.stamp import make_stamp

Make = Callable[[str], NoteBook]


@pytest.fixture(params=OPENINGS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def opener(kind: str, tmp_path: Path) -> Opener:
    """Opens databases of this kind."""
    return OPENINGS[kind](tmp_path)


@pytest.fixture
def make(opener: Opener) -> Iterator[Make]:
    """Makes notebooks and closes them."""
    made: list[NoteBook] = []

    def make(letter: str) -> NoteBook:
        made.append(NoteBook(opener, letter))
        return made[-1]

    yield make
    for book in made:
        book.database.close()


@pytest.fixture
def book(make: Make) -> NoteBook:
    """One notebook."""
    return make("a")


@pytest.fixture
def pair(make: Make) -> tuple[NoteBook, NoteBook]:
    """Two notebooks that hold the same published note."""
    one, other = make("a"), make("b")
    one.note(1, "draft")
    exchange(one, other)
    return one, other


def last(book: NoteBook) -> Sent:
    """The segment that was published last."""
    return book.log[-1]


# -- types ------------------------


def test_declared_types_come_back_as_declared(book: NoteBook) -> None:
    """Fields come back in the declared order."""
    assert book.database.types()["note"] == NOTE


def test_a_new_field_shows_its_default_on_old_objects(book: NoteBook) -> None:
    """Columns are added for new fields; objects from before show the default."""
    book.note(1, "old")
    colour = FieldSchema(name="colour", kind=Kind.TEXT, default="it's blue")
    wider = TypeSchema(name="note", fields=(*NOTE.fields, colour), path_field="name")
    book.database.ensure_types([wider])

    row = book.database.reading().fetch("note", guid(1))
    assert row is not None
    assert named(row, wider)["colour"] == "it's blue"


def test_a_field_that_a_declaration_drops_keeps_its_values(book: NoteBook) -> None:
    """Nothing is taken away: declared again, a field shows what it held."""
    book.note(1, "kept")
    narrow = TypeSchema(name="note", fields=NOTE.fields[:1], path_field="name")
    book.database.ensure_types([narrow])
    row = book.database.reading().fetch("note", guid(1))
    assert row is not None
    assert named(row, narrow)["name"] == "n1"

    book.database.ensure_types([NOTE])
    assert book.shown(1)["title"] == "kept"


def test_a_field_cannot_change_its_kind(book: NoteBook) -> None:
    """Another kind or merge rule under an old name is refused, and nothing changes."""
    changed = (FieldSchema(name="title", kind=Kind.INTEGER),)
    for fields in (changed, (FieldSchema(name="views", kind=Kind.INTEGER),)):
        with pytest.raises(Conflict) as refused:
            book.database.ensure_types([TypeSchema(name="note", fields=fields)])
        assert refused.value.code == "SG-TYPE-010"
    book.note(1, "as before")

    assert book.shown(1)["title"] == "as before"


def test_an_unknown_type_is_not_found(book: NoteBook) -> None:
    """Whoever names a type that the database does not know is told so."""
    with pytest.raises(NotFound) as absent:
        book.database.reading().fetch("poem", guid(1))

    assert absent.value.code == "SG-TYPE-404"


# -- local transactions ------------------------


def test_a_created_object_is_fetched_whole(book: NoteBook) -> None:
    """Fields as given; metadata say who made it, when, and that this is its first revision."""
    book.note(1, "hello", views=3)

    moment = (BEGIN_MS + 1) * 1000
    assert book.row(1) == {
        "guid": guid(1),
        "_created": moment,
        "_creator": "a",
        "_revised": moment,
        "_revisor": "a",
        "_revision": 1,
        "_published": None,
        "_hidden": 0,
        "_deleted": 0,
        "name": "n1",
        "title": "hello",
        "body": "-",
        "views": 3,
        "folder": None,
    }


@pytest.mark.parametrize(
    ("kind_of_field", "value"),
    [
        (Kind.TEXT, "a\0b ü \U0001f600"),
        (Kind.TEXT, ""),
        (Kind.INTEGER, 2**63 - 1),
        (Kind.INTEGER, -(2**63)),
        (Kind.FLOAT, 0.1),
        (Kind.FLOAT, 1e300),
        (Kind.BYTES, b"\0\xff"),
        (Kind.BYTES, b""),
        (Kind.DECIMAL, 12_345),
        (Kind.JSON, '{"a":[1,null]}'),
        (Kind.DATE, "2026-01-01"),
    ],
)
def test_values_come_back_as_they_were_given(
    book: NoteBook, kind_of_field: Kind, value: Stored
) -> None:
    """Every kind's stored form survives, here and through a segment."""
    sample = TypeSchema(name="sample", fields=(FieldSchema(name="value", kind=kind_of_field),))
    book.database.ensure_types([sample])
    with book.database.writing("a") as writing:
        writing.create("sample", guid(1), [value], published_us=None)

    row = book.database.reading().fetch("sample", guid(1))
    assert row is not None
    assert value == row[-1]
    assert type(value) is type(row[-1])


def test_a_transaction_sees_what_it_did(book: NoteBook) -> None:
    """Questions within a transaction include its own creations, edits and purges."""
    book.note(1)
    with book.database.writing("a") as writing:
        writing.create("note", guid(2), ["n2", "new", "-", 0, None], published_us=None)
        writing.edit("note", guid(1), {"title": "changed"})
        one, two = writing.fetch("note", guid(1)), writing.fetch("note", guid(2))
        assert one is not None
        assert two is not None
        assert named(one, NOTE)["title"] == "changed"
        assert named(two, NOTE)["title"] == "new"
        assert writing.count(Selection("note")) == 2
        assert writing.locate(guid(2)) == "note"
        assert writing.child(None, "n2") == ("note", guid(2))
        writing.purge("note", guid(2))

        assert writing.fetch("note", guid(2)) is None
        assert writing.is_purged(guid(2))


def test_a_reserved_name_is_taken_within_its_transaction(book: NoteBook) -> None:
    """`child` finds an object that is only announced, and forgets it with the transaction."""
    with book.database.writing("a") as writing:
        writing.reserve(None, "soon", "note", guid(7))
        assert writing.child(None, "soon") == ("note", guid(7))

    assert book.database.reading().child(None, "soon") is None


def test_what_raises_leaves_nothing_behind(book: NoteBook) -> None:
    """A transaction whose block raises is rolled back whole: objects, edits, outbox, feed."""
    book.note(1, "before")

    def fail() -> None:
        with book.database.writing("a") as writing:
            writing.create("note", guid(2), ["n2", "", "-", 0, None], published_us=None)
            writing.edit("note", guid(1), {"title": "after"})
            writing.purge("note", guid(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert book.shown(1)["title"] == "before"
    assert book.row(2) is None
    assert book.database.replica().unpublished() == (1, 1)
    assert len(book.database.reading().changes(0, 10)) == 1


def test_what_is_not_committed_is_not_seen(book: NoteBook, kind: str) -> None:
    """Another thread reads what was committed before, and goes on reading meanwhile."""
    if kind not in LASTING:
        pytest.skip("a database in memory has one connection")
    book.note(1, "before")
    seen: list[Stored] = []

    def read() -> None:
        seen.append(book.shown(1)["title"])

    with book.database.writing("a") as writing:
        writing.edit("note", guid(1), {"title": "after"})
        reader = Thread(target=read)
        reader.start()
        reader.join(10)
    read()

    assert seen == ["before", "after"]


def test_an_edit_that_changes_nothing_leaves_no_trace(book: NoteBook) -> None:
    """Equal values are left out: no revision, no outbox row, no feed entry, no new stamp."""
    book.note(1, "same")
    with book.database.writing("b") as writing:
        assert not writing.edit("note", guid(1), {"title": "same", "views": 0, "_hidden": 0})

    row = book.row(1)
    assert row is not None
    assert (row["_revision"], row["_revisor"]) == (1, "a")
    assert book.database.committed(writing).sequence == 0
    assert book.database.committed(writing).changes == ()
    assert book.database.replica().unpublished()[0] == 1


def test_an_edit_is_a_revision(book: NoteBook) -> None:
    """One changeset is one revision, however many edits of an object it holds."""
    book.note(1)
    with book.database.writing("bea") as writing:
        writing.edit("note", guid(1), {"title": "x"})
        writing.edit("note", guid(1), {"title": "y", "body": "z"})

    row = book.row(1)
    assert row is not None
    assert (row["_revision"], row["_revisor"], row["_creator"]) == (2, "bea", "a")
    assert (row["title"], row["body"]) == ("y", "z")


def test_counters_take_differences(book: NoteBook) -> None:
    """An edit of a counter adds; it is nobody's revision."""
    book.note(1, views=5)
    book.edit(1, views=2)
    book.edit(1, views=-4)

    row = book.row(1)
    assert row is not None
    assert (row["views"], row["_revision"]) == (3, 1)


def test_a_deleted_object_comes_only_where_asked_for(book: NoteBook) -> None:
    """Soft deletion hides; `fetch` and selections give the object to those who ask."""
    book.note(1)
    book.delete(1)
    reading = book.database.reading()

    assert reading.fetch("note", guid(1)) is None
    assert reading.fetch("note", guid(1), deleted=True) is not None
    assert reading.select(Selection("note")) == []
    assert len(reading.select(Selection("note", include_deleted=True))) == 1
    assert reading.locate(guid(1)) == "note"
    assert not reading.is_purged(guid(1))


def test_a_deleted_object_comes_back(book: NoteBook) -> None:
    """Undeleting is an edit like others."""
    book.note(1)
    book.delete(1)
    change = book.edit(1, _deleted=0)

    assert book.database.reading().fetch("note", guid(1)) is not None
    assert [entry.action for entry in change.changes] == [Action.UNDELETED]


def test_a_purged_object_is_gone_and_remembered(book: NoteBook) -> None:
    """Purging removes the row; the tombstone stays."""
    book.note(1)
    book.purge(1)
    reading = book.database.reading()

    assert reading.fetch("note", guid(1), deleted=True) is None
    assert reading.locate(guid(1)) is None
    assert reading.is_purged(guid(1))


@pytest.mark.parametrize("deed", ["edit", "purge", "settle"])
def test_what_does_not_exist_cannot_be_changed(book: NoteBook, deed: str) -> None:
    """Changing an unknown object is refused, and the transaction with it."""
    change: dict[str, Callable[[], object]] = {
        "edit": lambda: book.edit(9, title="x"),
        "purge": lambda: book.purge(9),
        "settle": lambda: book.settle(9, "title", "x"),
    }
    with pytest.raises(NotFound) as absent:
        change[deed]()

    assert absent.value.code == "SG-OBJECT-404"
    assert book.database.reading().change_head() == 0


# -- the feed ------------------------


def test_each_object_of_a_transaction_has_one_entry(book: NoteBook) -> None:
    """Entries carry the net action and share their changeset."""
    book.note(1)
    with book.database.writing("a") as writing:
        writing.create("note", guid(2), ["n2", "", "-", 0, None], published_us=None)
        writing.create("note", guid(3), ["n3", "", "-", 0, None], published_us=None)
        writing.edit("note", guid(2), {"title": "x"})
        writing.edit("note", guid(1), {"title": "x"})
        writing.edit("note", guid(1), {"_deleted": 1})
    changes = book.database.reading().changes(1, 10)

    assert [(entry.guid, entry.action) for entry in changes] == [
        (guid(2), Action.CREATED),
        (guid(3), Action.CREATED),
        (guid(1), Action.DELETED),
    ]
    assert len({entry.changeset for entry in changes}) == 1
    assert all(not entry.imported for entry in changes)
    assert changes == list(book.database.committed(writing).changes)


def test_the_feed_is_read_in_pages(book: NoteBook) -> None:
    """`since` is exclusive, `limit` holds, and the head is the last sequence."""
    for number in range(1, 6):
        book.note(number)
    reading = book.database.reading()
    first = reading.changes(0, 2)
    rest = reading.changes(first[-1].sequence, 10)

    assert [entry.guid for entry in (*first, *rest)] == [guid(n) for n in range(1, 6)]
    assert reading.change_head() == rest[-1].sequence
    assert reading.changes(reading.change_head(), 10) == []


def test_a_trimmed_feed_says_so(book: NoteBook) -> None:
    """Who is further behind than the feed begins is told to read the objects themselves."""
    for number in range(1, 6):
        book.note(number)
    book.publish()
    book.database.replica().trim_feed(2)

    with pytest.raises(NotFound) as trimmed:
        book.database.reading().changes(1, 10)
    assert trimmed.value.code == "SG-FEED-001"
    assert [entry.guid for entry in book.database.reading().changes(3, 10)] == [guid(4), guid(5)]


def test_what_is_unpublished_is_not_trimmed(book: NoteBook) -> None:
    """The feed is the outbox as well: trimming spares what waits."""
    for number in range(1, 4):
        book.note(number)
    book.database.replica().trim_feed(1)

    assert book.database.replica().unpublished() == (3, 3)
    assert len(book.database.reading().changes(0, 10)) == 3


def test_imported_changes_stand_in_the_feed(pair: tuple[NoteBook, NoteBook]) -> None:
    """What came from elsewhere is marked, one changeset a merge."""
    one, other = pair
    one.edit(1, title="x")
    one.note(2)
    one.send_to(other)
    changes = other.database.reading().changes(1, 10)

    assert {(entry.guid, entry.action) for entry in changes} == {
        (guid(1), Action.UPDATED),
        (guid(2), Action.CREATED),
    }
    assert all(entry.imported for entry in changes)
    assert len({entry.changeset for entry in changes}) == 1


# -- selections ------------------------


def test_a_selection_is_ordered_and_paged(book: NoteBook) -> None:
    """Order, limit and offset hold; counting leaves the page out."""
    for number, title in enumerate(["b", "a", "c", "a"], start=1):
        book.note(number, title)
    selection = Selection("note", order=(Order(("title",)),), limit=2, offset=1)
    reading = book.database.reading()

    assert [row[0] for row in reading.select(selection)] == [guid(4), guid(1)]
    assert reading.count(selection) == 4


def test_a_selection_takes_text_as_text(book: NoteBook) -> None:
    """A value that looks like SQL is only a value."""
    nasty = "'; DROP TABLE t_note; --"
    book.note(1, nasty)
    condition = Compare(("title",), Operator.EQUAL, nasty)

    assert len(book.database.reading().select(Selection("note", condition))) == 1
    assert book.shown(1)["title"] == nasty


def test_full_text_follows_every_change(pair: tuple[NoteBook, NoteBook]) -> None:
    """Search finds what is there after edits and merges, and not what was there before."""
    one, other = pair
    one.edit(1, title="Crème brûlée")
    one.send_to(other)

    for book in pair:
        found = book.database.reading().select(Selection("note", Matches("brulee")))
        assert [row[0] for row in found] == [guid(1)]
        assert book.database.reading().select(Selection("note", Matches("draft"))) == []


# -- the tree ------------------------


def test_an_object_stands_below_its_parent(book: NoteBook) -> None:
    """Place, child and children agree."""
    book.folder(1, "top")
    book.note(2, name="page", folder=guid(1))
    reading = book.database.reading()

    assert reading.place("note", guid(2)) == (guid(1), "page")
    assert reading.child(guid(1), "page") == ("note", guid(2))
    assert reading.children(guid(1)) == [("note", guid(2), "page")]
    assert reading.children(None) == [("folder", guid(1), "top")]
    assert reading.dependents(guid(1)) == 1
    assert reading.child(None, "page") is None


def test_the_oldest_of_one_name_keeps_it(book: NoteBook) -> None:
    """Others are reached under the name and the end of their GUID (TRE-2, TRE-3)."""
    book.note(5, name="same")
    book.note(3, name="same")
    reading = book.database.reading()

    assert reading.child(None, "same") == ("note", guid(3))
    assert reading.place("note", guid(5)) == (None, "same~00000005")
    assert reading.child(None, "same~00000005") == ("note", guid(5))
    assert reading.name_collisions() == [(None, "same", "note", guid(5))]


def test_an_orphan_stands_at_the_root(book: NoteBook) -> None:
    """An object whose parent is deleted or unknown is reached at the root (TRE-4)."""
    book.folder(1, "top")
    book.note(2, name="a", folder=guid(1))
    book.note(3, name="b", folder=guid(99))
    book.delete(1, "folder")
    reading = book.database.reading()

    assert reading.place("note", guid(2)) == (None, "a")
    assert {child[1] for child in reading.children(None)} == {guid(2), guid(3)}


def test_a_circle_is_cut_alike_everywhere(make: Make) -> None:
    """Two moves that close a circle: the link set last does not count, on both nodes (TRE-5)."""
    one, other = make("a"), make("b")
    one.folder(1, "x")
    one.folder(2, "y")
    exchange(one, other)
    one.edit(1, "folder", parent=guid(2))
    other.edit(2, "folder", parent=guid(1))
    exchange(one, other)

    cuts = [book.database.reading().cycle_cuts() for book in (one, other)]
    assert cuts[0] == cuts[1]
    assert len(cuts[0]) == 1
    cut = cuts[0][0][1]
    assert one.database.reading().place("folder", cut) == (None, "x" if cut == guid(1) else "y")


def test_a_move_mends_a_circle(make: Make) -> None:
    """When one of its links is set anew, nothing stays cut."""
    one, other = make("a"), make("b")
    one.folder(1, "x")
    one.folder(2, "y")
    exchange(one, other)
    one.edit(1, "folder", parent=guid(2))
    other.edit(2, "folder", parent=guid(1))
    exchange(one, other)
    one.edit(1, "folder", parent=None)
    exchange(one, other)

    for book in (one, other):
        assert book.database.reading().cycle_cuts() == []
        assert book.database.reading().place("folder", guid(2)) == (guid(1), "y")
    assert one.digest() == other.digest()


# -- publishing ------------------------


def test_nothing_to_publish_is_no_segment(book: NoteBook) -> None:
    """An empty outbox packs to None."""
    assert book.database.replica().pack(10) is None
    assert book.database.replica().unpublished() == (0, 0)


def test_what_is_packed_waits_until_it_is_published(book: NoteBook) -> None:
    """Packing changes nothing; `published` empties the outbox and advances the own log."""
    book.note(1)
    replica = book.database.replica()
    first, again = book.pack(), book.pack()
    assert first is not None
    assert again is not None
    assert first.image == again.image
    assert replica.unpublished() == (1, 1)
    replica.published(first.position, first.digest, first.through)

    assert replica.unpublished() == (0, 0)
    assert replica.vector() == {book.writer: 1}
    assert (replica.identity().sequence, replica.identity().digest) == (1, first.digest)
    assert replica.published_through() == 1
    assert replica.pack(10) is None


def test_what_was_written_while_putting_stays_in_the_outbox(book: NoteBook) -> None:
    """A change after the packing belongs to the next segment."""
    book.note(1, "first")
    sent = book.pack()
    assert sent is not None
    book.edit(1, title="second")
    book.database.replica().published(sent.position, sent.digest, sent.through)
    book.log.append(sent)

    assert book.database.replica().unpublished() == (1, 2)
    assert book.publish() is not None


def test_a_segment_holds_whole_changesets(book: NoteBook, make: Make) -> None:
    """A transaction of more objects than a segment should hold is not divided."""
    with book.database.writing("a") as writing:
        for number in range(1, 11):
            writing.create("note", guid(number), [f"n{number}", "", "-", 0, None], published_us=0)
    book.note(11)
    other = make("b")
    sent = book.publish(objects_max=3)
    assert sent is not None
    other.receive(sent)

    assert other.database.reading().count(Selection("note")) == 10
    assert book.database.replica().unpublished()[0] == 1


def test_small_segments_say_the_same(make: Make) -> None:
    """However the outbox is divided, the reader ends with equal content."""
    one, whole, piecewise = make("a"), make("b"), make("c")
    for number in range(1, 8):
        one.note(number, "x")
        one.edit(number, title="y", views=1)
    one.purge(4)
    while one.publish(objects_max=2) is not None:
        pass
    for sent in one.log:
        piecewise.receive(sent)
        whole.receive(sent)

    assert len(one.log) > 1
    assert piecewise.digest() == one.digest()
    assert [piecewise.row(n) for n in range(1, 8)] == [one.row(n) for n in range(1, 8)]


def test_attempts_are_remembered_until_published(book: NoteBook) -> None:
    """Every digest tried for a slot is known with what it holds (REP-12)."""
    book.note(1)
    sent = book.pack()
    assert sent is not None
    replica = book.database.replica()
    replica.attempt(sent.position, "first", 1)
    replica.attempt(sent.position, "second", 2)

    assert replica.attempts(sent.position) == {"first": 1, "second": 2}
    assert replica.attempts(sent.position.next) == {}
    replica.published(sent.position, "first", 1)
    assert replica.attempts(sent.position) == {}


def test_created_edited_and_purged_unheard_says_nothing_of_the_object(make: Make) -> None:
    """An object that was purged before anybody heard of it travels as a tombstone alone."""
    one, other = make("a"), make("b")
    one.note(1)
    one.edit(1, title="x")
    one.purge(1)
    exchange(one, other)

    assert other.row(1) is None
    assert other.database.reading().is_purged(guid(1))
    assert one.digest() == other.digest()


# -- merging ------------------------


def test_what_arrives_equals_what_was_written(pair: tuple[NoteBook, NoteBook]) -> None:
    """Rows, metadata included, and digests are equal."""
    one, other = pair
    one.edit(1, title="t", views=2, _published=7, _hidden=1)
    one.send_to(other)

    assert one.row(1) == other.row(1)
    assert one.digest() == other.digest()


def test_a_segment_applies_once(pair: tuple[NoteBook, NoteBook]) -> None:
    """A position that is applied already changes nothing, counters least of all (MRG-5)."""
    one, other = pair
    one.edit(1, views=5)
    one.send_to(other)
    before = other.row(1)
    merged = other.receive(last(one))

    assert (merged.changes, merged.objects, merged.set_aside) == ((0, 0), 0, 0)
    assert before == other.row(1)
    assert other.database.replica().vector()[one.writer] == 2


def test_the_later_value_shows_and_the_other_is_set_aside(
    pair: tuple[NoteBook, NoteBook],
) -> None:
    """Both nodes show the later value and list the same conflict under the same id (I5)."""
    one, other = pair
    one.edit(1, title="from a")
    other.ticks += 5
    other.edit(1, title="from b")
    exchange(one, other)

    assert one.conflicts() == other.conflicts() == [("title", "from a", "from b")]
    assert one.listed_conflicts() == other.listed_conflicts()
    assert one.shown(1)["title"] == other.shown(1)["title"] == "from b"
    assert one.digest() == other.digest()


def test_different_fields_do_not_conflict(pair: tuple[NoteBook, NoteBook]) -> None:
    """Two people who edit two fields both get what they wrote."""
    one, other = pair
    one.edit(1, title="t")
    other.edit(1, body="b")
    exchange(one, other)

    for book in pair:
        assert (book.shown(1)["title"], book.shown(1)["body"]) == ("t", "b")
        assert book.conflicts() == []


def test_equal_values_do_not_conflict(pair: tuple[NoteBook, NoteBook]) -> None:
    """Who says the same is not set aside to see (MRG-7)."""
    one, other = pair
    one.edit(1, title="same")
    other.edit(1, title="same")
    exchange(one, other)

    assert one.conflicts() == other.conflicts() == []
    assert one.digest() == other.digest()


def test_concurrent_counts_add_up(pair: tuple[NoteBook, NoteBook]) -> None:
    """A counter loses nobody's difference (MRG-11)."""
    one, other = pair
    one.edit(1, views=2)
    other.edit(1, views=3)
    exchange(one, other)

    assert one.shown(1)["views"] == other.shown(1)["views"] == 5
    assert one.conflicts() == []


def test_an_edit_beside_a_deletion_is_a_conflict(pair: tuple[NoteBook, NoteBook]) -> None:
    """Deleting what somebody edits meanwhile meets the edit in the object's life (MRG-6)."""
    one, other = pair
    one.delete(1)
    other.ticks += 5
    other.edit(1, title="still here")
    exchange(one, other)

    assert one.conflicts() == other.conflicts() == [("_deleted", 1, 0)]
    row = one.row(1)
    assert row is not None
    assert row["_deleted"] == 0


def test_a_settlement_ends_a_conflict_everywhere(pair: tuple[NoteBook, NoteBook]) -> None:
    """It replaces every head, and travels (MRG-8)."""
    one, other = pair
    one.edit(1, title="x")
    other.edit(1, title="y")
    exchange(one, other)
    one.settle(1, "title", "z")
    exchange(one, other)

    assert one.conflicts() == other.conflicts() == []
    assert one.shown(1)["title"] == other.shown(1)["title"] == "z"
    assert one.digest() == other.digest()


def test_a_purge_wins_over_everything(pair: tuple[NoteBook, NoteBook]) -> None:
    """An edit that comes later, by stamp and by arrival, brings nothing back (I6)."""
    one, other = pair
    one.purge(1)
    other.ticks += 50
    other.edit(1, title="too late", views=4)
    exchange(one, other)

    for book in pair:
        assert book.row(1) is None
        assert book.database.reading().is_purged(guid(1))
    assert one.digest() == other.digest()


def test_an_edit_outdone_before_it_was_published_is_published(make: Make) -> None:
    """Every node lists the loser, though its author had overwritten it unheard (MRG-10)."""
    one, other, third = make("a"), make("b"), make("c")
    one.note(1, "draft")
    exchange(one, other, third)
    one.edit(1, title="mine")
    other.ticks += 5
    other.edit(1, title="theirs")
    other.send_to(one)
    assert one.shown(1)["title"] == "theirs"
    exchange(one, other, third)

    for book in (one, other, third):
        assert book.conflicts() == [("title", "mine", "theirs")]
    assert one.digest() == other.digest() == third.digest()


def test_a_type_that_nobody_declared_here_is_kept(pair: tuple[NoteBook, NoteBook]) -> None:
    """Objects of unknown types arrive, and show when the type is declared (REP-30)."""
    one, other = pair
    poem = TypeSchema(name="poem", fields=(FieldSchema(name="line", kind=Kind.TEXT),))
    one.database.ensure_types([poem])
    with one.database.writing("a") as writing:
        writing.create("poem", guid(8), ["roses"], published_us=None)
    one.send_to(other)

    assert "poem" in other.database.types()
    row = other.database.reading().fetch("poem", guid(8))
    assert row is not None
    assert row[-1] == "roses"


def test_a_field_from_a_newer_application_is_kept_and_relayed(make: Make) -> None:
    """A node that does not declare a field keeps it for those who do."""
    colour = FieldSchema(name="colour", kind=Kind.TEXT)
    wider = TypeSchema(name="note", fields=(*NOTE.fields, colour), path_field="name")
    newer, older = make("a"), make("b")
    newer.database.ensure_types([wider])
    with newer.database.writing("a") as writing:
        writing.create("note", guid(1), ["n", "t", "-", 0, None, "red"], published_us=None)
    exchange(newer, older)
    assert "colour" not in older.database.types()["note"].by_name
    older.edit(1, title="edited by the older")
    exchange(newer, older)

    row = newer.database.reading().fetch("note", guid(1))
    assert row is not None
    assert named(row, wider)["colour"] == "red"
    assert named(row, wider)["title"] == "edited by the older"
    assert newer.digest() == older.digest()


@pytest.mark.parametrize("image", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 4080])
def test_an_image_that_is_none_is_refused_whole(book: NoteBook, image: bytes) -> None:
    """Damaged bytes leave the database as it was, the vector included."""
    book.note(1)
    with pytest.raises(Damaged):
        book.database.replica().merge(Position(incarnation("z"), 1), image)

    assert book.database.replica().vector() == {}
    assert book.shown(1)["name"] == "n1"


def test_a_broken_chain_is_refused(pair: tuple[NoteBook, NoteBook]) -> None:
    """A segment that names another predecessor than the applied one is refused (SEG-7)."""
    one, other = pair
    one.edit(1, title="x")
    one.publish()
    sent = last(one)
    with pytest.raises(Damaged) as refused:
        other.database.replica().merge(
            sent.position, sent.image, digest=sent.digest, previous="0" * 64
        )

    assert refused.value.code == "SG-SEGMENT-024"
    assert other.shown(1)["title"] == "draft"
    other.receive(sent)
    assert other.shown(1)["title"] == "x"


def test_an_edit_of_an_object_never_heard_of_is_refused(make: Make) -> None:
    """A segment whose dependencies were not met cannot be half applied."""
    one, other = make("a"), make("b")
    one.note(1)
    one.publish()
    one.edit(1, title="x")
    one.publish()
    edit = last(one)
    with pytest.raises(Damaged) as refused:
        other.database.replica().merge(Position(one.writer, 1), edit.image)

    assert refused.value.code == "SG-SEGMENT-022"
    assert other.database.replica().vector() == {}


def test_segments_of_independent_authors_may_come_in_any_order(make: Make) -> None:
    """Whatever the order of arrival, content is equal (I3)."""
    a, b = make("a"), make("b")
    a.note(1, "draft", views=1)
    exchange(a, b)
    for book in (a, b):
        book.edit(1, title=f"by {book.letter}", views=2)
        book.note(10 + ord(book.letter), name="same")
        book.publish()
    forth, back = make("c"), make("d")
    for reader in (forth, back):
        reader.receive(a.log[0])
    for sent in (a.log[1], b.log[0]):
        forth.receive(sent)
    for sent in (b.log[0], a.log[1]):
        back.receive(sent)

    assert forth.digest() == back.digest()
    assert forth.listed_conflicts() == back.listed_conflicts()
    assert forth.database.reading().children(None) == back.database.reading().children(None)


# -- identity ------------------------


def test_a_new_identity_sends_again_what_was_not_published(make: Make) -> None:
    """Unpublished changes go on under the new name; published ones are not said twice (REP-21)."""
    one, other = make("a"), make("b")
    one.note(1, "published", views=1)
    exchange(one, other)
    one.edit(1, title="waiting", views=1)
    one.note(2, "new")
    renamed = incarnation("z")
    one.database.replica().take_incarnation(renamed, "elsewhere")
    one.writer, one.log = renamed, []
    exchange(one, other)

    assert one.database.replica().identity().fingerprint == "elsewhere"
    assert other.shown(1)["title"] == "waiting"
    assert other.shown(1)["views"] == 2
    assert other.row(2) is not None
    assert other.database.replica().vector() == {incarnation("a"): 1, renamed: 1}
    assert one.digest() == other.digest()


def test_a_database_remembers_whom_it_went_by(pair: tuple[NoteBook, NoteBook]) -> None:
    """With the name of that time, and only identities under which it uploaded (MBR-11)."""
    one, other = pair
    first = one.writer
    one.database.replica().go_by("one")
    one.note(50, "published")
    exchange(one, other)
    replica = one.database.replica()
    for name in "xyz":
        replica.take_incarnation(incarnation(name), "elsewhere")
        replica.go_by("renamed")
        if name == "y":
            replica.attempt(Position(incarnation("y"), 1), "a" * 64, 9)

    assert list(replica.former().items()) == [(first, "one"), (incarnation("y"), "renamed")]
    assert other.database.replica().former() == {}


def test_the_greatest_stamp_is_known_across_everything(pair: tuple[NoteBook, NoteBook]) -> None:
    """A clock that stands behind it cannot give an older stamp than any that is stored."""
    one, other = pair
    assert one.database.replica().greatest_stamp() == make_stamp(BEGIN_MS + 1, 0, b"a" * 16)
    other.ticks += 100
    other.purge(1)
    other.send_to(one)

    assert one.database.replica().greatest_stamp() == make_stamp(BEGIN_MS + 102, 0, b"b" * 16)
    one.note(2)
    assert one.database.replica().greatest_stamp() == make_stamp(BEGIN_MS + 103, 0, b"a" * 16)


def test_a_database_remembers_its_repository(book: NoteBook) -> None:
    """It has none before it meets one."""
    replica = book.database.replica()
    assert replica.identity().repository == ""
    replica.adopt_repository("home")

    assert replica.identity().repository == "home"


def test_a_refused_log_is_remembered_until_released(book: NoteBook) -> None:
    """Quarantine has a position, a code and a reason (REP-40)."""
    bad = Position(incarnation("z"), 3)
    replica = book.database.replica()
    replica.quarantine(bad, "SG-SEGMENT-002", "bytes differ")
    assert replica.quarantined() == {bad.incarnation: (3, "SG-SEGMENT-002", "bytes differ")}
    replica.release(bad.incarnation)

    assert replica.quarantined() == {}


# -- snapshots ------------------------


def _state_with_everything(make: Make) -> NoteBook:
    """A notebook with folders, conflicts, a circle, a deletion and a purge, all published."""
    one, other = make("a"), make("b")
    one.folder(1, "x")
    one.folder(2, "y")
    for number in range(10, 20):
        one.note(number, f"title {number}", folder=guid(1), views=number)
    exchange(one, other)
    one.edit(10, title="by a", views=1)
    other.edit(10, title="by b", views=1)
    one.edit(1, "folder", parent=guid(2))
    other.edit(2, "folder", parent=guid(1))
    other.edit(12, "note", body="later", _hidden=1)
    one.delete(13)
    other.purge(14)
    exchange(one, other)
    assert one.conflicts()
    assert one.database.reading().cycle_cuts()
    return one


@pytest.mark.parametrize("objects_max", [3, 1000])
def test_a_database_filled_from_chunks_equals_its_source(make: Make, objects_max: int) -> None:
    """Every row, conflict, cut, tombstone and stamp is there; the digest is the same (SNP-1)."""
    source, fresh = _state_with_everything(make), make("c")
    with source.database.replica().view() as view:
        digest, vector = view.digest(), view.vector
        chunks = list(view.chunks(objects_max))
    for label, _, image in chunks:
        fresh.database.replica().populate(image, label)
    fresh.database.replica().finish_populating(vector)

    assert digest == fresh.digest()
    assert vector == fresh.database.replica().vector()
    assert source.listed_conflicts() == fresh.listed_conflicts()
    for number in range(10, 20):
        assert source.row(number) == fresh.row(number)
    reading = fresh.database.reading()
    assert reading.is_purged(guid(14))
    assert reading.cycle_cuts() == source.database.reading().cycle_cuts()
    assert reading.count(Selection("note", Matches("title"))) == 7
    assert sum(objects for _, objects, _ in chunks) == 11


def test_loading_goes_on_where_it_stopped(make: Make) -> None:
    """Each chunk's token is kept in the commit that loads it, and forgotten at the end."""
    source, fresh = _state_with_everything(make), make("c")
    with source.database.replica().view() as view:
        chunks, vector = list(view.chunks(4)), view.vector
    replica = fresh.database.replica()
    replica.populate(chunks[0][2], "0")
    assert replica.populated() == {"0"}
    for number, (_, _, image) in enumerate(chunks[1:], start=1):
        replica.populate(image, str(number))
    replica.finish_populating(vector)

    assert replica.populated() == set()
    assert source.digest() == fresh.digest()


def test_a_node_from_a_snapshot_goes_on_with_the_tail(make: Make) -> None:
    """What is published after the snapshot merges as it does elsewhere."""
    source, fresh = _state_with_everything(make), make("c")
    with source.database.replica().view() as view:
        chunks, vector = list(view.chunks(100)), view.vector
    for label, _, image in chunks:
        fresh.database.replica().populate(image, label)
    fresh.database.replica().finish_populating(vector)
    source.settle(10, "title", "settled")
    source.edit(1, "folder", parent=None)
    source.purge(15)
    source.send_to(fresh)

    assert source.digest() == fresh.digest()
    assert fresh.conflicts() == []
    assert fresh.database.reading().cycle_cuts() == []


def test_a_view_stands_still(book: NoteBook, kind: str) -> None:
    """What is committed while a view is open is not in it."""
    if kind not in LASTING:
        pytest.skip("a database in memory has one connection")
    book.note(1)
    book.publish()
    with book.database.replica().view() as view:
        before = view.digest()
        book.note(2)
        assert view.digest() == before
        assert view.unpublished == 0
        assert sum(objects for _, objects, _ in view.chunks(10)) == 1


def test_a_view_tells_what_is_unpublished(book: NoteBook) -> None:
    """Content that is ahead of the vector must be neither compared nor published."""
    book.note(1)
    book.note(2)
    with book.database.replica().view() as view:
        assert view.unpublished == 2


# -- opening again, and neighbours ------------------------


def test_everything_is_there_after_opening_again(make: Make, kind: str) -> None:
    """Objects, conflicts, outbox, identity, vector and quarantine outlive the process."""
    if kind not in LASTING:
        pytest.skip("it ends with the process")
    one = _state_with_everything(make)
    one.note(30, "unpublished")
    one.database.replica().quarantine(Position(incarnation("z"), 1), "SG-X", "why")
    facts = [
        one.row(10),
        one.listed_conflicts(),
        one.database.replica().unpublished(),
        one.database.replica().identity(),
        one.database.replica().vector(),
        one.database.replica().quarantined(),
        one.database.replica().greatest_stamp(),
        one.database.reading().changes(0, 100),
        one.database.types(),
    ]
    one.database.close()
    one.open()

    assert facts == [
        one.row(10),
        one.listed_conflicts(),
        one.database.replica().unpublished(),
        one.database.replica().identity(),
        one.database.replica().vector(),
        one.database.replica().quarantined(),
        one.database.replica().greatest_stamp(),
        one.database.reading().changes(0, 100),
        one.database.types(),
    ]


def test_a_neighbour_is_noticed_once(book: NoteBook, opener: Opener, kind: str) -> None:
    """Commits by another process on the same database are told, own ones are not."""
    if kind not in LASTING:
        pytest.skip("nobody shares memory")
    book.note(1)
    book.database.changed_by_neighbours()
    neighbour = opener("a", stamp=book._stamp, now_us=book.now_us)
    assert not book.database.changed_by_neighbours()
    with neighbour.writing("n") as writing:
        writing.create("note", guid(2), ["n2", "", "-", 0, None], published_us=None)
    neighbour.close()

    assert book.database.changed_by_neighbours()
    assert not book.database.changed_by_neighbours()
    book.note(3)
    assert not book.database.changed_by_neighbours()
    assert book.database.reading().count(Selection("note")) == 3


def test_a_counter_rule_travels(make: Make) -> None:
    """A learnt counter adds up where nobody declared it."""
    tally = TypeSchema(
        name="tally",
        fields=(FieldSchema(name="hits", kind=Kind.INTEGER, merge=MergeRule.COUNTER),),
    )
    one, other = make("a"), make("b")
    one.database.ensure_types([tally])
    with one.database.writing("a") as writing:
        writing.create("tally", guid(1), [1], published_us=None)
    exchange(one, other)
    for book in (one, other):
        with book.database.writing(book.letter) as writing:
            writing.edit("tally", guid(1), {"hits": 10})
    exchange(one, other)

    for book in (one, other):
        row = book.database.reading().fetch("tally", guid(1))
        assert row is not None
        assert row[-1] == 21
