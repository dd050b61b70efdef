"""What a client would rather read, from its ``Accept`` header (RFC 9110, 12.5.1)."""

from __future__ import annotations

_HTML = "text/html"
_JSON = ("application/json", "application/problem+json")


def prefers_json(accept: str) -> bool:
    """Whether a program asks rather than a person: JSON ranks above HTML.

    A browser ranks HTML first; a client that takes anything gets the page.
    """
    ranges = _read_ranges(accept)
    return max(_quality(ranges, media) for media in _JSON) > _quality(ranges, _HTML)


def _read_ranges(accept: str) -> dict[str, float]:
    """Media ranges with their weights; a broken weight counts as none."""
    ranges: dict[str, float] = {}
    for entry in accept.lower().split(","):
        media, *parameters = (part.strip() for part in entry.split(";"))
        if media:
            ranges[media] = _weight(parameters)
    return ranges or {"*/*": 1.0}


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _quality(ranges: dict[str, float], media: str) -> float:
    """The weight of the narrowest range that covers a media type."""
    for candidate in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return 0.0
