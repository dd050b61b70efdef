"""An application is published with its wheels, and believed only as it was published."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats.application_record import ApplicationRecord, Wheel, encode_application
from skygarth.model.errors import Damaged, Denied, NotFound
from skygarth.node.application_store import ApplicationStore, Seal

BODY = b"the bytes of a wheel"
WHEEL = Wheel("acme-2.0-py3-none-any.whl", hashlib.sha256(BODY).hexdigest(), len(BODY))
RECORD = ApplicationRecord(version="2.0", entry="acme:application", wheels=(WHEEL,))


def seal(key: bytes) -> Seal:
    """A seal by a key; a hash is enough where nobody attacks the hash."""

    def sign(data: bytes) -> str:
        return hashlib.sha256(key + data).hexdigest()

    return Seal(sign, lambda data, signature: sign(data) == signature)


@pytest.fixture
def bucket() -> MemoryBucket:
    """An empty bucket."""
    return MemoryBucket(lambda: 1)


def test_nothing_was_published_yet(bucket: MemoryBucket) -> None:
    """A repository without app.json runs whatever its nodes bring."""
    assert ApplicationStore(bucket, None).read() is None


def test_what_was_published_is_read_with_its_wheels(bucket: MemoryBucket) -> None:
    """Another node with the same key reads the record and fetches what it names (BKT-8)."""
    published = ApplicationStore(bucket, seal(b"k")).publish(RECORD, {WHEEL: BODY})
    other = ApplicationStore(bucket, seal(b"k"))

    assert other.read() == published
    assert other.read() == published
    assert other.fetch(WHEEL) == BODY


@pytest.mark.parametrize("record", [RECORD, replace(RECORD, signature="f" * 64)])
def test_a_record_that_the_key_did_not_sign_is_refused(
    bucket: MemoryBucket, record: ApplicationRecord
) -> None:
    """Who holds the bucket alone makes no node run his code (BKT-8)."""
    bucket.put(keys.APPLICATION_KEY, encode_application(record))

    with pytest.raises(Denied) as refusal:
        ApplicationStore(bucket, seal(b"k")).read()

    assert refusal.value.code == "SG-APP-002"


def test_a_record_of_another_key_is_refused(bucket: MemoryBucket) -> None:
    """A signature by somebody else's key is none."""
    ApplicationStore(bucket, seal(b"other")).publish(RECORD, {WHEEL: BODY})

    with pytest.raises(Denied):
        ApplicationStore(bucket, seal(b"k")).read()


def test_an_altered_wheel_is_refused(bucket: MemoryBucket) -> None:
    """The hash in the record decides, not the name of the object (BKT-8)."""
    store = ApplicationStore(bucket, seal(b"k"))
    store.publish(RECORD, {WHEEL: BODY})
    bucket.put(keys.blob_key(WHEEL.digest), BODY[:-1] + b"!")

    with pytest.raises(Damaged) as refusal:
        store.fetch(WHEEL)

    assert refusal.value.code == "SG-APP-003"


def test_a_wheel_that_is_gone_is_named(bucket: MemoryBucket) -> None:
    """The way out is to publish again."""
    with pytest.raises(NotFound, match="acme") as refusal:
        ApplicationStore(bucket, seal(b"k")).fetch(WHEEL)

    assert refusal.value.code == "SG-APP-004"


def test_without_a_key_no_wheel_is_run(bucket: MemoryBucket) -> None:
    """Nobody could tell whose it is (BKT-8)."""
    ApplicationStore(bucket, seal(b"k")).publish(RECORD, {WHEEL: BODY})

    with pytest.raises(Denied, match="no cluster key"):
        ApplicationStore(bucket, None).fetch(WHEEL)
