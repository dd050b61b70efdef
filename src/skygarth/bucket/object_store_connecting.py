"""From an address and the usual variables to a connected object store.

``s3://bucket/prefix`` with ``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN`` and ``AWS_REGION``; machines in
a cloud get their role's credentials by themselves. A custom endpoint is
addressed by path (``http://host/bucket/key``), as nearly every store but
Amazon's wants it, unless ``AWS_VIRTUAL_HOSTED_STYLE_REQUEST`` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from skygarth.bucket import codes
from skygarth.bucket.object_store import ObjectStoreBucket, Place
from skygarth.model.errors import Invalid

if TYPE_CHECKING:  # obstore has these names in its stubs only
    from obstore.store import ClientConfig, RetryConfig, S3Config

REGION = "us-east-1"
"""What S3 calls home, and what other stores accept as a region."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a store, in seconds.

    Attributes:
        connect_seconds: for a connection.
        answer_seconds: for a whole answer; 16 MiB at 3 Mbit/s take 45 s.
    """

    connect_seconds: float = 5.0
    answer_seconds: float = 60.0


def object_store_at(
    url: str, environ: Mapping[str, str], patience: Patience | None = None
) -> ObjectStoreBucket:
    """Connect to ``s3://``, ``gs://`` or ``az://``; asks the network for nothing yet.

    Args:
        url: scheme, bucket and optional prefix.
        environ: where credentials and endpoint are looked up (S3 only; the
            others read the process's own environment).
        patience: how long to wait for answers.

    Raises:
        Invalid: the address or the endpoint cannot be.
    """
    parts = urlsplit(url)
    client, retry = _client(patience or Patience(), environ)
    try:
        if parts.scheme == "s3":
            return _s3(url, parts, environ, client, retry)
        if parts.scheme == "gs":
            store = GCSStore.from_url(url, client_options=client, retry_config=retry)
            creating = f"gcloud storage buckets create gs://{parts.netloc}"
            return ObjectStoreBucket(store, Place(url, creating))
        assert parts.scheme == "az"
        azure = AzureStore.from_url(url, client_options=client, retry_config=retry)
        creating = f"az storage container create --name {parts.netloc}"
        return ObjectStoreBucket(azure, Place(url, creating))
    except (BaseError, ValueError) as cause:
        raise Invalid(
            f"this bucket's address cannot be used: {str(cause).splitlines()[0]}. url='{url}'",
            code=codes.BAD_URL,
            hint="write s3://bucket/prefix, gs://bucket/prefix or az://container/prefix",
        ) from cause


def _s3(
    url: str,
    parts: SplitResult,
    environ: Mapping[str, str],
    client: ClientConfig,
    retry: RetryConfig,
) -> ObjectStoreBucket:
    """Connect to S3 or what speaks it."""
    endpoint = _endpoint(environ)
    store = S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=_s3_config(environ, endpoint),
        client_options=client,
        retry_config=retry,
    )
    where = f" --endpoint-url {endpoint}" if endpoint else ""
    creating = f"aws s3api create-bucket --bucket {parts.netloc}{where}"
    return ObjectStoreBucket(store, Place(url, creating))


def _s3_config(environ: Mapping[str, str], endpoint: str) -> S3Config:
    """Settings in obstore's words; deletes one by one, as some stores have no bulk delete."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or REGION
    config: S3Config = {"region": region, "disable_bulk_delete": True}
    if endpoint:
        hosted = environ.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "false").lower() == "true"
        config["endpoint"] = endpoint
        config["virtual_hosted_style_request"] = hosted
    if environ.get("AWS_ACCESS_KEY_ID"):
        config["access_key_id"] = environ["AWS_ACCESS_KEY_ID"]
        config["secret_access_key"] = environ.get("AWS_SECRET_ACCESS_KEY", "")
    if environ.get("AWS_SESSION_TOKEN"):
        config["session_token"] = environ["AWS_SESSION_TOKEN"]
    if environ.get("AWS_METADATA_ENDPOINT"):
        config["metadata_endpoint"] = environ["AWS_METADATA_ENDPOINT"]
    return config


def _endpoint(environ: Mapping[str, str]) -> str:
    """The endpoint asked for, if any; refuses plain HTTP to another machine."""
    endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or ""
    if not endpoint:
        return ""
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid(
            f"the endpoint is not a web address. AWS_ENDPOINT_URL='{endpoint}'",
            code=codes.BAD_URL,
            hint="write it as https://host or https://host:port",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Invalid(
            "plain http would send the site's contents unencrypted to another machine. "
            f"AWS_ENDPOINT_URL='{endpoint}'",
            code=codes.PLAIN_HTTP,
            hint="use an https endpoint, or a tunnel that ends on this machine",
        )
    return endpoint.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host's name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _client(patience: Patience, environ: Mapping[str, str]) -> tuple[ClientConfig, RetryConfig]:
    """How obstore's HTTP client behaves."""
    client: ClientConfig = {
        "connect_timeout": timedelta(seconds=patience.connect_seconds),
        "timeout": timedelta(seconds=patience.answer_seconds),
    }
    if _endpoint(environ).startswith("http://"):
        client["allow_http"] = True
    # One quick second try, for a pooled connection that the store closed meanwhile.
    retry: RetryConfig = {
        "max_retries": 1,
        "retry_timeout": timedelta(seconds=patience.answer_seconds),
        "backoff": {
            "init_backoff": timedelta(milliseconds=50),
            "max_backoff": timedelta(milliseconds=100),
            "base": 2,
        },
    }
    return client, retry
