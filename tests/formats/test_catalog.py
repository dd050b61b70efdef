"""The numbered list of snapshots (SNP-6)."""

from __future__ import annotations

import json

import pytest
from tests.formats.samples import CATALOG

from skygarth.formats.catalog import Catalog, decode_catalog, encode_catalog
from skygarth.model.errors import Damaged, Unsupported


@pytest.mark.parametrize("catalog", [CATALOG, Catalog(1, ())])
def test_a_catalog_survives_the_bucket(catalog: Catalog) -> None:
    """What was encoded is decoded, an empty one too (SNP-6)."""
    assert decode_catalog(encode_catalog(catalog)) == catalog


def test_a_catalog_is_plain_json_for_people() -> None:
    """An operator reads it with `cat`."""
    read = json.loads(encode_catalog(CATALOG))

    assert sorted(read) == ["condemned", "format", "number", "snapshots"]


def test_a_later_catalog_is_not_called_damaged() -> None:
    """Whoever meets the future is told to upgrade."""
    body = encode_catalog(CATALOG).replace(b'"format":1', b'"format":9')
    with pytest.raises(Unsupported) as caught:
        decode_catalog(body)

    assert caught.value.code == "SG-SNAPSHOT-022"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"format":1,"number":0,"snapshots":[]}'])
def test_garbage_is_no_catalog(body: bytes) -> None:
    """A catalog that cannot be read is damaged, and a node can do without."""
    with pytest.raises(Damaged) as caught:
        decode_catalog(body)

    assert caught.value.code == "SG-SNAPSHOT-021"
