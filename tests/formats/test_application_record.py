"""Which application the nodes of a repository run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skygarth.formats.application_record import (
    ApplicationRecord,
    Wheel,
    decode_application,
    encode_application,
)
from skygarth.formats.wire import signed_part
from skygarth.model.errors import Damaged, Unsupported

WHEEL = Wheel("acme-2.0-py3-none-any.whl", "a" * 64, 1234)
RECORD = ApplicationRecord(
    version="2.0", components={"blog": ">=2"}, entry="acme.site:application", wheels=(WHEEL,)
)


def test_a_record_survives_the_bucket() -> None:
    """What was encoded is decoded, with and without wheels (BKT-8)."""
    bare = ApplicationRecord(version="1", components={"blog": ""})

    assert decode_application(encode_application(RECORD)) == RECORD
    assert decode_application(encode_application(bare)) == bare


def test_a_signature_covers_everything_but_itself() -> None:
    """Whatever else differs changes what was signed; the signature itself does not."""
    others = [
        replace(RECORD, version="2.1"),
        replace(RECORD, components={"blog": ">=1"}),
        replace(RECORD, entry="evil:application"),
        replace(RECORD, wheels=(replace(WHEEL, digest="b" * 64),)),
        replace(RECORD, published_ms=1),
    ]

    def signed(record: ApplicationRecord) -> bytes:
        return signed_part(encode_application(record))

    assert signed(replace(RECORD, signature="x")) == signed(RECORD)
    assert len({signed(each) for each in [RECORD, *others]}) == 1 + len(others)


def test_what_a_newer_version_signed_is_verified_by_an_older_one() -> None:
    """Members that are not known are skipped in reading, and covered all the same."""
    newer = encode_application(RECORD)[:-1] + b',"weather":"good"}'

    assert decode_application(newer) == RECORD
    assert signed_part(newer) != signed_part(encode_application(RECORD))
    assert b'"weather":"good"' in signed_part(newer)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"components":{}}',
        b'{"version":""}',
        b'{"version":"1","components":{"../x":""}}',
        b'{"version":"1","entry":"os; import sys"}',
        b'{"version":"1","wheels":[{"name":"a.whl","digest":"' + b"a" * 64 + b'","size":1}]}',
        b'{"version":"1","entry":"a","wheels":[{"name":"../a.whl","digest":"'
        + b"a" * 64
        + b'","size":1}]}',
        b'{"version":"1","entry":"a","wheels":[{"name":"a.whl","digest":"b","size":1}]}',
    ],
)
def test_what_is_no_record_is_refused(body: bytes) -> None:
    """Names lead to no other folder, and an entry is a name, not a statement."""
    with pytest.raises(Damaged, match=r"app\.json cannot be read"):
        decode_application(body)


def test_a_later_format_asks_for_a_later_version() -> None:
    """What a later version wrote may mean something else."""
    with pytest.raises(Unsupported, match="later version"):
        decode_application(encode_application(replace(RECORD, format=2)))
