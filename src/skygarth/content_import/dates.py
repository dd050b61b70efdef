"""When a post was published, from the many ways in which people write dates.

A date without a zone is local time of the site. All results are UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
_TIME = rf"(?:(?:T|\s+){_CLOCK})?"
_ZONE = r"\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2}|[A-Za-z]{3,}(?:/[A-Za-z_]+)*)?"
_NUMBERS = re.compile(
    rf"(?P<year>[0-9]{{4}})(?P<dash>[-/.])(?P<month>[0-9]{{1,2}})(?P=dash)(?P<day>[0-9]{{1,2}}){_TIME}{_ZONE}"
)
_MONTH = r"(?P<name>[A-Za-z]{3,9})\.?"
_WORDS = tuple(
    re.compile(rf"(?:[A-Za-z]{{3,9}},?\s+)?{order},?\s+(?P<year>[0-9]{{4}}){_TIME}{_ZONE}")
    for order in (rf"{_MONTH}\s+(?P<day>[0-9]{{1,2}})", rf"(?P<day>[0-9]{{1,2}})\.?\s+{_MONTH}")
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_LENGTH_MAX = 64


def moment(text: str, local: tzinfo) -> datetime:
    """The moment that a person wrote, as UTC.

    Args:
        text: ``2012-09-24``, ``2012-09-24 20:01:00 +0300``, ``2012-09-24T20:01Z``,
            ``24 September 2012``, ``Mon, 24 Sep 2012 20:01:00 +0300`` and the like.
        local: the zone of a date that names none.

    Raises:
        ValueError: this is no date, or no date of any calendar.
    """
    text = text.strip()
    if len(text) > _DATE_LENGTH_MAX:
        raise ValueError("a date is shorter")
    found = next(
        (match for form in (_NUMBERS, *_WORDS) if (match := form.fullmatch(text))),
        None,
    )
    if found is None:
        raise ValueError(f"no date. text={text!r}")
    return as_utc(_from_parts(found, local))


def midnight(year: int, month: int, day: int, local: tzinfo) -> datetime:
    """The first moment of a day at the site, as UTC.

    Raises:
        ValueError: there is no such day.
    """
    return as_utc(datetime(year, month, day, tzinfo=local))


def as_utc(read: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: it lies outside the calendar.
    """
    assert read.tzinfo is not None
    try:
        return read.astimezone(UTC)
    except OverflowError as cause:
        raise ValueError("outside the calendar") from cause


def zone_named(name: str) -> tzinfo:
    """The zone of an IANA name such as ``Europe/Helsinki``.

    Raises:
        ValueError: this machine knows no such zone.
    """
    try:
        return ZoneInfo(name)
    except (OSError, LookupError) as cause:
        raise ValueError(f"unknown time zone. name={name!r}") from cause


def _from_parts(found: re.Match[str], local: tzinfo) -> datetime:
    parts = found.groupdict()
    return datetime(
        int(parts["year"]),
        int(parts["month"]) if "month" in parts else _month_named(parts["name"]),
        int(parts["day"]),
        int(parts["hour"] or 0),
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        tzinfo=_zone(parts["zone"], local),
    )


def _month_named(name: str) -> int:
    """Raises ValueError for what is no month."""
    return _MONTHS.index(name[:3].lower()) + 1


def _zone(written: str | None, local: tzinfo) -> tzinfo:
    if not written:
        return local
    if written.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    if written[0] in "+-":
        digits = written[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if written[0] == "-" else offset)
    return zone_named(written)
