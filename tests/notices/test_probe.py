"""Whether notices get through is found out without disturbing anybody."""

from __future__ import annotations

import pytest
from tests.servers.brokers import AwsBroker

from skygarth.clock.wall_clock import WallClock
from skygarth.notices import probe
from skygarth.notices.choosing import Brokers
from skygarth.notices.memory import PROCESS_BROKER
from skygarth.notices.probe import TRIES, probe_transports

CLOCK = WallClock()


def test_a_broker_that_carries_everything_is_good() -> None:
    """With how long it took to connect, and to be heard."""
    (probed,) = probe_transports(["memory"], Brokers(), "1", clock=CLOCK)

    assert (probed.verdict, probed.heard, probed.fault) == ("ok", TRIES, "")
    assert probed.connect_ms is not None
    assert probed.median_ms is not None


def test_a_broker_that_is_away_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason and a way out."""
    monkeypatch.setattr(probe, "CONNECT_SECONDS", 0.2)
    PROCESS_BROKER.stop()
    (probed,) = probe_transports(["memory"], Brokers(), "2", clock=CLOCK)
    PROCESS_BROKER.start()

    assert probed.verdict == "bad"
    assert probed.fault.startswith("SG-NOTICE-002")
    assert probed.fix


def test_a_broker_that_loses_everything_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    """It connects, and nobody hears anything."""
    monkeypatch.setattr(probe, "ANSWER_SECONDS", 0.01)
    monkeypatch.setattr(type(PROCESS_BROKER), "publish", lambda *_: True)
    (probed,) = probe_transports(["memory"], Brokers(), "3", clock=CLOCK)

    assert (probed.verdict, probed.heard) == ("bad", 0)
    assert probed.fault
    assert probed.fix


@pytest.mark.server
def test_nothing_is_left_at_aws(aws: AwsBroker) -> None:
    """The queues of the probe go with it."""
    boto3 = pytest.importorskip("boto3")
    (probed,) = probe_transports(["aws"], aws.addresses, "4", clock=CLOCK)
    left = boto3.client("sqs").list_queues().get("QueueUrls", [])

    assert probed.verdict == "ok"
    assert [url for url in left if url.endswith(("-speaker", "-listener"))] == []
