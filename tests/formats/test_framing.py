"""The frame around an image (SEG-1, SEG-2)."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from tests.formats.samples import database_image, framed

from skygarth.formats import framing
from skygarth.formats.compression import compress
from skygarth.formats.framing import read_frame, write_frame
from skygarth.formats.segment import SEGMENT
from skygarth.formats.snapshot import CHUNK
from skygarth.model.errors import Damaged, Unsupported


def test_a_frame_gives_back_what_was_put_in() -> None:
    """Header and image come out as they went in, and the digest names the whole (SEG-1)."""
    body = write_frame(SEGMENT, b'{"a":1}', database_image())
    frame = read_frame(SEGMENT, body)

    assert frame.header == b'{"a":1}'
    assert frame.image(len(database_image())) == database_image()
    assert frame.digest == hashlib.sha256(body).hexdigest()


def test_the_header_is_there_for_people() -> None:
    """`head -c` of an object shows what it is (SEG-1)."""
    body = write_frame(SEGMENT, b'{"node":"a"}', database_image())

    assert body[:26] == b'SKYGSEG\n\x00\x01\x00\x00\x00\x0c{"node":"a"}'


def test_the_hash_is_verified_before_anything_else() -> None:
    """What has another magic and a wrong hash is called damaged, not foreign (SEG-2)."""
    with pytest.raises(Damaged) as caught:
        read_frame(SEGMENT, b"GIF89a" + bytes(100))

    assert caught.value.code == "SG-SEGMENT-002"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "SG-SEGMENT-001"),
        (bytes(45), "SG-SEGMENT-001"),
        (framed(CHUNK.magic, b"{}", b""), "SG-SEGMENT-003"),
        (framed(SEGMENT.magic, b"{}", b"", version=0), "SG-SEGMENT-004"),
        (framed(SEGMENT.magic, b"{}", b"", length=0), "SG-SEGMENT-004"),
        (framed(SEGMENT.magic, b"{}", b"xyz", length=6), "SG-SEGMENT-004"),
    ],
)
def test_each_fault_has_its_code(body: bytes, code: str) -> None:
    """A frame that cannot be is refused for the first thing that is wrong (SEG-2)."""
    with pytest.raises(Damaged) as caught:
        read_frame(SEGMENT, body)

    assert caught.value.code == code


def test_a_later_version_is_not_called_damaged() -> None:
    """Whoever meets the future is told to upgrade, whatever the rest looks like (SEG-10)."""
    with pytest.raises(Unsupported, match="upgrade this node") as caught:
        read_frame(SEGMENT, framed(SEGMENT.magic, b"?", b"", version=2))

    assert caught.value.code == "SG-SEGMENT-006"


@pytest.mark.parametrize("size", [0, 256 * 1024 * 1024 + 1, 2**62])
def test_a_declared_size_is_checked_before_unpacking(size: int) -> None:
    """No frame makes a node reserve more memory than it would ever need (FMT-3)."""
    frame = read_frame(SEGMENT, write_frame(SEGMENT, b"{}", database_image()))
    with pytest.raises(Damaged) as caught:
        frame.image(size)

    assert caught.value.code == "SG-SEGMENT-010"


def test_a_payload_that_is_no_database_is_refused() -> None:
    """An image is looked at before SQLite opens it (FMT-2)."""
    whole = read_frame(SEGMENT, write_frame(SEGMENT, b"{}", database_image()))
    noise = dataclasses.replace(whole, payload=compress(b"no database"))
    with pytest.raises(Damaged) as caught:
        noise.image(11)

    assert caught.value.code == "SG-SEGMENT-012"


def test_nobody_writes_what_nobody_would_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that is too large is refused with a way out (FMT-3)."""
    monkeypatch.setattr(framing, "IMAGE_BYTES_MAX", 4_096)
    with pytest.raises(Unsupported, match="fewer objects in one transaction") as caught:
        write_frame(SEGMENT, b"{}", database_image())

    assert caught.value.code == "SG-SEGMENT-013"
