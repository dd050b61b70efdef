"""Real nodes that leave in good order, and one that is killed and forgotten."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess
from tests.waiting import wait_until

from skygarth.cli.main import main

OFTEN = {"SKYGARTH_NODE__CARD_EVERY": "200ms"}


def states(node: NodeProcess) -> dict[str, str]:
    """The state of each node, by its name."""
    items = node.get("nodes?fresh=true")["items"]
    assert isinstance(items, list)
    return {str(item["name"]): str(item["state"]) for item in items}


@pytest.fixture
def pair(make_node: MakeNode, tmp_path: Path) -> tuple[NodeProcess, NodeProcess]:
    """Two nodes that know each other, and one token for both."""
    bucket = f"file://{tmp_path / 'bucket'}"
    a = make_node("a", bucket, OFTEN).start()
    b = make_node("b", bucket, OFTEN).start()
    b.token = a.token
    wait_until(lambda: b.call("GET", "node").is_success, "the token to arrive")
    wait_until(lambda: states(b) == {"a": "ready", "b": "ready"}, "both cards")
    return a, b


class Reader(threading.Thread):
    """Somebody who reads pages of a node, one after the other, until there is no more answer."""

    def __init__(self, node: NodeProcess) -> None:
        super().__init__(daemon=True)
        self._address = node.address
        self.answers: list[int] = []
        self.enough = threading.Event()

    def run(self) -> None:
        """Read."""
        with httpx2.Client(base_url=self._address, timeout=10) as client:
            while True:
                try:
                    self.answers.append(client.get("/").status_code)
                except httpx2.TransportError:
                    return
                if len(self.answers) > 20:
                    self.enough.set()


def test_a_node_leaves_with_nothing_lost(pair: tuple[NodeProcess, NodeProcess]) -> None:
    """Told through another one: it answers to the end, publishes all, ends well (MBR-8, MBR-9)."""
    a, b = pair
    reader = Reader(a)
    reader.start()
    assert reader.enough.wait(10)
    written = [a.write(f"last-{number}") for number in range(5)]
    ended = main(
        ["node", "leave", "a", "--finish", "0.5", "--node", b.address, "--token", b.token, "-q"]
    )
    reader.join(10)

    assert (ended, a.running.wait(10)) == (0, 0)
    assert set(reader.answers) == {200}
    assert states(b) == {"a": "left", "b": "ready"}
    wait_until(lambda: b.has(written), "what was written last")


def test_a_killed_node_is_silent_soon_and_can_be_forgotten(
    pair: tuple[NodeProcess, NodeProcess],
) -> None:
    """Within seconds nobody sends it anything any more; then somebody clears it away (MBR-2)."""
    a, b = pair
    to_b = ["--node", b.address, "--token", b.token]
    a.kill()
    alive = main(["node", "forget", "a", *to_b])
    wait_until(lambda: states(b)["a"] == "silent", "the silence", seconds=10)
    gone = main(["node", "forget", "a", *to_b])

    assert (alive, gone) == (5, 0)
    assert states(b) == {"b": "ready"}


def test_a_drained_node_comes_back(pair: tuple[NodeProcess, NodeProcess]) -> None:
    """Drained, it still answers and replicates; resumed, it is ready (MBR-7)."""
    a, b = pair
    to_a = ["--node", a.address, "--token", a.token]
    a.write("before")
    drained = main(["node", "drain", *to_a])
    ready, unpublished = a.is_ready, a.sync()["unpublished"]
    guid = b.write("meanwhile")
    wait_until(lambda: a.has([guid]), "what was written meanwhile")
    seen = states(b)["a"]
    resumed = main(["node", "resume", *to_a])

    assert (drained, ready, unpublished, seen, resumed) == (0, False, 0, "drained", 0)
    wait_until(lambda: a.is_ready, "the node to be ready again")
