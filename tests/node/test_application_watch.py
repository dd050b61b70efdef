"""A node knows whether it has what the repository's application needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats.application_record import ApplicationRecord
from skygarth.node.application_store import ApplicationStore
from skygarth.node.application_watch import ApplicationWatch, is_accepted, lacking


@pytest.fixture
def store() -> ApplicationStore:
    """The application of an empty bucket."""
    return ApplicationStore(MemoryBucket(lambda: 1), None)


def test_without_a_record_every_node_may_serve(store: ApplicationStore) -> None:
    """A repository that asks for nothing is served by whoever joins."""
    watch = ApplicationWatch(store, {})
    watch.look()

    assert watch.refusal == ""


@pytest.mark.parametrize(
    ("version", "accepted", "expected"),
    [
        ("2.1", ">=2,<3", True),
        ("3.0", ">=2,<3", False),
        ("2.1", "", True),
        ("2.1rc1", ">=2", True),
        ("two", ">=2", False),
        ("2.1", "newest", False),
    ],
)
def test_versions_are_compared_as_python_does(version: str, accepted: str, expected: bool) -> None:
    """As PEP 440 says; what cannot be read is accepted by nobody."""
    assert is_accepted(version, accepted) == expected


def test_what_a_node_lacks_is_named() -> None:
    """An operator reads which component, in which version, and which would do (BKT-9)."""
    record = ApplicationRecord("2", {"blog": ">=2", "search": "", "shop": ""})

    expected = ["component 'blog' is 1.0, not >=2", "component 'shop' is not here"]
    assert lacking(record, {"blog": "1.0", "search": "9"}) == expected


def test_a_node_that_lacks_something_refuses_until_the_record_changes(
    store: ApplicationStore,
) -> None:
    """The reason comes and goes with what the record asks for (BKT-9)."""
    told: list[str] = []
    watch = ApplicationWatch(store, {"blog": "1.0"}, lambda record: told.append(record.version))
    store.publish(ApplicationRecord("2", {"blog": ">=2"}), {})
    watch.look()
    watch.look()
    refused = watch.refusal
    store.publish(ApplicationRecord("1", {"blog": ">=1"}), {})
    watch.look()

    assert refused == "component 'blog' is 1.0, not >=2"
    assert watch.refusal == ""
    assert told == ["2", "1"]


def test_a_spoilt_record_stops_no_node_that_knew_a_good_one() -> None:
    """
    One bad object takes no cloud down, also where nothing was published; a node that
    could never read what is asked of it stays out.
    """
    bucket = MemoryBucket(lambda: 1)
    store = ApplicationStore(bucket, None)
    knowing, new = ApplicationWatch(store, {}), ApplicationWatch(ApplicationStore(bucket, None), {})
    unasked = ApplicationWatch(ApplicationStore(bucket, None), {})
    unasked.look()
    store.publish(ApplicationRecord("1"), {})
    knowing.look()
    bucket.put(keys.APPLICATION_KEY, b"garbage")
    for watch in (knowing, unasked, new):
        watch.look()

    assert knowing.refusal == unasked.refusal == ""
    assert new.refusal.startswith("SG-RECORD-001")


def test_what_served_before_a_start_serves_after_it(tmp_path: Path) -> None:
    """Nodes are started again while the record is spoilt; other components wait."""
    bucket = MemoryBucket(lambda: 1)
    store = ApplicationStore(bucket, None)
    memory = tmp_path / "applications" / "may-serve.json"
    ApplicationWatch(store, {"blog": "1"}, memory=memory).look()
    bucket.put(keys.APPLICATION_KEY, b"garbage")
    same = ApplicationWatch(store, {"blog": "1"}, memory=memory)
    other = ApplicationWatch(store, {"blog": "2"}, memory=memory)
    for watch in (same, other):
        watch.look()

    assert same.refusal == ""
    assert other.refusal.startswith("SG-RECORD-001")
