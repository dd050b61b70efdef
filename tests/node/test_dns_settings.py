"""One name is set in four lines; many names, in several views, in as many as it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.model.errors import Invalid
from skygarth.node.dns_settings import EVERYONE, DnsSettings
from skygarth.node.settings import load

SPLIT = """
[dns]
provider = "rfc2136"
names = { web = "www.example.org", search = ["Search.Example.org.", "find.example.org"] }
key_name = "skygarth"
key = { env = "DNS_KEY" }
ttl = "10s"
[dns.views.inside]
server = "10.0.0.53:5353"
addresses = ["route"]
[dns.views.outside]
provider = "route53"
zone = "Z123"
addresses = "192.0.2.7, 2001:DB8::7"
ttl = "1m"
"""


def dns(tmp_path: Path, text: str, **variables: str) -> DnsSettings:
    """The settings of a file and of variables."""
    file = tmp_path / "skygarth.toml"
    file.write_text(text, encoding="utf-8")
    environment = {"DNS_KEY": "a2V5", **variables}
    return load(environment=environment, host_name="h", file=file).dns


def test_without_settings_there_is_no_dns(tmp_path: Path) -> None:
    """Nothing is entered anywhere, and nothing is wrong with that."""
    settings = dns(tmp_path, "")
    settings.check()

    assert not settings.is_used


def test_views_have_what_they_say_and_the_rest_from_the_table_above(tmp_path: Path) -> None:
    """A server, a zone, addresses and a TTL of their own; names and key in common."""
    settings = dns(tmp_path, SPLIT)
    settings.check()
    inside, outside = settings.views

    assert (inside.label, inside.server, inside.addresses) == (
        "inside",
        "10.0.0.53:5353",
        ("route",),
    )
    assert (inside.provider, inside.access.secret, inside.ttl_seconds) == ("rfc2136", "a2V5", 10)
    assert (outside.provider, outside.zone, outside.ttl_seconds) == ("route53", "Z123", 60)
    assert outside.addresses == ("192.0.2.7", "2001:db8::7")
    assert (settings.lease_of(inside), settings.lease_of(outside)) == (60, 300)
    assert settings.names_by_pool == {
        "web": ("www.example.org",),
        "search": ("search.example.org", "find.example.org"),
    }


def test_variables_reach_into_views(tmp_path: Path) -> None:
    """What differs from node to node is set where the node starts."""
    settings = dns(
        tmp_path,
        SPLIT,
        SKYGARTH_DNS__VIEWS__OUTSIDE__ADDRESSES="192.0.2.8",
        SKYGARTH_DNS__NAMES__WEB="w.example.org",
    )

    assert settings.views[1].addresses == ("192.0.2.8",)
    assert settings.names_by_pool["web"] == ("w.example.org",)


def test_a_name_is_for_everyone(tmp_path: Path) -> None:
    """`name` alone is entered by nodes of any pool."""
    settings = dns(tmp_path, '[dns]\nprovider = "route53"\nzone = "Z1"\nname = "Bücher.example"')
    settings.check()

    assert settings.names_by_pool == {EVERYONE: ("xn--bcher-kva.example",)}


def test_a_key_in_plain_text_is_refused_in_a_view_too(tmp_path: Path) -> None:
    """The file is read by more people than the key is for."""
    with pytest.raises(Invalid) as caught:
        dns(tmp_path, '[dns.views.x]\nkey = "a2V5"')

    assert caught.value.code == "SG-CONFIG-006"
    assert "dns.views.x.key" in caught.value.message


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('name = "localhost"', "a name in full"),
        ('name = "*.example.org"', "a name in full"),
        ('addresses = ["192.0.2.300"]', "addresses, such as"),
        ('addresses = ["web-1.example.org"]', "addresses, such as"),
        ('ttl = "1500ms"', "whole seconds"),
        ('ttl = "2d"', "whole seconds"),
        ('lease = "100ms"', "half a second"),
        ('provider = "dyndns"', "one of rfc2136, route53"),
        ("views = 3", "a table"),
        ("names = { web = [] }", "names"),
    ],
)
def test_a_wrong_value_says_what_is_wanted(tmp_path: Path, line: str, wanted: str) -> None:
    """Before anything is started."""
    with pytest.raises(Invalid) as caught:
        dns(tmp_path, f"[dns]\n{line}")

    assert caught.value.code == "SG-CONFIG-002"
    assert wanted in caught.value.message


def test_a_misspelt_key_of_a_view_is_found(tmp_path: Path) -> None:
    """With the one that was meant."""
    with pytest.raises(Invalid) as caught:
        dns(tmp_path, '[dns.views.inside]\nsever = "10.0.0.53"')

    assert caught.value.code == "SG-CONFIG-001"
    assert caught.value.hint == "did you mean dns.views.inside.server?"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('name = "www.example.org"', "dns.provider"),
        ('provider = "route53"', "dns.name"),
        ('provider = "route53"\nname = "www.example.org"', "dns.zone"),
        ('provider = "rfc2136"\nname = "www.example.org"', "dns.server"),
        ('provider = "rfc2136"\nserver = "s"\nkey_name = "k"\nname = "a.example"', "dns.key"),
    ],
)
def test_half_a_setting_is_refused_before_the_start(
    tmp_path: Path, text: str, missing: str
) -> None:
    """A node that believed itself in DNS and was not would wait for visitors in vain."""
    with pytest.raises(Invalid) as caught:
        dns(tmp_path, f"[dns]\n{text}").check()

    assert caught.value.code == "SG-DNS-011"
    assert missing in caught.value.hint
