"""List prices."""

from __future__ import annotations

from skygarth.bucket.metered import Usage
from skygarth.bucket.prices import S3_US_EAST_1, Prices


def test_a_listing_costs_twelve_conditional_reads() -> None:
    """A 304 costs a twelfth of a LIST, so polling asks for the hint."""
    assert round(S3_US_EAST_1.list / S3_US_EAST_1.get, 1) == 12.5


def test_prices_can_be_others() -> None:
    """Another store's prices give another sum for the same requests."""
    usage = Usage(puts=1_000_000, gets=2_000_000)

    assert round(usage.dollars(), 6) == 5.8
    assert usage.dollars(Prices(put=1.0, get=0.5, list=0.0, delete=0.0)) == 2.0
