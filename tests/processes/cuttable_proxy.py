"""A TCP proxy whose cable can be pulled: how a test takes a real bucket away for a while."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from urllib.parse import urlsplit

CONNECT_SECONDS = 20.0


class CuttableProxy:
    """Passes bytes between clients and one server, until `cut`; again after `mend`.

    Attributes:
        endpoint: where clients find the server through this proxy.
    """

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        assert address.hostname is not None
        assert address.port is not None
        self._server = (address.hostname, address.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = Lock()
        self._is_cut = False
        self._open: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Pull the cable: connections end at once, new ones are closed unheard."""
        with self._lock:
            self._is_cut = True
            self._close_all()

    def mend(self) -> None:
        """Put it in again."""
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        """End."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _close_all(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._join(client)

    def _join(self, client: socket.socket) -> None:
        with self._lock:
            if self._is_cut:
                client.close()
                return
            try:
                server = socket.create_connection(self._server, timeout=CONNECT_SECONDS)
            except OSError:  # a busy server: this client is turned away, the next is not
                client.close()
                return
            server.settimeout(None)
            self._open += [client, server]
        for source, target in ((client, server), (server, client)):
            Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxy_to(endpoint: str) -> Iterator[CuttableProxy]:
    """A proxy while the block runs."""
    proxy = CuttableProxy(endpoint)
    try:
        yield proxy
    finally:
        proxy.close()
