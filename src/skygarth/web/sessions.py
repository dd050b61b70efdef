"""Who asks: a token in the request's header, or a session that one was shown for.

A session is a signed cookie; nothing is kept. It names a token, so it ends where
the token is revoked or expires, and it is signed with a secret of this process,
so it is worth nothing to another node, and nothing after a restart. Its name
differs between nodes, for browsers send one host's cookies to all of its ports.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from skygarth.model.errors import Denied
from skygarth.model.guid import parse_guid
from skygarth.repository import Repository
from skygarth.repository.tokens import TokenHolder, TokenVerifier, holder_of
from skygarth.web.safety import refuse_foreign_form

SESSION_SECONDS = 12 * 3600
NEEDS_TOKEN = "SG-API-401"  # noqa: S105 - a code, no secret
UNKNOWN_TOKEN = "SG-TOKEN-401"  # noqa: S105 - a code, no secret
STRANGER_CODES = frozenset({NEEDS_TOKEN, UNKNOWN_TOKEN})
"""Refusals that ask who somebody is (401); the others know who may not (403)."""


class Sessions:
    """Finds out who asks, and lets people in.

    Args:
        repository: holds the tokens.
        secret: signs sessions.
        now_us: microseconds since 1970 UTC.
    """

    def __init__(self, repository: Repository, secret: bytes, now_us: Callable[[], int]) -> None:
        assert len(secret) >= 16
        self._repository = repository
        self._tokens = TokenVerifier(repository)
        self._secret = secret
        self._now_us = now_us
        self.cookie = f"skygarth_{self._sign('cookie')[:8]}"

    def holder(self, request: HttpRequest) -> TokenHolder | None:
        """Who asks; None for a visitor.

        Raises:
            Denied: the token is not valid, or another site uses the reader's session.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self._holder_of_session(request)
        holder = self.holder_of_token(token)
        if holder is None:
            raise Denied(
                "this token is not known, has expired or was revoked",
                code=UNKNOWN_TOKEN,
                hint="one that was made on another node is known here once it has arrived; "
                "`skygarth token list --data DIR` shows them, `token create` makes one",
            )
        return holder

    def holder_of_token(self, token: str) -> TokenHolder | None:
        """Who holds a token; None if it is not valid."""
        return self._tokens.verify(token.strip(), self._now_us())

    def begin(self, holder: TokenHolder, request: HttpRequest, response: Response) -> None:
        """Let somebody in who has shown a token."""
        ends = self._now_us() // 1_000_000 + SESSION_SECONDS
        said = f"{ends}.{holder.guid}"
        response.set_cookie(
            self.cookie,
            f"{said}.{self._sign(said)}",
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )

    def end(self, response: Response) -> None:
        """Let somebody out."""
        response.delete_cookie(self.cookie, httponly=True, samesite="strict")

    def form_token(self, request: HttpRequest) -> str:
        """What a form must send back, so that no other site can send it."""
        return self._sign(f"form {request.cookies.get(self.cookie, '')}")

    def is_own_form(self, request: HttpRequest, token: str) -> bool:
        """Whether a form comes from a page that this session was shown."""
        return hmac.compare_digest(self.form_token(request).encode(), token.encode())

    def _holder_of_session(self, request: HttpRequest) -> TokenHolder | None:
        said, _, signature = request.cookies.get(self.cookie, "").rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(said).encode()):
            return None
        ends, _, guid = said.partition(".")
        if int(ends) <= self._now_us() // 1_000_000:
            return None
        holder = holder_of(self._repository, parse_guid(guid), self._now_us())
        if holder is not None:
            refuse_foreign_form(request.method, request.headers)
        return holder

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
