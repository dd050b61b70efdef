"""From an address to a bucket, with retries and a meter around it.

==========================  =================================================
``s3://bucket/prefix``      S3 and what speaks it, by the ``AWS_*`` variables
``gs://bucket/prefix``      Google Cloud Storage
``az://container/prefix``   Azure Blob Storage
``file:///absolute/path``   a folder; also ``file://./relative`` or a bare path
``memory://name``           this process's memory, shared by name
==========================  =================================================

Opening asks the network for nothing, so that a node starts while its bucket
is out of reach.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from threading import Lock
from urllib.parse import unquote, urlsplit

from skygarth.bucket import codes
from skygarth.bucket.folder import FolderBucket
from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.metered import Meter, MeteredBucket
from skygarth.bucket.object_store_connecting import object_store_at
from skygarth.bucket.port import Bucket
from skygarth.bucket.retrying import RetryingBucket
from skygarth.model.errors import Invalid

SCHEMES = ("s3", "gs", "az", "file", "memory")

_memories: dict[str, MemoryBucket] = {}
_memories_lock = Lock()


def open_bucket(
    url: str,
    *,
    sleep: Callable[[float], None],
    random: Callable[[], float],
    meter: Meter | None = None,
    now_ms: Callable[[], int] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Bucket:
    """Open the bucket at an address.

    Args:
        url: as in this module's table.
        sleep: waits so many seconds between tries.
        random: a number from 0 up to but not including 1, for those waits.
        meter: counts requests; without one nothing is counted.
        now_ms: milliseconds since 1970, the clock of a bucket in memory;
            without it that bucket does not tell the time.
        environ: where ``AWS_*`` variables are looked up; the process's own
            by default.

    Raises:
        Invalid: nothing can be at this address.
        Denied, Unavailable: a folder cannot be used.
    """
    bucket = _bucket_at(url, now_ms, os.environ if environ is None else environ)
    if meter is not None:
        bucket = MeteredBucket(bucket, meter)
    return RetryingBucket(bucket, sleep=sleep, random=random)


def folder_at(url: str) -> Path | None:
    """The folder that an address means; None where it means something else.

    Raises:
        Invalid: nothing can be at this address.
    """
    if "://" not in url:
        return _folder(url, url)
    scheme, _, rest = url.partition("://")
    return _folder(url, _path_of(url, rest)) if scheme == "file" else None


def _bucket_at(url: str, now_ms: Callable[[], int] | None, environ: Mapping[str, str]) -> Bucket:
    """The implementation for an address, bare."""
    folder = folder_at(url)
    if folder is not None:
        return FolderBucket(folder)
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        likely = get_close_matches(scheme.lower(), SCHEMES, n=1, cutoff=0.3)
        better = f"{likely[0]}://{rest}" if likely else "a folder's path or s3://bucket/prefix"
        raise _invalid(url, f"nothing is known of {scheme}://", f"did you mean {better}?")
    if not rest.partition("/")[0]:
        raise _invalid(url, "it names no bucket", f"write {scheme}://bucket or with a prefix")
    if scheme == "memory":
        return _memory(rest, now_ms)
    _check_no_secret(url)
    return object_store_at(url, environ)


def _check_no_secret(url: str) -> None:
    """Refuse credentials in an address: addresses end up in logs and process lists."""
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise Invalid(
            f"a bucket's address has only a bucket and a prefix. scheme='{parts.scheme}'",
            code=codes.BAD_URL,
            hint="give credentials by variables such as AWS_ACCESS_KEY_ID, options not at all",
        )


def _path_of(url: str, rest: str) -> str:
    """The path in a file address: absolute, or relative after ``./`` or ``../``."""
    path = unquote(rest.removeprefix("localhost") if rest.startswith("localhost/") else rest)
    if not path.startswith(("/", "./", "../")):
        hint = f"write file:///{path} from the root, or file://./{path} from here"
        raise _invalid(url, "a file address has no host", hint)
    return path


def _folder(url: str, path: str) -> Path:
    """A usable folder path."""
    if not path.strip() or "\0" in path:
        raise _invalid(url, "it names no folder", "write file:///absolute/path or a path")
    return Path(path).expanduser()


def _memory(name: str, now_ms: Callable[[], int] | None) -> MemoryBucket:
    """The bucket of this name; the first who opens it lends it the clock."""
    with _memories_lock:
        if name not in _memories:
            _memories[name] = MemoryBucket(now_ms, url=f"memory://{name}")
        return _memories[name]


def _invalid(url: str, fault: str, hint: str) -> Invalid:
    """The error about an address, with a better one."""
    return Invalid(
        f"this is no bucket's address: {fault}. url='{url}'", code=codes.BAD_URL, hint=hint
    )
