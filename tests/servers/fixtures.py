"""Fixtures that give a test a real S3 server, started once per run.

`seaweed_url`, `ceph_url` and `rclone_url` are pairs of a bucket's address,
fresh for each test, and the variables with which a node finds the server.
A test that uses one carries the marker ``server``: it skips, naming the command
that installs what is missing, and fails instead where
``SKYGARTH_REQUIRE_SERVERS=1`` promises servers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from tests.servers.ceph import find_ceph
from tests.servers.rclone import find_rclone
from tests.servers.running import RunningServer, ServerAbsent
from tests.servers.s3_buckets import BUCKET
from tests.servers.seaweed import find_weed
from tests.servers.sharing import shared

Address = tuple[str, dict[str, str]]

_FINDERS = {"seaweed": find_weed, "ceph": find_ceph, "rclone": find_rclone}


@pytest.fixture(scope="session")
def seaweed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """SeaweedFS, with the bucket ``skygarth``."""
    yield from _server("seaweed", tmp_path_factory)


@pytest.fixture(scope="session")
def ceph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Ceph's RADOS Gateway, with the bucket ``skygarth``."""
    yield from _server("ceph", tmp_path_factory)


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """``rclone serve s3``, without conditional writes, with the bucket ``skygarth``."""
    yield from _server("rclone", tmp_path_factory)


@pytest.fixture
def seaweed_url(seaweed_server: RunningServer, request: pytest.FixtureRequest) -> Address:
    """An empty bucket's address on SeaweedFS and the variables to reach it."""
    return _address(seaweed_server, request.node.nodeid)


@pytest.fixture
def ceph_url(ceph_server: RunningServer, request: pytest.FixtureRequest) -> Address:
    """An empty bucket's address on Ceph and the variables to reach it."""
    return _address(ceph_server, request.node.nodeid)


@pytest.fixture
def rclone_url(rclone_server: RunningServer, request: pytest.FixtureRequest) -> Address:
    """An empty bucket's address on rclone and the variables to reach it."""
    return _address(rclone_server, request.node.nodeid)


def _server(kind: str, factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for all workers of this run."""
    try:
        _FINDERS[kind]()
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    with shared(kind, _folder_of_run(factory) / f"{kind}-server") as server:
        yield server


def _folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run see, and no other run."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _address(server: RunningServer, test: str) -> Address:
    """A prefix of its own for a test, so that tests see nothing of each other."""
    prefix = blake2b(test.encode(), digest_size=8).hexdigest()
    return f"s3://{BUCKET}/{prefix}", server.environ
