"""Names and addresses as people write them."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Invalid
from skygarth.naming.names import canonical_name, own_addresses


def test_names_are_compared_in_one_form() -> None:
    """Case, the last dot and letters beyond ASCII make no second name."""
    assert canonical_name(" WWW.Example.ORG. ") == "www.example.org"
    assert canonical_name("bücher.example") == "xn--bcher-kva.example"
    assert canonical_name("_srv.example.org") == "_srv.example.org"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "*.example.org",
        "a..b",
        "-a.example",
        "a b.example",
        "x" * 64 + ".example",
        ".".join(["abcdefgh"] * 28),
    ],
)
def test_what_cannot_have_addresses_is_refused(text: str) -> None:
    """Nor what would be too long with the label of the claims before it."""
    with pytest.raises(Invalid) as caught:
        canonical_name(text)

    assert caught.value.code == "SG-DNS-009"


def test_addresses_are_those_that_were_said() -> None:
    """In the form in which they are compared."""
    said = ["192.0.2.7", "2001:DB8:0::7"]

    assert own_addresses(said, listen_host="0.0.0.0", towards="127.0.0.1") == {
        "192.0.2.7",
        "2001:db8::7",
    }


def test_without_a_word_it_is_where_the_node_listens() -> None:
    """If that is one address that a visitor can reach."""
    assert own_addresses((), listen_host="192.0.2.7", towards="127.0.0.1") == {"192.0.2.7"}
    for host in ("0.0.0.0", "127.0.0.1", "::", "web-1"):
        with pytest.raises(Invalid) as caught:
            own_addresses((), listen_host=host, towards="127.0.0.1")
        assert caught.value.code == "SG-DNS-010"


def test_the_route_tells_the_address_without_asking_anybody() -> None:
    """Towards the loopback the machine speaks from the loopback."""
    assert own_addresses(["route"], listen_host="0.0.0.0", towards="127.0.0.1") == {"127.0.0.1"}
    with pytest.raises(Invalid) as caught:
        own_addresses(["route"], listen_host="0.0.0.0", towards="no-such-host.invalid")
    assert caught.value.code == "SG-DNS-010"


def test_what_is_no_address_is_named() -> None:
    """With what to write instead."""
    with pytest.raises(Invalid) as caught:
        own_addresses(["web-1"], listen_host="0.0.0.0", towards="127.0.0.1")

    assert "web-1" in caught.value.message
