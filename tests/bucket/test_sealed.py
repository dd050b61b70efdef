"""A sealed bucket: plain above, sealed below, and attacked from below in every way (SEA-4).

The attacker holds the bucket: reads, alters, swaps, puts back and forges at will, and
may be a member who speaks as another. He never holds the admin's key.
"""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.samples import framed
from tests.sealed_repositories import SealedMember, SealedRepository

from skygarth.bucket.memory import MemoryBucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import (
    SEALED,
    RepositoryRecord,
    decode_repository,
    encode_record,
)
from skygarth.formats.sealing import seal
from skygarth.formats.segment import SEGMENT
from skygarth.formats.trust import Trust
from skygarth.model.errors import Conflict, Damaged, Denied, Unavailable
from skygarth.model.position import Incarnation, Position
from skygarth.testing.faulty_bucket import Fate, FaultyBucket

DIGEST = hashlib.sha256(b"content").hexdigest()
PLAIN = b"words that nobody else may read"


def _segment(member: SealedMember, sequence: int = 1) -> str:
    return keys.segment_key(Position(member.incarnation, sequence))


def _every_kind(member: SealedMember) -> list[str]:
    """A key of each kind that is sealed."""
    return [
        _segment(member),
        keys.catalog_key(1),
        keys.manifest_key(DIGEST),
        keys.chunk_key(DIGEST),
        keys.blob_key(DIGEST),
        keys.card_key(member.incarnation),
        keys.ack_key(member.incarnation),
        keys.floor_key(member.incarnation),
        keys.claim_key("snapshot", 1),
        keys.HINT_KEY,
        keys.APPLICATION_KEY,
        "arc/of-a-later-version",
    ]


def _refused(member: SealedMember, key: str) -> str:
    """The code with which a member refuses what stands at a key."""
    with pytest.raises(Damaged) as caught:
        member.bucket.get(key)
    return caught.value.code


def test_members_read_what_members_wrote() -> None:
    """Every kind of object, those of later versions included (SEA-3)."""
    repository = SealedRepository()
    a, b = repository.member("a"), repository.member("b")
    for key in _every_kind(a):
        assert a.bucket.put_if_absent(key, PLAIN)
        assert b.bucket.get(key).body == PLAIN
        assert not b.bucket.put_if_absent(key, b"mine")
        assert b.bucket.get_range(key, 6, 4) == b"that"


def test_the_bucket_shows_nothing_of_what_is_in_it() -> None:
    """Neither content, nor digests of content in keys (SEA-3, SEA-10)."""
    repository = SealedRepository()
    a = repository.member("a")
    for key in _every_kind(a):
        a.bucket.put(key, PLAIN)
    listed = {entry.key: repository.raw.get(entry.key).body for entry in repository.raw.list("")}

    assert all(PLAIN not in body for body in listed.values())
    assert keys.chunk_key(DIGEST) not in listed
    assert keys.blob_key(DIGEST) not in listed


def test_a_listing_shows_keys_as_they_were_put() -> None:
    """So whoever removes what nobody names finds the names (SEA-10)."""
    repository = SealedRepository()
    a = repository.member("a")
    put = [keys.chunk_key(hashlib.sha256(bytes([n])).hexdigest()) for n in range(40)]
    for key in put:
        a.bucket.put(key, PLAIN)

    assert [entry.key for entry in a.bucket.list("chunk/")] == sorted(put)
    first = put[0][: len("chunk/ab/")]
    assert [e.key for e in a.bucket.list(first)] == sorted(k for k in put if k.startswith(first))
    a.bucket.delete(put[0])
    assert len(repository.raw.list("chunk/")) == 39


def test_an_unchanged_object_is_not_opened_again() -> None:
    """Marks are those of the sealed object."""
    repository = SealedRepository()
    a = repository.member("a")
    a.bucket.put(keys.HINT_KEY, PLAIN)
    first = a.bucket.get_if_changed(keys.HINT_KEY, None)

    assert first is not None
    assert first.body == PLAIN
    assert a.bucket.get_if_changed(keys.HINT_KEY, first.etag) is None


# -- the repository's record -----------------------------------------------------------


def test_a_node_without_a_key_is_refused() -> None:
    """With what it lacks and how to get it (SEA-1)."""
    repository = SealedRepository()
    with pytest.raises(Denied) as caught:
        decode_repository(repository.raw.get(keys.REPOSITORY_KEY).body)

    assert caught.value.code == "SG-SEAL-001"
    assert "replication.key" in caught.value.hint


