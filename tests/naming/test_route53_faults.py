"""What Amazon answers, in the words of its documentation, and what we make of it."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from skygarth.model.errors import Denied, Invalid, NotFound, SkygarthError, Unavailable
from skygarth.naming.route53_faults import fault_of, is_lost

WEB = "[name='www.example.org.', type='A']"


def answered(code: str, words: str = "Said by a test.") -> ClientError:
    """An answer that is a refusal."""
    return ClientError({"Error": {"Code": code, "Message": words}}, "ChangeResourceRecordSets")


@pytest.mark.parametrize(
    "words",
    [
        f"[Tried to create resource record set {WEB} but it already exists]",
        f"[Tried to delete resource record set {WEB} but it was not found]",
        (
            f"[Tried to delete resource record set {WEB} "
            "but the values provided do not match the current values]"
        ),
    ],
)
def test_who_was_slower_is_told_by_the_words(words: str) -> None:
    """The code alone stands for too many things."""
    assert is_lost(answered("InvalidChangeBatch", words))


def test_other_refusals_are_not_taken_for_a_lost_race() -> None:
    """Trying them again would not help; only a request still under way passes."""
    alias = f"RRSet of type A with DNS name {WEB} is not permitted because of a CNAME"

    assert not is_lost(answered("InvalidChangeBatch", alias))
    assert not is_lost(answered("AccessDenied"))
    assert is_lost(answered("PriorRequestNotComplete"))


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (answered("AccessDenied"), Denied, "SG-DNS-015"),
        (answered("ExpiredToken"), Denied, "SG-DNS-015"),
        (NoCredentialsError(), Denied, "SG-DNS-015"),
        (answered("NoSuchHostedZone"), NotFound, "SG-DNS-016"),
        (answered("Throttling"), Unavailable, "SG-DNS-007"),
        (EndpointConnectionError(endpoint_url="https://x"), Unavailable, "SG-DNS-007"),
        (answered("InvalidChangeBatch"), Invalid, "SG-DNS-006"),
    ],
)
def test_each_refusal_says_what_to_do(
    failure: ClientError, kind: type[SkygarthError], code: str
) -> None:
    """By its class for programs, by its hint for people."""
    fault = fault_of(failure, "action='change'")

    assert isinstance(fault, kind)
    assert fault.code == code
    assert fault.hint
