"""Who is logged in at the dashboard: a signed cookie, nothing kept.

The cookie holds a name and an end, signed with a secret of this process; it is
worth nothing to another node, and nothing after a restart.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

SESSION_SECONDS = 12 * 3600
COOKIE = "skygarth_admin"


def make_session(secret: bytes, name: str, now_us: int) -> str:
    """The cookie's value for somebody who has shown a token."""
    ends = now_us // 1_000_000 + SESSION_SECONDS
    said = base64.urlsafe_b64encode(f"{ends} {name}".encode()).decode()
    return f"{said}.{_signature(secret, said)}"


def session_name(secret: bytes, value: str, now_us: int) -> str | None:
    """Who a cookie speaks of; None if it is forged or has ended."""
    said, _, signature = value.partition(".")
    if not hmac.compare_digest(signature, _signature(secret, said)):
        return None
    ends, _, name = base64.urlsafe_b64decode(said).decode().partition(" ")
    return name if int(ends) > now_us // 1_000_000 else None


def form_token(secret: bytes, session: str) -> str:
    """What a form must send back, so that another site cannot send it (CSRF)."""
    return _signature(secret, f"form {session}")


def _signature(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
