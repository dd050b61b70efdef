"""The commands against two real nodes that share a folder: as a person would use them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.real_nodes import RealNode, serving
from tests.waiting import wait_until

from skygarth.cli.main import main

pytestmark = pytest.mark.xdist_group("real nodes")


@dataclass(frozen=True)
class Cloud:
    """Nodes a and b, a token that is good on both, and a way to run commands on either."""

    a: RealNode
    b: RealNode
    token: str
    printed: pytest.CaptureFixture[str]

    def run(self, node: RealNode, *words: str, code: int = 0) -> str:
        """Run a command on a node, check its exit code, return what it printed."""
        self.printed.readouterr()
        ended = main([*words, "--node", node.url, "--token", self.token])
        out, err = self.printed.readouterr()

        assert ended == code, err
        return out

    def facts(self, node: RealNode, *words: str) -> dict[str, object]:
        """The same, as the facts of --json."""
        found = json.loads(self.run(node, *words, "--json"))
        assert isinstance(found, dict)
        return found

    def items(self, node: RealNode, *words: str) -> list[dict[str, object]]:
        """The items of a list."""
        found = self.facts(node, *words)["items"]
        assert isinstance(found, list)
        return found

    def settle(self) -> None:
        """Wait until each has published and applied what the other has."""
        for node in (self.a, self.b, self.a):
            self.run(node, "sync", "wait", "--timeout", "20")
        verdict = self.run(self.a, "sync", "verify", "--timeout", "20").splitlines()[-1]
        assert verdict == "equal"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealNode, RealNode]]:
    """Two nodes, started once for all stories here."""
    folder = tmp_path_factory.mktemp("cloud")
    with serving("a", folder) as a, serving("b", folder) as b:
        yield a, b


@pytest.fixture
def cloud(
    nodes: tuple[RealNode, RealNode],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Cloud:
    """The two nodes with a fresh token, made on a's folder while a runs."""
    monkeypatch.chdir(tmp_path)
    a, b = nodes
    assert main(["token", "create", "--data", str(a.data)]) == 0
    made = Cloud(a, b, capsys.readouterr().out.strip(), capsys)
    made.run(a, "sync", "wait", "--timeout", "20")
    _wait_for_token(made)
    _wait_for_cards(made)
    return made


def _wait_for_token(cloud: Cloud) -> None:
    """A token made on a is good on b as soon as it has arrived there."""

    def is_known() -> bool:
        ended = main(["node", "show", "--node", cloud.b.url, "--token", cloud.token])
        cloud.printed.readouterr()
        return ended == 0

    wait_until(is_known, "the token on b")


def _wait_for_cards(cloud: Cloud) -> None:
    """Each node knows the other by name as soon as it has read its card."""

    def all_known() -> bool:
        lists = [cloud.items(node, "node", "list") for node in (cloud.a, cloud.b)]
        return all({each["name"] for each in found} >= {"a", "b"} for found in lists)

    wait_until(all_known, "the cards of both nodes")


def test_an_object_lives_its_life(cloud: Cloud) -> None:
    """Created on a, read and edited on b, deleted, brought back, and gone for good."""
    create = ("object", "create", "article", "name=hello", "title=Hello", "body=@body.md")
    Path("body.md").write_text("From a file.", encoding="utf-8")
    guid = str(cloud.facts(cloud.a, *create)["guid"])
    cloud.settle()

    fields = cloud.facts(cloud.b, "object", "get", "/hello")["fields"]
    cloud.run(cloud.b, "object", "edit", "/hello", "title=Hi")
    cloud.settle()
    found = cloud.items(cloud.a, "object", "query", "article", "--where", "title=Hi")
    cloud.run(cloud.a, "object", "delete", guid)
    cloud.run(cloud.a, "object", "get", "/hello", code=4)
    cloud.run(cloud.a, "object", "undelete", guid)
    cloud.run(cloud.a, "object", "purge", guid, "--yes")
    cloud.settle()
    cloud.run(cloud.b, "object", "get", guid, code=4)

    assert isinstance(fields, dict)
    assert (fields["title"], fields["body"]) == ("Hello", "From a file.")
    assert [each["guid"] for each in found] == [guid]


