"""What stands at a name after each deed, in examples and for whatever may stand there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.naming.claim import Claim, encode_claim
from skygarth.naming.deciding import (
    Holder,
    claims_of,
    entered,
    lapsed,
    released,
    swept,
    withdrawn,
)
from skygarth.naming.port import Standing, Text

US, THEM = "our-cloud", "their-cloud"
A, B, C = (Holder(US, letter * 32, letter) for letter in "abc")
STRANGER = Holder(THEM, "a" * 32, "a")
ONE, TWO, SIX = "192.0.2.1", "192.0.2.2", "2001:db8::1"
NOBODY: frozenset[str] = frozenset()


def enter(
    standing: Standing, who: Holder, *addresses: str, at: int = 0, lease: int = 60
) -> Standing:
    """A node enters at a moment, with a lease."""
    return entered(standing, who, addresses, now_ms=at, until_ms=at + lease)


def claimants(standing: Standing) -> set[tuple[str, str]]:
    """Who claims which address, by name of the node."""
    return {(claim.node, claim.address) for claim in claims_of(standing).values()}


def test_a_node_enters_both_families_and_leaves_nothing_behind() -> None:
    """What it entered goes with it, claims included."""
    standing = enter(Standing(), A, ONE, SIX)

    assert standing.addresses == {ONE, SIX}
    assert claimants(standing) == {("a", ONE), ("a", SIX)}
    assert Standing() == withdrawn(standing, A)


def test_renewing_changes_only_the_own_claim() -> None:
    """Since when it stands is kept; until when moves on."""
    both = enter(enter(Standing(), A, ONE), B, TWO)
    again = enter(both, A, ONE, at=40)
    (mine,) = [each for each in claims_of(again).values() if each.node == "a"]

    assert (mine.since_ms, mine.until_ms) == (0, 100)
    assert again.addresses == both.addresses
    assert both.texts & again.texts == enter(Standing(), B, TWO).texts


def test_an_address_that_the_node_has_no_more_is_given_back() -> None:
    """After it moved it claims the new one and not the old one."""
    moved = enter(enter(Standing(), A, ONE), A, TWO)

    assert moved.addresses == {TWO}
    assert claimants(moved) == {("a", TWO)}


def test_an_address_stays_while_another_claims_it() -> None:
    """A process that restarted under a new identity loses nothing when the old claim goes."""
    both = enter(enter(Standing(), A, ONE), B, ONE)

    assert withdrawn(both, A) == enter(Standing(), B, ONE)
    assert swept(both, US, frozenset({B.incarnation}), now_ms=61).addresses == {ONE}


def test_an_address_that_stood_before_is_only_borrowed() -> None:
    """A person's record stays when the node that came to the same address goes."""
    before = Standing(addresses=frozenset({ONE, TWO}))
    standing = enter(before, A, ONE)

    assert before == withdrawn(standing, A)
    assert before == swept(standing, US, NOBODY, now_ms=61)


def test_who_comes_to_a_borrowed_address_borrows_it_too() -> None:
    """That somebody else claims it already does not make it the cloud's."""
    before = Standing(addresses=frozenset({ONE}))
    standing = withdrawn(enter(enter(before, A, ONE), B, ONE), A)

    assert before == withdrawn(standing, B)


def test_a_node_that_lost_its_claim_knows_its_own_address() -> None:
    """If somebody deletes the claims, the node that put the address there is not deceived."""
    robbed = Standing(addresses=frozenset({ONE}))
    known = frozenset({ONE})
    standing = entered(robbed, A, [ONE], now_ms=0, until_ms=60, known_as_ours=known)

    assert Standing() == withdrawn(standing, A)


def test_only_the_dead_are_swept() -> None:
    """A node goes if its card is old and its claim has run out; either alone is not enough."""
    standing = enter(enter(enter(Standing(), A, ONE), B, TWO), C, SIX, at=30)
    alive = frozenset({B.incarnation})

    assert swept(standing, US, alive, now_ms=61) == withdrawn(standing, A)
    assert lapsed(standing, US, now_ms=61) == {A.incarnation, B.incarnation}
    assert swept(standing, US, NOBODY, now_ms=60) == standing


