"""Brokers for the tests of single links, started once per module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.servers.brokers import AwsBroker, find
from tests.servers.running import ServerAbsent


@pytest.fixture(scope="module")
def aws_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsBroker]:
    """SNS and SQS."""
    try:
        find("moto_server", "aws")
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    broker = AwsBroker(tmp_path_factory.mktemp("aws"), topic="skygarth-news")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def aws(aws_of_module: AwsBroker, monkeypatch: pytest.MonkeyPatch) -> AwsBroker:
    """SNS and SQS, with the variables set by which one finds them."""
    for name, value in aws_of_module.environ.items():
        monkeypatch.setenv(name, value)
    return aws_of_module
