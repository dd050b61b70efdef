"""Notices over AWS: a topic of SNS that fans out to one queue of SQS per node, or queues alone.

With a topic, saying a notice is one request however many nodes there are, and
several repositories share the topic: each subscription asks for its channel only.
Without one, the speaker puts the notice into the queue of every other node, which
needs no more rights than SQS itself and suits a handful of nodes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping

from skygarth.model.errors import NotFound, SkygarthError
from skygarth.notices.aws_queue import (
    SEEN_EVERY_SECONDS,
    NodeQueue,
    let_topic_write,
    make_queue,
    mark_seen,
    orphans_of,
    queues_of,
    remove_queue,
    wake_reader,
)
from skygarth.notices.aws_requests import WAIT_SECONDS, AwsRequests, list_of, text_of
from skygarth.notices.link import Received, away

CHANNEL_ATTRIBUTE = "channel"
QUEUES_SECONDS = 10.0
"""How long the list of the other nodes' queues is good for."""


class AwsLink:
    """One node's link to SQS, and to SNS if there is a topic.

    Args:
        identity: tells this node's queue from others; asked again and again, since a
            node may take a new one, and its twin keeps the old one's queue.
        topic: ARN of a topic, or a name under which one is made; "" for queues alone.
        region: "" for the one that the environment names.
        monotonic: seconds that never go back.
    """

    name = "aws"

    def __init__(
        self,
        channel: str,
        *,
        identity: Callable[[], str],
        topic: str,
        region: str,
        monotonic: Callable[[], float],
    ) -> None:
        self._channel = channel
        self._identity = identity
        self._topic = topic
        self._aws = AwsRequests(region)
        self._monotonic = monotonic
        self.broker = f"{self._aws.place} {'SNS ' + topic if topic else 'SQS'}"
        self._lock = threading.Lock()
        self._is_closed = threading.Event()
        self._received: Received | None = None
        self._queue: NodeQueue | None = None
        self._opened_as = ""
        self._topic_arn = ""
        self._subscription = ""
        self._others: tuple[str, ...] = ()
        self._listed_at = float("-inf")
        self._seen_at = float("-inf")

    def open(self, received: Received) -> None:
        """Make the node's queue, subscribe it, and remove those that dead nodes left."""
        self._is_closed.clear()
        self._received = received
        self._opened_as = self._identity()
        self._queue = make_queue(self._aws, self._channel, self._opened_as)
        self._seen_at, self._listed_at = self._monotonic(), float("-inf")
        if self._topic:
            self._topic_arn = self._find_topic()
            let_topic_write(self._aws, self._queue, self._topic_arn)
            self._subscription = self._subscribe(self._queue)
        self._collect(self._queue)

    def hold(self) -> None:
        """Ask for messages, each time for as long as SQS allows."""
        queue, received = self._queue, self._received
        assert received is not None
        assert queue is not None
        while not self._is_closed.is_set():
            if self._identity() != self._opened_as:
                raise away(self.name, self.broker, "the node has taken a new identity")
            try:
                self._receive(queue, received)
            except NotFound as gone:
                if self._is_closed.is_set():
                    return
                raise away(self.name, self.broker, "the queue was removed") from gone
            if self._monotonic() - self._seen_at > SEEN_EVERY_SECONDS:
                self._seen_at = self._monotonic()
                mark_seen(self._aws, queue)

    def send(self, message: bytes) -> None:
        """Publish to the topic, or put the message into every other node's queue."""
        if self._topic_arn:
            attribute = {"DataType": "String", "StringValue": self._channel}
            self._aws.sns(
                "publish",
                TopicArn=self._topic_arn,
                Message=message.decode(),
                MessageAttributes={CHANNEL_ATTRIBUTE: attribute},
            )
            return
        for url in self._queues_of_others():
            try:
                self._aws.sqs("send_message", QueueUrl=url, MessageBody=message.decode())
            except NotFound:
                self._listed_at = float("-inf")  # that node has left

    def close(self) -> None:
        """Ask no more; the queue stays for when the connection comes back."""
        self._is_closed.set()

    def leave(self) -> None:
        """Remove subscription and queue: the node stops."""
        self._is_closed.set()
        with self._lock:
            queue, self._queue = self._queue, None
        if queue is None:
            return
        wake_reader(self._aws, queue)
        if self._subscription:
            self._unsubscribe(self._subscription)
        remove_queue(self._aws, queue)

    # -- receiving -----------------------------------------------------------------------------

    def _receive(self, queue: NodeQueue, received: Received) -> None:
        answer = self._aws.sqs(
            "receive_message",
            QueueUrl=queue.url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=WAIT_SECONDS,
        )
        if self._is_closed.is_set():
            return
        messages = [each for each in list_of(answer, "Messages") if isinstance(each, Mapping)]
        for message in messages:
            received(text_of(message, "Body").encode())
        if messages:
            entries = [
                {"Id": str(number), "ReceiptHandle": text_of(message, "ReceiptHandle")}
                for number, message in enumerate(messages)
            ]
            self._aws.sqs("delete_message_batch", QueueUrl=queue.url, Entries=entries)

    # -- the topic -----------------------------------------------------------------------------

    def _find_topic(self) -> str:
        if self._topic.startswith("arn:"):
            return self._topic
        return text_of(self._aws.sns("create_topic", Name=self._topic), "TopicArn")

    def _subscribe(self, queue: NodeQueue) -> str:
        subscribed = self._aws.sns(
            "subscribe",
            TopicArn=self._topic_arn,
            Protocol="sqs",
            Endpoint=queue.arn,
            Attributes={
                "RawMessageDelivery": "true",
                "FilterPolicy": json.dumps({CHANNEL_ATTRIBUTE: [self._channel]}),
            },
            ReturnSubscriptionArn=True,
        )
        return text_of(subscribed, "SubscriptionArn")

    def _unsubscribe(self, subscription: str) -> None:
        try:
            self._aws.sns("unsubscribe", SubscriptionArn=subscription)
        except NotFound:
            return

    # -- the others' queues ----------------------------------------------------------------------

    def _queues_of_others(self) -> tuple[str, ...]:
        now = self._monotonic()
        if now - self._listed_at > QUEUES_SECONDS:
            own = self._queue.url if self._queue is not None else ""
            self._others = tuple(url for url in queues_of(self._aws, self._channel) if url != own)
            self._listed_at = now if self._others else float("-inf")
        return self._others

    def _collect(self, own: NodeQueue) -> None:
        """Remove what dead nodes left; what cannot be removed is left to the next who starts."""
        try:
            orphans = list(orphans_of(self._aws, self._channel, own))
            for orphan in orphans:
                for subscription in self._subscriptions_of(orphan):
                    self._unsubscribe(subscription)
                remove_queue(self._aws, orphan)
        except SkygarthError:
            return

    def _subscriptions_of(self, queue: NodeQueue) -> list[str]:
        if not self._topic_arn:
            return []
        found: list[str] = []
        token: dict[str, object] = {}
        while True:
            page = self._aws.sns("list_subscriptions_by_topic", TopicArn=self._topic_arn, **token)
            entries = [each for each in list_of(page, "Subscriptions") if isinstance(each, Mapping)]
            found += [
                text_of(entry, "SubscriptionArn")
                for entry in entries
                if text_of(entry, "Endpoint") == queue.arn
            ]
            if not text_of(page, "NextToken"):
                return found
            token = {"NextToken": text_of(page, "NextToken")}
