"""Writes the files of an image, over its own earlier ones and nobody else's.

Rendered files invite editing, and are rendered again when the bucket moves. A list
of what was written, with hashes, tells the two apart: a file that still is as it was
written may be replaced, one that a person changed may not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from skygarth.images import codes
from skygarth.images.rendering import Rendering
from skygarth.model.errors import Conflict, Denied

WRITTEN = ".skygarth-image.json"
SECRET_LENGTH_MIN = 12
_SECRET_WORDS = ("SECRET", "TOKEN", "KEY", "PASSWORD", "PASSPHRASE", "CREDENTIAL")


def write_rendering(rendering: Rendering, folder: Path, *, force: bool = False) -> list[Path]:
    """Write all files into a folder; none if one of them was changed by a person.

    Raises:
        Conflict: a file was changed, or is not from here, and `force` is not set.
        Denied: the folder cannot be written.
    """
    written = _written_before(folder)
    changed = [] if force else sorted(_changed(rendering.files, folder, written))
    if changed:
        raise Conflict(
            f"files were changed since they were written here. files='{', '.join(changed)}'",
            code=codes.CHANGED,
            hint="choose another folder with --out, or write over them with --force",
        )
    try:
        return _write(rendering, folder, written)
    except OSError as cause:
        raise Denied(
            f"the files cannot be written. folder={str(folder)!r} reason={cause.strerror!r}",
            code=codes.NOT_WRITTEN,
            hint="choose a folder that this user may write with --out",
        ) from cause


def refuse_secrets(rendering: Rendering, environment: Mapping[str, str]) -> None:
    """Stop before a secret of this environment gets into a file.

    Raises:
        Denied: a file would hold the value of a variable that is named like a secret.
    """
    for name, value in environment.items():
        if len(value) < SECRET_LENGTH_MIN or not any(word in name for word in _SECRET_WORDS):
            continue
        for path, text in rendering.files.items():
            if value in text:
                raise Denied(
                    f"a file would hold a secret. variable='{name}' file='{path}'",
                    code=codes.SECRET_INSIDE,
                    hint="leave it out of the options, and name the variable with --secret",
                )


def _write(rendering: Rendering, folder: Path, written: Mapping[str, str]) -> list[Path]:
    paths = []
    for name, text in rendering.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(rendering.mode(name))
        paths.append(path)
    hashes = {**written, **{name: _hash(text) for name, text in rendering.files.items()}}
    (folder / WRITTEN).write_text(json.dumps(hashes, indent=2, sort_keys=True) + "\n")
    return paths


def _changed(files: Mapping[str, str], folder: Path, written: Mapping[str, str]) -> Iterable[str]:
    """Which files stand there with something that neither was nor would be written by us."""
    for name, text in files.items():
        path = folder / name
        if path.exists():
            found = _hash(path.read_text(encoding="utf-8", errors="replace"))
            if found not in {_hash(text), written.get(name)}:
                yield name


def _written_before(folder: Path) -> dict[str, str]:
    """Hash by file of what was written here earlier; a spoilt list counts as none."""
    try:
        found: object = json.loads((folder / WRITTEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
