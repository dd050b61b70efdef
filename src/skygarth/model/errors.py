"""Every error that Skygarth raises, sorted by what its reader does next.

::

    SkygarthError
    ├── Invalid        the caller's value or request is wrong: mend it and try again
    │   └── InvalidValue       one field's value, with the rule it breaks
    ├── NotFound       there is no such thing: look elsewhere
    ├── Conflict       the world has moved on: read again, then decide
    ├── Denied         this identity may not
    ├── Unavailable    try again later, nothing is lost
    │   └── TimedOut           the wait ended first
    ├── Fenced         this writer's identity is no longer its own: stop writing under it
    ├── Damaged        stored bytes are not what was written: call a person
    └── Unsupported    right, but not in this version, or not with this store

Each error carries a stable `code` (``SG-<AREA>-<NUMBER>``) that the command
line, HTTP answers and documents share, a message in lower case with values
last, and a `hint` that names a way out.
"""

from __future__ import annotations


class SkygarthError(Exception):
    """The root of the family.

    Attributes:
        code: stable identifier, such as ``SG-BUCKET-004``.
        message: what was tried and what went wrong, lower case, values last.
        hint: what the reader can do about it; empty where nothing can be done.
    """

    default_code = "SG-GENERAL-001"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint

    def __str__(self) -> str:
        """The message with its way out, as a log line wants it."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class Invalid(SkygarthError):
    """The caller's value or request is wrong."""

    default_code = "SG-INVALID-001"


class InvalidValue(Invalid):
    """A field refuses a value.

    Attributes:
        field: name of the field.
        fault: what is wrong with the value.
        rule: the rule that it breaks, such as ``max_length=80``.
    """

    default_code = "SG-VALUE-001"

    def __init__(self, field: str, fault: str, rule: str, *, type_name: str = "") -> None:
        where = f"{type_name}.{field}" if type_name else field
        super().__init__(f"{where}: {fault}", hint=f"the rule is {rule}", code=self.default_code)
        self.field = field
        self.fault = fault
        self.rule = rule


class NotFound(SkygarthError):
    """There is no such object, key or name."""

    default_code = "SG-NOT-FOUND-001"


class Conflict(SkygarthError):
    """A precondition does not hold any more: read again, then decide."""

    default_code = "SG-CONFLICT-001"


class Denied(SkygarthError):
    """This identity may not do this."""

    default_code = "SG-DENIED-001"


class Unavailable(SkygarthError):
    """Something outside does not answer; nothing is lost, try again later."""

    default_code = "SG-UNAVAILABLE-001"


class TimedOut(Unavailable):
    """The wait ended before the thing waited for."""

    default_code = "SG-TIMED-OUT-001"


class Fenced(SkygarthError):
    """Another holder writes under this incarnation's identity."""

    default_code = "SG-FENCED-001"


class Damaged(SkygarthError):
    """Stored bytes are not what their author wrote."""

    default_code = "SG-DAMAGED-001"


class Unsupported(SkygarthError):
    """Well-formed, but this version or this store cannot do it."""

    default_code = "SG-UNSUPPORTED-001"
