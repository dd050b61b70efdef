"""One node that the tests of a module share, and two of one cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import CloudNode, running


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudNode]:
    """A node alone; tests of one module share its content."""
    with running("a", tmp_path_factory.mktemp("cloud")) as alone:
        yield alone


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CloudNode, CloudNode]]:
    """Two nodes of one cloud."""
    folder = tmp_path_factory.mktemp("cloud")
    with running("a", folder) as a, running("b", folder) as b:
        yield a, b


@pytest.fixture
def admin(node: CloudNode) -> TestClient:
    """An administrator at the API."""
    return node.client("admin")


@pytest.fixture
def editor(node: CloudNode) -> TestClient:
    """An editor at the API."""
    return node.client("editor")


@pytest.fixture
def reader(node: CloudNode) -> TestClient:
    """A reader at the API."""
    return node.client("reader")


@pytest.fixture
def visitor(node: CloudNode) -> TestClient:
    """Somebody without a token at the API."""
    return node.visitor()
