"""Those who speak to the API, each with a token of a role or with none."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import CloudNode


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
