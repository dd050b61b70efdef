"""GUIDs are UUIDs of version 7: they sort by the moment they were made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.errors import Invalid
from skygarth.model.guid import Guid, make_guid, parse_guid

MILLISECONDS = st.integers(0, (1 << 48) - 1)
NOISE = st.integers(0, (1 << 74) - 1)


@given(MILLISECONDS, NOISE)
def test_a_guid_is_a_uuid_of_version_7(milliseconds: int, noise: int) -> None:
    """Any other software may read the moment off it."""
    made = Guid(bytes=make_guid(milliseconds, noise))

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert milliseconds == made.int >> 80


@given(MILLISECONDS, NOISE, MILLISECONDS, NOISE)
def test_bytes_sort_by_moment_then_noise(ms: int, noise: int, ms2: int, noise2: int) -> None:
    """So neighbours in time are neighbours in an index."""
    assert ((ms, noise) < (ms2, noise2)) == (make_guid(ms, noise) < make_guid(ms2, noise2))


def test_a_guid_can_be_read() -> None:
    """As people and requests write it; anything else is refused."""
    text = "01890a5d-ac96-774b-bcce-b302099a8057"

    assert str(parse_guid(text)) == text
    with pytest.raises(Invalid) as caught:
        parse_guid("hello")
    assert caught.value.code == "SG-GUID-001"
