"""The queue that a node has at SQS: made with it, removed with it, or by others after it.

A queue's readers compete, so every node has one of its own, named after the
channel and the node. It is tagged with the moment at which its node was last
seen, by the clock of AWS, since no two nodes agree on the time. Whoever starts
removes queues whose nodes have not been seen for an hour (NOT-8).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from skygarth.model.errors import NotFound
from skygarth.notices.aws_requests import AwsRequests, list_of, moment_of, text_of

SEEN_TAG = "skygarth-seen"
SEEN_EVERY_SECONDS = 600.0
ORPHAN_SECONDS = 3_600.0
"""Six times as long as a living node takes to be seen again."""
KEPT_SECONDS = 60
"""How long a notice waits for its reader: what is older has been found by looking."""

_ATTRIBUTES = {
    "MessageRetentionPeriod": str(KEPT_SECONDS),
    "VisibilityTimeout": "30",
    "SqsManagedSseEnabled": "true",
}


@dataclass(frozen=True, slots=True)
class NodeQueue:
    """One node's queue.

    Attributes:
        url: how requests name it.
        arn: how subscriptions name it.
    """

    url: str
    arn: str


def queue_name(channel: str, identity: str) -> str:
    """The name of a node's queue."""
    name = f"{channel}-{identity}"
    assert len(name) <= 80, "SQS takes no longer names"
    return name


def make_queue(aws: AwsRequests, channel: str, identity: str) -> NodeQueue:
    """Make a node's queue, or find the one that a killed run of it left."""
    made = aws.sqs(
        "create_queue", QueueName=queue_name(channel, identity), Attributes=dict(_ATTRIBUTES)
    )
    url = text_of(made, "QueueUrl")
    asked = aws.sqs("get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])
    queue = NodeQueue(url, text_of(asked, "Attributes", "QueueArn"))
    assert queue.arn
    mark_seen(aws, queue, moment_of(asked))
    return queue


def mark_seen(aws: AwsRequests, queue: NodeQueue, moment: float | None = None) -> None:
    """Tag a queue with the moment at which its node lives."""
    if moment is None:
        asked = aws.sqs("get_queue_attributes", QueueUrl=queue.url, AttributeNames=["QueueArn"])
        moment = moment_of(asked)
    if moment is not None:
        aws.sqs("tag_queue", QueueUrl=queue.url, Tags={SEEN_TAG: str(int(moment))})


def let_topic_write(aws: AwsRequests, queue: NodeQueue, topic: str) -> None:
    """Let one topic, and nobody else, put messages into a queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)
    aws.sqs("set_queue_attributes", QueueUrl=queue.url, Attributes={"Policy": policy})


def queues_of(aws: AwsRequests, channel: str) -> Iterator[str]:
    """The URLs of all queues of a channel, page by page."""
    token: dict[str, object] = {}
    while True:
        page = aws.sqs(
            "list_queues", QueueNamePrefix=queue_name(channel, ""), MaxResults=1000, **token
        )
        yield from (str(url) for url in list_of(page, "QueueUrls"))
        if not text_of(page, "NextToken"):
            return
        token = {"NextToken": text_of(page, "NextToken")}


def orphans_of(aws: AwsRequests, channel: str, own: NodeQueue) -> Iterator[NodeQueue]:
    """The queues of a channel whose nodes have not been seen for an hour (NOT-8)."""
    for url in queues_of(aws, channel):
        if url == own.url:
            continue
        try:
            asked = aws.sqs(
                "get_queue_attributes",
                QueueUrl=url,
                AttributeNames=["QueueArn", "CreatedTimestamp"],
            )
            tags = aws.sqs("list_queue_tags", QueueUrl=url)
        except NotFound:
            continue  # its node has removed it meanwhile
        created = text_of(asked, "Attributes", "CreatedTimestamp")
        seen = text_of(tags, "Tags", SEEN_TAG) or created
        now = moment_of(tags)
        if now is not None and seen.isdecimal() and now - int(seen) > ORPHAN_SECONDS:
            yield NodeQueue(url, text_of(asked, "Attributes", "QueueArn"))


def wake_reader(aws: AwsRequests, queue: NodeQueue) -> None:
    """Let a request return that waits for messages, by the only means there is: a message."""
    try:
        aws.sqs("send_message", QueueUrl=queue.url, MessageBody="the node stops")
    except NotFound:
        return


def remove_queue(aws: AwsRequests, queue: NodeQueue) -> None:
    """Remove a queue; nothing if it is gone already."""
    try:
        aws.sqs("delete_queue", QueueUrl=queue.url)
    except NotFound:
        return
