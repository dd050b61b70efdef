"""A node is put together from its settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skygarth.assembly.application import Application, sample_application
from skygarth.assembly.wiring import open_node, open_repository, open_settings_bucket
from skygarth.model.errors import Invalid
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings
from skygarth.sample import Section


def settings_in(folder: Path) -> Settings:
    """Settings of a node below a folder."""
    return Settings(
        node=NodeSettings(name="n", data=folder / "data"),
        replication=ReplicationSettings(bucket=str(folder / "bucket")),
    )


def test_a_node_begins_under_an_identity_of_its_own(tmp_path: Path) -> None:
    """Opening mints an incarnation, and opening again keeps it."""
    first = open_node(settings_in(tmp_path), Application())
    incarnation = first.node.database.replica().identity().incarnation
    first.close()

    second = open_node(settings_in(tmp_path), Application())

    assert second.node.database.replica().identity().incarnation == incarnation
    second.close()


def test_what_another_process_writes_lies_in_the_same_folder(tmp_path: Path) -> None:
    """A repository opened beside a node's writes where the node will publish it from."""
    with open_repository(tmp_path / "data", sample_application()) as repository:
        repository.create(Section(name="news", title="News"))
    assembled = open_node(settings_in(tmp_path), sample_application())

    assert assembled.node.repository.by_path("/news") is not None
    assert assembled.node.database.replica().unpublished()[0] == 1
    assembled.close()


def test_an_address_that_nobody_understands_is_refused(tmp_path: Path) -> None:
    """A bucket URL of an unknown kind is the operator's mistake, and says so."""
    settings = settings_in(tmp_path)
    wrong = replace(settings, replication=ReplicationSettings(bucket="ftp://x"))

    with pytest.raises(Invalid):
        open_node(wrong, Application())


@pytest.mark.parametrize("data", ["here", "here/data"])
def test_a_database_does_not_lie_in_its_bucket(tmp_path: Path, data: str) -> None:
    """It would be lost with the bucket, and everybody could read it."""
    settings = Settings(
        node=NodeSettings(data=tmp_path / data),
        replication=ReplicationSettings(bucket=str(tmp_path / "here")),
    )
    with pytest.raises(Invalid, match="the data folder lies in the bucket"):
        open_settings_bucket(settings)
