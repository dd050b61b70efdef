"""What a front-end does with a reader's connection, of all that asyncio's transports can."""

from __future__ import annotations

from typing import Protocol


class ReaderTransport(Protocol):
    """The part of a transport that is used; as in `asyncio.Transport`."""

    def write(self, data: bytes) -> None:
        """Send, or keep until there is room."""

    def write_eof(self) -> None:
        """Say that nothing follows."""

    def close(self) -> None:
        """Close when all is sent."""

    def abort(self) -> None:
        """Close at once."""

    def pause_reading(self) -> None:
        """Take nothing more for a while."""

    def resume_reading(self) -> None:
        """Go on."""
