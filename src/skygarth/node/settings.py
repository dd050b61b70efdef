"""What an operator can set about a node, with defaults that work on a laptop.

`load` is the only way from files, variables and flags to these values; code
that needs a setting takes it from here and never looks at the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from skygarth.node.cluster_settings import ClusterSettings, read_cluster
from skygarth.node.dns_settings import DnsSettings, read_dns
from skygarth.node.notices_settings import NoticesSettings, read_notices
from skygarth.node.setting_kinds import (
    ADDRESS,
    AMOUNT,
    DURATION,
    INTERVAL,
    PATH,
    POOLS,
    SECRET,
    SWITCH,
    TEXT,
    URL,
    Address,
    Secret,
    maybe,
    one_of,
)
from skygarth.node.setting_layers import SettingLayers, SettingSource
from skygarth.notices.choosing import check_names

FILE_NAME = "skygarth.toml"

CARD_SECONDS_FOLDER = 2.0
CARD_SECONDS_STORE = 60.0

_DURABILITY = one_of("local", "bucket")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """This node.

    Attributes:
        name: its name for people; by default the host's.
        data: the folder of its database.
        pools: what it is for.
        listen: where it answers HTTP.
        address: the URL under which others reach it; by default made from `listen`.
        card_every_seconds: how often it says that it is there; None for what suits the bucket.
    """

    name: str = "node"
    data: Path = Path(".skygarth/data")
    pools: tuple[str, ...] = ("web",)
    listen: Address = field(default=Address("127.0.0.1", 8000))
    address: str | None = None
    card_every_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationSettings:
    """How it stays in sync.

    Attributes:
        bucket: URL of the bucket: ``file://``, ``memory://`` or ``s3://``.
        durability: what a write waits for: ``local`` or ``bucket``.
        poll_seconds: how often it looks for news when no notice comes.
        flush_window_seconds_max: how long a change may wait to be published.
        lag_seconds_max: a node further behind than this is not ready.
        clock_offset_seconds_max: a clock further off than this publishes nothing.
        allow_unconditional: accept a store that ignores If-None-Match.
        key: of a sealed bucket: the token to join it with, or its ``skytrust_…``.
        budget_dollars_month: what requests may cost; it steers the flush window.
    """

    bucket: str = "file://./.skygarth/bucket"
    durability: str = "local"
    poll_seconds: float = 2.0
    flush_window_seconds_max: float = 5.0
    lag_seconds_max: float = 10.0
    clock_offset_seconds_max: float = 30.0
    allow_unconditional: bool = False
    key: Secret | None = None
    budget_dollars_month: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, and where each value came from."""

    node: NodeSettings = field(default_factory=NodeSettings)
    replication: ReplicationSettings = field(default_factory=ReplicationSettings)
    notices: NoticesSettings = field(default_factory=NoticesSettings)
    dns: DnsSettings = field(default_factory=DnsSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    sources: tuple[SettingSource, ...] = ()

    @property
    def card_seconds(self) -> float:
        """How often a node writes its card: a folder takes it for nothing, a store for money.

        A month of one card a minute is $0.22 on S3.
        """
        if self.node.card_every_seconds is not None:
            return self.node.card_every_seconds
        return CARD_SECONDS_FOLDER if self.is_local else CARD_SECONDS_STORE

    @property
    def is_local(self) -> bool:
        """Whether looking into the bucket costs nothing: a folder, or memory."""
        return not self.replication.bucket.startswith(("s3:", "gs:", "az:"))

    def refuse_unsupported(self) -> None:
        """Stop at a setting that cannot be fulfilled.

        Raises:
            Unsupported: the library that a transport of notices needs is not there.
            Invalid: there is no such transport, or a cluster key is none.
        """
        check_names(self.notices.use)
        self.dns.check()
        _ = self.cluster.keys


def load(
    *,
    environment: Mapping[str, str],
    host_name: str,
    file: Path | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    """Settings from flags, environment and file, in this order, over the defaults.

    Args:
        environment: the process environment; ``SKYGARTH_NODE__NAME`` sets `node.name`.
        host_name: the default name of the node.
        file: a TOML file, if there is one.
        flags: dotted keys that the command line set; None counts as not set.

    Raises:
        Invalid: an unknown key, a value of the wrong kind, a secret in plain text.
        NotFound: the file, or something that a secret refers to, is not there.
    """
    layers = SettingLayers(flags=flags or {}, environment=environment, file=file)
    node = _node(layers, host_name)
    replication = _replication(layers)
    notices = read_notices(layers)
    dns = read_dns(layers)
    cluster = read_cluster(layers)
    layers.refuse_unknown()
    return Settings(
        node=node,
        replication=replication,
        notices=notices,
        dns=dns,
        cluster=cluster,
        sources=layers.sources,
    )


def _node(layers: SettingLayers, host_name: str) -> NodeSettings:
    default = NodeSettings()
    return NodeSettings(
        name=layers.read("node.name", TEXT, host_name),
        data=layers.read("node.data", PATH, default.data),
        pools=layers.read("node.pools", POOLS, default.pools),
        listen=layers.read("node.listen", ADDRESS, default.listen),
        address=layers.read("node.address", maybe(URL), default.address),
        card_every_seconds=layers.read("node.card_every", maybe(INTERVAL), None),
    )


def _replication(layers: SettingLayers) -> ReplicationSettings:
    default = ReplicationSettings()
    return ReplicationSettings(
        bucket=layers.read("replication.bucket", TEXT, default.bucket),
        durability=layers.read("replication.durability", _DURABILITY, default.durability),
        poll_seconds=layers.read("replication.poll", DURATION, default.poll_seconds),
        flush_window_seconds_max=layers.read(
            "replication.flush_window_max", DURATION, default.flush_window_seconds_max
        ),
        lag_seconds_max=layers.read("replication.lag_max", DURATION, default.lag_seconds_max),
        clock_offset_seconds_max=layers.read(
            "replication.clock_offset_max", DURATION, default.clock_offset_seconds_max
        ),
        allow_unconditional=layers.read(
            "replication.allow_unconditional", SWITCH, default.allow_unconditional
        ),
        key=layers.read_secret("replication.key", maybe(SECRET), default.key),
        budget_dollars_month=layers.read(
            "replication.budget_dollars_month", AMOUNT, default.budget_dollars_month
        ),
    )
