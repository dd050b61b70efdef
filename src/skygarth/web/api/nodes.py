"""The nodes over HTTP: this one, all of them, and how one comes into traffic and out of it."""

from __future__ import annotations

from importlib.metadata import version

from starlette.responses import Response

from skygarth.model.errors import Invalid
from skygarth.model.wording import shortened
from skygarth.node.draining import FINISH_SECONDS
from skygarth.node.membership import Member
from skygarth.repository.tokens import Role
from skygarth.web.api.calls import Call, answer, refuse_unknown

FINISH_SECONDS_MAX = 3600.0


def node_document(call: Call) -> dict[str, object]:
    """This node, with the digest of its content at its vector."""
    node = call.node
    status = node.sync_status()
    digest = node.content_digest()
    figures = call.figures.read()
    return {
        "name": node.name,
        "incarnation": node.incarnation,
        "state": node.state,
        "why": node.why or None,
        "pools": list(node.traits.pools),
        "address": node.traits.address or None,
        "vector": digest.vector,
        "lag_seconds": round(node.lag_seconds(), 3),
        "backlog": status.unpublished,
        "digest": digest.digest if digest.settled else None,
        "objects": sum(figures.objects.values()),
        "conflicts": len(figures.conflicts),
        "version": version("skygarth"),
        "components": dict(node.traits.components),
        "in_flight": node.traffic.in_flight,
        "leaving": node.draining.is_leaving,
    }


def member_document(member: Member) -> dict[str, object]:
    """A node as its card tells."""
    card = member.card
    return {
        "name": card.name,
        "incarnation": card.incarnation,
        "state": member.state,
        "pools": list(card.pools),
        "address": card.address or None,
        "lag_seconds": round(card.lag_seconds, 3),
        "card_age_seconds": round(member.age_seconds, 3),
        "versions": dict(card.versions),
        "components": dict(card.components),
        "load": card.load,
        "requests_per_second": card.requests_per_second,
        "unwell": list(card.unwell),
        "vector": dict(card.vector),
        "former": dict(card.former) if member.trusted else {},
    }


def read_node(call: Call) -> Response:
    """``GET node``."""
    call.require(Role.READER)
    return answer(node_document(call))


def list_nodes(call: Call) -> Response:
    """``GET nodes``: the cloud as this node sees it; ``?fresh=true`` reads every card now.

    ``cards_age_seconds`` says how old that view is: without the bucket it grows.
    """
    call.require(Role.READER)
    membership = call.node.membership
    items = [member_document(each) for each in membership.members(afresh=call.wants("fresh"))]
    age = membership.cards_age_seconds
    told = None if age is None else round(age, 3)
    return answer({"items": items, "next": None, "cards_age_seconds": told})


def read_cloud(call: Call) -> Response:
    """``GET cloud``: alarms, nodes, lags, bucket and cost: the dashboard's JSON twin."""
    call.require(Role.READER)
    return answer(call.cloud.read())


def drain_node(call: Call) -> Response:
    """``POST node/drain``: take no new traffic; answered when nobody is led here any more.

    The state is ``drained`` once visitors are answered and all is in the bucket.
    """
    call.require(Role.ADMIN)
    call.node.drain(_finish_seconds(call))
    return answer(node_document(call), 202)


def resume_node(call: Call) -> Response:
    """``POST node/resume``: take traffic again."""
    call.require(Role.ADMIN)
    call.node.return_to_traffic()
    return answer(node_document(call))


def leave_node(call: Call) -> Response:
    """``POST node/leave``: drain, and end the process when nothing is left here."""
    call.require(Role.ADMIN)
    call.node.leave(_finish_seconds(call))
    return answer(node_document(call), 202)


def forget_node(call: Call) -> Response:
    """``POST nodes/{name}/forget``: remove what the bucket tells of nodes that are gone."""
    call.require(Role.ADMIN)
    forgotten = call.node.forget(call.path["name"])
    items = [member_document(each) for each in forgotten.nodes]
    return answer({"items": items, "next": None, "claims": list(forgotten.claims)})


def _finish_seconds(call: Call) -> float:
    """How long visitors who are here already may take.

    Raises:
        Invalid: it is no number of seconds that anybody would wait (SG-NODE-001).
    """
    document = call.document()
    refuse_unknown(document, {"finish_seconds"})
    given = document.get("finish_seconds", FINISH_SECONDS)
    if isinstance(given, int | float) and not isinstance(given, bool):
        seconds = float(given) if given <= FINISH_SECONDS_MAX else -1.0
        if seconds >= 0:
            return seconds
    raise Invalid(
        f"this is no time to finish in. finish_seconds={shortened(given)}",
        code="SG-NODE-001",
        hint=f"give seconds, from 0 to {FINISH_SECONDS_MAX:.0f}",
    )
