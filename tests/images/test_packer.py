"""The template is one that Packer takes, and puts the systemd shape into an image."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.images.programs import program, ran
from tests.images.samples import FULL, STORE

from skygarth.images import NodeImage, write_rendering
from skygarth.images.packer import render_packer
from skygarth.images.systemd import machine_files
from skygarth.model.errors import Invalid


def test_it_carries_the_systemd_shape() -> None:
    """Every file is uploaded; nothing is started, and the machine's id is emptied."""
    files = render_packer(FULL).files
    template = files["node.pkr.hcl"]

    assert all(files[name] == text for name, text in machine_files(FULL).items())
    assert all(f'"{name}",' in template for name in machine_files(FULL))
    assert "SKYGARTH_START=no" in template
    assert "/etc/machine-id" in template


def test_a_folder_of_wheels_is_refused() -> None:
    """A machine that is only being made has none (SG-IMAGE-003)."""
    with pytest.raises(Invalid) as refusal:
        render_packer(NodeImage(bucket="s3://acme/site", install="/srv/wheels"))

    assert refusal.value.code == "SG-IMAGE-003"


@pytest.mark.server
@pytest.mark.parametrize("image", [STORE, FULL], ids=lambda image: image.name)
def test_packer_takes_it(image: NodeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each argument included; in a network of its own, so that nobody is asked."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    write_rendering(render_packer(image), tmp_path)
    (tmp_path / "plugins.pkr.hcl").unlink()  # Debian's is older than plugins of their own
    alone = (program("unshare", "util-linux"), "--map-root-user", "--net")
    ran(*alone, program("packer", "packer"), "validate", "node.pkr.hcl", folder=tmp_path)
