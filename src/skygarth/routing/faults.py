"""What a reader is told whose request no node answered."""

from __future__ import annotations

import msgspec

from skygarth.model.errors import SkygarthError, Unavailable
from skygarth.routing import codes

PROBLEM = b"application/problem+json"
RETRY_SECONDS = 2


class Unanswered(Unavailable):
    """A request for which there is no answer now.

    Attributes:
        status: the HTTP status that says so.
    """

    default_code = codes.NO_NODE
    status = 503


class NoNode(Unanswered):
    """No node may take it (SG-ROUTE-105)."""

    def __init__(self, pool: str | None) -> None:
        where = "no node can answer now" if pool is None else "no node of its pool can answer now"
        super().__init__(
            f"{where}. pool='{pool or ''}'",
            hint="try again in a moment; `skygarth route explain URL` says why",
        )


class NoAnswer(Unanswered):
    """A node took it and broke off; whether it acted is unknown (SG-ROUTE-106)."""

    default_code = codes.NO_ANSWER
    status = 502

    def __init__(self, node: str, fault: str) -> None:
        super().__init__(
            f"the node that took the request did not answer: {fault}. node='{node}'",
            hint="look whether it was done before you send it again",
        )


class TooLate(Unanswered):
    """No answer within the deadline (SG-ROUTE-107)."""

    default_code = codes.TOO_LATE
    status = 504

    def __init__(self, node: str) -> None:
        super().__init__(
            f"no answer within the deadline. node='{node}'",
            hint="look whether it was done before you send it again",
        )


def problem(error: SkygarthError, status: int) -> bytes:
    """Problem details (RFC 9457), as every node writes them."""
    document = {
        "type": f"/problems/{error.code}",
        "title": "Not available now" if status >= 500 else "The request is wrong",
        "status": status,
        "detail": error.message,
        "code": error.code,
        "hint": error.hint,
    }
    return msgspec.json.encode(document)
