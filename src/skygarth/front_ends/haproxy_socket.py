"""Speaks to a running HAProxy through its runtime socket, one command a connection."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence

from skygarth.front_ends.haproxy_steps import Server
from skygarth.model.errors import Denied, Invalid, NotFound, SkygarthError, Unavailable, Unsupported

ABSENT = "SG-HAPROXY-002"
DENIED = "SG-HAPROXY-003"
NO_BACKEND = "SG-HAPROXY-004"
REFUSED = "SG-HAPROXY-005"
TOO_OLD = "SG-HAPROXY-006"
ANSWER_SECONDS = 5.0
VERSION_MIN = (2, 5)

_VERSION = re.compile(r"^Version: (\d+)\.(\d+)", re.MULTILINE)
_DONE = re.compile(r"(New server registered|Server deleted)\.?")


class HaproxySocket:
    """A runtime socket, such as ``/run/haproxy/admin.sock``."""

    def __init__(self, path: str) -> None:
        self.path = path

    def check_version(self) -> str:
        """The version that runs.

        Raises:
            Unsupported: it cannot take servers at run time (SG-HAPROXY-006).
        """
        found = _VERSION.search(self.ask("show info"))
        if found is None or (int(found[1]), int(found[2])) < VERSION_MIN:
            shown = f"{found[1]}.{found[2]}" if found else "unknown"
            raise Unsupported(
                f"this haproxy takes no servers at run time. version='{shown}'",
                code=TOO_OLD,
                hint="run haproxy 2.5 or later",
            )
        return f"{found[1]}.{found[2]}"

    def servers(self, backend: str) -> list[Server]:
        """The servers of a backend, those of other hands included.

        Raises:
            NotFound: there is no such backend (SG-HAPROXY-004).
        """
        state = self.ask(f"show servers state {backend}")
        if "Can't find backend" in state:
            raise NotFound(
                f"haproxy has no such backend. backend='{backend}'",
                code=NO_BACKEND,
                hint="render the configuration again and reload: skygarth haproxy render",
            )
        connections = _connections(self.ask("show stat"), backend)
        return [
            Server(
                name=row["srv_name"],
                endpoint=_endpoint(row["srv_addr"], row["srv_port"]),
                admin=int(row["srv_admin_state"]),
                weight=int(row["srv_uweight"]),
                connections=connections.get(row["srv_name"], 0),
            )
            for row in _rows(state)
        ]

    def tell(self, command: str) -> None:
        """Carry out a command that answers nothing where it succeeds.

        Raises:
            Invalid: haproxy refuses it (SG-HAPROXY-005).
        """
        answer = self.ask(command).strip()
        if answer and not _DONE.search(answer):
            raise Invalid(
                f"haproxy refuses a command. command={command!r} answer={answer!r}",
                code=REFUSED,
                hint="look at its log; what was done before stays, and the next round tries again",
            )

    def ask(self, command: str) -> str:
        """The answer to a command.

        Raises:
            Unavailable: nobody listens at the socket (SG-HAPROXY-002).
            Denied: this user may not (SG-HAPROXY-003).
        """
        try:
            with socket.socket(socket.AF_UNIX) as caller:
                caller.settimeout(ANSWER_SECONDS)
                caller.connect(self.path)
                caller.sendall(f"{command}\n".encode())
                return _all_of(caller)
        except OSError as cause:
            raise self._explained(cause) from cause

    def _explained(self, cause: OSError) -> SkygarthError:
        if isinstance(cause, PermissionError):
            return Denied(
                f"this user may not use haproxy's socket. socket={self.path!r}",
                code=DENIED,
                hint="join its group, or set user, group and mode on the stats socket line",
            )
        return Unavailable(
            f"no haproxy answers at this socket. socket={self.path!r} reason={cause.strerror!r}",
            code=ABSENT,
            hint="start it, and let its configuration say: stats socket PATH mode 660 level admin",
        )


def _all_of(caller: socket.socket) -> str:
    parts = []
    while part := caller.recv(65_536):
        parts.append(part)
    return b"".join(parts).decode(errors="replace")


def _rows(state: str) -> list[dict[str, str]]:
    """The lines of ``show servers state`` by column."""
    columns: Sequence[str] = ()
    rows = []
    for line in state.splitlines():
        if line.startswith("#"):
            columns = line[1:].split()
        elif columns and len(line.split()) >= len(columns) - 1 and " " in line:
            rows.append(dict(zip(columns, line.split(), strict=False)))
    return rows


def _connections(stat: str, backend: str) -> dict[str, int]:
    """Open sessions by server, from ``show stat``."""
    lines = stat.splitlines()
    columns = lines[0].lstrip("# ").split(",") if lines else []
    found = {}
    for line in lines[1:]:
        row = dict(zip(columns, line.split(","), strict=False))
        if row.get("pxname") == backend and row.get("scur", "").isdecimal():
            found[row["svname"]] = int(row["scur"])
    return found


def _endpoint(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
