"""One node at a time has a claim, whoever is frozen and whatever the clocks say."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Bucket, Entry
from skygarth.formats import bucket_keys as keys
from skygarth.node.claims import GRACE_SECONDS, Claim, Claims

CHORE = "dns-sweep"


@dataclass
class World:
    """A bucket with its clock, and nodes whose clocks go by themselves."""

    now_s: float = 1_000_000.0
    nonces: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.bucket = MemoryBucket(lambda: int(self.now_s * 1000))

    def claims(self, owner: str, bucket: Bucket | None = None) -> Claims:
        """The claims of a node."""
        return Claims(
            bucket or self.bucket,
            owner=lambda: owner,
            monotonic=lambda: self.now_s + hash(owner) % 1000,
            nonce=lambda: str(next(self.nonces)),
        )


def test_one_of_two_has_it() -> None:
    """The second is told that it is another's turn, and whose (CLM-1)."""
    world = World()
    first = world.claims("a").take(CHORE, 30)
    second = world.claims("b").take(CHORE, 30)

    assert first is not None
    assert first.is_held
    assert second is None
    assert world.claims("b").holder(CHORE) == "a"


def test_two_chores_are_two_claims() -> None:
    """Whoever sweeps keeps nobody from upgrading."""
    world = World()

    assert world.claims("a").take("one", 30)
    assert world.claims("b").take("one-more", 30)


def test_it_ends_for_its_holder_before_it_ends_for_others() -> None:
    """Between the two nobody has it (CLM-2, CLM-3)."""
    world = World()
    held = world.claims("a").take(CHORE, 30)
    assert held is not None
    world.now_s += 30
    between = (held.is_held, world.claims("b").take(CHORE, 30))
    world.now_s += GRACE_SECONDS + 0.01
    after = world.claims("b").take(CHORE, 30)

    assert between == (False, None)
    assert after is not None
    assert after.number > held.number


def test_it_is_held_for_as_long_as_it_is_renewed() -> None:
    """Each renewal counts from itself and has a greater number (CLM-5)."""
    world = World()
    held = world.claims("a").take(CHORE, 30)
    assert held is not None
    numbers = [held.number]
    for _ in range(5):
        world.now_s += 20
        assert held.renew()
        numbers.append(held.number)
        assert world.claims("b").take(CHORE, 30) is None

    assert numbers == sorted(set(numbers))
    assert len(world.bucket.list(keys.CLAIM_PREFIX)) == 1


def test_whoever_comes_too_late_cannot_renew() -> None:
    """Another has it by now; the old holder knows at once (CLM-5)."""
    world = World()
    late = world.claims("a").take(CHORE, 30)
    assert late is not None
    world.now_s += 40
    assert world.claims("b").take(CHORE, 30)

    assert not late.renew()
    assert not late.is_held
    late.release()
    assert world.claims("c").holder(CHORE) == "b"


def test_a_released_claim_is_free_at_once() -> None:
    """The next need not wait for the end."""
    world = World()
    held = world.claims("a").take(CHORE, 3600)
    assert held is not None
    held.release()

    assert not held.is_held
    assert world.claims("b").holder(CHORE) is None
    assert world.claims("b").take(CHORE, 30) is not None


class Frozen:
    """A bucket whose user is frozen between its listing and its next request."""

    def __init__(self, inner: Bucket, meanwhile: list[object]) -> None:
        self._inner = inner
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def list(self, prefix: str) -> list[Entry]:
        """List, then be frozen while others go on."""
        found = self._inner.list(prefix)
        while self._meanwhile:
            act = self._meanwhile.pop(0)
            assert callable(act)
            act()
        return found


def test_whoever_was_frozen_does_not_take_a_number_that_was_used_and_removed() -> None:
    """Others took the number it saw free, went on, and swept it away (CLM-4)."""
    world = World()

    def others() -> None:
        first = world.claims("b").take(CHORE, 30)
        assert first is not None
        assert first.renew()
        assert first.renew()

    frozen = Frozen(world.bucket, [others])
    taken = world.claims("a", frozen).take(CHORE, 30)  # type: ignore[arg-type]

    assert taken is None
    assert world.claims("c").holder(CHORE) == "b"


def test_what_cannot_be_read_counts_for_an_hour() -> None:
    """Then somebody takes over; nobody has to mend anything (CLM-6)."""
    world = World()
    world.bucket.put(keys.claim_key(CHORE, 7), b"garbage")
    before = world.claims("a").take(CHORE, 30)
    world.now_s += 3700
    after = world.claims("a").take(CHORE, 30)

    assert before is None
    assert after is not None
    assert after.number == 8


def test_of_many_at_once_one_has_it() -> None:
    """In threads that truly run at the same time (CLM-1)."""
    world = World()
    barrier = threading.Barrier(8)
    taken: list[Claim] = []

    def race(owner: str) -> None:
        barrier.wait()
        claim = world.claims(owner).take(CHORE, 30)
        if claim is not None:
            taken.append(claim)

    threads = [threading.Thread(target=race, args=(f"node-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 1


STEPS = some.lists(
    some.tuples(
        some.integers(0, 2),
        some.sampled_from(["take", "renew", "release", "wait"]),
        some.floats(0, 40),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=60)
def test_never_do_two_hold_it(steps: list[tuple[int, str, float]]) -> None:
    """Whatever they do and however long they wait; and numbers only grow (CLM-1 to CLM-5)."""
    world = World()
    nodes = [world.claims(f"node-{n}") for n in range(3)]
    held: dict[int, Claim] = {}
    numbers: list[int] = []
    for who, what, seconds in steps:
        if what == "take" and (claim := nodes[who].take(CHORE, 30)) is not None:
            held[who] = claim
            numbers.append(claim.number)
        elif what == "renew" and who in held and held[who].renew():
            numbers.append(held[who].number)
        elif what == "release" and who in held:
            held.pop(who).release()
        elif what == "wait":
            world.now_s += seconds

        assert sum(claim.is_held for claim in held.values()) <= 1
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("name", ["", "Two Words", "x" * 41])
def test_a_chore_has_a_name_that_a_key_can_hold(name: str) -> None:
    """Anything else is our own mistake."""
    with pytest.raises(AssertionError):
        World().claims("a").take(name, 30)


def test_the_chores_of_the_dead_are_freed() -> None:
    """Only his, and under a number that follows: should he live, he finds out (CLM-5)."""
    world = World()
    his = world.claims("dead").take(CHORE, 3600)
    others = world.claims("b").take("upgrade", 3600)
    assert his is not None
    assert others is not None
    freed = world.claims("a").release_all_of("dead")
    next_one = world.claims("c").take(CHORE, 30)

    assert freed == [CHORE]
    assert next_one is not None
    assert next_one.number > his.number + 1
    assert not his.renew()
    assert world.claims("a").holder("upgrade") == "b"
