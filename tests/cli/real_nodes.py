"""Two real nodes on one folder, each serving on a port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from tests.servers.answering import AnsweringServer

from skygarth.assembly import open_node
from skygarth.assembly.application import sample_application
from skygarth.assembly.serving import node_asgi
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings
from skygarth.web.stopping import StopSignal


@dataclass(frozen=True)
class RealNode:
    """A node that answers at an address."""

    url: str
    data: Path


@contextmanager
def serving(name: str, folder: Path) -> Iterator[RealNode]:
    """A node of that name, with its data and the shared bucket in a folder."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings(
            node=NodeSettings(name=name, data=folder / name),
            replication=ReplicationSettings(bucket=f"file://{folder / 'bucket'}"),
        )
        assembled = open_node(settings, sample_application(), address=url)
        app = node_asgi(assembled, StopSignal(), open_admin=False)
        server = AnsweringServer(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, args=([listener],), name=f"node {name}")
        logging_before = structlog.get_config()
        # A node of this process must not write into what a command is seen to print.
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
        thread.start()
        try:
            assert server.answers.wait(30)
            yield RealNode(url, settings.node.data)
        finally:
            structlog.configure(**logging_before)
            server.should_exit = True
            thread.join(30)
            assembled.lock.release()
