"""The unit is one that systemd takes, closed to everything that the node does not need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.images.programs import program, ran
from tests.images.samples import EVERY, FOLDER, FULL, STORE

from skygarth.images import NodeImage, write_rendering
from skygarth.images.systemd import machine_files, render_systemd

EXPOSURE_MAX = 3.0


def test_the_key_is_handed_over_by_systemd() -> None:
    """It lies with root; the settings name the copy that the unit alone sees."""
    files = machine_files(STORE)

    assert "LoadCredential=cluster.key:/etc/skygarth/cluster.key" in files["skygarth-web.service"]
    assert "/run/credentials/skygarth-web.service/cluster.key" in files["skygarth-web.toml"]
    assert "LoadCredential" not in machine_files(FOLDER)["skygarth-lone.service"]


def test_the_application_and_its_software_are_named() -> None:
    """The node runs it, and the script installs it."""
    files = machine_files(FULL)

    assert "skygarth run blog:node --config" in files["skygarth-search.service"]
    assert "software='acme-blog[aws]==1.2.0'" in files["install.sh"]
    assert "MemoryMax=2048M" in files["skygarth-search.service"]


def test_a_key_in_the_parameter_store_is_fetched_first() -> None:
    """By a unit of its own, by the role of the machine."""
    files = machine_files(FULL)

    assert "/acme/skygarth-key" in files["skygarth-search-key.service"]
    assert "skygarth-search-key.service" in files["skygarth-search.service"]
    assert "skygarth-web-key.service" not in machine_files(STORE)


def test_a_folder_as_the_bucket_is_made_and_opened() -> None:
    """It is the only other place that the node may write."""
    files = machine_files(FOLDER)

    assert "ReadWritePaths=/srv/site" in files["skygarth-lone.service"]
    assert "d /srv/site 2770 skygarth skygarth" in files["tmpfiles.conf"]


@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_the_script_is_a_program_for_any_shell(image: NodeImage, tmp_path: Path) -> None:
    """It parses, and no mark of the template is left."""
    write_rendering(render_systemd(image), tmp_path)
    ran(program("sh", "dash"), "-n", tmp_path / "install.sh")

    assert not re.search(r"<<|>>|<%", "".join(render_systemd(image).files.values()))


@pytest.mark.server
@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_systemd_takes_the_unit(image: NodeImage, tmp_path: Path) -> None:
    """Without a word, once its program is there."""
    write_rendering(render_systemd(image), tmp_path)
    for unit in tmp_path.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        unit.write_text(text.replace("/opt/skygarth/bin/skygarth", "/bin/true"), encoding="utf-8")
    said = ran(program("systemd-analyze", "systemd"), "verify", tmp_path / f"{image.label}.service")

    assert said == ""


@pytest.mark.server
def test_systemd_finds_the_unit_closed(tmp_path: Path) -> None:
    """By its own measure of exposure, from 0 (closed) to 10."""
    write_rendering(render_systemd(STORE), tmp_path)
    said = ran(
        program("systemd-analyze", "systemd"),
        "security",
        "--offline=yes",
        tmp_path / "skygarth-web.service",
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert found

    assert float(found[1]) < EXPOSURE_MAX


@pytest.mark.server
def test_user_and_folders_are_made(tmp_path: Path) -> None:
    """In a root of their own: nobody can log in, and what is secret is root's alone."""
    files = machine_files(FOLDER)
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    for name in ("sysusers.conf", "tmpfiles.conf"):
        (root / name).write_text(files[name], encoding="utf-8")
    ran(program("systemd-sysusers", "systemd"), f"--root={root}", root / "sysusers.conf")
    made = (root / "etc" / "passwd").read_text(encoding="utf-8")
    ran(
        program("systemd-tmpfiles", "systemd"),
        "--create",
        f"--root={root}",
        root / "tmpfiles.conf",
    )

    assert made.startswith("skygarth:")
    assert made.strip().endswith("/usr/sbin/nologin")
    assert (root / "etc" / "skygarth").is_dir()
    assert (root / "srv" / "site").is_dir()
