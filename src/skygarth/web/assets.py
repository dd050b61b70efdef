"""Style sheets, pictures and scripts that come with a component.

They are few and small, so they are read once and served from memory. An address
carries the digest of its file: a browser may keep what it has for ever, and a
changed file has another address.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from skygarth.model.errors import Invalid, NotFound

_KEEP_FOR_EVER = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"
_DIGEST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class _Asset:
    """One file."""

    content: bytes
    media_type: str
    digest: str


class Assets:
    """The files of several folders under one prefix; earlier folders cover later ones.

    Args:
        prefix: the address of the files, such as ``/static/blog``.
        folders: where they lie; a folder that is absent holds nothing.
        reload: look at the files anew for each request, while they are edited.
    """

    def __init__(self, prefix: str, folders: Sequence[Path], *, reload: bool = False) -> None:
        assert prefix.startswith("/")
        assert not prefix.endswith("/")
        self.prefix = prefix
        self._folders = tuple(folders)
        self._reload = reload
        self._assets = self._read()

    def address(self, name: str) -> str:
        """The address of a file, below the site's base.

        Raises:
            Invalid: no folder has such a file: a template names it wrongly.
        """
        asset = self._current().get(name)
        if asset is None:
            raise Invalid(
                f"there is no such static file. name={name!r}",
                code="SG-WEB-003",
                hint=f"put it into one of {', '.join(map(str, self._folders)) or 'no folders'}",
            )
        return f"{self.prefix}/{name}?v={asset.digest}"

    def response(self, name: str, digest: str) -> Response:
        """The file as an answer.

        Args:
            name: path below the prefix, without a leading slash.
            digest: what the address says of the file; empty where it says nothing.

        Raises:
            NotFound: no folder has such a file.
        """
        asset = self._current().get(name)
        if asset is None:
            raise NotFound(f"there is no such file. path={f'{self.prefix}/{name}'!r}")
        control = _KEEP_FOR_EVER if digest == asset.digest else _REVALIDATE
        headers = {"etag": f'"{asset.digest}"', "cache-control": control}
        return Response(asset.content, headers=headers, media_type=asset.media_type)

    def _current(self) -> dict[str, _Asset]:
        if self._reload:
            self._assets = self._read()
        return self._assets

    def _read(self) -> dict[str, _Asset]:
        """Every file by its path below its folder."""
        found: dict[str, _Asset] = {}
        for folder in reversed(self._folders):
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    found[path.relative_to(folder).as_posix()] = _read_asset(path)
        return found


def _read_asset(path: Path) -> _Asset:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _Asset(content, media_type, hashlib.sha256(content).hexdigest()[:_DIGEST_DIGITS])
