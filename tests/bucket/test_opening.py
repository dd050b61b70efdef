"""From an address to a bucket."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from skygarth.bucket import Bucket, codes
from skygarth.bucket.metered import Meter
from skygarth.bucket.opening import open_bucket
from skygarth.model.errors import Invalid


def opened(url: str, meter: Meter | None = None) -> Bucket:
    """A bucket that never waits."""
    return open_bucket(url, sleep=lambda _: None, random=lambda: 0.0, meter=meter, environ={})


def test_a_file_address_and_a_path_are_the_same_folder(tmp_path: Path) -> None:
    """Absolute, with blanks escaped, or as a bare path: one bucket."""
    folder = tmp_path / "my bucket"
    opened(folder.as_uri()).put("a", b"1")

    assert opened(str(folder)).get("a").body == b"1"
    assert opened(f"file://localhost{folder}").get("a").body == b"1"
    assert opened(str(folder)).url == folder.as_uri()


def test_relative_addresses_begin_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`file://./x`, `./x` and `x` are a folder in the current one."""
    monkeypatch.chdir(tmp_path)
    opened("file://./x").put("a", b"1")

    assert opened("x").get("a").body == b"1"
    assert opened("./x").url == (tmp_path / "x").as_uri()
    assert os.listdir(tmp_path) == ["x"]  # noqa: PTH208


def test_memory_is_shared_by_name() -> None:
    """Nodes in one process that open one name meet in one bucket."""
    opened("memory://test-opening").put("a", b"1")

    assert opened("memory://test-opening").get("a").body == b"1"
    assert opened("memory://test-opening-other").list("") == []


def test_opening_an_object_store_asks_the_network_for_nothing() -> None:
    """A node starts while its bucket is away."""
    assert opened("s3://acme/site").url == "s3://acme/site"


def test_a_meter_counts(tmp_path: Path) -> None:
    """The meter handed in sees every try."""
    meter = Meter()
    opened(str(tmp_path), meter).put("a", b"1")

    assert meter.snapshot().puts == 1


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("s4://acme", "s3://acme"),
        ("S3://acme", "s3://acme"),
        ("flie:///x", "file:///x"),
        ("https://acme.example/x", "s3://bucket/prefix"),
        ("file://etc/x", "file:///etc/x"),
        ("s3://", "s3://bucket"),
        ("s3:///prefix", "s3://bucket"),
        ("memory://", "memory://bucket"),
        ("", "file:///"),
    ],
)
def test_a_wrong_address_gets_a_better_one(url: str, hint: str) -> None:
    """The error's hint is an address that would do."""
    with pytest.raises(Invalid) as raised:
        opened(url)

    assert raised.value.code == codes.BAD_URL
    assert hint in raised.value.hint


@pytest.mark.parametrize("url", ["s3://key:hidden@acme/site", "az://acme/x?sig=hidden"])
def test_secrets_in_an_address_are_refused_and_not_repeated(url: str) -> None:
    """Addresses end up in logs: credentials belong into variables."""
    with pytest.raises(Invalid) as raised:
        opened(url)

    assert "hidden" not in str(raised.value)
