"""What the operating system's refusals mean."""

from __future__ import annotations

import errno
import os

import pytest

from skygarth.bucket import codes
from skygarth.bucket.folder_faults import explained
from skygarth.model.errors import Denied, Invalid, SkygarthError, Unavailable, Unsupported


@pytest.mark.parametrize(
    ("number", "error", "code"),
    [
        (errno.ENOSPC, Unavailable, codes.DISK_FULL),
        (errno.EDQUOT, Unavailable, codes.DISK_FULL),
        (errno.EACCES, Denied, codes.DENIED),
        (errno.EROFS, Denied, codes.DENIED),
        (errno.EPERM, Unsupported, codes.NO_HARD_LINKS),
        (errno.EXDEV, Unsupported, codes.NO_HARD_LINKS),
        (errno.EISDIR, Invalid, codes.BAD_KEY),
        (errno.ENAMETOOLONG, Invalid, codes.BAD_KEY),
        (errno.EIO, Unavailable, codes.NO_ANSWER),
        (errno.ESTALE, Unavailable, codes.NO_ANSWER),
        (errno.EMFILE, Unavailable, codes.NO_ANSWER),
    ],
)
def test_each_refusal_says_what_to_do_next(
    number: int, error: type[SkygarthError], code: str
) -> None:
    """A refusal becomes an error of the port, with a hint, raised from its cause."""
    with (
        pytest.raises(error, match="could not put in file:///b") as raised,
        explained("file:///b", "put", "k"),
    ):
        raise OSError(number, os.strerror(number))

    assert raised.value.code == code
    assert raised.value.hint
    assert isinstance(raised.value.__cause__, OSError)
