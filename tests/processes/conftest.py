"""Real nodes for the tests of whole processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.processes.node_process import NodeProcess

MakeNode = Callable[..., NodeProcess]


@pytest.fixture
def make_node(tmp_path: Path) -> Iterator[MakeNode]:
    """Makes nodes with folders in the test's own; ends them all."""
    made: list[NodeProcess] = []

    def make(
        name: str,
        bucket: str,
        environ: Mapping[str, str] | None = None,
        *,
        data: Path | None = None,
        token: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> NodeProcess:
        folder = data or tmp_path / name
        made.append(NodeProcess(name, folder, bucket, environ or {}, token, host=host, port=port))
        return made[-1]

    yield make
    for node in made:
        node.close()