def test_those_above_see_a_plain_repository() -> None:
    """The feature is fulfilled here, and others are left to them (SEA-1)."""
    repository = SealedRepository()
    body = repository.member("a").bucket.get(keys.REPOSITORY_KEY).body

    assert decode_repository(body) == RepositoryRecord(repository.key.repository)


@pytest.mark.parametrize("features", [(), ("later",)])
def test_a_record_that_was_stripped_of_its_seal_is_refused(features: tuple[str, ...]) -> None:
    """Whoever holds the bucket cannot make a node publish in the open (SEA-1)."""
    repository = SealedRepository()
    a = repository.member("a")
    record = RepositoryRecord(repository.key.repository, features=features)
    repository.raw.put(keys.REPOSITORY_KEY, encode_record(record))
    with pytest.raises(Exception) as caught:
        a.bucket.get(keys.REPOSITORY_KEY)

    expected = "SG-RECORD-002" if features else "SG-SEAL-019"
    assert getattr(caught.value, "code", "") == expected


def test_another_repository_is_refused() -> None:
    """Even one that says that it is sealed (SEA-1)."""
    repository = SealedRepository()
    a = repository.member("a")
    record = RepositoryRecord("ab" * 16, features=(SEALED,))
    repository.raw.put(keys.REPOSITORY_KEY, encode_record(record))
    with pytest.raises(Conflict) as caught:
        a.bucket.get(keys.REPOSITORY_KEY)

    assert caught.value.code == "SG-SEAL-019"


def test_a_node_founds_nothing() -> None:
    """Where the record is gone it writes none but its own repository's, sealed (SEA-1)."""
    repository = SealedRepository()
    a = repository.member("a")
    a.bucket.get(keys.REPOSITORY_KEY)
    for entry in repository.raw.list(""):
        repository.raw.delete(entry.key)
    with pytest.raises(Conflict) as caught:
        a.bucket.put_if_absent(keys.REPOSITORY_KEY, encode_record(RepositoryRecord("ab" * 16)))
    own = RepositoryRecord(repository.key.repository)
    assert a.bucket.put_if_absent(keys.REPOSITORY_KEY, encode_record(own))
    standing = decode_repository(repository.raw.get(keys.REPOSITORY_KEY).body, has_key=True)

    assert caught.value.code == "SG-SEAL-020"
    assert standing.features == (SEALED,)
    assert [entry.key for entry in repository.raw.list("keys/")] == [
        keys.trust_key(1),
        keys.trust_key(2),
    ]


# -- attacks by whoever holds the bucket -------------------------------------------------


def test_plain_objects_are_refused() -> None:
    """What anybody could have written nobody believes (SEA-4)."""
    repository = SealedRepository()
    a, b = repository.member("a"), repository.member("b")
    for key in _every_kind(a):
        a.bucket.put(key, PLAIN)
        (stored,) = [e.key for e in repository.raw.list("") if b.bucket._hidden(key) == e.key]
        repository.raw.put(stored, PLAIN)

        assert _refused(b, key) == "SG-SEAL-004"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_alteration_goes_unseen(data: st.DataObject) -> None:
    """A flipped byte, a cut or an appended one, of any kind of object (SEA-4)."""
    repository = SealedRepository()
    a, b = repository.member("a"), repository.member("b")
    key = data.draw(st.sampled_from(_every_kind(a)))
    a.bucket.put(key, PLAIN)
    (stored,) = [e.key for e in repository.raw.list("") if not e.key.startswith(("keys", "repo"))]
    body = bytearray(repository.raw.get(stored).body)
    at = data.draw(st.integers(0, len(body) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "append"])):
        case "flip":
            body[at] ^= data.draw(st.integers(1, 255))
        case "cut":
            del body[at:]
        case _:
            body += bytes(data.draw(st.integers(1, 9)))
    repository.raw.put(stored, bytes(body))
    with pytest.raises(Damaged):
        b.bucket.get(key)


def test_no_object_stands_in_for_another() -> None:
    """Segments of a log, snapshots, chunks, catalogs: swapped, each is refused (SEA-4)."""
    repository = SealedRepository()
    a, b = repository.member("a"), repository.member("b")
    every = [*_every_kind(a), _segment(a, 2), _segment(b), keys.chunk_key("ab" * 32)]
    for key in every:
        (b if key == _segment(b) else a).bucket.put(key, PLAIN)
    names = b.keyring.names()
    stored = {key: repository.raw.get(names.hidden(key)).body for key in every}
    for key in every:
        for other in every:
            if other != key:
                repository.raw.put(names.hidden(key), stored[other])

                assert _refused(b, key) == "SG-SEAL-008"
        repository.raw.put(names.hidden(key), stored[key])


