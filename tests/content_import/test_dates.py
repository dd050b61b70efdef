"""People write dates in many ways; each means one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.dates import midnight, moment, zone_named

_EAST = timezone(timedelta(hours=3))
_EVENING = datetime(2012, 9, 24, 17, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2012-09-24 20:01:00",
        "2012-09-24 20:01",
        "2012/9/24 20:01",
        "2012-09-24T20:01:00+03:00",
        "2012-09-24 20:01:00 +0300",
        "2012-09-24 20:01:00.000 +0300",
        "2012-09-24T17:01Z",
        "2012-09-24 17:01:00 UTC",
        "2012-09-24 20:01:00 Europe/Helsinki",
        "Mon, 24 Sep 2012 20:01:00 +0300",
        "24 September 2012 20:01",
        "September 24, 2012 20:01",
        "24. Sept 2012 20:01",
    ],
)
def test_many_ways_to_write_one_moment(written: str) -> None:
    """The site's zone counts where the date names none."""
    assert moment(written, _EAST) == _EVENING


def test_a_day_begins_at_the_site() -> None:
    """Midnight in Helsinki is still the day before in UTC."""
    expected = datetime(2012, 9, 23, 21, tzinfo=UTC)

    assert expected == moment("2012-09-24", zone_named("Europe/Helsinki"))
    assert expected == midnight(2012, 9, 24, _EAST)


@pytest.mark.parametrize(
    "written",
    ["", "soon", "2012-13-01", "2012-02-30", "2012-09-24 25:00", "2012-09-24 +9900",
     "24 Foo 2012", "0001-01-01 00:00 +1400", "2012-09-24 10:00 Mars/Olympus", "9" * 5000],
)  # fmt: skip
def test_what_is_no_date_is_refused(written: str) -> None:
    """No date is guessed."""
    with pytest.raises(ValueError, match=r".+"):
        moment(written, UTC)


@given(st.text(alphabet="0123456789-/.:+TZ JanuarySept,", max_size=40))
def test_garbage_is_a_value_error(written: str) -> None:
    """Whatever looks a little like a date raises nothing else."""
    try:
        read = moment(written, UTC)
    except ValueError:
        return

    assert read.utcoffset() == timedelta(0)


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1)))  # noqa: DTZ001
def test_iso_dates_keep_their_moment(written: datetime) -> None:
    """To the second, with any offset that has whole minutes."""
    offset = written.utcoffset()
    if offset is None or offset.seconds % 60:
        return
    expected = written.replace(microsecond=0).astimezone(UTC)

    assert expected == moment(written.isoformat(timespec="seconds"), UTC)
