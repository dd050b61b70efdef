"""All nodes hold the same where they have applied the same, or it is seen."""

from __future__ import annotations

import json
from collections.abc import Mapping

from skygarth.cli.agreement import Comparison, Verdict, compare_nodes, compared
from skygarth.cli.answers import NodeAnswer
from skygarth.cli.exchange import Params, Reply
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NodeAddress
from skygarth.cli.roll_call import Departed, RollCall, Seen
from skygarth.clock.manual_clock import ManualClock


def node(
    name: str, *, through: int = 5, digest: str | None = "d1", state: str = "ready"
) -> NodeAnswer:
    """A node of a cloud in which everything was written by a."""
    return NodeAnswer(
        name,
        f"incarnation-{name}",
        state,
        address=f"http://{name}.example",
        vector={"incarnation-a": through},
        digest=digest,
        objects=10,
    )


def compared_nodes(*nodes: NodeAnswer) -> Comparison:
    """What follows when all of them answered."""
    return compared(RollCall(tuple(Seen(each.name, each) for each in nodes)))


def test_equal_digests_at_equal_positions_are_equal() -> None:
    """Convergence, as promised."""
    assert compared_nodes(node("a"), node("b")).verdict is Verdict.EQUAL


def test_a_node_alone_agrees_with_itself() -> None:
    """A cloud of one is in agreement."""
    assert compared_nodes(node("a")).verdict is Verdict.EQUAL


def test_different_digests_at_equal_positions_are_a_fault() -> None:
    """The nodes that differ name each other."""
    found = compared_nodes(node("a"), node("b", digest="d2"), node("c"))

    assert found.verdict is Verdict.DIFFERENT
    assert [row.remark for row in found.rows] == [
        "different from b",
        "different from a, c",
        "different from b",
    ]


def test_nodes_at_different_positions_cannot_be_compared() -> None:
    """Different content is no fault where one has not applied what the other has."""
    found = compared_nodes(node("a"), node("b", through=4, digest="d2"))

    assert found.verdict is Verdict.UNKNOWN
    assert found.rows[1].remark == "at another position"


def test_a_node_that_does_not_answer_leaves_it_undecided_and_is_named() -> None:
    """Nothing is said of a node that could not be asked."""
    found = compared(RollCall((Seen("a", node("a")), Seen("b", None, "no node answers"))))

    assert found.verdict is Verdict.UNKNOWN
    assert found.rows[1].remark == "no node answers"


def test_a_fault_shows_even_while_another_node_is_away() -> None:
    """Two nodes that differ are a fault, whatever the third would say."""
    found = compared(
        RollCall((Seen("a", node("a")), Seen("b", node("b", digest="d2")), Seen("c", None, "away")))
    )

    assert found.verdict is Verdict.DIFFERENT


def test_a_node_without_a_digest_is_not_called_equal() -> None:
    """Two nodes that tell no digest have not shown anything."""
    assert compared_nodes(node("a", digest=None), node("b", digest=None)).verdict is (
        Verdict.UNKNOWN
    )


def test_a_node_with_unpublished_changes_is_not_compared() -> None:
    """Its content is newer than its position says: that is no fault."""
    busy = NodeAnswer("b", "b", "ready", vector={"incarnation-a": 5}, digest="d2", backlog=3)
    found = compared_nodes(node("a"), busy)

    assert found.verdict is Verdict.UNKNOWN
    assert found.rows[1].remark == "3 changes unpublished"


def test_empty_logs_do_not_make_positions_differ() -> None:
    """A node that knows of a log without anything in it stands where the others stand."""
    other = NodeAnswer("b", "b", "ready", vector={"incarnation-a": 5, "b": 0}, digest="d1")

    assert compared_nodes(node("a"), other).verdict is Verdict.EQUAL


def test_who_was_compared_and_who_was_not_is_said() -> None:
    """A person reads whom a verdict is about; a program finds the same."""
    roll = RollCall(
        (Seen("a", node("a")), Seen("b", None, "no node answers", "1b")),
        (Departed("c", "1c", "left"),),
        "node a cannot read the cards of the others now",
    )
    found = compared(roll)

    assert found.sentences == [
        "compared: a",
        "could not be asked: b (1b: no node answers)",
        "not asked: c (1c: left)",
        "there may be others: node a cannot read the cards of the others now",
    ]
    assert found.raw()["departed"] == [{"name": "c", "incarnation": "1c", "why": "left"}]
    assert found.raw()["fault"] == roll.fault


def test_without_knowing_who_is_there_nothing_is_called_equal() -> None:
    """Whoever is not named may hold anything."""
    found = compared(RollCall((Seen("a", node("a")),), fault="cards are old"))

    assert found.verdict is Verdict.UNKNOWN


class Cloud:
    """Answers for nodes a, b and c; b needs a while to get where the others are."""

    def __init__(self, *, b_arrives: int) -> None:
        self.looks = 0
        self.b_arrives = b_arrives

    def connect(self, address: NodeAddress) -> NodeClient:
        """A connection to the node of that address."""
        return NodeClient(address, exchange=Host(self, address.node))


class Host:
    """One node of the cloud, as a client reaches it."""

    def __init__(self, cloud: Cloud, url: str) -> None:
        self.cloud = cloud
        self.name = url.removeprefix("http://").partition(".")[0]

    def send(
        self, method: str, path: str, *, params: Params, body: object, headers: Mapping[str, str]
    ) -> Reply:
        """Answer the two questions that a comparison asks."""
        found = self._nodes() if path.endswith("/nodes") else self._itself()
        return Reply(200, {}, json.dumps(found).encode())

    def close(self) -> None:
        """There is nothing to close."""

    def _nodes(self) -> dict[str, object]:
        self.cloud.looks += 1
        states = {"a": "ready", "b": "ready", "c": "ready", "old": "left"}
        items = [
            {"name": n, "incarnation": f"incarnation-{n}", "state": s, "address": f"{n}.example"}
            for n, s in states.items()
        ]
        return {"items": items, "next": None, "cards_age_seconds": 0.0}

    def _itself(self) -> dict[str, object]:
        behind = self.name == "b" and self.cloud.looks < self.cloud.b_arrives
        return {
            "name": self.name,
            "incarnation": f"incarnation-{self.name}",
            "state": "ready",
            "vector": {"incarnation-a": 4 if behind else 5},
            "digest": "d0" if behind else "d1",
        }


def test_nodes_are_given_time_to_reach_equal_positions() -> None:
    """The comparison waits for a node that is a little behind; those that left do not count."""
    found = compare_nodes(
        NodeAddress(node="http://a.example"),
        timeout=10,
        connect=Cloud(b_arrives=3).connect,
        clock=ManualClock(),
    )

    assert found.verdict is Verdict.EQUAL
    assert [row.name for row in found.rows] == ["a", "b", "c"]


def test_the_wait_for_equal_positions_ends() -> None:
    """A node that never arrives leaves the comparison unknown."""
    found = compare_nodes(
        NodeAddress(node="http://a.example"),
        timeout=1,
        connect=Cloud(b_arrives=10**6).connect,
        clock=ManualClock(),
    )

    assert found.verdict is Verdict.UNKNOWN
    assert found.raw()["verdict"] == "unknown"
