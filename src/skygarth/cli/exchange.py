"""What a client asks of whatever carries its requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: the HTTP status.
        headers: by name, without regard to case.
        content: the body.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes


class Exchange(Protocol):
    """Carries requests to one server."""

    def send(
        self, method: str, path: str, *, params: Params, body: object, headers: Mapping[str, str]
    ) -> Reply:
        """Send one request and return what came back, whatever its status.

        Raises:
            Unavailable: nobody answers, or the connection broke.
            TimedOut: the answer comes too late.
            UsageFault: there is no server of that address.
        """
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
