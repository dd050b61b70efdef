"""The codes of a bucket's faults."""

from __future__ import annotations

import re

from skygarth.bucket import codes


def test_every_code_means_one_thing() -> None:
    """No two faults share a code, and all look alike."""
    values = [value for name, value in vars(codes).items() if name.isupper()]

    assert len(values) == len(set(values))
    assert [value for value in values if not re.fullmatch(r"SG-BUCKET-\d{3}", value)] == []
