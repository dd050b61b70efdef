"""What the operating system's refusals mean for somebody who uses a folder as a bucket."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from skygarth.bucket import codes
from skygarth.model.errors import Denied, Invalid, SkygarthError, Unavailable, Unsupported

_FULL = {errno.ENOSPC, errno.EDQUOT}
_DENIED = {errno.EACCES, errno.EROFS}
_NO_LINKS = {errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK, errno.EPERM}
_BAD_KEY = {errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EILSEQ, errno.ENOTEMPTY}


@contextmanager
def explained(url: str, action: str, key: str = "") -> Iterator[None]:
    """Turn whatever `OSError` leaves the block into an error that names a way out.

    Args:
        url: the bucket, for the message.
        action: what was tried: open, get, put, list, delete.
        key: on what, where there is one.
    """
    try:
        yield
    except OSError as cause:
        what = f"could not {action} in {url}: {cause.strerror or cause}. key={key!r}"
        raise _explanation(what, cause) from cause


def _explanation(what: str, cause: OSError) -> SkygarthError:
    """The error that tells a reader of `what` what to do next."""
    if cause.errno in _FULL:
        hint = "free some space or raise the quota; nothing is lost, it goes on by itself"
        return Unavailable(what, code=codes.DISK_FULL, hint=hint)
    if cause.errno in _NO_LINKS:
        hint = "use a folder on a file system with hard links, such as ext4, XFS, APFS or NFS"
        return Unsupported(what, code=codes.NO_HARD_LINKS, hint=hint)
    if cause.errno in _DENIED:
        hint = "let this user read, write and enter the folder and everything in it"
        return Denied(what, code=codes.DENIED, hint=hint)
    if cause.errno in _BAD_KEY:
        hint = "in a folder no key may be another key's beginning up to a '/'"
        return Invalid(what, code=codes.BAD_KEY, hint=hint)
    hint = "see whether the disk or share is attached and healthy"
    return Unavailable(what, code=codes.NO_ANSWER, hint=hint)