def test_another_cloud_at_the_same_name_is_left_alone() -> None:
    """Two repositories may share a name; neither sweeps the other's nodes."""
    standing = enter(enter(Standing(), A, ONE), STRANGER, TWO)

    assert swept(standing, US, NOBODY, now_ms=1000) == enter(Standing(), STRANGER, TWO)


def test_what_was_entered_by_hand_goes_by_hand() -> None:
    """A claim without an end is never swept; a person can release it."""
    standing = entered(Standing(), A, [ONE], now_ms=0, until_ms=None)

    assert standing == swept(standing, US, NOBODY, now_ms=10**15)
    assert Standing() == released(standing, US, lambda claim: claim.node == "a")
    assert standing == released(standing, THEM, lambda claim: True)


addresses = st.sampled_from([ONE, TWO, SIX, "192.0.2.3", "2001:db8::2"])
holders = st.sampled_from([A, B, C, STRANGER])
foreign_texts: st.SearchStrategy[Text] = st.lists(st.text(max_size=5), max_size=3).map(tuple)
moments = st.integers(0, 200)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """Any claim."""
    holder = draw(holders)
    return Claim(
        repository=holder.repository,
        incarnation=holder.incarnation,
        node=holder.node,
        address=draw(addresses),
        since_ms=draw(moments),
        until_ms=draw(st.none() | moments),
        borrowed=draw(st.booleans()),
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Anything that may stand at a name, consistent or not."""
    encoded = draw(st.lists(claims().map(encode_claim), max_size=5))
    foreign = draw(st.lists(foreign_texts, max_size=3))
    return Standing(draw(st.frozensets(addresses)), frozenset([*encoded, *foreign]))


def strangers_share(standing: Standing) -> tuple[frozenset[str], set[Text]]:
    """What is not this cloud's: unclaimed and borrowed addresses, texts of others."""
    found = claims_of(standing)
    ours = {claim.address for claim in found.values() if claim.repository == US}
    theirs = {claim.address for claim in found.values() if claim.repository != US}
    borrowed = {claim.address for claim in found.values() if claim.borrowed}
    texts = {t for t in standing.texts if t not in found or found[t].repository != US}
    return standing.addresses - (ours - borrowed - theirs), texts


@given(standings(), st.frozensets(holders.map(lambda each: each.incarnation)), moments)
def test_sweeping_never_touches_what_is_not_the_clouds(
    standing: Standing, alive: frozenset[str], now: int
) -> None:
    """Whatever stands, unclaimed and borrowed addresses and others' texts stand after it."""
    after = swept(standing, US, alive, now_ms=now)
    addresses_of_others, texts_of_others = strangers_share(standing)

    assert addresses_of_others <= after.addresses
    assert texts_of_others <= after.texts
    assert after.addresses <= standing.addresses
    assert after.texts <= standing.texts
    assert after == swept(after, US, alive, now_ms=now)


@given(standings(), st.frozensets(addresses, min_size=1), moments)
def test_entering_and_leaving_gives_back_what_was_there(
    standing: Standing, wanted: frozenset[str], now: int
) -> None:
    """For a node that claimed nothing before, leaving undoes entering, whatever else stands."""
    me = Holder(US, "d" * 32, "d")
    inside = entered(standing, me, wanted, now_ms=now, until_ms=now + 60)

    assert wanted <= inside.addresses
    assert standing.addresses <= inside.addresses
    assert standing.texts <= inside.texts
    unclaimed_promises = {claim.address for claim in claims_of(standing).values()}
    after = withdrawn(inside, me)
    assert after.texts == standing.texts
    assert standing.addresses <= after.addresses
    assert after.addresses - standing.addresses <= unclaimed_promises


@given(standings(), standings(), moments)
def test_every_address_that_goes_was_claimed_by_who_let_it_go(
    standing: Standing, other: Standing, now: int
) -> None:
    """Leaving takes only own claims, and only addresses that they were the last to claim."""
    after = withdrawn(standing, A)
    gone = standing.addresses - after.addresses
    mine = {claim.address for claim in claims_of(standing).values() if claim.holder == A.key}

    assert gone <= mine
    assert not gone & {claim.address for claim in claims_of(after).values()}
    assert not any(claim.holder == A.key for claim in claims_of(after).values())
