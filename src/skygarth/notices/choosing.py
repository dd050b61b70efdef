"""Which transports there are, and where their brokers may be: what settings need to know.

Apart from opening them, so that reading the settings loads no library of any broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec

from skygarth.model.errors import Invalid, Unsupported
from skygarth.notices import codes

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