def test_another_repositorys_objects_are_refused() -> None:
    """Though its members may be the same machines (SEA-4)."""
    mine, other = SealedRepository(), SealedRepository()
    other = SealedRepository(chance=mine.chance)
    a = mine.member("a")
    b = other.outsider("a", identity=a.identity)
    other.office.admit(a.identity.principal, "a")
    key = keys.segment_key(Position(a.incarnation, 1))
    b.bucket.put(key, PLAIN)
    mine.raw.put(key, other.raw.get(key).body)

    assert _refused(a, key) == "SG-SEAL-007"


@pytest.mark.parametrize("kind", ["card", "ack", "floor", "app.json"])
def test_an_older_state_is_not_put_back_unseen(kind: str) -> None:
    """Whoever has seen the newer one refuses it, until a newer one stands there (SEA-9)."""
    repository = SealedRepository()
    a, b = repository.member("a"), repository.member("b")
    key = kind if kind == "app.json" else f"node/{a.incarnation}/{kind}"
    a.bucket.put(key, b"first")
    older = repository.raw.get(key).body
    a.bucket.put(key, b"second")
    assert b.bucket.get(key).body == b"second"
    repository.raw.put(key, older)

    assert _refused(b, key) == "SG-SEAL-015"
    a.bucket.put(key, b"third")
    assert b.bucket.get(key).body == b"third"


def test_a_restarted_writer_is_believed() -> None:
    """It goes on after the state that stands; or by the clock if that was removed (SEA-9)."""
    repository = SealedRepository()
    a, b = repository.member("a"), repository.member("b")
    key = keys.card_key(a.incarnation)
    for state in (b"first", b"second", b"third"):
        a.bucket.put(key, state)
    assert b.bucket.get(key).body == b"third"
    repository.seconds += 1
    for removed in (False, True):
        if removed:
            repository.raw.delete(key)
        repository.outsider("a", identity=a.identity).bucket.put(key, b"restarted")

        assert b.bucket.get(key).body == b"restarted"


def test_a_put_that_failed_raises_no_alarm() -> None:
    """The state that stands is the newest one, though a newer was tried (SEA-9)."""
    fate = [Fate.FINE]
    faulty = FaultyBucket(MemoryBucket(), lambda _, __: fate[0], lambda _: None)
    repository = SealedRepository(faulty)
    a = repository.member("a")
    a.bucket.put(keys.APPLICATION_KEY, b"first")
    fate[0] = Fate.LOST
    with pytest.raises(Unavailable):
        a.bucket.put(keys.APPLICATION_KEY, b"second")
    fate[0] = Fate.FINE

    assert a.bucket.get(keys.APPLICATION_KEY).body == b"first"


# -- attacks by a member ----------------------------------------------------------------


def test_a_member_cannot_write_anothers_log() -> None:
    """A log's name is bound to its writer's key: segments, cards, acks (SEA-6)."""
    repository = SealedRepository()
    a, mallory = repository.member("a"), repository.member("mallory")
    for key in (
        _segment(a, 7),
        keys.card_key(a.incarnation),
        keys.ack_key(a.incarnation),
    ):
        mallory.bucket.put(key, PLAIN)

        assert _refused(a, key) == "SG-SEAL-011"


def _fence(*, by: Incarnation, objects: int = 0) -> bytes:
    """A segment of which a later version says that it is a fence."""
    text = json.dumps({"fence": by, "objects": objects}).encode()
    return framed(SEGMENT.magic, text, b"")


def test_a_member_may_fence_anothers_log_in_its_own_name() -> None:
    """A segment without changes, and by nobody else's identity (SEA-6)."""
    repository = SealedRepository()
    a, b, c = (repository.member(name) for name in "abc")
    b.bucket.put(_segment(a, 1), _fence(by=b.incarnation))
    b.bucket.put(_segment(a, 2), _fence(by=c.incarnation))
    b.bucket.put(_segment(a, 3), _fence(by=b.incarnation, objects=1))

    assert c.bucket.get(_segment(a, 1)).body == _fence(by=b.incarnation)
    assert [_refused(c, _segment(a, n)) for n in (2, 3)] == ["SG-SEAL-011"] * 2


@pytest.mark.parametrize("kind", ["floor", "app.json"])
def test_several_may_replace_what_several_may(kind: str) -> None:
    """In turns: each goes on after what stands, so that no reader takes it for older (SEA-9)."""
    repository = SealedRepository()
    a, b, reader = (repository.member(name) for name in "abc")
    key = kind if kind == "app.json" else f"node/{a.incarnation}/{kind}"
    for turn in range(6):
        (a, b)[turn % 2].bucket.put(key, f"turn {turn}".encode())

        assert reader.bucket.get(key).body == f"turn {turn}".encode()


