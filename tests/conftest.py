"""What every test shares: two options, two markers, real servers, and seeds that do not move.

Tests are deterministic. Hypothesis therefore draws the same examples each time;
``--hypothesis-profile explore`` looks for new ones, ``--long`` draws many more.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from tests.repositories import RepositoryNode
from tests.servers.fixtures import (
    ceph_server,
    ceph_url,
    rclone_server,
    rclone_url,
    seaweed_server,
    seaweed_url,
)

from skygarth.repository import Repository

__all__ = [
    "ceph_server",
    "ceph_url",
    "rclone_server",
    "rclone_url",
    "seaweed_server",
    "seaweed_url",
]

_SLOW_MACHINES_ARE_WELCOME = [HealthCheck.too_slow]

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=60,
    print_blob=True,
    suppress_health_check=_SLOW_MACHINES_ARE_WELCOME,
)
settings.register_profile("long", settings.get_profile("ci"), max_examples=1_000)
settings.register_profile("explore", settings.get_profile("long"), derandomize=False)
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that CONTRIBUTING.md promises."""
    parser.addoption("--long", action="store_true", help="also run tests marked long")
    parser.addoption("--rewrite", action="store_true", help="rewrite golden files; read the diff")


def pytest_configure(config: pytest.Config) -> None:
    """Draw more examples in a long run, unless a profile was named."""
    if config.getoption("--long") and not config.getoption("--hypothesis-profile"):
        settings.load_profile("long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long tests out of an ordinary run."""
    if config.getoption("--long"):
        return
    reason = pytest.mark.skip(reason="long: run it with pytest --long")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a missing server a failure where servers are promised.

    In CI a silent skip would be a hole: SKYGARTH_REQUIRE_SERVERS=1 closes it.
    """
    report = yield
    required = os.environ.get("SKYGARTH_REQUIRE_SERVERS") == "1"
    if required and report.skipped and item.get_closest_marker("server"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "no reason given"
        report.outcome = "failed"
        report.longrepr = f"a server is required here, yet the test skips: {reason}"
    return report


@pytest.fixture(scope="session")
def rewrite(pytestconfig: pytest.Config) -> bool:
    """Whether golden files are to be rewritten instead of compared."""
    return bool(pytestconfig.getoption("--rewrite"))


@pytest.fixture
def repository() -> Generator[Repository]:
    """An empty repository in memory."""
    node = RepositoryNode()
    yield node.repository
    node.database.close()
