"""Settings work without any, and every one of them can be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.model.errors import Invalid
from skygarth.node.setting_kinds import Address
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings, load

EVERYTHING = """
[node]
name = "web-1"
data = "/var/lib/skygarth"
pools = ["web", "search"]
listen = "0.0.0.0:9000"
address = "http://10.0.0.7:9000/"
card_every = "30s"
[replication]
bucket = "s3://acme/site"
durability = "bucket"
poll = "500ms"
flush_window_max = "1s"
lag_max = "1m"
clock_offset_max = "10s"
allow_unconditional = true
key = { env = "SITE_KEY" }
budget_dollars_month = 7
[notices]
use = ["nats"]
nats = "nats://bus:4222"
redis = "redis://bus:6379"
dbus = "session"
aws_topic = "news"
aws_region = "eu-north-1"
[dns]
provider = "rfc2136"
server = "ns.example.org"
zone = "example.org"
key_name = "skygarth"
key = { env = "DNS_KEY" }
algorithm = "hmac-sha512"
addresses = ["192.0.2.7"]
ttl = "1m"
lease = "2m"
name = "www.example.org"

[cluster]
key = { env = "CLUSTER_KEY" }
accepted_keys = { env = "NEXT_KEY" }
"""


def test_nothing_needs_to_be_set() -> None:
    """Without any setting a node is named like its host and uses a folder as its bucket."""
    settings = load(environment={}, host_name="laptop")

    assert settings.node == NodeSettings(name="laptop")
    assert settings.replication == ReplicationSettings()
    assert {source.origin for source in settings.sources} == {"default"}


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    """Each key of the file arrives in its place."""
    file = tmp_path / "skygarth.toml"
    file.write_text(EVERYTHING, encoding="utf-8")
    settings = load(
        environment={"SITE_KEY": "s", "DNS_KEY": "k", "CLUSTER_KEY": "c", "NEXT_KEY": "n"},
        host_name="laptop",
        file=file,
    )

    assert settings.node == NodeSettings(
        name="web-1",
        data=Path("/var/lib/skygarth"),
        pools=("web", "search"),
        listen=Address("0.0.0.0", 9000),
        address="http://10.0.0.7:9000",
        card_every_seconds=30.0,
    )
    assert settings.replication.key is not None
    assert settings.replication == ReplicationSettings(
        bucket="s3://acme/site",
        durability="bucket",
        poll_seconds=0.5,
        flush_window_seconds_max=1.0,
        lag_seconds_max=60.0,
        clock_offset_seconds_max=10.0,
        allow_unconditional=True,
        key=settings.replication.key,
        budget_dollars_month=7.0,
    )
    assert (settings.notices.use, settings.dns.name) == (("nats",), "www.example.org")
    assert {source.origin for source in settings.sources} == {f"file {file}"}


def test_flags_set_what_they_are_given_and_nothing_else() -> None:
    """A flag that was left out leaves the default alone."""
    settings = load(
        environment={},
        host_name="laptop",
        flags={"node.name": "b", "node.pools": "web,search", "node.data": None},
    )

    assert settings.node == NodeSettings(name="b", pools=("web", "search"))


def test_a_wrong_value_names_key_origin_and_remedy() -> None:
    """An error about a value says which setting, where it was set and what would be right."""
    with pytest.raises(Invalid) as caught:
        load(environment={"SKYGARTH_REPLICATION__POLL": "2"}, host_name="laptop")

    assert caught.value.code == "SG-CONFIG-002"
    assert caught.value.message == (
        "replication.poll is not a duration, such as 500ms, 2s or 1m30s. "
        "given='2' origin='environment SKYGARTH_REPLICATION__POLL'"
    )


def test_defaults_can_be_fulfilled() -> None:
    """Nothing in the defaults is out of this version's reach."""
    Settings().refuse_unsupported()


@pytest.mark.parametrize(
    "given", ["Web", "two words", "1st", "", "x" * 31, "-web", "web,/etc", "wéb"]
)
def test_a_pool_has_a_name_that_every_place_takes(given: str) -> None:
    """It stands in routes, host names and settings (MBR-6)."""
    with pytest.raises(Invalid, match=r"node\.pools"):
        load(environment={}, host_name="h", flags={"node.pools": given})


def test_a_card_costs_what_its_bucket_costs() -> None:
    """Often where looking is free, once a minute where it is paid for, or as it was set."""
    folder = load(environment={}, host_name="h")
    store = load(environment={}, host_name="h", flags={"replication.bucket": "s3://acme/site"})
    own = load(environment={"SKYGARTH_NODE__CARD_EVERY": "5s"}, host_name="h")

    assert [each.card_seconds for each in (folder, store, own)] == [2.0, 60.0, 5.0]


@pytest.mark.parametrize("given", ["10.0.0.7:8000", "ftp://x", "http://x/path", "http://u@x"])
def test_an_address_is_a_url_that_others_can_reach(given: str) -> None:
    """Scheme, host and port; whoever forwards puts the path."""
    with pytest.raises(Invalid, match=r"node\.address"):
        load(environment={}, host_name="h", flags={"node.address": given})
