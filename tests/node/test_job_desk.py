"""Stories of three nodes that do jobs: one each, whoever dies, drains or is cut off."""

from __future__ import annotations

import pytest
from tests.node.job_cloud import PATIENCE_SECONDS, SILENT_SECONDS, ManualCloud, ManualNode
from tests.repository.journal import Note

from skygarth.formats import bucket_keys as keys
from skygarth.repository import JobChange

Three = tuple[ManualNode, ManualNode, ManualNode]


def times_done(cloud: ManualCloud, note: Note) -> int:
    """How often a function was called for a note."""
    return [change.guid for _, change in cloud.done].count(note.guid)


@pytest.fixture
def cloud() -> ManualCloud:
    """A cloud without nodes."""
    return ManualCloud()


@pytest.fixture
def three(cloud: ManualCloud) -> Three:
    """Three nodes of one pool that know each other."""
    nodes = cloud.add("a"), cloud.add("b"), cloud.add("c")
    cloud.run(3)
    return nodes


def write_until_owned_by(writer: ManualNode, owner: ManualNode) -> Note:
    """A change whose job falls to a node."""
    while True:
        note = writer.write(f"for {owner.letter}")
        if any(j.owner == owner.incarnation for j in writer.jobs() if j.subject == str(note.guid)):
            return note


def test_each_change_is_worked_on_once(cloud: ManualCloud, three: Three) -> None:
    """Wherever it was made, one node does it, and nothing is left (JOB-1, JOB-3)."""
    notes = [node.write() for node in three for _ in range(20)]
    cloud.run(30)

    assert sorted(change.guid for _, change in cloud.done) == sorted(note.guid for note in notes)
    assert [node.jobs() for node in three] == [[], [], []]
    assert {"a", "b", "c"} == set(cloud.who_did())


def test_a_job_costs_no_request(cloud: ManualCloud, three: Three) -> None:
    """Once everybody is in office, the bucket sees cards, and nothing about jobs."""
    for node in three:
        write_until_owned_by(node, node)
    cloud.run(30)
    before = [entry.key for entry in cloud.bucket.list(keys.CLAIM_PREFIX)]
    for _ in range(10):
        three[0].write()
    cloud.run(8)

    assert before == [entry.key for entry in cloud.bucket.list(keys.CLAIM_PREFIX)]
    assert three[0].jobs() == []


def test_the_jobs_of_a_dead_node_are_done_by_another(cloud: ManualCloud, three: Three) -> None:
    """Soon after its card has fallen silent, and once (JOB-7)."""
    a, b, c = three
    b.is_dead = True
    note = write_until_owned_by(a, b)
    cloud.run(SILENT_SECONDS + 3 * PATIENCE_SECONDS)

    assert times_done(cloud, note) == 1
    assert "b" not in cloud.who_did()
    assert (a.jobs(), c.jobs()) == ([], [])


def test_a_node_that_was_cut_off_keeps_nothing_that_another_has_done(
    cloud: ManualCloud, three: Three
) -> None:
    """It does no job while it may be taken for dead, and learns first what was decided (JOB-5)."""
    a, b, _ = three
    note = write_until_owned_by(a, b)
    a.exchange()
    b.exchange()
    b.is_cut = True
    cloud.clock.advance_us(30_000_000)
    cloud.run(SILENT_SECONDS + 3 * PATIENCE_SECONDS)
    assert "b" not in cloud.who_did()
    b.is_cut = False
    cloud.run(30)

    assert times_done(cloud, note) == 1
    assert [node.jobs() for node in three] == [[], [], []]


def test_old_cards_take_nobodys_jobs(cloud: ManualCloud, three: Three) -> None:
    """Whoever cannot read cards does not know who is dead: its jobs wait, and it says why."""
    a, b, c = three
    b.is_dead = True
    write_until_owned_by(a, b)
    a.exchange()
    c.exchange()
    a.is_dead = c.is_cut = True
    cloud.run(SILENT_SECONDS + 3 * PATIENCE_SECONDS)
    (job,) = [job for job in c.jobs() if job.owner == b.incarnation]
    assert c.desk.figures.fault != ""
    c.is_cut = False
    cloud.run(3 * PATIENCE_SECONDS)

    assert job.guid not in {job.guid for job in c.jobs()}
    assert c.desk.figures.fault == ""


def test_a_node_that_drains_hands_its_jobs_over(cloud: ManualCloud, three: Three) -> None:
    """At once, without a claim: they were its own to give (JOB-8)."""
    a, b, _ = three
    note = write_until_owned_by(a, b)
    a.exchange()
    b.exchange()
    b.desk.withdraw()
    b.state = "draining"
    b.publish_card()
    cloud.run(5)

    assert "b" not in cloud.who_did()
    assert times_done(cloud, note) == 1


