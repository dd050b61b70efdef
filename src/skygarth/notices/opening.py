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
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec

from skygarth.clock.port import Clock
from skygarth.model.errors import Invalid, Unsupported
from skygarth.notices import codes
from skygarth.notices.link import Link
from skygarth.notices.memory import MemoryLink
from skygarth.notices.notice import channel_of
from skygarth.notices.port import Transport
from skygarth.notices.transport import LinkTransport

NATS_URL = "nats://127.0.0.1:4222"
REDIS_URL = "redis://127.0.0.1:6379"
DBUS = "system"

_LIBRARIES = {"nats": "nats", "redis": "redis", "aws": "boto3", "dbus": "dbus_fast"}
"""The module without which a transport cannot be; its extra is called like the transport."""
NAMES = ("nats", "redis", "aws", "dbus", "memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brokers:
    """Where each broker is.

    Attributes:
        nats: ``nats://host:port``, with credentials where needed; several with commas.
        redis: ``redis://host:port/database``, or ``rediss://`` over TLS.
        dbus: ``system``, ``session``, or an address such as ``unix:path=/run/site/bus``.
        aws_topic: a topic of SNS, by its ARN, or by a name under which one is made; "" for
            SQS alone.
        aws_region: "" for the one that the environment names.
    """

    nats: str = NATS_URL
    redis: str = REDIS_URL
    dbus: str = DBUS
    aws_topic: str = ""
    aws_region: str = ""


def check_names(names: Sequence[str]) -> None:
    """Refuse what cannot be opened, before anything is started.

    Raises:
        Invalid: there is no such transport, or one is named twice.
        Unsupported: the library that it needs is not installed.
    """
    for name in names:
        if name not in NAMES:
            near = get_close_matches(name, NAMES, n=1, cutoff=0.4)
            raise Invalid(
                f"there is no transport of this name. name='{name}'",
                code=codes.UNKNOWN_TRANSPORT,
                hint=f"did you mean {near[0]}?" if near else f"use {', '.join(NAMES)}",
            )
        library = _LIBRARIES.get(name)
        if library is not None and find_spec(library) is None:
            raise Unsupported(
                f"notices over {name} need a library that is not installed. library='{library}'",
                code=codes.NOT_INSTALLED,
                hint=f"pip install 'skygarth[{name}]'",
            )
    if len(set(names)) < len(names):
        raise Invalid(
            f"a transport is named twice. names='{', '.join(names)}'",
            code=codes.UNKNOWN_TRANSPORT,
            hint="name each once",
        )


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
