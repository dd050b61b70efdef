"""Names by content do not tell which content they name."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from skygarth.formats.bucket_keys import blob_key, chunk_key, manifest_key
from skygarth.formats.hidden_names import HiddenNames, HiddenWords

NAMES = HiddenNames(b"n" * 32)


@given(st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_a_hidden_name_can_be_read_by_who_may(digest: str) -> None:
    """Names map to names one to one (SEA-10)."""
    for key in (chunk_key(digest), blob_key(digest)):
        hidden = NAMES.hidden(key)

        assert hidden != key
        assert len(hidden) == len(key)
        assert NAMES.shown(hidden) == key


def test_a_name_depends_on_the_secret() -> None:
    """Who knows a file cannot compute where it would stand (SEA-10)."""
    key = blob_key(hashlib.sha256(b"a well-known file").hexdigest())

    assert NAMES.hidden(key) != HiddenNames(b"m" * 32).hidden(key)


def test_names_that_differ_late_differ_everywhere() -> None:
    """Two contents do not even share half a name, whichever half they share."""
    one = NAMES.hidden(chunk_key("a1" * 16 + "b2" * 16))
    other = NAMES.hidden(chunk_key("a2" * 16 + "b2" * 16))

    assert one[-32:] != other[-32:]


def test_other_keys_stay_as_they_are() -> None:
    """Only digests of content are hidden."""
    for key in ("repo.json", "chunk/zz/none", manifest_key("ab" * 32)):
        assert (NAMES.hidden(key), NAMES.shown(key)) == (key, key)


@given(st.text(max_size=80))
def test_what_people_call_nodes_is_hidden(words: str) -> None:
    """Members read it; about somebody else, or altered, it says nothing (SEA-10)."""
    hiding = HiddenWords(b"n" * 32)
    hidden = hiding.hidden("a", words)
    expected = words.encode(errors="replace").decode()

    assert hiding.shown("a", hidden) == expected
    assert hiding.shown("b", hidden) == "?"
    assert HiddenWords(b"m" * 32).shown("a", hidden) == "?"
    assert hiding.shown("a", "00") == "?"
