"""What a node is, before there is a machine: one value, from which every shape is rendered.

A node needs the address of a bucket and a little about itself; everything else it
fetches. So one small definition is enough for a container, a virtual machine and a
chart, and they cannot drift apart: all of them carry one settings file made from it.

No secret is in here, only where each machine finds its own. An image is copied,
pushed, cached and logged; whatever is inside is public sooner or later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from skygarth.images import codes
from skygarth.model.errors import Invalid
from skygarth.node.setting_kinds import Address, is_pool

PORT_MIN = 1024
"""Below it a process needs a privilege that a node does without."""

KEY_BY_FILE = "file"
NO_KEY = "none"
_SSM = "ssm:"

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]*(?:/[\w.-]+)*/?|file:///[\w./-]+")
_ENDPOINT = re.compile(r"https?://[\w.-]+(?::\d{1,5})?/?")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")
_APPLICATION = re.compile(r"[a-zA-Z_][\w.]*(?::[a-zA-Z_]\w*)?")
_INSTALL = re.compile(
    r"https://[\w.-]+(?::\d{1,5})?/[\w./+~-]+\.whl(?:#sha256=[0-9a-f]{64})?"
    r"|(?:/[\w.+-]+)+"
    r"|[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?(?:==[\w.+!]+)?"
)
_KEY_FROM = re.compile(rf"{KEY_BY_FILE}|{NO_KEY}|{_SSM}/[\w./-]+")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,79}")
_SETTING = re.compile(r"(?:replication|notices|dns)(?:\.[a-z0-9_-]+)+")


@dataclass(frozen=True, slots=True)
class FromVariable:
    """Instead of a secret: the variable in which each machine has its own."""

    variable: str

    def __post_init__(self) -> None:
        _check("variable", self.variable, _VARIABLE, "SITE_DNS_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much a node gets of a machine, and how many there are.

    Attributes:
        memory_mib: at most; a node that needs more is started again.
        cpu_percent: of one core, promised where a platform promises anything.
        disk_gib: for the database; the content once, and as much again for growth.
        nodes_min: as many at least, where the platform starts nodes by itself.
        nodes_max: as many at most.
        instance_type: of EC2.
    """

    memory_mib: int = 1024
    cpu_percent: int = 50
    disk_gib: int = 10
    nodes_min: int = 2
    nodes_max: int = 10
    instance_type: str = "t3.small"

    def __post_init__(self) -> None:
        if not 1 <= self.nodes_min <= self.nodes_max:
            raise _refused("number of nodes", f"{self.nodes_min}-{self.nodes_max}", "2-10")
        if min(self.memory_mib // 128, self.cpu_percent, self.disk_gib) < 1:
            raise _refused("size", f"{self.memory_mib} MiB", "--memory 1024")
        _check("instance type", self.instance_type, re.compile(r"[a-z0-9.-]+"), "t3.small")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeImage:
    """One kind of node: what all that are started from it have in common.

    Attributes:
        bucket: URL of the bucket; the node's content comes from there.
        region: of the bucket, in AWS's words.
        endpoint: of a store other than AWS; empty for AWS.
        name: what this kind is called; each node is called like its host.
        pools: what these nodes are for.
        listen: where they answer HTTP.
        application: ``module:attribute``; empty for the bucket's own, or the sample.
        install: where the software comes from: a requirement such as
            ``skygarth==1.2.0``, a wheel at ``https://…``, or a folder of wheels on the
            machine, from which it is installed without asking any index.
        key_from: where a machine finds the cluster's key: ``file`` (somebody, or
            the platform's secret store, puts it there), ``ssm:/NAME`` (it asks AWS's
            parameter store by its role), or ``none``.
        settings: further settings by dotted key: what TOML has, or `FromVariable`.
        sizes: how much, and how many.
    """

    bucket: str
    region: str = "us-east-1"
    endpoint: str = ""
    name: str = "web"
    pools: tuple[str, ...] = ("web",)
    listen: Address = field(default=Address("0.0.0.0", 8000))  # noqa: S104 - a machine of its own
    application: str = ""
    install: str = "skygarth"
    key_from: str = KEY_BY_FILE
    settings: Mapping[str, object] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=Sizes)

    def __post_init__(self) -> None:
        _check("bucket", self.bucket, _BUCKET, "s3://acme/site")
        _check("region", self.region, _REGION, "eu-north-1")
        _check("name", self.name, _NAME, "web")
        _check("install", self.install, _INSTALL, "skygarth==1.2.0 or https://…/skygarth.whl")
        _check("key_from", self.key_from, _KEY_FROM, "file, none or ssm:/acme/skygarth-key")
        _check("host", self.listen.host, re.compile(r"[0-9a-f.:]+"), "0.0.0.0:8000")
        for pool in self.pools:
            if not is_pool(pool):
                raise _refused("pool", pool, "web")
        if self.endpoint:
            _check("endpoint", self.endpoint, _ENDPOINT, "https://store.example.org")
        if self.application:
            _check("application", self.application, _APPLICATION, "blog:node")
        for key in self.settings:
            _check("setting", key, _SETTING, "notices.use")
        if not PORT_MIN <= self.listen.port <= 65_535:
            raise Invalid(
                f"a node listens without privileges. port='{self.listen.port}'",
                code=codes.BAD_VALUE,
                hint=f"choose a port from {PORT_MIN}; a front-end or a Service takes the low one",
            )

    @property
    def label(self) -> str:
        """What everything made from it is called: units, charts, machine images."""
        return f"skygarth-{self.name}"

    @property
    def has_key(self) -> bool:
        """Whether nodes share a cluster key."""
        return self.key_from != NO_KEY

    @property
    def parameter(self) -> str:
        """The name in AWS's parameter store that holds the key; empty for another place."""
        return self.key_from.removeprefix(_SSM) if self.key_from.startswith(_SSM) else ""

    @property
    def is_s3(self) -> bool:
        """Whether the bucket is one of S3, or of what speaks it."""
        return self.bucket.startswith("s3://")

    @property
    def bucket_name(self) -> str:
        """The bucket, without scheme and prefix."""
        return urlsplit(self.bucket).netloc

    @property
    def prefix(self) -> str:
        """Below which all keys are, ending with a slash; empty for the whole bucket."""
        path = urlsplit(self.bucket).path.strip("/")
        return f"{path}/" if path else ""

    @property
    def folder(self) -> str:
        """The bucket's folder; empty for a store."""
        return "" if self.is_s3 else urlsplit(self.bucket).path.rstrip("/")

    @property
    def variables_needed(self) -> tuple[str, ...]:
        """The variables with secrets that every machine must be given."""
        values = self.settings.values()
        return tuple(
            dict.fromkeys(value.variable for value in values if isinstance(value, FromVariable))
        )

    @property
    def uses_aws_notices(self) -> bool:
        """Whether nodes tell news over SNS and SQS."""
        use = self.settings.get("notices.use", ())
        return isinstance(use, list | tuple) and "aws" in use

    @property
    def requirement(self) -> str:
        """The software with the libraries that its settings need."""
        extras = {"nats": "nats", "redis": "redis", "dbus": "dbus", "aws": "aws"}
        use = self.settings.get("notices.use", ())
        wanted = (
            {extras[name] for name in use if name in extras} if isinstance(use, list) else set()
        )
        wanted |= {"route53": {"aws"}, "rfc2136": {"dns"}}.get(
            str(self.settings.get("dns.provider")), set()
        )
        if self.parameter:
            wanted.add("aws")
        if not wanted or "[" in self.install or "/" in self.install:
            return self.install
        package, equals, version = self.install.partition("==")
        return f"{package}[{','.join(sorted(wanted))}]{equals}{version}"


def _check(what: str, given: str, pattern: re.Pattern[str], example: str) -> None:
    """Refuse what would mean something else in a shell, in YAML, TOML or HCL.

    Every value ends up in four languages; an alphabet that none of them gives a
    meaning to is simpler, and safer, than quoting four times.
    """
    if pattern.fullmatch(given) is None or ".." in given:
        raise _refused(what, given, example)


def _refused(what: str, given: str, example: str) -> Invalid:
    shown = "…" if "@" in given or "?" in given else given  # an address may hold a password
    return Invalid(
        f"the {what} cannot stand in an image. {what.replace(' ', '_')}='{shown}'",
        code=codes.BAD_VALUE,
        hint=f"write it like {example}; secrets are never given here",
    )
