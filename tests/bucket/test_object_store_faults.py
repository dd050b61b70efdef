"""What a store's refusals mean: each class against answers as real stores give them."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event

import pytest
from tests.servers.running import RunningServer, free_ports
from tests.servers.scripted import Answer, Script, scripted

from skygarth.bucket import Bucket, codes
from skygarth.bucket.object_store_connecting import Patience, object_store_at
from skygarth.model.errors import (
    Denied,
    Invalid,
    NotFound,
    SkygarthError,
    TimedOut,
    Unavailable,
    Unsupported,
)

Request = Callable[[Bucket], object]

REQUESTS: dict[str, Request] = {
    "get": lambda bucket: bucket.get("key"),
    "get_if_changed": lambda bucket: bucket.get_if_changed("key", '"0"'),
    "get_range": lambda bucket: bucket.get_range("key", 0, 1),
    "put": lambda bucket: bucket.put("key", b"x"),
    "put_if_absent": lambda bucket: bucket.put_if_absent("key", b"x"),
    "list": lambda bucket: bucket.list("tail/"),
    "delete": lambda bucket: bucket.delete("key"),
}
WRITES = {name: REQUESTS[name] for name in ("put", "put_if_absent", "list", "delete")}

every_request = pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)


def bucket_on(server: RunningServer, url: str = "s3://acme/site", **environ: str) -> Bucket:
    """A bucket with little patience."""
    return object_store_at(url, {**server.environ, **environ}, Patience(1.0, 2.0))


def refused(request: Request, server: RunningServer, url: str = "s3://acme/site") -> SkygarthError:
    """The error that a request raises."""
    with pytest.raises(SkygarthError) as raised:
        request(bucket_on(server, url))
    assert raised.value.__cause__ is not None
    return raised.value


@every_request
@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Answer(500, "InternalError"), Unavailable, codes.NO_ANSWER),
        (Answer(502), Unavailable, codes.NO_ANSWER),
        (Answer(503, "SlowDown"), Unavailable, codes.SLOW_DOWN),
        (Answer(503), Unavailable, codes.SLOW_DOWN),
        (Answer(429), Unavailable, codes.SLOW_DOWN),
        (Answer(400, "RequestTimeout"), Unavailable, codes.NO_ANSWER),
        (Answer(408), Unavailable, codes.NO_ANSWER),
        (Answer(0), Unavailable, codes.NO_ANSWER),
        (Answer(401), Denied, codes.DENIED),
        (Answer(403, "AccessDenied"), Denied, codes.DENIED),
        (Answer(403, "RequestTimeTooSkewed"), Denied, codes.DENIED),
        (Answer(400, "ExpiredToken"), Denied, codes.DENIED),
        (Answer(400, "AuthorizationHeaderMalformed"), Denied, codes.DENIED),
        (Answer(301, "PermanentRedirect"), Denied, codes.DENIED),
        (Answer(400, "InvalidBucketName"), Invalid, codes.UNEXPECTED),
        (Answer(405, "MethodNotAllowed"), Unsupported, codes.UNEXPECTED),
        (Answer(404, "NoSuchBucket"), NotFound, codes.NO_BUCKET),
    ],
    ids=lambda each: f"{each.status} {each.code}".strip() if isinstance(each, Answer) else None,
)
def test_an_answer_means_the_same_to_every_request(
    request_: Request, answer: Answer, error: type[SkygarthError], code: str
) -> None:
    """Whatever was asked, a status and a code have one meaning and one way out."""
    with scripted(answer) as server:
        found = refused(request_, server)

    assert type(found) in {error, *error.__subclasses__()}
    assert found.code == code
    assert found.hint
    assert "s3://acme/site" in found.message


def test_each_denial_has_its_own_way_out() -> None:
    """A wrong clock, a wrong region and a wrong secret are mended in three places."""
    hints = {}
    for code in ("RequestTimeTooSkewed", "AuthorizationHeaderMalformed", "SignatureDoesNotMatch"):
        with scripted(Answer(403, code)) as server:
            hints[code] = refused(REQUESTS["put"], server).hint

    assert "clock" in hints["RequestTimeTooSkewed"]
    assert "AWS_REGION" in hints["AuthorizationHeaderMalformed"]
    assert "AWS_SECRET_ACCESS_KEY" in hints["SignatureDoesNotMatch"]


def test_a_refused_condition_is_unsupported() -> None:
    """Swift answers a create-only write with 501: the node must be told, not the write repeated."""
    with scripted(Answer(501, "NotImplemented")) as server:
        found = refused(REQUESTS["put_if_absent"], server)

    assert type(found) is Unsupported
    assert found.code == codes.NO_CONDITIONAL_WRITES
    assert len(server.requests) <= 2


def test_a_create_that_meets_another_under_way_is_tried_again() -> None:
    """S3's 409 on a create says a competing write is not yet decided: neither yes nor no."""
    with scripted(Answer(409, "ConditionalRequestConflict")) as server:
        found = refused(REQUESTS["put_if_absent"], server)

    assert isinstance(found, Unavailable)


