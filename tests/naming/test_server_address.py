"""Addresses of servers as people write them."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Invalid
from skygarth.naming.server_address import ServerAddress, server_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("ns.example.org", "ns.example.org", 53),
        ("192.0.2.53:5353", "192.0.2.53", 5353),
        ("2001:db8::53", "2001:db8::53", 53),
        ("[2001:db8::53]", "2001:db8::53", 53),
        ("[2001:db8::53]:5353", "2001:db8::53", 5353),
    ],
)
def test_a_server_is_read(text: str, host: str, port: int) -> None:
    """With and without a port, in both families."""
    assert server_address(text) == ServerAddress(host, port)


@pytest.mark.parametrize("text", ["host:", "host:0", "host:99999", ":53", "host:dns"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    """Before anything is sent."""
    with pytest.raises(Invalid) as caught:
        server_address(text)

    assert caught.value.code == "SG-DNS-011"
