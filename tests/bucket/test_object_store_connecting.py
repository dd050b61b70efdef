"""From an address and variables to a store."""

from __future__ import annotations

import pytest
from tests.servers.scripted import Answer, scripted

from skygarth.bucket import codes
from skygarth.bucket.object_store_connecting import is_loopback, object_store_at
from skygarth.model.errors import Invalid

KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("0.0.0.0", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, expected: bool) -> None:
    """A name that merely looks local is not."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize("endpoint", ["http://10.0.0.1:9000", "http://store.example.org"])
def test_plain_http_beyond_this_machine_is_refused(endpoint: str) -> None:
    """Contents would travel unencrypted: refused before anything is sent."""
    with pytest.raises(Invalid, match="unencrypted") as raised:
        object_store_at("s3://acme", {**KEYS, "AWS_ENDPOINT_URL": endpoint})

    assert raised.value.code == codes.PLAIN_HTTP


@pytest.mark.parametrize("endpoint", ["store.example.org", "ftp://x", "https://"])
def test_an_endpoint_is_a_web_address(endpoint: str) -> None:
    """Anything else is refused with the form it should have."""
    with pytest.raises(Invalid, match="AWS_ENDPOINT_URL") as raised:
        object_store_at("s3://acme", {**KEYS, "AWS_ENDPOINT_URL": endpoint})

    assert raised.value.code == codes.BAD_URL


def test_a_custom_endpoint_is_addressed_by_path() -> None:
    """The bucket is the first part of the path, then the prefix, then the key."""
    with scripted(Answer(200, headers={"ETag": '"1"'})) as server:
        object_store_at("s3://acme/site/", server.environ).put("tail/1", b"x")

    assert server.requests == ["PUT /acme/site/tail/1"]


def test_an_endpoint_for_s3_alone_goes_first() -> None:
    """AWS_ENDPOINT_URL_S3 outdoes AWS_ENDPOINT_URL, as with Amazon's own tools."""
    with scripted(Answer(200, headers={"ETag": '"1"'})) as server:
        environ = {**server.environ, "AWS_ENDPOINT_URL": "https://elsewhere.invalid"}
        environ["AWS_ENDPOINT_URL_S3"] = server.endpoint
        object_store_at("s3://acme", environ).put("tail/1", b"x")

    assert server.requests == ["PUT /acme/tail/1"]


@pytest.mark.parametrize("url", ["gs://acme/site", "s3://acme"])
def test_other_clouds_are_connected_the_same_way(url: str) -> None:
    """An address is enough; nothing is asked yet."""
    assert object_store_at(url, KEYS).url == url


def test_an_unusable_address_is_invalid() -> None:
    """Azure needs an account besides the container, and says so."""
    with pytest.raises(Invalid, match="Account") as raised:
        object_store_at("az://container/site", {})

    assert raised.value.code == codes.BAD_URL