def test_a_member_cannot_sign_as_another() -> None:
    """It holds the epoch's secret, and not the other's key (SEA-4)."""
    repository = SealedRepository()
    a, mallory = repository.member("a"), repository.member("mallory")
    epoch, secret = mallory.keyring.newest()
    key = _segment(a)
    forged = seal(
        PLAIN,
        key=key,
        repository=repository.key.repository,
        epoch=epoch,
        secret=secret,
        signer=a.identity.id,
        sign=mallory.identity.sign,
        chance=bytes(16),
    )
    repository.raw.put(key, forged)

    assert _refused(a, key) == "SG-SEAL-009"


def test_a_stranger_is_refused_though_he_knows_the_secret() -> None:
    """He was never admitted: a leaked secret lets nobody write (SEA-4)."""
    repository = SealedRepository()
    a, stranger = repository.member("a"), repository.outsider("x")
    epoch, secret = a.keyring.newest()
    key = _segment(stranger)
    forged = seal(
        PLAIN,
        key=key,
        repository=repository.key.repository,
        epoch=epoch,
        secret=secret,
        signer=stranger.identity.id,
        sign=stranger.identity.sign,
        chance=bytes(16),
    )
    repository.raw.put(key, forged)

    assert _refused(a, key) == "SG-SEAL-010"


# -- epochs and expulsion ----------------------------------------------------------------


def test_a_new_epoch_leaves_old_objects_readable() -> None:
    """By those who were there and by those who come later (SEA-7)."""
    repository = SealedRepository()
    a, b = repository.member("a"), repository.member("b")
    a.bucket.put(_segment(a, 1), b"old")
    a.bucket.put(keys.chunk_key(DIGEST), b"chunk")
    repository.office.begin_epoch()
    a.keyring.follow()
    a.bucket.put(_segment(a, 2), b"new")
    late = repository.member("late")
    for reader in (a, b, late):
        assert reader.bucket.get(_segment(a, 1)).body == b"old"
        assert reader.bucket.get(_segment(a, 2)).body == b"new"
        assert reader.bucket.get(keys.chunk_key(DIGEST)).body == b"chunk"
    assert not a.bucket.put_if_absent(keys.chunk_key(DIGEST), b"chunk")


def test_what_an_expelled_node_wrote_before_counts() -> None:
    """Its log through its last segment, and content that snapshots share (SEA-8)."""
    repository = SealedRepository()
    gone, b = repository.member("gone"), repository.member("b")
    for key in (_segment(gone, 1), _segment(gone, 2), keys.chunk_key(DIGEST), keys.catalog_key(1)):
        gone.bucket.put(key, PLAIN)
    repository.office.expel("gone")
    b.keyring.follow()
    for key in (_segment(gone, 1), _segment(gone, 2), keys.chunk_key(DIGEST), keys.catalog_key(1)):
        assert b.bucket.get(key).body == PLAIN


def test_what_an_expelled_node_writes_afterwards_is_refused() -> None:
    """Though it seals with an epoch that it knows, and has not heard of it (SEA-8)."""
    repository = SealedRepository()
    gone, b = repository.member("gone"), repository.member("b")
    gone.bucket.put(_segment(gone, 1), PLAIN)
    repository.office.expel("gone")
    b.keyring.follow()
    fresh = gone.identity.principal.incarnation(bytes(8))
    for key in (
        _segment(gone, 2),
        keys.segment_key(Position(fresh, 1)),
        keys.card_key(gone.incarnation),
        keys.HINT_KEY,
        keys.APPLICATION_KEY,
    ):
        gone.bucket.put(key, PLAIN)

        assert _refused(b, key) == "SG-SEAL-012"


def test_an_expelled_node_reads_nothing_new() -> None:
    """It never gets the new epoch's secret, not by its old token either (SEA-8)."""
    repository = SealedRepository()
    token = repository.office.invite(uses=0, note="")
    gone, b = repository.outsider("gone", token=token), repository.member("b")
    gone.keyring.newest()
    repository.office.expel("gone")
    b.keyring.follow()
    b.bucket.put(_segment(b), PLAIN)
    trust: Trust = repository.office.trust()

    assert 2 not in trust.secrets(gone.identity)
    with pytest.raises(Damaged) as caught:
        gone.bucket.get(_segment(b))
    assert caught.value.code == "SG-SEAL-013"
    with pytest.raises(Denied) as denied:
        repository.outsider("again", token=token).keyring.newest()
    assert denied.value.code == "SG-SEAL-018"
