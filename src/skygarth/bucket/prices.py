"""What requests cost: S3 in us-east-1 at list price, in dollars.

From the public price list of Amazon S3 Standard (aws.amazon.com/s3/pricing),
which has not changed its request prices there since 2018. Other stores differ;
the order of magnitude does not. Storage and traffic are not in here: within a
region traffic is free, and what is stored depends on the site, not on us.
"""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_A_MONTH = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars for one million requests of each class."""

    put: float
    get: float
    list: float
    delete: float


S3_US_EAST_1 = Prices(put=5.0, get=0.4, list=5.0, delete=0.0)
"""A conditional read that finds nothing new (304) is billed as a read."""
