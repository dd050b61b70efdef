"""What a front-end says of its readers."""

from __future__ import annotations

from skygarth.routing.handed_heads import asker, fields_for_node
from skygarth.routing.message_heads import RequestHead, read_request_head


def head(*fields: bytes) -> RequestHead:
    """A request."""
    return read_request_head(b"\r\n".join([b"GET / HTTP/1.1", b"Host: h", *fields, b"", b""]))


FORWARDED = (b"X-Forwarded-For: 6.6.6.6, 10.1.1.1", b"X-Forwarded-Proto: HTTPS")


def test_a_stranger_says_nothing_of_himself() -> None:
    """RTE-5: his address is the one that he comes from."""
    stranger = asker("192.0.2.1", is_trusted=False)

    assert stranger.origin(head(*FORWARDED)) == ("192.0.2.1", "http")
    assert b"6.6.6.6" not in fields_for_node(head(*FORWARDED), stranger)


def test_a_trusted_proxy_says_who_spoke_to_it() -> None:
    """RTE-5: the last one that it names; what stands before was said by that one."""
    proxy = asker("10.0.0.2", is_trusted=True)

    assert proxy.origin(head(*FORWARDED)) == ("10.1.1.1", "https")
    assert proxy.origin(head()) == ("10.0.0.2", "http")
    assert b"X-Forwarded-For: 6.6.6.6, 10.1.1.1, 10.0.0.2" in fields_for_node(
        head(*FORWARDED), proxy
    )
