"""A node as an application declares it: ``node = Node(data=…, bucket=…, components=…)``."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from starlette.applications import Starlette

from skygarth.assembly.application import Application
from skygarth.assembly.listening import own_address
from skygarth.assembly.serving import node_asgi, run_node_with
from skygarth.assembly.wiring import Assembled, open_node
from skygarth.model.errors import Invalid
from skygarth.model.types import Type, declared_types
from skygarth.node.setting_kinds import POOLS, Address
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings
from skygarth.repository import Repository
from skygarth.web.component import Component
from skygarth.web.node_app import StopSignal


class Node:
    """One node of a cloud, with its application.

    Nothing is opened before the first use of `repository`, `asgi` or `run`.

    Args:
        data: folder of the node's database.
        bucket: URL of the bucket, such as ``s3://acme/site``.
        components: what answers where: ``{"blog": Blog}``; classes or instances.
        types: types to declare; by default every type declared so far.
        pools: what the node is for.
        name: for people; by default the host's name.
        listen: where `run` answers HTTP.
        templates: a folder whose templates cover the components' own.

    Raises:
        Invalid: a pool may not be called so (SG-CONFIG-009).
    """

    def __init__(
        self,
        data: Path | str,
        bucket: str,
        *,
        components: Mapping[str, Component | type[Component]] | None = None,
        types: Iterable[type[Type]] | None = None,
        pools: Iterable[str] = ("web",),
        name: str = "",
        listen: str = "127.0.0.1:8000",
        templates: Path | str | None = None,
    ) -> None:
        made = {
            place: component() if isinstance(component, type) else component
            for place, component in (components or {}).items()
        }
        self.application = Application(
            tuple(types if types is not None else declared_types()),
            made,
            None if templates is None else Path(templates),
        )
        host, _, port = listen.rpartition(":")
        self.settings = Settings(
            node=NodeSettings(
                name=name or socket.gethostname(),
                data=Path(data),
                pools=_pool_names(pools),
                listen=Address(host, int(port)),
            ),
            replication=ReplicationSettings(bucket=bucket),
        )
        self._assembled: Assembled | None = None

    @property
    def repository(self) -> Repository:
        """The node's content."""
        return self._open().node.repository

    @property
    def asgi(self) -> Starlette:
        """The node as an ASGI application; its lifespan starts and stops replication."""
        return node_asgi(self._open(), StopSignal(), open_admin=False)

    def run(self) -> int:
        """Serve until SIGTERM or Ctrl-C; the exit code."""
        return run_node_with(self._open())

    def close(self) -> None:
        """Give the database and the data folder back, if they were opened and not served."""
        if self._assembled is not None:
            self._assembled.close()
            self._assembled = None

    def _open(self) -> Assembled:
        if self._assembled is None:
            self._assembled = open_node(
                self.settings, self.application, address=own_address(self.settings.node)
            )
        return self._assembled


def _pool_names(given: Iterable[str]) -> tuple[str, ...]:
    pools = tuple(given)
    try:
        return POOLS.read(pools)
    except ValueError as cause:
        raise Invalid(
            f"these are no names of pools. pools='{', '.join(pools)}'",
            code="SG-CONFIG-009",
            hint=f"give {POOLS.wanted}",
        ) from cause
