"""Who does a job follows from what a node knows, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.position import Incarnation
from skygarth.node.job_deciding import (
    Adopt,
    Enter,
    HandOver,
    Instruction,
    Job,
    Patience,
    Peer,
    ReadCards,
    Run,
    Situation,
    able_nodes,
    decide,
    is_orphan,
    new_owners,
    owner_of,
)

A, B, C = (Incarnation(letter * 32) for letter in "abc")
MEDIA = frozenset({"media"})
PATIENCE = Patience(job=10, view=60)
PEERS = tuple(Peer(node, MEDIA, is_ready=True) for node in (A, B, C))
JOB = Job(b"1", "media", b"subject", A)

keys = st.binary(min_size=16, max_size=16)
nodes = st.lists(
    st.integers(0, 1 << 64).map(lambda number: Incarnation(f"{number:032x}")),
    min_size=1,
    max_size=8,
    unique=True,
)


def situation(**known: object) -> Situation:
    """A ready node in office that knows all the others, at second 100."""
    usual = Situation(
        me=A,
        pools=MEDIA,
        now=100,
        is_ready=True,
        is_leaving=False,
        is_sure=True,
        office=MEDIA,
        peers=PEERS,
        cards_at=95,
    )
    return replace(usual, **known)  # type: ignore[arg-type]


def said(**known: object) -> list[Instruction]:
    """What such a node does."""
    return list(decide(situation(**known), PATIENCE))


# -- owners -------------------------------------------------------------------------------


@given(keys, nodes)
def test_whoever_knows_the_same_nodes_finds_the_same_owner(
    key: bytes, known: list[Incarnation]
) -> None:
    """In whatever order he knows them (JOB-3)."""
    shuffled = sorted(known, key=lambda node: node[::-1])

    assert owner_of(key, known) == owner_of(key, shuffled)
    assert owner_of(key, known) in known


@given(keys, nodes)
def test_only_the_keys_of_a_node_that_goes_move(key: bytes, known: list[Incarnation]) -> None:
    """Every other key keeps its owner (JOB-3)."""
    owner = owner_of(key, known)
    for gone in known:
        rest = [node for node in known if node != gone]

        assert gone == owner or owner_of(key, rest) == owner


def test_keys_spread_over_nodes() -> None:
    """No node of three owns less than a quarter of many keys."""
    owners = [owner_of(number.to_bytes(16, "big"), (A, B, C)) for number in range(3_000)]

    assert min(owners.count(node) for node in (A, B, C)) > 750


def test_nobody_owns_what_no_node_can_do() -> None:
    """A node that is not ready, or in other pools, is given nothing."""
    peers = (Peer(A, MEDIA, is_ready=False), Peer(B, frozenset({"web"}), is_ready=True))

    assert able_nodes(peers, "media") == []
    assert new_owners([JOB], peers) == {}


def test_an_orphan_is_a_job_that_nobody_will_do() -> None:
    """Its owner is nobody, unknown, dead, or in other pools by now (JOB-7)."""
    dead = Peer(B, MEDIA, is_ready=False, is_dead=True)
    moved = Peer(C, frozenset({"web"}), is_ready=True)
    peers = (PEERS[0], dead, moved)

    owners = ("", "f" * 32, A, B, C)
    assert [is_orphan(replace(JOB, owner=owner), peers) for owner in owners] == [
        True,
        True,
        False,
        True,
        True,
    ]


# -- one step -----------------------------------------------------------------------------


def test_an_owner_in_office_does_its_job() -> None:
    """Nothing else, and no request."""
    assert said(mine=(JOB,)) == [Run(b"1")]


def test_there_is_room_for_so_many_jobs() -> None:
    """The others wait, and so does one that is not due or at hand already."""
    others = (replace(JOB, guid=b"2"), replace(JOB, guid=b"3", due_at=101), JOB)

    assert said(mine=others, running=frozenset({b"1"}), room=1) == [Run(b"2")]
    assert said(mine=others, running=frozenset({b"1"}), room=0) == []


def test_a_node_enters_office_before_its_first_job() -> None:
    """Once for a pool, however many jobs wait there (JOB-6)."""
    mine = (JOB, replace(JOB, guid=b"2"))

    assert said(mine=mine, office=frozenset()) == [Enter("media")]


def test_a_node_that_is_not_sure_begins_nothing() -> None:
    """Others may take it for dead, and its jobs for theirs (JOB-5)."""
    assert said(mine=(JOB,), is_sure=False) == []
    assert said(mine=(JOB,), is_ready=False) == []


def test_a_node_that_leaves_hands_over_what_it_has_not_begun() -> None:
    """To another, even though its card still calls it ready (JOB-8)."""
    mine = (JOB, replace(JOB, guid=b"2"))
    (instruction,) = said(mine=mine, running=frozenset({b"2"}), is_leaving=True)

    assert isinstance(instruction, HandOver)
    assert instruction.owners.keys() == {b"1"}
    assert instruction.owners[b"1"] in {B, C}
    assert said(mine=mine, peers=PEERS[:1], is_leaving=True) == []


def test_cards_are_read_only_where_a_job_is_late() -> None:
    """The jobs of others are their own business until they wait for too long."""
    assert said(others_since=95.0, cards_at=0.0) == []
    assert said(others_since=80.0, cards_at=0.0) == [ReadCards()]
    assert said(others_since=80.0, cards_at=95.0) == []


def test_whoever_writes_jobs_knows_the_cards_of_the_last_minute() -> None:
    """Older ones are read again, but only while there are jobs to give."""
    assert said(is_asked=True, cards_at=50.0) == []
    assert said(is_asked=True, cards_at=30.0) == [ReadCards()]
    assert said(is_asked=False, cards_at=30.0) == []
    assert said(is_asked=True, is_in_vain=True, cards_at=80.0) == [ReadCards()]


def test_one_node_adopts_orphans_and_if_it_does_not_anybody() -> None:
    """So that a claim is not asked for by all of them at once (JOB-7)."""
    orphan = replace(JOB, owner="f" * 32)
    doing = {node: said(me=node, orphans=(orphan,), orphans_since=99.0) for node in (A, B, C)}
    late = {node: said(me=node, orphans=(orphan,), orphans_since=80.0) for node in (A, B, C)}

    assert sorted(map(len, doing.values())) == [0, 0, 1]
    assert [Adopt("media")] in doing.values()
    assert all(each == [Adopt("media")] for each in late.values())


def test_old_cards_accuse_nobody() -> None:
    """They are read before somebody's jobs are taken."""
    orphan = replace(JOB, owner="f" * 32)

    assert said(orphans=(orphan,), cards_at=80.0) == [ReadCards()]


