"""Takes a node's address before anything is opened, so that a taken one costs nothing."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from skygarth.model.errors import Conflict, Denied, Invalid, SkygarthError
from skygarth.node.setting_kinds import Address
from skygarth.node.settings import NodeSettings

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened at
BACKLOG = 2048


def listen_at(address: Address) -> socket.socket:
    """A socket that listens there.

    Raises:
        Conflict: another program listens there already (SG-LISTEN-001).
        Denied: this user may not (SG-LISTEN-002).
        Invalid: this machine has no such address (SG-LISTEN-003).
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as cause:
        raise _explained(address, cause) from cause
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError as cause:
        listener.close()
        raise _explained(address, cause) from cause
    listener.set_inheritable(True)
    return listener


def own_address(node: NodeSettings) -> str:
    """The URL under which others reach a node: as set, or made from where it listens.

    A node that listens everywhere is called by its host's name.
    """
    if node.address is not None:
        return node.address
    is_everywhere = node.listen.host in EVERYWHERE
    host = socket.gethostname() if is_everywhere else node.listen.host
    return f"http://{Address(host, node.listen.port)}"


def refuse_taken(addresses: Iterable[Address], hint: str) -> None:
    """Say at once, before anything is started, that somebody listens at an address already.

    Args:
        addresses: that are needed soon.
        hint: what to do where one is taken.

    Raises:
        Conflict, Denied, Invalid: as `listen_at`.
    """
    for address in addresses:
        try:
            listen_at(address).close()
        except Conflict as cause:
            raise Conflict(cause.message, code=cause.code, hint=hint) from cause


def _explained(address: Address, cause: OSError) -> SkygarthError:
    if cause.errno == errno.EADDRINUSE:
        return Conflict(
            f"another program listens there already. listen='{address}'",
            code="SG-LISTEN-001",
            hint="end it, or choose another address with --listen HOST:PORT",
        )
    if cause.errno in {errno.EACCES, errno.EPERM}:
        return Denied(
            f"this user may not listen there. listen='{address}'",
            code="SG-LISTEN-002",
            hint="choose a port from 1024 on, or let a front-end take the low one",
        )
    return Invalid(
        f"this machine cannot listen there. listen='{address}' reason={cause.strerror!r}",
        code="SG-LISTEN-003",
        hint="name an address of this machine; 0.0.0.0 and [::] mean all of them",
    )
