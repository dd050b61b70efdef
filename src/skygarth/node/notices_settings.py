"""Which ways of telling news a node uses besides the bucket, and where their brokers are.

A broker's address may hold a password; then it stands in a variable or a file of
its own, like any secret, and is shown without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from skygarth.node.setting_kinds import TEXT, WORDS, Kind, Secret, maybe
from skygarth.node.setting_layers import SettingLayers
from skygarth.notices.choosing import DBUS, NATS_URL, REDIS_URL, Brokers
from skygarth.notices.link import without_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesSettings:
    """Which transports a node uses, and where.

    Attributes:
        use: their names; none by default.
        nats: address of a NATS server; several with commas.
        redis: address of a Redis server.
        dbus: ``system``, ``session``, or the address of a bus.
        aws_topic: a topic of SNS, by its ARN or its name; without one, SQS alone.
        aws_region: where; by default where the environment says.
    """

    use: tuple[str, ...] = ()
    nats: Secret = field(default=Secret(NATS_URL))
    redis: Secret = field(default=Secret(REDIS_URL))
    dbus: str = DBUS
    aws_topic: str | None = None
    aws_region: str | None = None

    @property
    def brokers(self) -> Brokers:
        """The addresses, as transports want them."""
        return Brokers(
            nats=self.nats.value,
            redis=self.redis.value,
            dbus=self.dbus,
            aws_topic=self.aws_topic or "",
            aws_region=self.aws_region or "",
        )


def read_notices(layers: SettingLayers) -> NoticesSettings:
    """The settings of ``[notices]``.

    Raises:
        Invalid: a password stands in a file in plain text, or a value is of the wrong kind.
    """
    default = NoticesSettings()
    return NoticesSettings(
        use=layers.read("notices.use", WORDS, default.use),
        nats=layers.read_secret("notices.nats", _ADDRESS, default.nats, is_secret=_has_password),
        redis=layers.read_secret("notices.redis", _ADDRESS, default.redis, is_secret=_has_password),
        dbus=layers.read("notices.dbus", TEXT, default.dbus),
        aws_topic=layers.read("notices.aws_topic", maybe(TEXT), default.aws_topic),
        aws_region=layers.read("notices.aws_region", maybe(TEXT), default.aws_region),
    )


def _has_password(given: object) -> bool:
    return "@" in str(given)


def _read_address(given: object) -> Secret:
    if not isinstance(given, str) or "://" not in given:
        raise ValueError
    return Secret(given.strip())


def _show_address(address: Secret) -> str:
    return ", ".join(without_credentials(part.strip()) for part in address.value.split(","))


_ADDRESS: Kind[Secret] = Kind("an address, such as nats://host:4222", _read_address, _show_address)
