"""What a node of a sealed repository keeps beside its database."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.sealed_repositories import SealedRepository

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Bucket
from skygarth.bucket.sealed import SealedBucket
from skygarth.clock.chance import SeededChance
from skygarth.clock.manual_clock import ManualClock
from skygarth.formats.bucket_keys import APPLICATION_KEY, HINT_KEY
from skygarth.formats.principals import WrittenKey
from skygarth.formats.trust import Trust
from skygarth.model.errors import Conflict, Damaged, Denied, Invalid
from skygarth.node.sealing_files import (
    KEY_FILE,
    ORDERS_FILE,
    TRUST_FILE,
    OrdersFile,
    TrustFile,
    open_sealed,
    read_node_key,
    settle_node_key,
    write_secret,
)

TRUST = WrittenKey("trust", "0f" * 16, "ab" * 32, b"").text


def test_a_node_makes_its_own_secret_once(tmp_path: Path) -> None:
    """For its owner's eyes alone, and the same one ever after (SEA-2, SEA-11)."""
    first = settle_node_key(tmp_path / "new", TRUST, SeededChance(1))
    again = settle_node_key(tmp_path / "new", None, SeededChance(2))

    assert first is not None
    assert (first.kind, first.repository) == ("node", "0f" * 16)
    assert again == first
    assert stat.S_IMODE((tmp_path / "new" / KEY_FILE).stat().st_mode) == 0o600


def test_a_node_without_a_key_does_not_seal(tmp_path: Path) -> None:
    """Its bucket is used as it is."""
    bucket = MemoryBucket()
    opened = open_sealed(
        bucket, tmp_path, given=None, name="a", clock=ManualClock(), chance=SeededChance(1)
    )

    assert opened is bucket
    assert not (tmp_path / KEY_FILE).exists()


def test_another_repositorys_key_is_refused(tmp_path: Path) -> None:
    """A node belongs to one repository for good (SEA-1)."""
    settle_node_key(tmp_path, TRUST, SeededChance(1))
    other = WrittenKey("trust", "1f" * 16, "ab" * 32, b"").text
    with pytest.raises(Conflict) as caught:
        settle_node_key(tmp_path, other, SeededChance(1))

    assert caught.value.code == "SG-SEAL-019"


@pytest.mark.parametrize("given", ["secret", "skyadmin_" + "a" * 160, ""])
def test_what_is_no_token_is_refused(tmp_path: Path, given: str) -> None:
    """The admin's key least of all belongs on a node."""
    with pytest.raises(Invalid) as caught:
        settle_node_key(tmp_path, given, SeededChance(1))

    assert caught.value.code == "SG-TRUST-007"


def test_a_damaged_key_is_not_replaced(tmp_path: Path) -> None:
    """A new one would need to be admitted anew; a person decides."""
    (tmp_path / KEY_FILE).write_text("skynode_12\n", encoding="ascii")
    with pytest.raises(Damaged) as caught:
        read_node_key(tmp_path)

    assert caught.value.code == "SG-KEY-005"


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """As another user, say."""
    (tmp_path / KEY_FILE).mkdir()
    with pytest.raises(Denied) as caught:
        read_node_key(tmp_path)

    assert caught.value.code == "SG-KEY-005"


def test_a_secret_is_never_written_over(tmp_path: Path) -> None:
    """It may be the only copy."""
    write_secret(tmp_path / "key", "one")
    with pytest.raises(FileExistsError):
        write_secret(tmp_path / "key", "two")

    assert (tmp_path / "key").read_text(encoding="ascii") == "one\n"


def test_records_outlast_crashes(tmp_path: Path) -> None:
    """A torn line, or one that two processes wrote, is passed over (SEA-5)."""
    repository = SealedRepository()
    start = Trust(repository=repository.key.repository, anchor=repository.key.anchor)
    repository.member("a")
    repository.member("b")
    records = [repository.raw.get(entry.key).body for entry in repository.raw.list("keys/")]
    file = TrustFile(tmp_path / TRUST_FILE, start)
    assert file.load() == []
    file.append(records[0])
    file.append(records[1])
    file.append(records[1])
    with (tmp_path / TRUST_FILE).open("ab") as torn:
        torn.write(records[2][:40])
    file.append(records[2])

    assert file.load() == records


def test_an_older_application_is_refused_after_a_restart(tmp_path: Path) -> None:
    """Who holds the bucket cannot bring back software that was replaced (SEA-9)."""
    repository = SealedRepository()
    publisher = repository.member("publisher")
    token = repository.office.invite(uses=0, note="").text

    def restarted(name: str) -> Bucket:
        clock, chance = ManualClock(), SeededChance(name)
        return open_sealed(
            repository.raw, tmp_path / name, given=token, name=name, clock=clock, chance=chance
        )

    publisher.bucket.put(APPLICATION_KEY, b"old")
    old = repository.raw.get(APPLICATION_KEY).body
    publisher.bucket.put(APPLICATION_KEY, b"new")
    assert restarted("a").get(APPLICATION_KEY).body == b"new"
    repository.raw.put(APPLICATION_KEY, old)
    with pytest.raises(Damaged) as caught:
        restarted("a").get(APPLICATION_KEY)

    assert caught.value.code == "SG-SEAL-015"
    (tmp_path / "a" / ORDERS_FILE).write_bytes(b"torn")
    assert restarted("a").get(APPLICATION_KEY).body == b"old"  # all that is left is what stands


def test_orders_that_cannot_be_written_keep_nobody_from_reading(tmp_path: Path) -> None:
    """A full disk, or a folder that is not there."""
    file = OrdersFile(tmp_path / "nowhere" / ORDERS_FILE)
    file.save({APPLICATION_KEY: 3})

    assert file.load() == {}


def test_a_token_opens_the_bucket(tmp_path: Path) -> None:
    """From settings alone, and later without it (SEA-7)."""
    repository = SealedRepository()
    token = repository.office.invite(uses=1, note="").text
    clock, chance = ManualClock(), SeededChance(1)
    first = open_sealed(repository.raw, tmp_path, given=token, name="a", clock=clock, chance=chance)
    first.put(HINT_KEY, b"here")
    later = open_sealed(repository.raw, tmp_path, given=None, name="a", clock=clock, chance=chance)

    assert isinstance(later, SealedBucket)
    assert later.get(HINT_KEY).body == b"here"
