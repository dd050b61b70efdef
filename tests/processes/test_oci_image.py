"""An OCI image, built here, started, and filled from a bucket on a real store."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx2
import pytest
from tests.images.building import asked_for, debian, wheels
from tests.images.programs import program, ran
from tests.processes.conftest import MakeNode
from tests.servers.fixtures import Address as Store
from tests.servers.running import free_ports
from tests.waiting import wait_until

from skygarth.images import NodeImage, write_rendering
from skygarth.images.containers import CLUSTER_KEY, SECRETS, STATE, USER_ID
from skygarth.images.oci import render_oci
from skygarth.node.setting_kinds import Address

pytestmark = [pytest.mark.long, asked_for, pytest.mark.timeout(1800)]

KEY = "skykey_" + "5e" * 32
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
ANYBODY = "23456"
BASE = "localhost/skygarth-base"
# This machine's cgroups are not systemd's, and its limits may not be raised.
_ENGINE = ("--runtime", "runc", "--cgroup-manager", "cgroupfs")
_LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000")
_NO_NEW = "--security-opt=no-new-privileges"
_CLOSED = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=all", _NO_NEW)


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

    def root_of(self, image: str) -> Path:
        """Where an image's root lies, for anybody to read."""
        container = self.buildah("from", "--pull-never", image).strip()
        mounted = Path(self.buildah("mount", container).strip())
        for folder in list(mounted.parents)[:4]:
            folder.chmod(0o711)
        return mounted


@pytest.fixture
def engine() -> Iterator[Engine]:
    """With a bare Debian with Python as its only image; all is removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="skygarth-images-", dir="/var/tmp"))
    found = Engine(folder)
    base = debian("base.tar", "python3,python3-venv", folder)
    container = found.buildah("from", "scratch").strip()
    mounted = found.buildah("mount", container).strip()
    ran("tar", "-xf", base, "-C", mounted, "--exclude=./dev/*")
    found.buildah("umount", container)
    found.buildah("commit", "--quiet", "--rm", container, BASE)
    yield found
    found.buildah("umount", "--all")
    shutil.rmtree(folder, ignore_errors=True)


def test_an_image_fills_itself_from_the_bucket(
    engine: Engine, make_node: MakeNode, seaweed_url: Store, tmp_path: Path
) -> None:
    """Started by an engine, and then by anybody without one, with no privilege at all."""
    bucket, environ = seaweed_url
    key = tmp_path / "site.key"
    key.write_text(KEY, encoding="ascii")
    node = make_node("a", bucket, {**environ, "SKYGARTH_CLUSTER__KEY": KEY}).start()
    expected = [node.title(node.write(f"page-{n:02}", durability="bucket")) for n in range(20)]
    (port,) = free_ports(1)
    image = NodeImage(
        bucket=bucket, endpoint=environ["AWS_ENDPOINT_URL"], listen=Address("127.0.0.1", port)
    )
    _build(engine, image, tmp_path / "context")
    url = f"http://127.0.0.1:{port}"
    said = _run_by_podman(engine, key, environ, lambda: _check(url, expected))
    _run_by_bubblewrap(engine, environ, lambda: _check(url, expected))

    assert "Traceback" not in said
    assert KEY not in engine.podman("history", "--no-trunc", "localhost/node")


def _build(engine: Engine, image: NodeImage, context: Path) -> None:
    """From the Containerfile, without asking any index."""
    write_rendering(render_oci(image), context)
    wheels(context / "wheels")
    building = ("bud", "--isolation", "chroot", "--pull-never", "--format", "docker")
    offline = ("--build-arg", f"BASE={BASE}", "--build-arg", "PIP_NO_INDEX=1")
    engine.buildah(*building, *offline, "--tag", "localhost/node", context)


def _run_by_podman(
    engine: Engine, key: Path, environ: Mapping[str, str], check: Callable[[], None]
) -> str:
    """With a root that it cannot write, and its key from the engine's secrets; what it logged."""
    engine.podman("secret", "create", "cluster-key", key)
    given = [f"--env={name}={environ[name]}" for name in CREDENTIALS]
    engine.podman(
        *("run", "--detach", "--name", "node", "--network=host", *_CLOSED, *_LIMITS, *given),
        *("--secret", f"cluster-key,target={CLUSTER_KEY},uid={USER_ID},mode=0400"),
        "localhost/node",
    )
    try:
        check()
        who = engine.podman("exec", "node", "id", "-u").strip()
        refused = engine.podman("exec", "node", "sh", "-c", "touch /opt/x /tmp/x 2>&1 || true")
        engine.podman("healthcheck", "run", "node")
    finally:
        engine.podman("stop", "--time", "20", "node")
    assert who == str(USER_ID)
    assert refused.count("Read-only file system") == 2
    assert '"ExitCode": 0' in engine.podman("inspect", "node")
    return engine.podman("logs", "node")


def _run_by_bubblewrap(
    engine: Engine, environ: Mapping[str, str], check: Callable[[], None]
) -> None:
    """As an ordinary user, who may take no privilege: user, mounts, processes of its own."""
    root = engine.root_of("localhost/node")
    folder = Path(tempfile.mkdtemp(prefix="skygarth-volume-", dir="/var/tmp"))
    (folder / "state").mkdir()
    (folder / "secrets").mkdir()
    (folder / "secrets" / "cluster.key").write_text(KEY, encoding="ascii")
    ran("chown", "--recursive", f"{ANYBODY}:{ANYBODY}", folder)
    anybody = (program("setpriv", "util-linux"), "--reuid", ANYBODY, "--regid", ANYBODY)
    shown = {
        "PATH": "/opt/skygarth/bin:/usr/bin:/bin",
        "SKYGARTH_CONFIG": "/etc/skygarth/skygarth.toml",
        "TMPDIR": STATE,
        **environ,
    }
    process = subprocess.Popen(
        [
            *(*anybody, "--clear-groups", "--no-new-privs"),
            *(program("bwrap", "bubblewrap"), "--unshare-all", "--share-net", "--die-with-parent"),
            *("--uid", str(USER_ID), "--gid", str(USER_ID), "--ro-bind", root, "/"),
            *("--bind", folder / "state", STATE, "--ro-bind", folder / "secrets", SECRETS),
            *("--proc", "/proc", "--dev", "/dev", "--clearenv"),
            *(word for name, value in shown.items() for word in ("--setenv", name, value)),
            *("/opt/skygarth/bin/skygarth", "run"),
        ]
    )
    try:
        check()
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)


def _check(url: str, expected: list[str | None]) -> None:
    """It is ready, and has all."""
    wait_until(lambda: _status(f"{url}/readyz") == 200, "the image to be ready", seconds=60)
    items = httpx2.get(f"{url}/api/v1/article?limit=100").json()["items"]

    assert sorted(item["fields"]["title"] for item in items) == expected


def _status(url: str) -> int:
    try:
        return httpx2.get(url, timeout=2).status_code
    except httpx2.HTTPError:
        return 0
