"""The example for Caddy, before real nodes that stand in a real name server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.test_dns import Place
from tests.servers.name_servers import WEB, Knot
from tests.servers.running import ServerAbsent, free_ports, spawn
from tests.waiting import wait_until

PROGRAM = shutil.which("caddy", path="/usr/local/bin:/usr/bin")
EXAMPLE = Path(__file__).parents[2] / "examples" / "caddy" / "Caddyfile"

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(PROGRAM is None, reason="caddy: apt-get install caddy"),
]


@pytest.fixture
def place(make_node: MakeNode, tmp_path: Path) -> Iterator[tuple[Place, Knot]]:
    """Nodes at addresses of their own, and the name server that they enter."""
    server = Knot(tmp_path / "knot")
    try:
        server.start()
        yield Place(make_node, server, tmp_path), server
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    finally:
        server.stop()


@pytest.fixture
def url(place: tuple[Place, Knot], tmp_path: Path) -> Iterator[str]:
    """Where Caddy serves, with what the example's head says replaced."""
    nodes, server = place
    (port,) = free_ports(1)
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in {
        "127.0.0.1:8080": f"127.0.0.1:{port}",
        "nodes.example.org": WEB,
        "port 8000": f"port {nodes.port}",
        "refresh 5s": "refresh 1s",
        "127.0.0.1:53": f"127.0.0.1:{server.port}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    config = tmp_path / "Caddyfile"
    config.write_text(text, encoding="utf-8")
    environ = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    assert PROGRAM
    process = spawn(
        [PROGRAM, "run", "--adapter", "caddyfile", "--config", str(config)],
        tmp_path / "caddy.log",
        environ,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_caddy_reads_the_example() -> None:
    """As it stands there, letter by letter."""
    assert PROGRAM
    words = [PROGRAM, "adapt", "--adapter", "caddyfile", "--config", str(EXAMPLE)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 0, ended.stderr
    assert '"source":"a"' in ended.stdout


@pytest.mark.long
def test_pages_and_writes_pass_and_caddy_follows_the_cloud(
    place: tuple[Place, Knot], url: str
) -> None:
    """A node that came is found, one that was killed costs no visitor his page."""
    nodes, server = place
    a, b = nodes.node("a", 21).start(), nodes.node("b", 22)
    wait_until(lambda: _status(url) == 200, "Caddy to serve")
    made = httpx2.post(
        f"{url}/api/v1/article",
        json={"fields": {"name": "through", "title": "Through Caddy"}},
        headers={"Authorization": f"Bearer {a.token}"},
    )
    b.token = a.token
    b.start()
    wait_until(lambda: server.values(WEB, "A") == {a.host, b.host}, "both to enter")
    wait_until(lambda: _answering(url, a.token) == "b", "b to be asked")
    a.kill()
    answers = [_status(f"{url}/through") for _ in range(20)]

    assert made.status_code == 201
    assert "Through Caddy" in httpx2.get(f"{url}/through").text
    assert answers == [200] * 20
    assert {_answering(url, a.token) for _ in range(5)} == {"b"}


def _answering(url: str, token: str) -> str:
    """The name of the node that answers this time."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx2.get(f"{url}/api/v1/node", headers=headers, timeout=10)
    return str(answer.json().get("name")) if answer.is_success else ""


def _status(url: str) -> int:
    try:
        return httpx2.get(url, timeout=10).status_code
    except httpx2.HTTPError:
        return 0
