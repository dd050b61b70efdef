"""A keyring: who takes part, as one node learns it from a bucket that it does not trust."""

from __future__ import annotations

import pytest
from tests.sealed_repositories import SealedRepository

from skygarth.bucket.keyring import FOLLOW_SECONDS, Forgetful
from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.metered import Meter, MeteredBucket
from skygarth.formats.bucket_keys import trust_key
from skygarth.formats.principals import write_request
from skygarth.model.errors import Conflict, Damaged, Denied
from skygarth.node.trust_deeds import TrustOffice


def test_a_token_lets_a_node_in() -> None:
    """It admits itself, once, and needs the token no more (SEA-7)."""
    repository = SealedRepository()
    token = repository.office.invite(uses=1, note="")
    node = repository.outsider("a", token=token)
    epoch, secret = node.keyring.newest()
    again = repository.outsider("a", identity=node.identity)

    assert (epoch, secret) == again.keyring.newest()
    assert repository.office.words()[node.identity.id] == "a"


def test_a_token_that_is_used_up_lets_nobody_in() -> None:
    """Nor does one that was revoked, or is of no use here; the way out is named (SEA-7)."""
    repository = SealedRepository()
    used = repository.office.invite(uses=1, note="")
    repository.outsider("a", token=used).keyring.newest()
    revoked = repository.office.invite(uses=0, note="")
    repository.office.revoke(list(repository.office.trust().tokens)[-1])
    for token in (used, revoked, SealedRepository().office.invite(uses=0, note="")):
        with pytest.raises(Denied) as caught:
            repository.outsider("b", token=token).keyring.newest()

        assert caught.value.code == "SG-SEAL-018"
        assert "skygarth keys invite" in caught.value.hint


def test_who_waits_for_an_admin_says_how_to_admit_it() -> None:
    """And goes on by itself once it was (SEA-7)."""
    repository = SealedRepository()
    node = repository.outsider("a")
    with pytest.raises(Denied) as caught:
        node.keyring.newest()
    repository.office.admit(node.identity.principal, "a")

    assert caught.value.code == "SG-SEAL-016"
    assert write_request(node.identity.principal) in caught.value.hint
    assert node.keyring.newest()[0] == 1


def test_a_new_epoch_is_followed_within_minutes() -> None:
    """At no cost in between but one small GET (SEA-7)."""
    meter = Meter()
    repository = SealedRepository(MeteredBucket(MemoryBucket(), meter))
    node = repository.member("a")
    node.keyring.newest()
    repository.office.begin_epoch()
    before = meter.snapshot()
    for _ in range(10):
        assert node.keyring.newest()[0] == 1
    repository.seconds += FOLLOW_SECONDS
    for _ in range(10):
        assert node.keyring.newest()[0] == 2

    assert meter.snapshot().since(before).gets == 2  # the new record, and that there is no more


def test_rubbish_in_the_log_stops_nobody() -> None:
    """What is known goes on; the admin's next deed takes its place (SEA-5)."""
    repository = SealedRepository()
    node = repository.member("a")
    node.keyring.newest()
    repository.raw.put(trust_key(3), b"rubbish")
    repository.seconds += FOLLOW_SECONDS

    assert node.keyring.newest()[0] == 1
    assert node.keyring.fault is not None
    assert repository.office.begin_epoch() == 2
    assert node.keyring.follow().epochs == 2
    assert node.keyring.fault is None


def test_an_older_log_is_refused_by_who_has_seen_the_newer() -> None:
    """Records put back that are not those it knows: expulsions cannot be undone so (SEA-5)."""
    repository = SealedRepository()
    memory = Forgetful()
    node = repository.member("a", memory=memory)
    repository.member("b")
    repository.office.expel("b")
    node.keyring.newest()
    repository.raw.put(trust_key(4), repository.raw.get(trust_key(3)).body)
    with pytest.raises(Damaged) as caught:
        repository.outsider("a", identity=node.identity, memory=memory).keyring.newest()

    assert caught.value.code == "SG-TRUST-004"


def test_a_log_that_was_removed_is_put_back() -> None:
    """Records are signed, so whoever remembers them may (SEA-5)."""
    repository = SealedRepository()
    memory = Forgetful()
    node = repository.member("a", memory=memory)
    node.keyring.newest()
    kept = {entry.key: repository.raw.get(entry.key).body for entry in repository.raw.list("keys/")}
    for key in kept:
        repository.raw.delete(key)
    repository.outsider("a", identity=node.identity, memory=memory).keyring.newest()

    assert kept == {
        entry.key: repository.raw.get(entry.key).body for entry in repository.raw.list("keys/")
    }


def test_a_bucket_without_a_log_is_refused() -> None:
    """A key says which repository to expect; an empty bucket is none (SEA-1)."""
    repository = SealedRepository()
    for entry in repository.raw.list("keys/"):
        repository.raw.delete(entry.key)
    with pytest.raises(Conflict) as caught:
        repository.outsider("a").keyring.newest()

    assert caught.value.code == "SG-SEAL-020"


def test_another_repositorys_log_is_refused() -> None:
    """However well it is signed (SEA-5)."""
    mine, other = SealedRepository(), SealedRepository()
    for entry in other.raw.list("keys/"):
        mine.raw.put(entry.key, other.raw.get(entry.key).body)
    theirs = SealedRepository(chance=mine.chance)
    mine.raw.put(trust_key(1), theirs.raw.get(trust_key(1)).body)
    with pytest.raises(Damaged) as caught:
        mine.outsider("a").keyring.newest()

    assert caught.value.code == "SG-TRUST-002"


def test_who_was_expelled_is_told() -> None:
    """With what to do if that was a mistake (SEA-8)."""
    repository = SealedRepository()
    node = repository.member("a")
    node.keyring.newest()
    repository.office.expel("a")
    node.keyring.follow()
    with pytest.raises(Denied) as caught:
        node.keyring.newest()

    assert caught.value.code == "SG-SEAL-017"
    assert "node.key" in caught.value.hint


class LosingAnswers(MemoryBucket):
    """A bucket whose first answer to each create is lost; the retry then meets its own object."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create; say that it was there already."""
        super().put_if_absent(key, body)
        return False


def test_a_deed_whose_answer_was_lost_is_done_once() -> None:
    """Admission, or whatever an admin did: the record that stands is one's own (SEA-5)."""
    repository = SealedRepository()
    losing = LosingAnswers()
    for entry in repository.raw.list(""):
        losing.put(entry.key, repository.raw.get(entry.key).body)
    repository.raw = losing
    office = TrustOffice(losing, repository.key, repository.chance, lambda: 0.0)
    token = office.invite(uses=1, note="")
    repository.outsider("a", token=token).keyring.newest()

    assert office.begin_epoch() == 2
    assert office.trust().number == 4


def test_of_two_deeds_at_once_both_are_done() -> None:
    """Whoever finds the place taken makes his deed anew after the other's (SEA-5)."""
    repository = SealedRepository()
    token = repository.office.invite(uses=0, note="")
    nodes = [repository.outsider(name, token=token) for name in "abc"]
    for node in nodes:
        node.keyring.follow()
    for node in nodes:
        node.keyring.newest()

    words = repository.office.words()
    assert [words[node.identity.id] for node in nodes] == ["a", "b", "c"]
