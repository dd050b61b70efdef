"""A node takes its address before it opens anything, and says plainly why it cannot."""

from __future__ import annotations

import socket

import pytest

from skygarth.assembly.listening import listen_at, refuse_taken
from skygarth.model.errors import Conflict, Invalid
from skygarth.node.setting_kinds import Address


def test_an_address_is_taken() -> None:
    """Whoever connects is heard, over IPv4 and by name."""
    for host in ("127.0.0.1", "localhost"):
        with (
            listen_at(Address(host, 0)) as listener,
            socket.create_connection(listener.getsockname()[:2]) as caller,
        ):
            accepted, peer = listener.accept()
            accepted.close()

            assert peer[:2] == caller.getsockname()[:2]


def test_a_taken_address_is_refused_with_a_way_out() -> None:
    """Two nodes on one port is the commonest mistake of a first day."""
    with listen_at(Address("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Conflict, match="listens there already") as refusal:
            listen_at(Address("127.0.0.1", port))

    assert refusal.value.code == "SG-LISTEN-001"
    assert "--listen" in refusal.value.hint


def test_addresses_that_are_needed_soon_are_tried() -> None:
    """The first taken one is told of, with what to do about it."""
    with listen_at(Address("127.0.0.1", 0)) as listener:
        taken = Address("127.0.0.1", listener.getsockname()[1])
        with pytest.raises(Conflict) as refusal:
            refuse_taken([Address("127.0.0.1", 0), taken], "wait")

    assert (refusal.value.code, refusal.value.hint) == ("SG-LISTEN-001", "wait")
    refuse_taken([taken], "wait")


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    """What this machine does not have it cannot listen at."""
    with pytest.raises(Invalid, match="cannot listen there") as refusal:
        listen_at(Address(host, 8000))

    assert refusal.value.code == "SG-LISTEN-003"
