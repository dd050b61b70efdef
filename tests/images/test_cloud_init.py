"""User data is what cloud-init takes, small enough for EC2, with the systemd shape inside."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.images.programs import program, ran
from tests.images.samples import EVERY, STORE

from skygarth.images import NodeImage, write_rendering
from skygarth.images.cloud_init import USER_DATA_BYTES_MAX, render_cloud_init
from skygarth.images.systemd import machine_files


@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_it_carries_the_systemd_shape_to_the_letter(image: NodeImage) -> None:
    """One definition, two shapes, equal files; the script that places them runs last."""
    found = yaml.safe_load(render_cloud_init(image).files["user-data"])
    carried = {Path(file["path"]).name: file["content"] for file in found["write_files"]}

    assert carried == machine_files(image)
    assert found["runcmd"] == [["sh", "/opt/skygarth-image/install.sh"]]


def test_it_fits_where_it_has_to() -> None:
    """EC2 takes 16 KiB of user data."""
    assert len(render_cloud_init(STORE).files["user-data"].encode()) < USER_DATA_BYTES_MAX


def test_a_seed_names_its_machine() -> None:
    """cloud-init does its work once for each instance-id."""
    meta = yaml.safe_load(render_cloud_init(STORE).files["meta-data"])

    assert meta == {"instance-id": "skygarth-web-1", "local-hostname": "skygarth-web-1"}


@pytest.mark.server
@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_cloud_init_takes_it(image: NodeImage, tmp_path: Path) -> None:
    """By its own schema."""
    write_rendering(render_cloud_init(image), tmp_path)
    said = ran(
        program("cloud-init", "cloud-init"), "schema", "--config-file", tmp_path / "user-data"
    )

    assert "Valid cloud-config" in said
