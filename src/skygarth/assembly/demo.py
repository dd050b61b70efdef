"""A cloud on this machine, to watch and to break: nodes, a front-end, a folder as the bucket.

Each node is a process of its own, as in production; the demo starts it again
if it dies or if somebody deletes its data folder, and it fills itself from the
bucket. With ``once`` nobody watches: the cloud is verified end to end instead.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from rich.console import Console
from rich.live import Live

from skygarth.assembly.application import sample_application
from skygarth.assembly.demo_table import cloud_table
from skygarth.assembly.demo_verification import CloudCheck
from skygarth.assembly.listening import refuse_taken
from skygarth.assembly.trial import prepare_trial
from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Unavailable
from skygarth.node.setting_kinds import Address

READY_SECONDS = 20.0
LOOK_SECONDS = 0.5
STOP_SECONDS = 6.0
NAMES = "abcdefghijklmnopqrst"


@dataclass(slots=True)
class DemoNode:
    """One node's process, and where it lives."""

    name: str
    port: int
    data: Path
    bucket: str
    log: Path
    process: subprocess.Popen[bytes] | None = None
    had_folder: bool = False

    @property
    def address(self) -> str:
        """Where it answers HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def has_died(self) -> bool:
        """Whether its process has ended, or its folder was there and is gone."""
        had_folder, self.had_folder = self.had_folder, self.data.exists()
        ended = self.process is None or self.process.poll() is not None
        return ended or (had_folder and not self.had_folder)

    def start(self) -> None:
        """Start the node's process (again)."""
        self.stop()
        self.had_folder = False
        words = ["run", "--name", self.name, "--data", str(self.data), "--bucket", self.bucket]
        words += ["--listen", f"127.0.0.1:{self.port}", "--open-admin"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "skygarth.cli", *words],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def lose(self) -> None:
        """Kill it as a power cut would, and delete its data."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.data)

    def stop(self) -> None:
        """Ask it to stop, and insist after a while."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(slots=True)
