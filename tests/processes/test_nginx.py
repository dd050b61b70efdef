"""The example for nginx, before real nodes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.servers.running import free_ports
from tests.waiting import wait_until

PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
EXAMPLE = Path(__file__).parents[2] / "examples" / "nginx" / "nginx.conf"


@pytest.mark.server
@pytest.mark.skipif(PROGRAM is None, reason="nginx: apt-get install nginx-light")
def test_pages_and_writes_pass(make_node: MakeNode, tmp_path: Path) -> None:
    """With the name and the port replaced, as its head says."""
    node = make_node("a", f"file://{tmp_path / 'bucket'}").start()
    (port,) = free_ports(1)
    config = tmp_path / "nginx.conf"
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    text = text.replace("http://www.example.org:8000", node.address)
    head = f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; daemon off;\n"
    config.write_text(head + text, encoding="utf-8")
    assert PROGRAM
    process = subprocess.Popen(
        [PROGRAM, "-p", str(tmp_path), "-c", str(config)], stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _status(url) == 200, "nginx to serve")
        made = httpx2.post(
            f"{url}/api/v1/article",
            json={"fields": {"name": "through", "title": "Through nginx"}},
            headers={"Authorization": f"Bearer {node.token}"},
        )

        assert made.status_code == 201
        assert "Through nginx" in httpx2.get(f"{url}/through").text
    finally:
        process.terminate()
        process.wait(10)


def _status(url: str) -> int:
    try:
        return httpx2.get(url, timeout=2).status_code
    except httpx2.HTTPError:
        return 0
