"""The stable codes of what can be wrong with an image's definition and its files."""

from __future__ import annotations

BAD_VALUE = "SG-IMAGE-001"  # a value of the definition that no shape can carry
CHANGED = "SG-IMAGE-002"  # a file was edited since it was written
NO_SUCH_SHAPE = "SG-IMAGE-003"  # this shape cannot hold this definition
SECRET_INSIDE = "SG-IMAGE-004"  # noqa: S105 - a file would hold a secret of the environment
NOT_WRITTEN = "SG-IMAGE-005"  # the folder cannot be written
NO_BUCKET = "SG-IMAGE-006"  # nobody said which bucket
