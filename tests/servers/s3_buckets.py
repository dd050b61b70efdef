"""Making a bucket on a server under test.

obstore has no request for that, but it signs one: a PUT of the bucket's own
address with no key is exactly S3's CreateBucket.
"""

from __future__ import annotations

import http.client
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store
from tests.servers.running import RunningServer

BUCKET = "skygarth"
"""The bucket that every started server has."""


def create_bucket(server: RunningServer, name: str) -> None:
    """Create a bucket; one that exists already is fine.

    Raises:
        OSError: the server is not (yet) able to.
    """
    address = obstore.sign(_store(server, name), "PUT", "", timedelta(minutes=1))
    try:
        urlopen(Request(address, method="PUT", data=b""), timeout=5).close()
    except HTTPError as refused:
        if refused.code != 409:  # exists already
            raise


def answers(server: RunningServer) -> bool:
    """Whether the server can by now create a bucket and write an object."""
    try:
        create_bucket(server, BUCKET)
        store = _store(server, BUCKET)
        obstore.put(store, "ready", b"", use_multipart=False)
        obstore.delete(store, "ready")
    except (OSError, http.client.HTTPException, BaseError):
        return False
    return True


def _store(server: RunningServer, bucket: str) -> S3Store:
    """The plainest client, so that a fault of ours cannot hide in it."""
    return S3Store(
        bucket,
        endpoint=server.endpoint,
        access_key_id=server.access_key,
        secret_access_key=server.secret_key,
        region="us-east-1",
        virtual_hosted_style_request=False,
        disable_bulk_delete=True,
        client_options={"allow_http": True, "timeout": timedelta(seconds=5)},
        retry_config={"max_retries": 0},
    )
