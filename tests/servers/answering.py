"""An HTTP server in a thread of a test, which tells when it answers."""

from __future__ import annotations

import socket
import threading

import uvicorn


class AnsweringServer(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self.answers.set()
