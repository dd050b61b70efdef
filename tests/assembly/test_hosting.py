"""A node as an application declares it."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skygarth import Component, Node, Type, attr, route
from skygarth.model.errors import Conflict, Invalid
from skygarth.web.request import Request


class Plank(Type, path="name"):
    """A thing with a name."""

    name: str = attr(max_length=20)


class Shelf(Component):
    """A page that counts planks."""

    @route("/")
    def index(self, request: Request) -> str:
        """How many there are."""
        return f"{request.repository.query(Plank).count()} planks"


def test_nothing_is_opened_before_it_is_used(tmp_path: Path) -> None:
    """Declaring a node makes no folder."""
    Node(data=tmp_path / "a", bucket=str(tmp_path / "bucket"), types=[Plank])

    assert not (tmp_path / "a").exists()


def test_the_repository_of_a_declared_node_works(tmp_path: Path) -> None:
    """Objects are made and found without any server."""
    node = Node(data=tmp_path / "a", bucket=str(tmp_path / "bucket"), types=[Plank])

    node.repository.create(Plank(name="oak"))

    assert node.repository.by_path("/oak") is not None
    node.close()


def test_its_asgi_application_serves_and_replicates(tmp_path: Path) -> None:
    """The lifespan starts replication, and ends it with everything published."""
    node = Node(data=tmp_path / "a", bucket=str(tmp_path / "bucket"), types=[Plank])
    node.repository.create(Plank(name="oak"))

    with TestClient(node.asgi) as client:
        assert client.get("/livez").status_code == 200

    assert list((tmp_path / "bucket" / "tail").iterdir())


def test_two_nodes_cannot_share_a_data_folder(tmp_path: Path) -> None:
    """The second is refused when it opens."""
    first = Node(data=tmp_path / "a", bucket=str(tmp_path / "bucket"), types=[Plank])
    assert first.repository is not None

    with pytest.raises(Conflict):
        _ = Node(data=tmp_path / "a", bucket=str(tmp_path / "bucket"), types=[Plank]).repository
    first.close()


def test_a_pool_has_a_name_that_every_place_takes(tmp_path: Path) -> None:
    """What cannot stand in a route, a host name or a setting is refused at once (MBR-6)."""
    with pytest.raises(Invalid, match="these are no names of pools") as caught:
        Node(data=tmp_path / "a", bucket=str(tmp_path / "bucket"), pools=["web", "Two Words"])

    assert caught.value.code == "SG-CONFIG-009"
