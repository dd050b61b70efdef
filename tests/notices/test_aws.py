"""What a node leaves at AWS is removed: by itself, or by others after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import boto3
import pytest
from tests.servers.brokers import AwsBroker
from tests.waiting import wait_until

from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Unavailable
from skygarth.notices.aws import AwsLink
from skygarth.notices.aws_queue import ORPHAN_SECONDS, SEEN_TAG, make_queue
from skygarth.notices.aws_requests import AwsRequests

pytestmark = pytest.mark.server
REGION = "us-east-1"
Opened = Callable[..., AwsLink]


@pytest.fixture
def opened(aws: AwsBroker) -> Iterator[Opened]:
    """Makes links that are open; leaves them all."""
    made: list[AwsLink] = []

    def make(channel: str, identity: str, *, topic: str = aws.topic) -> AwsLink:
        link = AwsLink(
            channel,
            identity=lambda: identity,
            topic=topic,
            region=REGION,
            monotonic=WallClock().monotonic,
        )
        link.open(lambda _message: None)
        made.append(link)
        return link

    yield make
    for link in made:
        link.leave()


def queues(channel: str) -> list[str]:
    """The names of the queues of a channel."""
    urls = boto3.client("sqs").list_queues(QueueNamePrefix=channel).get("QueueUrls", [])
    return sorted(url.rpartition("/")[2] for url in urls)


def subscribed(channel: str) -> list[str]:
    """The names of the queues of a channel that are subscribed to any topic."""
    subscriptions = boto3.client("sns").list_subscriptions()["Subscriptions"]
    names = [each["Endpoint"].rpartition(":")[2] for each in subscriptions]
    return sorted(name for name in names if name.startswith(channel))


def grow_old(name: str) -> None:
    """Let a queue's node not have been seen for long."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    seen = int(sqs.list_queue_tags(QueueUrl=url)["Tags"][SEEN_TAG])
    sqs.tag_queue(QueueUrl=url, Tags={SEEN_TAG: str(seen - int(ORPHAN_SECONDS) - 10)})


def test_a_node_that_stops_leaves_nothing(opened: Opened) -> None:
    """Its queue and its subscription are made with it and removed with it (NOT-8)."""
    link = opened("tidy", "a")
    during = (queues("tidy"), subscribed("tidy"))
    link.leave()

    assert during == (["tidy-a"], ["tidy-a"])
    assert (queues("tidy"), subscribed("tidy")) == ([], [])


def test_what_a_killed_node_left_is_collected(opened: Opened) -> None:
    """Whoever starts an hour later removes queue and subscription (NOT-8)."""
    opened("killed", "dead")
    grow_old("killed-dead")
    opened("killed", "b")

    assert queues("killed") == ["killed-b"]
    assert subscribed("killed") == ["killed-b"]


def test_living_nodes_keep_their_queues(opened: Opened) -> None:
    """A node that was seen lately is no orphan, nor is one of another repository."""
    opened("lively", "a")
    opened("livelier", "old")
    grow_old("livelier-old")
    opened("lively", "b")

    assert queues("lively-") == ["lively-a", "lively-b"]
    assert queues("livelier-") == ["livelier-old"]


def test_a_killed_node_finds_its_queue_again(opened: Opened) -> None:
    """The same identity has the same queue."""
    opened("again", "a")
    opened("again", "a")

    assert queues("again") == ["again-a"]


def test_only_the_topic_may_write_to_a_queue(opened: Opened, aws: AwsBroker) -> None:
    """The queue's policy names the one topic, and no other sender."""
    opened("policy", "a")
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="policy-a")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]

    assert f":{aws.topic}" in found["Policy"]
    assert found["Policy"].count("Allow") == 1
    assert '"*"' not in found["Policy"]


def test_a_new_identity_takes_a_new_queue(aws: AwsBroker) -> None:
    """A twin keeps the old one: the two must not take each other's notices."""
    identity = ["a"]
    link = AwsLink(
        "twin",
        identity=lambda: identity[0],
        topic="",
        region=REGION,
        monotonic=WallClock().monotonic,
    )
    link.open(lambda _message: None)
    identity[0] = "b"

    with pytest.raises(Unavailable, match="new identity"):
        link.hold()
    link.open(lambda _message: None)
    assert queues("twin") == ["twin-a", "twin-b"]
    link.leave()


def test_a_queue_that_was_removed_by_others_is_missed(opened: Opened) -> None:
    """The link says that it is away, so that its transport makes another."""
    link = opened("gone", "a", topic="")
    url = boto3.client("sqs").get_queue_url(QueueName="gone-a")["QueueUrl"]
    boto3.client("sqs").delete_queue(QueueUrl=url)

    with pytest.raises(Unavailable, match="removed"):
        link.hold()


def test_leaving_ends_the_wait_for_messages(opened: Opened) -> None:
    """A request that waits twenty seconds for messages returns at once."""
    link = opened("waits", "a")
    holding = threading.Thread(target=link.hold)
    holding.start()
    link.leave()
    wait_until(lambda: not holding.is_alive(), "the link to let go", seconds=5)


def test_requests_tell_what_is_missing(aws: AwsBroker) -> None:
    """A broker that is not there is away, not a bug."""
    aws_requests = AwsRequests(REGION)
    queue = make_queue(aws_requests, "missing", "a")

    assert queue.arn.endswith(":missing-a")