# -- whole lives --------------------------------------------------------------------------


@dataclass
class World:
    """Nodes that all know the same at once, and do in turn what they decide.

    Attributes:
        done: which node did which job, in order.
    """

    alive: set[Incarnation]
    jobs: dict[bytes, Job] = field(default_factory=dict)
    done: list[tuple[Incarnation, bytes]] = field(default_factory=list)
    now: float = 0
    office: set[Incarnation] = field(default_factory=set)
    busy: dict[bytes, Incarnation] = field(default_factory=dict)

    def peers(self) -> tuple[Peer, ...]:
        """The cards."""
        return tuple(
            Peer(node, MEDIA, is_ready=node in self.alive, is_dead=node not in self.alive)
            for node in (A, B, C)
        )

    def write(self, number: int) -> None:
        """A change, whose job is given to somebody, or to nobody if all are gone."""
        guid, subject = b"%d" % number, number.to_bytes(16, "big")
        owner = owner_of(subject, able_nodes(self.peers(), "media")) or ""
        self.jobs[guid] = Job(guid, "media", subject, owner)

    def turn(self, node: Incarnation) -> None:
        """One node's turn: what was begun before is finished, what is decided is begun."""
        for guid in [guid for guid, who in self.busy.items() if who == node]:
            del self.busy[guid]
            if self.jobs[guid].owner == node:
                self.done.append((node, guid))
                del self.jobs[guid]
        self.now += 1
        for instruction in decide(self._seen_by(node), PATIENCE):
            self._carry_out(instruction, node)

    def die(self, node: Incarnation) -> None:
        """Without a word, whatever was at hand."""
        self.alive.discard(node)
        self.busy = {guid: who for guid, who in self.busy.items() if who != node}

    def _seen_by(self, node: Incarnation) -> Situation:
        return situation(
            me=node,
            now=self.now,
            cards_at=self.now,
            peers=self.peers(),
            office=MEDIA if node in self.office else frozenset(),
            mine=tuple(job for job in self.jobs.values() if job.owner == node),
            orphans=tuple(job for job in self.jobs.values() if job.owner != node),
            running=frozenset(guid for guid, who in self.busy.items() if who == node),
        )

    def _carry_out(self, instruction: Instruction, node: Incarnation) -> None:
        match instruction:
            case Run(guid):
                self.busy[guid] = node
            case Enter(_):
                self.office.add(node)
            case Adopt(_):
                forgotten = [job for job in self.jobs.values() if is_orphan(job, self.peers())]
                for guid, owner in new_owners(forgotten, self.peers()).items():
                    self.jobs[guid] = replace(self.jobs[guid], owner=owner)
            case _:
                raise AssertionError(instruction)


@given(st.lists(st.sampled_from([*"abc", "write"]), max_size=60))
def test_while_nobody_dies_each_job_is_done_once(turns: list[str]) -> None:
    """In whatever order nodes take their turns."""
    world = World({A, B, C})
    _play(world, turns)

    assert world.jobs == {}
    assert len(world.done) == turns.count("write")
    assert len({guid for _, guid in world.done}) == len(world.done)


@given(st.lists(st.sampled_from([*"abc", "write", "kill a", "kill b"]), max_size=60))
def test_no_job_is_left_when_its_owner_dies(turns: list[str]) -> None:
    """As long as one node lives, all are done, and none twice: what died was not finished."""
    world = World({A, B, C})
    _play(world, turns)

    assert world.jobs == {}
    assert sorted({guid for _, guid in world.done}) == sorted(guid for _, guid in world.done)
    assert len(world.done) == turns.count("write")


def _play(world: World, turns: list[str]) -> None:
    for number, turn in enumerate(turns):
        if turn == "write":
            world.write(number)
        elif turn.startswith("kill"):
            world.die(Incarnation(turn[-1] * 32))
        else:
            _turn(world, Incarnation(turn * 32))
    for _ in range(2 * len(turns) + 4):
        for node in (A, B, C):
            _turn(world, node)


def _turn(world: World, node: Incarnation) -> None:
    if node in world.alive:
        world.turn(node)
