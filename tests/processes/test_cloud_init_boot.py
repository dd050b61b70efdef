"""A virtual machine, booted from nothing but Debian and the user data, serves what the bucket has.

QEMU without hardware's help: minutes, not seconds. The machine has no network; wheels
and bucket lie on its disk, and so does the key, which another hand has put there.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.images.building import asked_for, debian, wheels
from tests.images.programs import program, ran
from tests.processes.conftest import MakeNode

from skygarth.images import NodeImage, write_rendering
from skygarth.images.cloud_init import render_cloud_init

pytestmark = [pytest.mark.long, asked_for, pytest.mark.timeout(3000)]

KEY = "skykey_" + "5e" * 32
PACKAGES = (
    "linux-image-cloud-amd64,cloud-init,systemd-sysv,dbus,udev,python3,python3-venv,"
    "locales,openssh-server"
)
BOOT_SECONDS = 1500
LABEL = "skygarth-web"

# Tells what became of the machine on its serial line, and ends it.
_REPORTER = f"""\
import json, subprocess, time
from urllib.request import urlopen

def asked(path):
    try:
        return urlopen("http://127.0.0.1:8000" + path, timeout=10).read().decode()
    except OSError as fault:
        return None

def said(*words):
    return subprocess.run(words, capture_output=True, text=True).stdout.strip()

until = time.monotonic() + 1200
while asked("/readyz") is None and time.monotonic() < until:
    time.sleep(2)
node = json.loads(asked("/version") or "{{}}")
articles = json.loads(asked("/api/v1/article?limit=100") or '{{"items": []}}')["items"]
about = said("systemctl", "show", "{LABEL}", "-p", "ActiveState,User,NRestarts,MemoryCurrent")
exposure = said("systemd-analyze", "security", "{LABEL}").splitlines()[-1:]
files = said("stat", "-c", "%a %U %n", "/etc/skygarth/cluster.key", "/var/lib/{LABEL}/node")
stopped = said("systemctl", "stop", "{LABEL}")
result = said("systemctl", "show", "{LABEL}", "-p", "Result,ExecMainStatus")
log = said("journalctl", "-u", "{LABEL}", "-o", "cat", "--no-pager")
cloud = said("cloud-init", "status", "--long")
report = dict(titles=sorted(each["fields"]["title"] for each in articles), node=node, about=about,
    exposure=exposure, files=files, result=result, log=log[-3000:], cloud=cloud)
with open("/dev/ttyS0", "w") as line:
    line.write("\\nREPORT " + json.dumps(report) + "\\n")
subprocess.run(["poweroff", "-f"])
"""
_UNIT = """\
[Service]
Type=simple
ExecStart=/usr/bin/python3 /srv/report.py
[Install]
WantedBy=multi-user.target
"""


def test_a_machine_from_nothing_serves_what_the_bucket_has(
    make_node: MakeNode, tmp_path: Path
) -> None:
    """cloud-init installs, systemd starts it in its sandbox, it fills itself, and stops well."""
    qemu = program("qemu-system-x86_64", "qemu-system-x86")
    environ = {"SKYGARTH_CLUSTER__KEY": KEY}
    node = make_node("a", f"file://{tmp_path / 'bucket'}", environ).start()
    for number in range(20):
        node.write(f"page-{number:02}", durability="bucket")
    node.stop()
    root = tmp_path / "root"
    ran("cp", "--archive", debian("root", PACKAGES, tmp_path / "made"), root, seconds=300)
    wheels(root / "srv" / "wheels")
    shutil.copytree(tmp_path / "bucket", root / "srv" / "site", dirs_exist_ok=True)
    ran("chmod", "--recursive", "a+rwX", root / "srv" / "site")  # the node's user is not made yet
    (root / "etc" / "skygarth").mkdir(exist_ok=True)
    (root / "etc" / "skygarth" / "cluster.key").write_text(KEY)
    (root / "srv" / "report.py").write_text(_REPORTER)
    units = root / "etc" / "systemd" / "system"
    (units / "report.service").write_text(_UNIT)
    wants = units / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "report.service").unlink(missing_ok=True)
    (wants / "report.service").symlink_to("../report.service")
    # A bare Debian has no other locale, and cloud-init would call that an error.
    locale = root / "etc" / "cloud" / "cloud.cfg.d" / "99-locale.cfg"
    locale.write_text("locale: C.UTF-8\n")
    image = NodeImage(bucket="file:///srv/site", install="/srv/wheels")
    report = _booted(qemu, root, _seed(image, tmp_path), tmp_path)

    assert report["titles"] == [f"page-{number:02}" for number in range(20)], report
    assert "ActiveState=active" in str(report["about"])
    assert "User=skygarth" in str(report["about"])
    assert "NRestarts=0" in str(report["about"])
    assert "600 root /etc/skygarth/cluster.key" in str(report["files"])
    assert "Result=success" in str(report["result"])
    assert "status: done" in str(report["cloud"])


def _seed(image: NodeImage, folder: Path) -> Path:
    write_rendering(render_cloud_init(image), folder / "seed")
    iso = folder / "seed.iso"
    words = ("-quiet", "-output", iso, "-volid", "cidata", "-joliet", "-rock")
    files = (folder / "seed" / "user-data", folder / "seed" / "meta-data")
    ran(program("genisoimage", "genisoimage"), *words, *files)
    return iso


def _booted(qemu: str, root: Path, seed: Path, folder: Path) -> dict[str, object]:
    """What the machine tells at its end."""
    disk = folder / "disk.raw"
    with disk.open("wb") as file:
        file.truncate(3_000_000_000)
    ran(program("mkfs.ext4", "e2fsprogs"), "-q", "-L", "root", "-d", root, disk, seconds=300)
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    (initrd,) = (root / "boot").glob("initrd.img-*")
    drive = "format=raw,if=virtio"
    log = folder / "console.log"
    with log.open("wb") as console:
        subprocess.run(
            [
                *(qemu, "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "2048", "-smp", "2"),
                *("-nographic", "-no-reboot", "-nic", "none"),
                *("-kernel", kernel, "-initrd", initrd),
                *("-append", "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0"),
                *("-drive", f"file={disk},{drive}"),
                *("-drive", f"file={seed},{drive},readonly=on"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            timeout=BOOT_SECONDS,
            check=False,
        )
    said = log.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"REPORT (\{.*\})", said)
    assert found, said[-3000:]
    told = json.loads(found[1])
    assert isinstance(told, dict)
    return told
