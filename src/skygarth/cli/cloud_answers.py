"""What ``GET cloud`` answers, as far as ``skygarth top`` shows it; see `skygarth.cli.answers`."""

from __future__ import annotations

import msgspec

from skygarth.cli.answers import TransportAnswer


class AlarmAnswer(msgspec.Struct, frozen=True):
    """Something that needs a person, and the command that helps."""

    sentence: str
    command: str = ""
    grave: bool = True


class LackAnswer(msgspec.Struct, frozen=True):
    """What a node lacks of one log."""

    of: str
    segments: int


class NodeSeen(msgspec.Struct, frozen=True):
    """A node as the asked one sees it.

    Attributes:
        lag_seconds: None where it cannot be known.
        behind: segments that it lacked when it last told; `lacks` says of whom, the most first.
        clock_ahead_seconds: of the bucket's; None where it cannot be told.
    """

    name: str
    state: str
    is_here: bool = False
    address: str = ""
    group: str = ""
    version: str = ""
    behind: int = 0
    lacks: list[LackAnswer] = []
    lag_seconds: float | None = None
    told_seconds: int = 0
    clock_ahead_seconds: float | None = None
    load: float = 0.0
    requests_per_second: float = 0.0
    unwell: list[str] = []
    alarms: int = 0


class BucketSeen(msgspec.Struct, frozen=True):
    """The bucket; keys and bytes are None before they were counted."""

    url: str
    reachable: bool = True
    segments: int = 0
    keys: int | None = None
    bytes: int | None = None


class CostSeen(msgspec.Struct, frozen=True):
    """Requests of the asked node; dollars are None while it is too early to tell a month's."""

    requests: dict[str, int] = {}
    dollars_month: float | None = None
    is_free: bool = False


class CloudAnswer(msgspec.Struct, frozen=True):
    """A whole cloud as one of its nodes sees it."""

    name: str
    state: str
    bucket: BucketSeen
    cost: CostSeen
    alarms: list[AlarmAnswer] = []
    nodes: list[NodeSeen] = []
    notices: list[TransportAnswer] = []
    objects: dict[str, int] = {}
    sync: str = ""
    unpublished: int = 0
    lag_seconds: float | None = None
    conflicts_count: int = 0
