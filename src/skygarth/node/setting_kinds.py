"""The kinds of values that settings hold: how each is read, and how it is shown again.

A file gives TOML values, the environment and the command line give text; each
kind reads both. What it shows can be written back into the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_POOL = re.compile(r"[a-z][a-z0-9-]{0,29}")
_URL = re.compile(r"https?://[^\s/?#@]+")
INTERVAL_SECONDS_MIN = 0.1
_YES = {"true", "yes", "on", "1"}
_NO = {"false", "no", "off", "0"}


class Address(NamedTuple):
    """Where a node listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that is used and never shown."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of value.

    Attributes:
        wanted: what the reader of an error should write instead.
        read: makes the value of what was given; raises ValueError.
        show: makes what ``config show`` prints, a TOML value.
    """

    wanted: str
    read: Callable[[object], T]
    show: Callable[[T], object]


def _read_text(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError
    return given.strip()


def _read_words(given: object) -> tuple[str, ...]:
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError
    return tuple(part.strip() for part in parts if part.strip())


def _read_pools(given: object) -> tuple[str, ...]:
    pools = tuple(dict.fromkeys(_read_words(given)))
    if not pools or not all(is_pool(pool) for pool in pools):
        raise ValueError
    return pools


def is_pool(name: str) -> bool:
    """Whether a pool may be called so (MBR-6)."""
    return _POOL.fullmatch(name) is not None


def _read_url(given: object) -> str:
    url = _read_text(given).rstrip("/")
    if not _URL.fullmatch(url):
        raise ValueError
    return url


def _read_interval(given: object) -> float:
    seconds = _read_duration(given)
    if seconds < INTERVAL_SECONDS_MIN:
        raise ValueError
    return seconds


def _read_duration(given: object) -> float:
    parts = _DURATION.findall(given) if isinstance(given, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != given:
        raise ValueError
    return sum(float(number) * _UNITS_MS[unit] for number, unit in parts) / 1_000


def _show_duration(seconds: float) -> str:
    milliseconds = round(seconds * 1_000)
    unit = next(u for u in ("d", "h", "m", "s", "ms") if milliseconds % _UNITS_MS[u] == 0)
    return f"{milliseconds // _UNITS_MS[unit]}{unit}" if milliseconds else "0s"


def _read_switch(given: object) -> bool:
    if isinstance(given, bool):
        return given
    word = given.strip().lower() if isinstance(given, str) else ""
    if word not in _YES | _NO:
        raise ValueError
    return word in _YES


def _read_amount(given: object) -> float:
    is_number = isinstance(given, int | float | str) and not isinstance(given, bool)
    amount = float(str(given)) if is_number else -1.0
    if not 0 <= amount < float("inf"):
        raise ValueError
    return amount


def _read_address(given: object) -> Address:
    host, separator, port = _read_text(given).rpartition(":")
    if not separator or not port.isdecimal() or int(port) > 65_535:
        raise ValueError
    return Address(host.strip("[]") or "0.0.0.0", int(port))  # noqa: S104 ":8000" means all


TEXT: Kind[str] = Kind("some text", _read_text, str)
PATH: Kind[Path] = Kind("a path", lambda given: Path(_read_text(given)).expanduser(), str)
WORDS: Kind[tuple[str, ...]] = Kind('a list of words, such as ["web"]', _read_words, list)
DURATION: Kind[float] = Kind(
    "a duration, such as 500ms, 2s or 1m30s", _read_duration, _show_duration
)
INTERVAL: Kind[float] = Kind(
    "a duration of 100ms or more, such as 2s or 1m", _read_interval, _show_duration
)
POOLS: Kind[tuple[str, ...]] = Kind(
    'names of pools, such as ["web", "search"]: each of a-z, 0-9 and -, 30 at most, a letter first',
    _read_pools,
    list,
)
URL: Kind[str] = Kind("a URL without a path, such as http://10.0.0.7:8000", _read_url, str)
SWITCH: Kind[bool] = Kind("true or false", _read_switch, bool)
AMOUNT: Kind[float] = Kind("a number, not negative", _read_amount, float)
ADDRESS: Kind[Address] = Kind("an address, such as 0.0.0.0:8000", _read_address, str)
SECRET: Kind[Secret] = Kind(
    "a secret", lambda given: Secret(_read_text(given)), lambda _: "(secret)"
)


def one_of(*words: str) -> Kind[str]:
    """A kind that takes one of a few words."""

    def read(given: object) -> str:
        if given not in words:
            raise ValueError
        return str(given)

    return Kind("one of " + ", ".join(words), read, str)


def maybe(kind: Kind[T]) -> Kind[T | None]:
    """The same kind, where nothing at all is a value too."""
    return Kind(kind.wanted, kind.read, lambda v: None if v is None else kind.show(v))
