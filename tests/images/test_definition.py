"""A definition refuses what would mean something else in one of the languages it is written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.images.samples import FOLDER, FULL, STORE

from skygarth.images import NodeImage, Sizes
from skygarth.model.errors import Invalid
from skygarth.node.setting_kinds import Address

REFUSED = [
    {"bucket": "s3://key:secret@acme/site"},
    {"bucket": "s3://acme/site?token=1"},
    {"bucket": "memory://site"},
    {"bucket": "s3://acme/../other"},
    {"bucket": "s3://acme/$(id)"},
    {"region": "eu north"},
    {"endpoint": "https://user:pass@store.example.org"},
    {"name": "Web"},
    {"name": "-web"},
    {"pools": ("web", "no way")},
    {"application": "blog:node; rm"},
    {"install": "skygarth --index-url https://evil.example.org"},
    {"key_from": "skykey_00ff"},
    {"settings": {"cluster.key": "skykey_00ff"}},
    {"listen": Address("0.0.0.0", 80)},
]


@pytest.mark.parametrize("given", REFUSED, ids=str)
def test_what_no_shape_can_carry_is_refused(given: dict[str, object]) -> None:
    """With a code and a way out, before anything is written (SG-IMAGE-001)."""
    with pytest.raises(Invalid) as refusal:
        NodeImage(**{"bucket": "s3://acme/site", **given})  # type: ignore[arg-type]

    assert refusal.value.code == "SG-IMAGE-001"
    assert refusal.value.hint


def test_a_password_is_not_repeated_in_the_refusal() -> None:
    """An address that was refused may hold one."""
    with pytest.raises(Invalid) as refusal:
        NodeImage(bucket="s3://key:sesame@acme/site")

    assert "sesame" not in str(refusal.value)


@given(st.text(min_size=1, max_size=20))
def test_no_accepted_name_means_anything_to_a_shell(text: str) -> None:
    """Whatever is accepted as a name or an application is made of plain characters."""
    try:
        image = NodeImage(bucket="s3://acme/site", name=text)
    except Invalid:
        return

    assert not set(image.label) - set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_bucket_is_taken_apart() -> None:
    """Policies need its name and its prefix apart, a unit its folder."""
    assert (STORE.bucket_name, STORE.prefix, STORE.folder) == ("acme", "site/", "")
    assert (FOLDER.is_s3, FOLDER.folder) == (False, "/srv/site")


def test_the_key_is_named_by_its_place() -> None:
    """A parameter's name, a file, or none at all."""
    assert FULL.parameter == "/acme/skygarth-key"
    assert (STORE.parameter, STORE.has_key) == ("", True)
    assert not FOLDER.has_key


def test_the_libraries_that_settings_need_are_asked_for() -> None:
    """Beside those that a requirement names itself, and never of a wheel or a folder."""
    wanting = NodeImage(
        bucket="s3://acme/site",
        install="skygarth==1.2.0",
        settings={"notices.use": ["nats"], "dns.provider": "rfc2136"},
    )
    folder = NodeImage(bucket="s3://acme/site", install="/srv/wheels", key_from="ssm:/key")

    assert wanting.requirement == "skygarth[dns,nats]==1.2.0"
    assert folder.requirement == "/srv/wheels"
    assert STORE.requirement == "skygarth"


def test_sizes_must_be_possible() -> None:
    """At least one node, at most no fewer than at least, and some memory."""
    for sizes in ({"nodes_min": 0}, {"nodes_min": 3, "nodes_max": 2}, {"memory_mib": 1}):
        with pytest.raises(Invalid):
            Sizes(**sizes)  # type: ignore[arg-type]
