"""Whether the database file is still the one that was opened.

A process goes on writing to a file that somebody has deleted: it reads as ever,
and all of it is gone with the process. So the file is looked for by its name now
and then, and compared with the one that was opened.
"""

from __future__ import annotations

from pathlib import Path

from skygarth.model.errors import Unavailable


class DataFolder:
    """The place of one database.

    Args:
        path: of the database file; ``:memory:`` is always there.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._opened = None if str(path) == ":memory:" else _identity(self._path)

    @property
    def fault(self) -> Unavailable | None:
        """What is wrong; None if the file is there (SG-DATA-003)."""
        if self._opened is None:
            return None
        found = _identity(self._path)
        if found == self._opened:
            return None
        return Unavailable(
            f"the database file was {'replaced' if found else 'deleted'} under the running node."
            f" path={str(self._path)!r}",
            code="SG-DATA-003",
            hint="start the node again: it fills itself from the bucket; what was not yet"
            " published is lost with the file",
        )


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of a file; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
