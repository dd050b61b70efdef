"""Where a DNS server takes updates, as people write it."""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.model.errors import Invalid
from skygarth.naming import codes


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a DNS server takes updates."""

    host: str
    port: int = 53

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def server_address(text: str) -> ServerAddress:
    """Reads ``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address.

    Raises:
        Invalid: the port is none.
    """
    host, separator, port = text.rpartition(":")
    if not separator or (":" in host and not host.endswith("]")):
        return ServerAddress(text.strip("[]"))
    if not port.isdecimal() or not 0 < int(port) < 65_536 or not host.strip("[]"):
        raise Invalid(
            f"this is no server. server='{text}'",
            code=codes.INCOMPLETE,
            hint="write dns.server as host or host:port",
        )
    return ServerAddress(host.strip("[]"), int(port))
