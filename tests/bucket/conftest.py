"""Real servers for the tests of the object store."""

from __future__ import annotations

from tests.servers.fixtures import (
    ceph_server,
    ceph_url,
    rclone_server,
    rclone_url,
    seaweed_server,
    seaweed_url,
)

__all__ = [
    "ceph_server",
    "ceph_url",
    "rclone_server",
    "rclone_url",
    "seaweed_server",
    "seaweed_url",
]
