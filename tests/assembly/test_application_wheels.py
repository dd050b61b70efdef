"""An application that lies in the bucket is installed and tried before it is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.assembly.wheels import build_wheel

from skygarth.assembly.application_wheels import (
    install_application,
    read_wheels,
    refuse_lacking,
    try_application,
    unpack_wheels,
)
from skygarth.bucket.memory import MemoryBucket
from skygarth.formats.application_record import ApplicationRecord
from skygarth.model.errors import Invalid, NotFound
from skygarth.node.application_store import ApplicationStore, Seal

SEAL = Seal(lambda _: "signed", lambda _, signature: signature == "signed")


def published(tmp_path: Path, version: str) -> tuple[ApplicationStore, ApplicationRecord]:
    """A bucket with one version of the application in it."""
    store = ApplicationStore(MemoryBucket(lambda: 1), SEAL)
    wheels = read_wheels([build_wheel(tmp_path / "wheels", version)])
    record = ApplicationRecord(version, {}, "greeting", tuple(wheels))
    return store, store.publish(record, wheels)


def test_what_was_published_is_installed_once_and_loads(tmp_path: Path) -> None:
    """From the bucket to an application that another process has loaded."""
    store, record = published(tmp_path, "1.0")
    folder = install_application(record, store, tmp_path / "data")
    again = install_application(record, store, tmp_path / "data")

    assert again == folder
    assert try_application("greeting", folder).components == {"greeting": "1.0"}
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


def test_two_versions_stand_side_by_side(tmp_path: Path) -> None:
    """The one that runs stays whole while the next is installed."""
    first_store, first = published(tmp_path, "1.0")
    second_store, second = published(tmp_path, "2.0")
    old = install_application(first, first_store, tmp_path / "data")
    new = install_application(second, second_store, tmp_path / "data")

    assert try_application("greeting", old).components == {"greeting": "1.0"}
    assert try_application("greeting", new).components == {"greeting": "2.0"}


@pytest.mark.parametrize("source", ["import absent_thing_\n", "application = 1\n", "syntax error"])
def test_an_application_that_does_not_load_is_refused_with_its_reason(
    tmp_path: Path, source: str
) -> None:
    """The trial is another process: what it breaks is not this one."""
    wheel = build_wheel(tmp_path, "1.0", source=source)
    unpack_wheels([wheel], tmp_path / "packages")

    with pytest.raises(Invalid, match="does not load") as refusal:
        try_application("greeting", tmp_path / "packages")

    assert refusal.value.code == "SG-APP-006"


def test_a_file_that_is_no_wheel_is_refused(tmp_path: Path) -> None:
    """Before anything of it reaches the bucket."""
    archive = tmp_path / "greeting-1.0-py3-none-any.whl"
    archive.write_text("no archive")

    with pytest.raises(Invalid, match="no wheel"):
        read_wheels([archive])
    with pytest.raises(NotFound, match="no such wheel"):
        read_wheels([tmp_path / "absent.whl"])


def test_a_broken_wheel_leaves_nothing_behind(tmp_path: Path) -> None:
    """A folder that is there is whole."""
    store = ApplicationStore(MemoryBucket(lambda: 1), SEAL)
    broken = tmp_path / "greeting-1.0-py3-none-any.whl"
    broken.write_bytes(b"PK and no more")
    wheels = read_wheels([broken])
    record = store.publish(ApplicationRecord("1", {}, "greeting", tuple(wheels)), wheels)

    with pytest.raises(Invalid, match="cannot be installed") as refusal:
        install_application(record, store, tmp_path / "data")

    assert refusal.value.code == "SG-APP-005"
    assert list((tmp_path / "data" / "applications").iterdir()) == []


def test_wheels_that_do_not_fulfil_their_own_record_are_not_published(tmp_path: Path) -> None:
    """Otherwise no node could ever serve again."""
    unpack_wheels([build_wheel(tmp_path, "1.0")], tmp_path / "packages")
    trial = try_application("greeting", tmp_path / "packages")

    with pytest.raises(Invalid, match=r"is 1\.0, not >=2"):
        refuse_lacking(ApplicationRecord("2", {"greeting": ">=2"}), trial)
