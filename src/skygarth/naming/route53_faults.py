"""What a refusal of Route 53 means, and what to do about it.

Told by its error code; only whether somebody else was quicker has to be read
from the words, since InvalidChangeBatch stands for twenty different things.
"""

from __future__ import annotations

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, beside the builtin
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from skygarth.model.errors import Denied, Invalid, NotFound, SkygarthError, Unavailable
from skygarth.naming import codes

_DENIED = {
    *("AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    *("InvalidAccessKeyId", "UnrecognizedClientException", "ExpiredToken", "AuthFailure"),
    *("MissingAuthenticationToken", "IncompleteSignature", "OptInRequired"),
}
_PASSING = {"Throttling", "ThrottlingException", "ServiceUnavailable", "InternalError"}
_LOST = re.compile(
    r"already exists|values provided do not match|it was not found|but was not found"
)


def is_lost(failure: ClientError) -> bool:
    """Whether a change was refused because somebody else was quicker."""
    code, words = _said(failure)
    if code == "PriorRequestNotComplete":
        return True
    return code == "InvalidChangeBatch" and _LOST.search(words) is not None


def fault_of(failure: ClientError | BotoCoreError, attempt: str) -> SkygarthError:
    """The error to raise."""
    if isinstance(failure, ClientError):
        return _fault_of_answer(failure, attempt)
    if isinstance(failure, NoCredentialsError | PartialCredentialsError):
        return Denied(
            f"there are no credentials for Route 53: {failure}. {attempt}",
            code=codes.DENIED,
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role",
        )
    if isinstance(failure, ConnectionError | HTTPClientError):
        return Unavailable(
            f"Route 53 cannot be reached: {failure}. {attempt}",
            code=codes.NO_ANSWER,
            hint="it is tried again; does this machine reach the internet?",
        )
    return Unavailable(
        f"Route 53 could not be asked: {failure}. {attempt}",
        code=codes.OTHER_ANSWER,
        hint="it is tried again",
    )


def _fault_of_answer(failure: ClientError, attempt: str) -> SkygarthError:
    code, words = _said(failure)
    said = f"{code}: {words}"
    if code in _DENIED:
        return Denied(
            f"Route 53 refuses: {said}. {attempt}",
            code=codes.DENIED,
            hint="the node needs route53:ListResourceRecordSets, ListHostedZonesByName and "
            "ChangeResourceRecordSets on this hosted zone; docs/dns.md has the policy",
        )
    if code == "NoSuchHostedZone":
        return NotFound(
            f"there is no such hosted zone. {attempt}",
            code=codes.NO_HOSTED_ZONE,
            hint="set dns.zone to the zone's id, Z…, or to its name",
        )
    if code in _PASSING:
        return Unavailable(
            f"Route 53 has no time now: {said}. {attempt}",
            code=codes.NO_ANSWER,
            hint="it is tried again; a longer dns.lease makes fewer requests (5 a second are "
            "allowed to an account)",
        )
    return Invalid(
        f"Route 53 does not make this change: {said}. {attempt}",
        code=codes.WRONG_ZONE,
        hint="is the name in this hosted zone, without a CNAME beside it?",
    )


def _said(failure: ClientError) -> tuple[str, str]:
    error = failure.response.get("Error", {})
    return str(error.get("Code", "")), str(error.get("Message", ""))