def test_jobs_wait_for_a_pool_that_has_no_node(cloud: ManualCloud) -> None:
    """They belong to nobody, until somebody comes and takes them under a claim (JOB-7)."""
    web = cloud.add("w", "web")
    note = web.write()
    cloud.run(5)
    assert [job.owner for job in web.jobs()] == [""]
    cloud.add("m", "media")
    cloud.run(10)

    assert [("m", note.guid)] == [(who, change.guid) for who, change in cloud.done]
    assert web.jobs() == []


def test_what_a_function_writes_is_committed_with_the_end_of_its_job(
    cloud: ManualCloud, three: Three
) -> None:
    """A failure undoes it, the next try does it again, and it stands there once (JOB-4)."""
    for node in three:

        def twice(change: JobChange, node: ManualNode = node) -> None:
            section = change.repository.query(Note).first()
            assert section is not None
            change.repository.create(Note(text="made"), guid=change.new_guid())
            if change.attempt == 1:
                raise ValueError(node.letter)

        node.repository.on("updated", Note, pool="media", once=True, name="twice")(twice)
    note = three[0].write("x")
    cloud.run(10)
    note.update(text="y")
    cloud.run(30)

    assert three[1].notes() == ["made", "y"]
    assert three[1].jobs() == []


def test_a_job_that_always_fails_waits_for_a_person(cloud: ManualCloud) -> None:
    """It is tried so often and no more, later each time, and says why (JOB-10)."""
    node = cloud.add("a")
    tried: list[float] = []

    def never(_change: JobChange) -> None:
        tried.append(cloud.clock.monotonic())
        raise ValueError("no such codec")

    node.repository.on("updated", Note, pool="media", once=True, name="never", tries=3)(never)
    node.write().update(text="x")
    cloud.run(100)

    (job,) = node.jobs()
    assert (job.attempts, job.failed, job.fault) == (3, True, "ValueError: no such codec")
    assert (node.desk.figures.failed, node.desk.figures.waiting) == (1, 0)
    first, second, third = tried
    assert second - first < third - second


def test_a_function_that_ends_the_program_ends_only_its_try(cloud: ManualCloud) -> None:
    """A node is no script: the next job is done all the same (JOB-10)."""
    node = cloud.add("a")

    def leave(_change: JobChange) -> None:
        raise SystemExit("bye")

    node.repository.on("updated", Note, pool="media", once=True, name="leave", tries=1)(leave)
    node.write().update(text="x")
    cloud.run(5)
    later = node.write()
    cloud.run(5)

    assert [job.fault for job in node.jobs()] == ["SystemExit: bye"]
    assert times_done(cloud, later) == 1


def test_a_job_that_is_lost_meanwhile_leaves_nothing(cloud: ManualCloud) -> None:
    """Whoever is no longer sure of being taken for alive keeps nothing of what he did (JOB-4)."""
    node = cloud.add("a")

    def slow(change: JobChange) -> None:
        node.is_cut = change.attempt == 1 and not node.notes().count("slow")
        change.repository.create(Note(text="slow"))
        if len(cloud.done) < 1:
            cloud.done.append(("slow", change))
            cloud.clock.advance_us(60_000_000)

    node.repository.on("updated", Note, pool="media", once=True, name="slow")(slow)
    cloud.run(3)
    note = node.write("x")
    cloud.run(3)
    cloud.done.clear()
    note.update(text="y")
    cloud.run(1)

    assert node.notes() == ["y"]
    assert node.desk.figures.outcomes["lost"] == 1
    node.is_cut = False
    cloud.run(30)
    assert node.jobs() == []


def test_jobs_of_a_node_that_is_for_other_work_by_now_are_done_by_another(
    cloud: ManualCloud, three: Three
) -> None:
    """It was started anew with other pools: its card says so, and others take its jobs (JOB-7)."""
    a, b, _ = three
    write_until_owned_by(a, b)
    b.is_dead = True
    a.exchange()
    b.exchange()
    b.become("search")
    cloud.run(3 * PATIENCE_SECONDS)

    assert a.jobs() == []
    assert "b" not in cloud.who_did()


def test_a_forgotten_node_leaves_no_job_behind(cloud: ManualCloud, three: Three) -> None:
    """Where no card tells of the owner, nobody waits for it (JOB-7)."""
    a, b, _ = three
    note = write_until_owned_by(a, b)
    b.is_dead = True
    cloud.bucket.delete(keys.card_key(b.incarnation))
    cloud.run(3 * PATIENCE_SECONDS)

    assert times_done(cloud, note) == 1
    assert a.jobs() == []


def test_a_node_without_functions_asks_for_no_table(cloud: ManualCloud) -> None:
    """Whoever has no jobs pays nothing for those who do."""
    node = cloud.add("a", with_function=False)
    node.write()
    cloud.run(3)
    node.desk.withdraw()

    assert "pool_job" not in node.repository.types
    assert node.desk.figures.waiting == 0
    assert cloud.bucket.list(keys.CLAIM_PREFIX) == []
