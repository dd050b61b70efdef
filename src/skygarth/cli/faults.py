"""What the command line itself finds wrong, and the exit code of every error.

Scripts read exit codes, people read messages; both follow from the class of an
error, which says what its reader does next.
"""

from __future__ import annotations

from skygarth.model.errors import (
    Conflict,
    Denied,
    Fenced,
    Invalid,
    NotFound,
    SkygarthError,
    TimedOut,
    Unavailable,
)

DONE = 0
FAILED = 1
USAGE = 2
FINDING = 3
NOT_FOUND = 4
CONFLICT = 5
UNREACHABLE = 6
DENIED = 7
TIMED_OUT = 8
UNHEALTHY = 9
INTERRUPTED = 130

USAGE_CODE = "SG-CLI-001"
NO_NODE_ANSWERS = "SG-CLI-002"
ANSWERED_TOO_LATE = "SG-CLI-003"
ANSWER_NOT_UNDERSTOOD = "SG-CLI-004"
NEEDS_CONSENT = "SG-CLI-005"
WAIT_ENDED = "SG-CLI-006"
NO_SOURCE_TREE = "SG-CLI-007"
NO_SUCH_NODE = "SG-CLI-008"
NO_SUCH_LOG = "SG-CLI-009"
STILL_REFUSED = "SG-CLI-010"
NOT_ADDRESSED = "SG-CLI-011"


class UsageFault(Invalid):
    """The command was written wrongly: nothing was done."""

    default_code = USAGE_CODE


# The first class that fits decides, so the narrower ones stand first.
_EXIT_CODES: tuple[tuple[type[SkygarthError], int], ...] = (
    (UsageFault, USAGE),
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),
    (Fenced, CONFLICT),
    (TimedOut, TIMED_OUT),
    (Unavailable, UNREACHABLE),
    (Denied, DENIED),
)


def exit_code(error: SkygarthError) -> int:
    """The exit code that tells a script what kind of error this was."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), FAILED)