def test_the_tree_is_walked_from_its_root(cloud: Cloud) -> None:
    """A section and what stands under it."""
    cloud.run(cloud.a, "object", "create", "section", "name=walk", "title=Walk")
    cloud.run(cloud.a, "object", "create", "article", "name=step", "title=S", "--parent", "/walk")

    below_root = {each["path"] for each in cloud.items(cloud.a, "tree", "ls")}
    below_walk = [each["path"] for each in cloud.items(cloud.a, "tree", "ls", "/walk")]

    assert "/walk" in below_root
    assert below_walk == ["/walk/step"]


def test_a_conflict_is_found_and_settled_on_every_node(cloud: Cloud) -> None:
    """Both edit one title while b is paused; what was set aside is restored on both."""
    cloud.run(cloud.a, "object", "create", "article", "name=clash", "title=Draft")
    cloud.settle()
    cloud.run(cloud.b, "sync", "pause")
    cloud.run(cloud.a, "object", "edit", "/clash", "title=From a")
    cloud.run(cloud.b, "object", "edit", "/clash", "title=From b")
    cloud.run(cloud.b, "sync", "resume")
    cloud.settle()

    (conflict,) = cloud.items(cloud.a, "conflict", "list")
    same = cloud.items(cloud.b, "conflict", "list")
    shown = cloud.run(cloud.a, "conflict", "show", str(conflict["id"]))
    cloud.run(cloud.b, "conflict", "resolve", str(conflict["id"]), "--take", "set-aside")
    cloud.settle()
    left = cloud.items(cloud.a, "conflict", "list")
    fields = cloud.facts(cloud.a, "object", "get", "/clash")["fields"]

    assert [each["id"] for each in same] == [conflict["id"]]
    assert "shown by b" in shown
    assert "set aside by a" in shown
    assert left == []
    assert isinstance(fields, dict)
    assert fields["title"] == "From a"


def test_a_refused_value_is_explained(cloud: Cloud) -> None:
    """A value that the type refuses names the field; nothing is created."""
    words = ["object", "create", "article", "name=Not a name"]
    cloud.printed.readouterr()
    ended = main([*words, "--node", cloud.a.url, "--token", cloud.token])

    assert ended == 1
    assert "article.name" in cloud.printed.readouterr().err


def test_nodes_types_and_cost_are_told(cloud: Cloud) -> None:
    """Whatever a node says of itself, its commands understand."""
    cloud.settle()
    status = cloud.facts(cloud.a, "status", "--exit-code")
    names = {each["name"] for each in cloud.items(cloud.a, "node", "list")}
    itself = cloud.facts(cloud.a, "node", "show")
    other = cloud.facts(cloud.a, "node", "show", "b")
    types = {each["name"] for each in cloud.items(cloud.a, "type", "list")}
    cost = cloud.facts(cloud.a, "cost")
    for words in (
        ("status",),
        ("node", "list"),
        ("node", "show"),
        ("sync", "status"),
        ("sync", "quarantine"),
        ("sync", "snapshot"),
        ("type", "list"),
        ("type", "show", "article"),
        ("cost",),
        ("object", "query", "article", "--order", "-title"),
    ):
        cloud.run(cloud.a, *words)

    assert status["alarms"] == []
    assert names >= {"a", "b"}
    assert (itself["name"], other["name"]) == ("a", "b")
    assert {"section", "article"} <= types
    assert isinstance(cost["requests"], dict)


def test_articles_are_counted(cloud: Cloud) -> None:
    """--count prints a number and nothing else."""
    before = int(cloud.run(cloud.a, "object", "query", "article", "--count"))
    cloud.run(cloud.a, "object", "create", "article", "name=one-more", "title=One more")
    after = int(cloud.run(cloud.a, "object", "query", "article", "--count"))

    assert after == before + 1


def test_without_a_token_one_is_denied(cloud: Cloud) -> None:
    """Exit code 7, and how to get a token."""
    cloud.printed.readouterr()
    ended = main(["sync", "status", "--node", cloud.a.url])

    assert ended == 7
    assert "token create" in cloud.printed.readouterr().err


def test_a_revoked_token_is_good_nowhere(cloud: Cloud) -> None:
    """Revoked on a's folder, refused on b."""
    create = ["token", "create", "--data", str(cloud.a.data), "--name", "guest"]
    assert main(create) == 0
    guest = cloud.printed.readouterr().out.strip()
    cloud.settle()
    before = main(["node", "show", "--node", cloud.b.url, "--token", guest])
    assert main(["token", "revoke", "guest", "--data", str(cloud.a.data)]) == 0
    cloud.settle()
    after = main(["node", "show", "--node", cloud.b.url, "--token", guest])

    assert (before, after) == (0, 7)
