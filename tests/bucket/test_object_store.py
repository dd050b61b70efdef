"""A bucket in an object store, on a real one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skygarth.bucket import Bucket, codes
from skygarth.bucket.object_store_connecting import object_store_at
from skygarth.model.errors import Denied, NotFound

Address = tuple[str, dict[str, str]]

REQUESTS: dict[str, Callable[[Bucket], object]] = {
    "get": lambda bucket: bucket.get("key"),
    "get_if_changed": lambda bucket: bucket.get_if_changed("key", '"0"'),
    "get_range": lambda bucket: bucket.get_range("key", 0, 1),
    "put": lambda bucket: bucket.put("key", b"x"),
    "put_if_absent": lambda bucket: bucket.put_if_absent("key", b"x"),
    "list": lambda bucket: bucket.list("tail/"),
    "delete": lambda bucket: bucket.delete("key"),
    "now_ms": lambda bucket: bucket.now_ms(),
}


@pytest.fixture(
    params=[
        pytest.param(kind, marks=[pytest.mark.server, pytest.mark.xdist_group(kind)])
        for kind in ("seaweed", "ceph", "rclone")
    ]
)
def address(request: pytest.FixtureRequest) -> Address:
    """A bucket's address on each of the real servers."""
    found: Address = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.mark.parametrize("wrong", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_are_denied(address: Address, wrong: str) -> None:
    """An unknown key or a wrong secret denies every request, with the variables to check."""
    url, environ = address
    bucket = object_store_at(url, {**environ, wrong: "not-this-one"})

    for request in REQUESTS.values():
        with pytest.raises(Denied, match=wrong) as raised:
            request(bucket)

        assert raised.value.code == codes.DENIED
        assert environ["AWS_SECRET_ACCESS_KEY"] not in str(raised.value)


def test_a_missing_bucket_is_named_with_the_command_to_create_it(address: Address) -> None:
    """Every request says that the bucket itself is not there, not that a key is not."""
    _, environ = address
    bucket = object_store_at("s3://nobody-made-this/site", environ)

    for request in REQUESTS.values():
        with pytest.raises(NotFound) as raised:
            request(bucket)

        assert raised.value.code == codes.NO_BUCKET
        assert "create-bucket --bucket nobody-made-this --endpoint-url http" in raised.value.hint


def test_a_prefix_is_a_bucket_of_its_own(address: Address) -> None:
    """Two sites below one bucket see nothing of each other, and keys come without the prefix."""
    url, environ = address
    one, other = (object_store_at(f"{url}/{site}", environ) for site in ("site", "site-2"))

    one.put("tail/1", b"one")
    other.put("tail/1", b"other")
    other.put("tail/2", b"other")

    assert [entry.key for entry in one.list("")] == ["tail/1"]
    assert one.get("tail/1").body == b"one"