class DemoCloud:
    """The whole cloud."""

    folder: Path
    nodes: list[DemoNode]
    frontend_port: int
    clock: WallClock = field(default_factory=WallClock)
    frontend: subprocess.Popen[bytes] | None = None
    token: str = ""

    def start(self) -> None:
        """Start every node and the front-end, and wait until all are ready.

        Raises:
            Unavailable: a node was not ready in time (SG-DEMO-001).
        """
        for node in self.nodes:
            node.start()
        self.frontend = self._front_end()
        with httpx2.Client(timeout=1.0, trust_env=False) as http:
            self._wait_until_ready(http)

    def _front_end(self) -> subprocess.Popen[bytes]:
        """The front-end's process, which finds the nodes by their cards."""
        words = ["frontend", "--bucket", self.nodes[0].bucket, "--name", "demo"]
        words += ["--listen", f"127.0.0.1:{self.frontend_port}"]
        with (self.folder / "frontend.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "skygarth.cli", *words],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _wait_until_ready(self, http: httpx2.Client) -> None:
        deadline = self.clock.monotonic() + READY_SECONDS
        waited_for = {node.name: (node.address, node.log) for node in self.nodes}
        waited_for["the front-end"] = (
            f"http://127.0.0.1:{self.frontend_port}",
            self.folder / "frontend.log",
        )
        for name, (address, log) in waited_for.items():
            while not is_ready(address, http):
                if self.clock.monotonic() > deadline:
                    raise Unavailable(
                        f"{name} was not ready in {READY_SECONDS:.0f} s",
                        code="SG-DEMO-001",
                        hint=f"its last words are in {log}",
                    )
                self.clock.sleep(0.05)

    def revive(self) -> None:
        """Start nodes again that died or lost their folder."""
        for node in self.nodes:
            if node.has_died():
                node.start()

    def stop(self) -> None:
        """Stop everything that was started here."""
        for node in self.nodes:
            if node.process is not None and node.process.poll() is None:
                node.process.send_signal(signal.SIGTERM)
        for node in self.nodes:
            node.stop()
        if self.frontend is not None:
            self.frontend.terminate()
            self.frontend.wait(STOP_SECONDS)


def is_ready(address: str, http: httpx2.Client) -> bool:
    """Whether a node answers that it takes traffic."""
    try:
        return http.get(f"{address}/readyz").status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


def run_demo(nodes: int, port: int, once: bool) -> int:
    """Run the demo; the exit code.

    Raises:
        Conflict: somebody listens at a port that it needs (SG-LISTEN-001).
        Unavailable: a node was not ready in time (SG-DEMO-001).
    """
    refuse_taken(
        (Address("127.0.0.1", port + number) for number in range(nodes + 1)),
        "end it, or choose others with --port N: the nodes take the ports after N",
    )
    console = Console()
    with _demo_folder(keep=not once) as folder:
        bucket = f"file://{folder / 'bucket'}"
        cloud = DemoCloud(
            folder,
            [
                DemoNode(name, port + number, folder / name, bucket, folder / f"{name}.log")
                for number, name in enumerate(NAMES[:nodes], start=1)
            ],
            port,
        )
        cloud.token = prepare_trial(cloud.nodes[0].data, sample_application())
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        try:
            cloud.start()
            if once:
                frontend = f"http://127.0.0.1:{port}"
                with httpx2.Client(timeout=10, trust_env=False) as http:
                    check = CloudCheck([*cloud.nodes], frontend, cloud.token, cloud.clock, http)
                    return check.run(console)
            _invite(cloud, console)
            _watch(cloud, console)
        except KeyboardInterrupt:
            console.print("\nstopping …")
        finally:
            cloud.stop()
    return 0


def _interrupt(_signal: int, _frame: object) -> None:
    """SIGTERM, or a closed terminal, stops the demo as Ctrl-C does."""
    raise KeyboardInterrupt


@contextmanager
def _demo_folder(*, keep: bool) -> Iterator[Path]:
    """A fresh folder for the cloud, in .skygarth/demo where it stays, or a temporary one."""
    if keep:
        folder = Path.cwd() / ".skygarth" / "demo"
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="skygarth-demo-") as name:
        yield Path(name)


def _invite(cloud: DemoCloud, console: Console) -> None:
    a, b = cloud.nodes[0], cloud.nodes[min(1, len(cloud.nodes) - 1)]
    c = cloud.nodes[-1]
    console.print(f"\n[bold]A cloud of {len(cloud.nodes)} nodes[/] · bucket {a.bucket}\n")
    console.print(f"  site, by the front-end   http://127.0.0.1:{cloud.frontend_port}/")
    for node in cloud.nodes:
        console.print(
            f"  node {node.name}                   {node.address}/  {node.address}/admin/"
        )
    console.print(f"  token                    {cloud.token}\n", soft_wrap=True)
    console.print("[bold]Try this[/] in another terminal:", highlight=False)
    # Lines to be pasted are never folded, however narrow the terminal is.
    console.print(f"  export SKYGARTH_TOKEN={cloud.token}", highlight=False, soft_wrap=True)
    for words in (
        f"skygarth object edit /blog/welcome title='From a' --node {a.address}",
        f"skygarth object get /blog/welcome --node {b.address}",
        f"skygarth sync pause --node {c.address}     # cut c, edit both sides, then resume",
        f"skygarth conflict list --node {a.address}",
        f"rm -r {c.data}     # c is lost: watch it fill itself again",
    ):
        console.print(f"  {words}", highlight=False, soft_wrap=True)
    console.print("\nCtrl-C stops the cloud.\n")


def _watch(cloud: DemoCloud, console: Console) -> None:
    """Show what each node does until somebody interrupts."""
    with (
        httpx2.Client(timeout=2, trust_env=False) as http,
        Live(console=console, refresh_per_second=4) as live,
    ):
        while True:
            cloud.revive()
            live.update(cloud_table(cloud.nodes, cloud.token, http))
            cloud.clock.sleep(LOOK_SECONDS)
