"""A SQLite database, looked at before SQLite does (FMT-2)."""

from __future__ import annotations

import apsw
import pytest
from tests.formats.samples import database_image

from skygarth.formats.image import fault_of_image


def test_a_database_is_one() -> None:
    """What SQLite serialises passes."""
    assert fault_of_image(database_image()) == ""


@pytest.mark.parametrize("page_size", [512, 1_024, 65_536])
def test_every_page_size_passes(page_size: int) -> None:
    """Small pages and the largest, which is written as 1, are all right."""
    connection = apsw.Connection(":memory:")
    connection.execute(f"PRAGMA page_size={page_size}")
    connection.execute("CREATE TABLE t(a)")

    assert fault_of_image(connection.serialize("main")) == ""


@pytest.mark.parametrize(
    ("offset", "value", "fault"),
    [
        (0, b"s", "it is no SQLite database"),
        (16, b"\x00\x00", "its page size cannot be 0"),
        (16, b"\x01\x00", "its page size cannot be 256"),
        (16, b"\x10\x01", "its page size cannot be 4097"),
        (28, b"\x00\x00\x00\x09", "it has 8192 bytes and declares 9 pages of 4096"),
        (18, b"\x02\x02", "it needs a write-ahead log beside it, or has an unknown layout"),
        (21, b"\x20", "it needs a write-ahead log beside it, or has an unknown layout"),
        (56, b"\x00\x00\x00\x02", "its texts are not in UTF-8"),
    ],
)
def test_what_is_wrong_is_said(offset: int, value: bytes, fault: str) -> None:
    """Each field of the header that could mislead SQLite is checked (FMT-2)."""
    image = bytearray(database_image())
    image[offset : offset + len(value)] = value

    assert fault_of_image(bytes(image)) == fault


@pytest.mark.parametrize("length", [0, 15, 99])
def test_what_is_shorter_than_a_header_is_none(length: int) -> None:
    """Not even the header is there."""
    assert fault_of_image(database_image()[:length]) == "it is no SQLite database"


def test_a_database_cut_short_is_refused() -> None:
    """A missing page is noticed without opening the file (FMT-2)."""
    assert "declares 2 pages" in fault_of_image(database_image()[:4_096])
