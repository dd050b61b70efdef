"""What an admin does about trust."""

from __future__ import annotations

import pytest
from tests.sealed_repositories import SealedRepository

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.chance import SeededChance
from skygarth.formats import bucket_keys as keys
from skygarth.formats.principals import WrittenKey
from skygarth.formats.records import decode_repository
from skygarth.model.errors import Conflict, Denied, NotFound
from skygarth.model.position import Position
from skygarth.node.trust_deeds import TrustOffice, found, plan_founding, refuse_used


def test_an_empty_bucket_becomes_a_sealed_repository() -> None:
    """It says so to everybody (SEA-1)."""
    bucket = MemoryBucket()
    key, record = plan_founding(SeededChance(1))
    found(bucket, key, record)
    standing = decode_repository(bucket.get(keys.REPOSITORY_KEY).body, has_key=True)

    assert (standing.repository, standing.features) == (key.repository, ("sealed",))


@pytest.mark.parametrize("there", ["repo.json", "tail/x", "snap/x", "node/x", "keys/x"])
def test_what_is_in_use_is_not_founded(there: str) -> None:
    """What lay open once is not sealed afterwards (SEA-1)."""
    bucket = MemoryBucket()
    bucket.put(there, b"{}")
    with pytest.raises(Conflict) as refused:
        refuse_used(bucket)
    with pytest.raises(Conflict) as caught:
        found(bucket, *plan_founding(SeededChance(1)))

    assert refused.value.code == caught.value.code == "SG-KEY-007"


def test_only_the_repositorys_admin_does_deeds() -> None:
    """Whoever has another key learns whose it would have to be (SEA-7)."""
    repository = SealedRepository()
    wrong = WrittenKey("admin", repository.key.repository, repository.key.anchor, b"x" * 32)
    office = TrustOffice(repository.raw, wrong, SeededChance(1), lambda: 0.0)
    with pytest.raises(Denied) as caught:
        office.begin_epoch()

    assert caught.value.code == "SG-KEY-008"


def test_a_node_is_named_by_name_or_id() -> None:
    """Whatever may mean several is refused."""
    repository = SealedRepository()
    one = repository.member("web")
    two = repository.member("web")
    with pytest.raises(Conflict) as several:
        repository.office.expel("web")
    with pytest.raises(NotFound) as nobody:
        repository.office.expel("x")
    gone = repository.office.expel(one.identity.id[:8])
    also = repository.office.expel("web")

    assert several.value.code == nobody.value.code == "SG-KEY-006"
    assert [gone.principal, also.principal] == [one.identity.principal, two.identity.principal]


def test_a_deed_that_was_done_is_told() -> None:
    """Not done twice, and not passed over in silence."""
    repository = SealedRepository()
    node = repository.member("a")
    repository.office.invite(uses=0, note="")
    (token,) = repository.office.trust().tokens
    repository.office.expel("a")
    repository.office.revoke(token)
    for attempt in (
        lambda: repository.office.expel(node.identity.id),
        lambda: repository.office.revoke(token[:6]),
        lambda: repository.office.admit(node.identity.principal, "a"),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()

        assert caught.value.code == "SG-KEY-006"


def test_an_expulsion_names_what_counts() -> None:
    """The last segment of each of its logs, as the bucket shows them (SEA-8)."""
    repository = SealedRepository()
    node, other = repository.member("a"), repository.member("b")
    second = node.identity.principal.incarnation(bytes(8))
    for incarnation, through in ((node.incarnation, 3), (second, 1), (other.incarnation, 9)):
        for sequence in range(1, through + 1):
            repository.raw.put(keys.segment_key(Position(incarnation, sequence)), b"")
    gone = repository.office.expel("a")

    assert gone.logs == {node.incarnation: 3, second: 1}
