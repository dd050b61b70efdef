"""An OCI image, built here, started, and filled from a bucket on a real store."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.images.building import asked_for, debian, wheels
from tests.images.programs import program, ran
from tests.processes.conftest import MakeNode
from tests.servers.fixtures import Address as StoreAddress
from tests.servers.running import free_ports
from tests.waiting import wait_until

from skygarth.images import NodeImage, write_rendering
from skygarth.images.containers import CLUSTER_KEY, USER_ID
from skygarth.images.oci import render_oci
from skygarth.node.setting_kinds import Address

pytestmark = [pytest.mark.long, asked_for, pytest.mark.timeout(1800)]

KEY = "skykey_" + "5e" * 32
BASE = "localhost/skygarth-base"
# This machine's cgroups are not systemd's, and its limits may not be raised.
_ENGINE = ("--runtime", "runc", "--cgroup-manager", "cgroupfs")
_LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000")
_CLOSED = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=all")


class Engine:
    """buildah and podman on a store of their own."""

    def __init__(self, folder: Path) -> None:
        self._store = ("--root", str(folder / "store"), "--runroot", str(folder / "run"))
        self._buildah = program("buildah", "buildah")
        self._podman = program("podman", "podman")
        program("runc", "runc")

    def buildah(self, *words: str | Path) -> str:
        """What buildah says."""
        return ran(self._buildah, "--storage-driver", "vfs", *self._store, *words, seconds=900)

    def podman(self, *words: str | Path) -> str:
        """What podman says; it mentions that no systemd starts health checks here."""
        return ran(
            self._podman, "--storage-driver", "vfs", *self._store, *_ENGINE, *words, seconds=120
        )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """With a bare Debian with Python as its only image; all is removed in the end."""
    folder = tmp_path_factory.mktemp("engine")
    found = Engine(folder)
    base = debian("base.tar", "python3,python3-venv", folder)
    container = found.buildah("from", "scratch").strip()
    mounted = found.buildah("mount", container).strip()
    ran("tar", "-xf", base, "-C", mounted, "--exclude=./dev/*")
    found.buildah("umount", container)
    found.buildah("commit", "--quiet", "--rm", container, BASE)
    yield found
    subprocess.run(["umount", folder / "store" / "vfs"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.server
def test_a_container_fills_itself_from_the_bucket(
    engine: Engine, make_node: MakeNode, seaweed_url: StoreAddress, tmp_path: Path
) -> None:
    """As nobody, with a root that it cannot write; what it is told to stop, it does at once."""
    bucket, environ = seaweed_url
    key = tmp_path / "site.key"
    key.write_text(KEY, encoding="ascii")
    node = make_node("a", bucket, {**environ, "SKYGARTH_CLUSTER__KEY": KEY}).start()
    guids = [node.write(f"page-{number}", durability="bucket") for number in range(20)]
    context = tmp_path / "context"
    (port,) = free_ports(1)
    image = NodeImage(
        bucket=bucket,
        endpoint=environ["AWS_ENDPOINT_URL"],
        listen=Address("127.0.0.1", port),
    )
    write_rendering(render_oci(image), context)
    wheels(context / "wheels")
    building = ("bud", "--isolation", "chroot", "--pull-never", "--format", "docker")
    offline = ("--build-arg", f"BASE={BASE}", "--build-arg", "PIP_NO_INDEX=1")
    engine.buildah(*building, *offline, "--tag", "localhost/node", context)
    engine.podman("secret", "create", "cluster-key", key)
    engine.podman(
        *("run", "--detach", "--name", "node", "--network=host", *_CLOSED, *_LIMITS),
        "--security-opt=no-new-privileges",
        *("--secret", f"cluster-key,target={CLUSTER_KEY},uid={USER_ID},mode=0400"),
        *("--env", f"AWS_ACCESS_KEY_ID={environ['AWS_ACCESS_KEY_ID']}"),
        *("--env", f"AWS_SECRET_ACCESS_KEY={environ['AWS_SECRET_ACCESS_KEY']}"),
        "localhost/node",
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _status(f"{url}/readyz") == 200, "the container", seconds=60)
        titles = [
            httpx2.get(f"{url}/api/v1/objects/{guid}").json()["fields"]["title"] for guid in guids
        ]
        engine.podman("healthcheck", "run", "node")
        who = engine.podman("exec", "node", "id", "-u").strip()
        refused = engine.podman("exec", "node", "sh", "-c", "touch /opt/x /tmp/x 2>&1 || true")

        assert titles == [node.title(guid) for guid in guids]
        assert who == str(USER_ID)
        assert refused.count("Read-only file system") == 2
    finally:
        engine.podman("stop", "--time", "20", "node")
        said = engine.podman("logs", "node")
    assert "Traceback" not in said
    assert '"ExitCode": 0' in engine.podman("inspect", "node")
    assert KEY not in engine.podman("history", "--no-trunc", "localhost/node")


def _status(url: str) -> int:
    try:
        return httpx2.get(url, timeout=2).status_code
    except httpx2.HTTPError:
        return 0