@pytest.mark.parametrize("answer", [Answer(412, "PreconditionFailed"), Answer(412), Answer(304)])
def test_a_create_that_comes_too_late_says_false(answer: Answer) -> None:
    """412, and with some stores 304, says that the key exists."""
    with scripted(answer) as server:
        assert bucket_on(server).put_if_absent("key", b"x") is False


@pytest.mark.parametrize("request_", WRITES.values(), ids=WRITES)
def test_a_bare_404_on_a_write_is_a_missing_bucket(request_: Request) -> None:
    """A put cannot miss its key, so a 404 without a word means the bucket; deleting is done."""
    with scripted(Answer(404)) as server:
        if request_ is WRITES["delete"]:
            request_(bucket_on(server))
            return
        found = refused(request_, server)

    assert found.code == codes.NO_BUCKET
    assert "aws s3api create-bucket --bucket acme" in found.hint


def test_a_body_cut_short_is_never_taken_for_whole() -> None:
    """A connection that ends before the announced length is a failure, not a short object."""
    headers = {"ETag": '"1"', "Last-Modified": "Tue, 24 Nov 2026 11:00:00 GMT"}
    with scripted(Answer(200, headers=headers, body=b"half", length=8)) as server:
        found = refused(REQUESTS["get"], server)

    assert isinstance(found, Unavailable)


def test_a_failure_that_passes_within_a_moment_is_hidden() -> None:
    """One second try at once is obstore's own, for connections that the store has closed."""
    with scripted(Answer(500), Answer(200, headers={"ETag": '"1"'})) as server:
        bucket_on(server).put("key", b"x")

    assert len(server.requests) == 2


@every_request
def test_a_dead_endpoint_is_unavailable(request_: Request) -> None:
    """Nobody listens: the error names the endpoint, and comes at once."""
    (port,) = free_ports(1)
    server = Script(f"http://127.0.0.1:{port}")
    found = refused(request_, server)

    assert isinstance(found, Unavailable)
    assert f"127.0.0.1:{port}" in found.message


@every_request
def test_a_silent_endpoint_times_out(request_: Request) -> None:
    """A server that takes the request and never answers costs the patience, no more."""
    never = Event()
    with scripted(Answer(200, waits_for=never)) as server:
        bucket = object_store_at("s3://acme", server.environ, Patience(0.2, 0.2))
        with pytest.raises(TimedOut):
            request_(bucket)
        never.set()


def test_no_credentials_is_denied_with_the_variables_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without keys the cloud's own source is asked; where it has none, the variables are named."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with scripted(Answer(404)) as metadata:
        bucket = object_store_at("s3://acme", {"AWS_METADATA_ENDPOINT": metadata.endpoint})
        with pytest.raises(Denied, match="AWS_ACCESS_KEY_ID") as raised:
            bucket.get("key")

    assert raised.value.code == codes.NO_CREDENTIALS
