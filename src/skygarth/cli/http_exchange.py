"""Requests over the network: the only module that knows the HTTP library.

It is imported when the first request is made, not before: to explain itself a
command needs no network.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from skygarth.cli.exchange import Params, Reply
from skygarth.cli.faults import ANSWERED_TOO_LATE, NO_NODE_ANSWERS, UsageFault
from skygarth.model.errors import TimedOut, Unavailable

CONNECT_SECONDS = 5.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class HttpExchange:
    """Connections to one server.

    Args:
        url: of the server.
        timeout: seconds to wait for an answer.
        transport: carries the requests; by default the network.

    Raises:
        UsageFault: that is no URL.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._url = url
        try:
            host = httpx2.URL(url).host
            # A proxy for the world outside does not know this machine's own ports.
            self._http = httpx2.Client(
                base_url=url,
                timeout=httpx2.Timeout(timeout, connect=CONNECT_SECONDS),
                transport=transport,
                trust_env=host not in _LOOPBACK,
            )
        except httpx2.InvalidURL as cause:
            raise _not_an_address(url) from cause
        if not host:
            raise _not_an_address(url)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params,
        body: object,
        headers: Mapping[str, str],
    ) -> Reply:
        """Send one request and return what came back, whatever its status.

        Raises:
            Unavailable: nobody answers, or the connection broke.
            TimedOut: the answer comes too late.
            UsageFault: that is no URL of a server.
        """
        try:
            response = self._http.request(
                method, path, params=dict(params), json=body, headers=dict(headers)
            )
        except httpx2.ConnectError as cause:
            raise Unavailable(
                f"no node answers. url='{self._url}'",
                code=NO_NODE_ANSWERS,
                hint="start one with `skygarth dev`, or name another with --node",
            ) from cause
        except httpx2.TimeoutException as cause:
            raise TimedOut(
                f"the node answers too late. url='{self._url}'",
                code=ANSWERED_TOO_LATE,
                hint="try again; `skygarth status` shows how the node is",
            ) from cause
        except httpx2.UnsupportedProtocol as cause:
            raise _not_an_address(self._url) from cause
        except httpx2.TransportError as cause:
            raise Unavailable(
                f"the connection broke: {cause}. url='{self._url}'",
                code=NO_NODE_ANSWERS,
                hint="what you asked for may have been done: look before you try again",
            ) from cause
        return Reply(response.status_code, response.headers, response.content)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


def _not_an_address(url: str) -> UsageFault:
    return UsageFault(f"this is no address of a node. node='{url}'", hint="write http://HOST:PORT")
