"""zstd within bounds (FMT-3)."""

from __future__ import annotations

import sys

import pytest

from skygarth.formats.compression import Unpackable, compress, decompress

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def test_what_was_packed_unpacks() -> None:
    """Packing loses nothing, of nothing too."""
    for content in (b"", b"x", b"abc" * 100_000):
        assert decompress(compress(content), len(content)) == content


def test_a_bomb_is_refused_by_its_declaration() -> None:
    """A frame that declares more than its header said is not unpacked (FMT-3)."""
    bomb = compress(bytes(100_000_000))

    assert len(bomb) < 100_000
    with pytest.raises(Unpackable, match="declares 100000000 bytes"):
        decompress(bomb, 1_000)


def test_a_frame_that_lies_about_its_size_is_refused() -> None:
    """Unpacking stops at the declared size, whatever is behind (FMT-3)."""
    honest = bytearray(compress(b"z" * 70_000))
    size = (70_000).to_bytes(4, "little")
    assert size in honest
    lying = bytes(honest).replace(size, (66_000).to_bytes(4, "little"), 1)

    with pytest.raises(Unpackable):
        decompress(lying, 66_000)


def test_a_frame_without_a_size_is_refused() -> None:
    """A writer that streams must not: readers want to know before they unpack (FMT-3)."""
    options = {int(zstd.CompressionParameter.content_size_flag): 0}

    with pytest.raises(Unpackable, match="declares None"):
        decompress(zstd.compress(b"abc", options=options), 3)


@pytest.mark.parametrize("cut", [0, 1, 5, -1])
def test_half_a_frame_is_refused(cut: int) -> None:
    """What ends early is damaged."""
    with pytest.raises(Unpackable):
        decompress(compress(b"abc" * 1000)[:cut], 3_000)


def test_a_second_frame_is_refused() -> None:
    """Nothing may hide behind the payload."""
    with pytest.raises(Unpackable, match="not one whole frame"):
        decompress(compress(b"abc") + compress(b"def"), 3)
