"""What an object store's refusals mean, read from the text that obstore leaves of them.

obstore tells classes of failure only roughly: a wrong secret is
``PermissionDeniedError`` on a read but ``GenericError`` on a listing, a dead
host, a 503 and a 416 are all ``GenericError``. Its text, though, always holds
the HTTP status, the store's own error code and the kind of transport failure.
Each branch here is held by a test against a real store's answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from obstore.exceptions import AlreadyExistsError, PreconditionError

from skygarth.bucket import codes
from skygarth.model.errors import (
    Denied,
    Invalid,
    NotFound,
    SkygarthError,
    TimedOut,
    Unavailable,
    Unsupported,
)

_STATUS = re.compile(r"Server returned non-2xx status code: (\d{3})")
_CODE = re.compile(r"<Code>\s*(\w+)\s*</Code>")
_MESSAGE = re.compile(r"<Message>([^<]{1,200})")
_TRANSPORT = re.compile(r"\bkind: (Connect|Timeout|Request|Interrupted|Decode)\b")
_ADDRESS = re.compile(r"Error performing [A-Z]+ (https?://[^/\s]+)")
_ASKED_FOR_CREDENTIALS = re.compile(
    r"Error performing [A-Z]+ (https?://\S+/latest/(?:api/token|meta-data)\b"
    r"|http://169\.254\.170\.2/|http://(?:metadata\.google\.internal|169\.254\.169\.254)/)"
)

_NO_BUCKET_CODES = {"NoSuchBucket", "ContainerNotFound"}
_IN_PROGRESS_CODES = {"ConditionalRequestConflict", "OperationAborted"}
_SLOW_DOWN_CODES = {"SlowDown", "ServerBusy", "Throttling", "ThrottlingException"}
_PASSING_CODES = {"RequestTimeout", "InternalError", "ServiceUnavailable"}
_CREDENTIAL_CODES = {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AuthFailure"}
_REGION_CODES = {"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried, for the message.

    Attributes:
        action: get, put, create, list or delete.
        key: on which key or prefix.
        url: the bucket.
        creating: the command that creates the bucket.
    """

    action: str
    key: str
    url: str
    creating: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The facts of a failed request.

    Attributes:
        status: HTTP status, or 0 where no answer came.
        code: the store's own error code, such as ``NoSuchBucket``.
        message: the store's own words.
        transport: how the transport failed: Connect, Timeout, …
        asked: scheme and host that were asked.
        exists: a create met an existing key.
        ignored_range: the store sent the whole object for a range.
        bad_path: obstore itself refused the key.
        plain_http: obstore itself refused to speak without encryption.
        elsewhere: the store sent us to another region.
        asked_for_credentials: it was the cloud's source of credentials that
            failed, which is asked only when none were given.
    """

    status: int = 0
    code: str = ""
    message: str = ""
    transport: str = ""
    asked: str = ""
    exists: bool = False
    ignored_range: bool = False
    bad_path: bool = False
    plain_http: bool = False
    elsewhere: bool = False
    asked_for_credentials: bool = False

    @classmethod
    def of(cls, fault: Exception) -> Refusal:
        """Read the facts out of what obstore raised."""
        text = str(fault)
        status = int(_first(_STATUS, text) or 0)
        code = _first(_CODE, text)
        met = isinstance(fault, AlreadyExistsError | PreconditionError)
        return cls(
            status=404 if isinstance(fault, FileNotFoundError) else status,
            code=code,
            message=_first(_MESSAGE, text).strip().rstrip("."),
            transport=_first(_TRANSPORT, text),
            asked=_first(_ADDRESS, text),
            # Azure says 409 for an existing key; S3 says it for a competing write under way.
            exists=met and code not in _IN_PROGRESS_CODES,
            ignored_range="source: NotPartial" in text,
            bad_path=isinstance(fault, ValueError),
            plain_http="BadScheme" in text,
            elsewhere="Received redirect without LOCATION" in text,
            asked_for_credentials=_ASKED_FOR_CREDENTIALS.search(text) is not None,
        )

    @property
    def no_key(self) -> bool:
        """The bucket is there, the key is not."""
        # A cloud's source of credentials may say 404 as well: that speaks of no key.
        return (
            self.status == 404
            and self.code not in _NO_BUCKET_CODES
            and not self.asked_for_credentials
        )

    def explained(self, attempt: Attempt) -> SkygarthError:
        """The port's error: what was tried, what came back, and the way out."""
        what = f"could not {attempt.action} in {attempt.url}: {self._said()}. key='{attempt.key}'"
        return (
            self._denied(what)
            or self._absent(what, attempt)
            or self._wrong(what, attempt)
            or self._passing(what)
        )

    def _said(self) -> str:
        """What came back, in a few words; never an address with a signature in it."""
        if self.status:
            return " ".join(filter(None, [str(self.status), self.code, self.message]))
        if self.transport == "Timeout":
            return "no answer in time"
        if self.transport == "Connect":
            return f"cannot connect to {self.asked}"
        return f"no usable answer from {self.asked}" if self.asked else "no usable answer"

    def _denied(self, what: str) -> SkygarthError | None:
        """The store knows us not, or lets us not."""
        if self.asked_for_credentials:
            hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role"
            return Denied(what, code=codes.NO_CREDENTIALS, hint=hint)
        if self.code == "RequestTimeTooSkewed":
            hint = "this machine's clock is off by more than 15 minutes: set it right"
            return Denied(what, code=codes.DENIED, hint=hint)
        if self.elsewhere or self.code in _REGION_CODES or self.status in {301, 307}:
            hint = "the bucket lives in another region: set AWS_REGION"
            return Denied(what, code=codes.DENIED, hint=hint)
        if self.status in {401, 403} or self.code in _CREDENTIAL_CODES:
            hint = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and what they may do"
            return Denied(what, code=codes.DENIED, hint=hint)
        return None

    def _absent(self, what: str, attempt: Attempt) -> SkygarthError | None:
        """The bucket itself is missing."""
        if self.status != 404:
            return None
        return NotFound(what, code=codes.NO_BUCKET, hint=f"create it: {attempt.creating}")

    def _wrong(self, what: str, attempt: Attempt) -> SkygarthError | None:
        """Trying again would not help: the request itself is refused."""
        if self.plain_http:
            hint = "use an https endpoint; plain http goes to this machine only"
            return Invalid(what, code=codes.PLAIN_HTTP, hint=hint)
        if self.bad_path:
            return Invalid(what, code=codes.BAD_KEY, hint="use another key")
        if self.status == 416:
            return Invalid(what, code=codes.BAD_RANGE, hint="list the key to learn its size")
        if self.status == 501 and attempt.action == "create":
            hint = "use a store with conditional writes, or accept with allow_unconditional = true"
            return Unsupported(what, code=codes.NO_CONDITIONAL_WRITES, hint=hint)
        if self.status in {405, 501}:
            hint = "this store lacks a request that Skygarth needs: use another"
            return Unsupported(what, code=codes.UNEXPECTED, hint=hint)
        lasting = 400 <= self.status < 500 and self.status not in {408, 409, 412, 425, 429}
        if lasting and self.code not in _PASSING_CODES | _SLOW_DOWN_CODES:
            hint = "the store refuses this request for a reason of its own: ask its operator"
            return Invalid(what, code=codes.UNEXPECTED, hint=hint)
        return None

    def _passing(self, what: str) -> SkygarthError:
        """Everything else passes: try again."""
        if self.status in {429, 503} or self.code in _SLOW_DOWN_CODES:
            hint = "the store asks for fewer requests; this goes on by itself, more slowly"
            return Unavailable(what, code=codes.SLOW_DOWN, hint=hint)
        hint = "check the network and AWS_ENDPOINT_URL; nothing is lost, this goes on by itself"
        if self.transport == "Timeout":
            return TimedOut(what, code=codes.NO_ANSWER, hint=hint)
        return Unavailable(what, code=codes.NO_ANSWER, hint=hint)


def _first(pattern: re.Pattern[str], text: str) -> str:
    """What the pattern's group caught first, or nothing."""
    caught = pattern.search(text)
    return caught.group(1) if caught else ""
