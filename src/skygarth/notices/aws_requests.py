"""Requests to AWS, with its many failures made into ours.

Credentials, region and endpoints come from where every AWS program takes them:
``AWS_*`` variables, profiles, the machine's role. boto3 is used from plain threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeAlias

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
)

from skygarth.model.errors import Invalid, NotFound, SkygarthError
from skygarth.notices import codes
from skygarth.notices.link import away, refused

Answer: TypeAlias = Mapping[str, object]

WAIT_SECONDS = 20
"""How long one request waits for messages: as long as SQS allows, for fewest requests."""

_CONFIG = {"connect_timeout": 3, "read_timeout": WAIT_SECONDS + 5, "retries": {"max_attempts": 2}}
_ABSENT = ("QueueDoesNotExist", "NonExistentQueue", "NotFound")
_REFUSED = ("AccessDenied", "AuthorizationError", "InvalidClientTokenId", "SignatureDoesNotMatch")
_REFUSED_TOO = ("ExpiredToken", "UnrecognizedClient", "InvalidAccessKeyId", "MissingAuthentication")


class _Client(Protocol):
    """A service of boto3."""

    def close(self) -> None:
        """Let go of its connections."""


class AwsRequests:
    """SQS and SNS in one region. Threads may share one.

    Args:
        region: "" for the one that the environment names.

    Raises:
        Invalid: no region is named anywhere (SG-NOTICE-006).
    """

    def __init__(self, region: str = "") -> None:
        self.place = f"AWS {region}".strip()
        config = Config(**_CONFIG)
        session = boto3.session.Session(region_name=region or None)
        try:
            self._sqs: _Client = session.client("sqs", config=config)
            self._sns: _Client = session.client("sns", config=config)
        except NoRegionError as cause:
            raise Invalid(
                "notices over AWS need a region",
                code=codes.NO_ADDRESS,
                hint="set notices.aws_region, or AWS_REGION in the environment",
            ) from cause

    def sqs(self, operation: str, **arguments: object) -> Answer:
        """A request to SQS.

        Raises:
            NotFound: the queue is not there.
            Denied, Unavailable: AWS refuses it, or does not answer.
        """
        return self._ask(self._sqs, operation, arguments)

    def sns(self, operation: str, **arguments: object) -> Answer:
        """A request to SNS; raises as `sqs`."""
        return self._ask(self._sns, operation, arguments)

    def close(self) -> None:
        """Let go of all connections."""
        self._sqs.close()
        self._sns.close()

    def _ask(self, client: _Client, operation: str, arguments: Mapping[str, object]) -> Answer:
        try:
            answer = getattr(client, operation)(**arguments)
        except (BotoCoreError, ClientError) as cause:
            raise self._fault(cause) from cause
        assert isinstance(answer, dict)
        return answer

    def _fault(self, cause: BotoCoreError | ClientError) -> SkygarthError:
        code = (
            str(cause.response["Error"].get("Code", "")) if isinstance(cause, ClientError) else ""
        )
        if any(word in code for word in _ABSENT):
            return NotFound(f"aws has no such thing: {cause}", code=codes.GONE)
        is_refusal = isinstance(cause, NoCredentialsError) or any(
            word in code for word in (*_REFUSED, *_REFUSED_TOO)
        )
        return (refused if is_refusal else away)("aws", self.place, cause)


def text_of(answer: Answer, *path: str) -> str:
    """A text somewhere in an answer; "" if it is not there."""
    found: object = answer
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


def list_of(answer: Answer, name: str) -> list[object]:
    """A list in an answer; empty if it is not there."""
    found = answer.get(name)
    return found if isinstance(found, list) else []


def moment_of(answer: Answer) -> float | None:
    """When AWS gave this answer, in seconds since 1970 by its clock; None if it does not say."""
    said = text_of(answer, "ResponseMetadata", "HTTPHeaders", "date")
    try:
        return parsedate_to_datetime(said).timestamp() if said else None
    except ValueError:
        return None
