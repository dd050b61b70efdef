"""Of the nodes that may, the less loaded of two takes a request."""

from __future__ import annotations

from collections import Counter
from random import Random

from skygarth.model.position import Incarnation
from skygarth.routing.breaker import FAILURES_MAX
from skygarth.routing.choice import ANYBODY, Candidate, Wanted, choose, less_loaded, obstacle

HERE = Incarnation("0" * 32)


def node(name: str = "a", pools: tuple[str, ...] = ("web",), **traits: object) -> Candidate:
    """A node that may take anything."""
    made = Candidate(name, Incarnation(name * 32), f"http://{name}", frozenset(pools))
    for trait, value in traits.items():
        setattr(made, trait, value)
    return made


def failing() -> Candidate:
    """A node that has failed too often."""
    made = node("f")
    for _ in range(FAILURES_MAX):
        made.breaker.failed(0.0)
    return made


def test_each_reason_against_a_node_is_said() -> None:
    """RTE-10: whoever asks why a node was passed over gets a reason."""
    reasons = [
        obstacle(node(), Wanted(pool="search"), 0.0),
        obstacle(node(address=""), ANYBODY, 0.0),
        obstacle(node(trusted=False), ANYBODY, 0.0),
        obstacle(node(state="draining"), ANYBODY, 0.0),
        obstacle(node(lag_seconds=3.0), Wanted(lag_seconds_max=2.0), 0.0),
        obstacle(failing(), ANYBODY, 0.0),
        obstacle(node(), Wanted(version={HERE: 7}), 0.0),
        obstacle(node(vector={HERE: 7}), Wanted(version={HERE: 7}), 0.0),
    ]

    assert reasons == [
        "not in the pool 'search'",
        "its card names no address",
        "its card is not signed by this cloud",
        "it is draining",
        "it lags 3.0 s, the route takes 2 s",
        "it failed several times just now",
        "it is not known to have what the reader has seen",
        "",
    ]


def test_no_node_takes_what_none_may_take() -> None:
    """A choice of nobody is none."""
    assert choose([node(), failing()], Wanted(pool="media"), now=0.0, draw=lambda: 0.0) is None


def test_a_node_is_not_asked_twice() -> None:
    """RTE-14: a retry goes elsewhere, or nowhere."""
    one, other = node("a"), node("b")

    assert other is choose([one, other], ANYBODY, now=0.0, draw=lambda: 0.3, tried=[one])
    assert choose([one, other], ANYBODY, now=0.0, draw=lambda: 0.3, tried=[one, other]) is None


def test_who_has_what_the_reader_saw_comes_first() -> None:
    """RTE-11: a reader meets his own writes on the node that is known to have them."""
    behind, ahead = node("a"), node("b", vector={HERE: 7}, in_flight=9)
    wanted = Wanted(version={HERE: 7})

    assert {ahead} == {
        choose([behind, ahead], wanted, now=0.0, draw=Random(n).random) for n in range(20)
    }


def test_where_nobody_is_known_to_have_it_somebody_waits_for_it() -> None:
    """RTE-11: cards are old, so a version that none covers stops no request."""
    behind = node("a")

    assert behind is choose([behind], Wanted(version={HERE: 7}), now=0.0, draw=lambda: 0.0)


def test_an_answer_tells_how_far_a_node_is() -> None:
    """What a node returned as its version, it has."""
    behind = node("a", vector={HERE: 9})
    behind.has_shown({HERE: 7, Incarnation("c" * 32): 2})

    assert behind.vector == {HERE: 9, "c" * 32: 2}


def test_the_less_loaded_of_two_takes_it() -> None:
    """RTE-12: of the two drawn, the one with fewer requests under way."""
    idle, busy = node("a"), node("b", in_flight=3)

    assert {idle} == {less_loaded([busy, idle], Random(n).random) for n in range(20)}


def test_between_equally_busy_nodes_their_own_word_decides() -> None:
    """A node that says that it is busy is spared by those who have not sent it anything."""
    calm, strained = node("a", load=0.1), node("b", load=0.9)

    assert {calm} == {less_loaded([strained, calm], Random(n).random) for n in range(20)}


def test_every_pair_is_drawn() -> None:
    """Two different nodes are drawn, and each of idle nodes gets its share."""
    nodes = [node(name) for name in "abcde"]
    draw = Random(7).random
    taken = Counter(less_loaded(nodes, draw).name for _ in range(5000))

    assert set("abcde") == set(taken)
    assert min(taken.values()) > 700


def test_the_busiest_of_many_gets_nothing() -> None:
    """Whatever it is drawn with is less busy."""
    nodes = [node(name, in_flight=ord(name) - 97) for name in "abcde"]
    taken = {less_loaded(nodes, Random(n).random).name for n in range(500)}

    assert set("abcd") == taken


def test_a_node_has_what_it_wrote_itself() -> None:
    """RTE-11: whoever wrote there is led there, before any card can tell of it."""
    writer, other = node("a"), node("b")
    wanted = Wanted(version={writer.incarnation: 7})

    assert [obstacle(writer, wanted, 0.0), bool(obstacle(other, wanted, 0.0))] == ["", True]
