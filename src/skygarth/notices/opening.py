"""From the names in the settings to transports, each with its own broker.

=========  ======================================================  ==================
``nats``   a NATS server or cluster                                ``skygarth[nats]``
``redis``  a Redis server, or what speaks its protocol             ``skygarth[redis]``
``aws``    SNS and SQS, or SQS alone                               ``skygarth[aws]``
``dbus``   a message bus of this host                              ``skygarth[dbus]``
``memory``  nodes of one process, for tests                         nothing
=========  ======================================================  ==================

A transport's library is loaded only where it is used: it is an extra, and slow
to import. Opening asks the network for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skygarth.clock.port import Clock
from skygarth.notices.choosing import Brokers, check_names
from skygarth.notices.link import Link
from skygarth.notices.memory import MemoryLink
from skygarth.notices.notice import channel_of
from skygarth.notices.port import Transport
from skygarth.notices.transport import LinkTransport


def open_transports(
    names: Sequence[str],
    brokers: Brokers,
    repository: str,
    *,
    identity: Callable[[], str],
    clock: Clock,
    jitter: Callable[[], float],
) -> list[Transport]:
    """Make the transports of a repository; none of them is started.

    Args:
        identity: tells this node from others at brokers that keep something for each:
            letters and digits, 32 at most; it may change.
        jitter: a number in [0, 1), for waits.

    Raises:
        Invalid, Unsupported: as `check_names`, or a broker's address cannot be understood.
    """
    check_names(names)
    channel = channel_of(repository)

    def link(name: str) -> Link:
        if name != "aws":
            return _link(name, channel, brokers)
        from skygarth.notices.aws import AwsLink  # only here: its library is an extra

        return AwsLink(
            channel,
            identity=identity,
            topic=brokers.aws_topic,
            region=brokers.aws_region,
            monotonic=clock.monotonic,
        )

    return [LinkTransport(link(name), clock, jitter) for name in names]


def _link(name: str, channel: str, brokers: Brokers) -> Link:
    match name:
        case "nats":
            from skygarth.notices.nats import NatsLink  # only here: its library is an extra

            return NatsLink(channel, brokers.nats)
        case "redis":
            from skygarth.notices.redis import RedisLink  # as above

            return RedisLink(channel, brokers.redis)
        case "dbus":
            from skygarth.notices.dbus import DBusLink  # as above

            return DBusLink(channel, brokers.dbus)
        case _:
            assert name == "memory", f"a transport that nobody opens: {name}"
            return MemoryLink(channel)
