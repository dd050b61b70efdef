"""Errors as HTTP tells them: a status, and problem details (RFC 9457).

Which status an error has follows from what its reader does next, which is how
`skygarth.model.errors` sorts them. The code and hint are those that the
command line prints. ::

    {"type": "/problems/SG-NOT-FOUND-001", "title": "Not found", "status": 404,
     "detail": "there is no such object. path='/news'", "code": "SG-NOT-FOUND-001",
     "hint": "…", "instance": "/api/v1/tree/news"}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec
from starlette.responses import Response

from skygarth.model.errors import (
    Conflict,
    Damaged,
    Denied,
    Fenced,
    Invalid,
    InvalidValue,
    NotFound,
    SkygarthError,
    Unavailable,
    Unsupported,
)
from skygarth.web.routes import MethodRefused

PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
UNEXPECTED_CODE = "SG-WEB-001"

FAMILIES: tuple[tuple[type[SkygarthError], int, str], ...] = (
    (MethodRefused, 405, "Method not allowed"),
    (InvalidValue, 422, "A value is refused"),
    (Invalid, 400, "The request is wrong"),
    (NotFound, 404, "Not found"),
    (Conflict, 409, "It has changed meanwhile"),
    (Denied, 403, "Not allowed"),
    (Unavailable, 503, "Not available now"),
    (Fenced, 503, "Not available now"),
    (Damaged, 500, "Something is damaged"),
    (Unsupported, 501, "Not supported"),
    (SkygarthError, 500, "Something went wrong"),
)
"""The first family that an error belongs to decides."""

_OTHER_TITLES = {401: "Who are you?", 412: "It has changed meanwhile", 413: "Too large"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error on its way to a client.

    Attributes:
        status: the HTTP status.
        title: the kind of problem, the same for every one of its kind.
        detail: this occurrence.
        code: stable identifier, such as ``SG-NOT-FOUND-001``.
        hint: a way out; empty where there is none.
        instance: the address that was asked for.
        members: more of what a program may want, such as the refused field.
        headers: HTTP headers that belong to the answer.
    """

    status: int
    title: str
    detail: str
    code: str
    hint: str = ""
    instance: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, str | int]:
        """The problem details as RFC 9457 names them."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "hint": self.hint,
            "instance": self.instance,
            **self.members,
        }

    def response(self) -> Response:
        """The whole HTTP answer."""
        return Response(
            msgspec.json.encode(self.document),
            self.status,
            headers=dict(self.headers),
            media_type=PROBLEM_MEDIA_TYPE,
        )


def problem_of(
    error: Exception, *, instance: str = "", is_known: bool = True, status: int | None = None
) -> Problem:
    """Say an error as HTTP does.

    What is not ours (any other exception) becomes a 500 that tells nothing of
    its inside: the log has it.

    Args:
        error: what was raised.
        instance: the address that was asked for.
        is_known: whether we know who asks; a stranger who may not is asked who he is (401).
        status: another status than the error's family has, such as 412.
    """
    if not isinstance(error, SkygarthError):
        return Problem(
            status=status or 500,
            title="Something went wrong",
            detail="this node met an error that it did not expect",
            code=UNEXPECTED_CODE,
            hint="try again; if it stays, the node's log says more",
            instance=instance,
        )
    family_status, title = next(
        (family_status, title)
        for family, family_status, title in FAMILIES
        if isinstance(error, family)
    )
    if isinstance(error, Denied) and not is_known:
        family_status = 401
    problem = Problem(
        status=status or family_status,
        title=_OTHER_TITLES.get(status or family_status, title),
        detail=error.message,
        code=error.code,
        hint=error.hint,
        instance=instance,
        members=_members_of(error),
    )
    return replace(problem, headers=_headers_of(error, problem.status))


def _members_of(error: SkygarthError) -> Mapping[str, str]:
    """What a program may want to know beyond the text."""
    if isinstance(error, InvalidValue):
        return {"field": error.field, "fault": error.fault, "rule": error.rule}
    return {}


def _headers_of(error: SkygarthError, status: int) -> Mapping[str, str]:
    """The headers that this status owes its reader."""
    if isinstance(error, MethodRefused):
        return {"Allow": ", ".join(error.allow)}
    if status == 503:
        return {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {}
