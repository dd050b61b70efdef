"""Where things are inside a container, whoever starts it."""

from __future__ import annotations

STATE = "/var/lib/skygarth"
"""The one folder that a node writes: its volume."""

DATA = f"{STATE}/node"
SECRETS = "/secrets"
"""Not below /run: engines mount that by themselves, and closed to further mounts."""

CLUSTER_KEY = f"{SECRETS}/cluster.key"
USER_ID = 10_001
"""Of nobody on any machine."""
