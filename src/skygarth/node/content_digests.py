"""One hash over a node's content, kept until something changes: computing it reads everything."""

from __future__ import annotations

import threading
from collections.abc import Callable

from skygarth.database.port import Database
from skygarth.model.position import Vector
from skygarth.node.status import ContentDigest


class ContentDigests:
    """The digest of one database.

    Args:
        vector: where the node stands as of now.
        loaded: (chunks loaded, chunks in all) of a snapshot that the node begins with.
    """

    def __init__(
        self,
        database: Database,
        vector: Callable[[], Vector],
        loaded: Callable[[], tuple[int, int]],
    ) -> None:
        self._database = database
        self._vector = vector
        self._loaded = loaded
        self._lock = threading.Lock()
        self._kept: tuple[object, ContentDigest] | None = None
        self._silent_merges = 0

    def merged_silently(self) -> None:
        """A merge has changed the content and made no entry in the feed."""
        self._silent_merges += 1

    def current(self) -> ContentDigest:
        """The digest, and the vector that it belongs to."""
        with self._lock:
            state, vector = self._state(), dict(self._vector())
            if self._kept is None or self._kept[0] != state or not self._kept[1].settled:
                with self._database.replica().view() as view:
                    digest = ContentDigest(view.digest(), view.vector, not view.unpublished)
                self._kept = (state, digest)
            elif self._kept[1].vector != vector:
                settled = ContentDigest(self._kept[1].digest, vector, settled=True)
                self._kept = (state, settled)
            return self._kept[1]

    def _state(self) -> tuple[int, int, tuple[int, int]]:
        """Equal as long as the content is: some changes of it make no entry in the feed.

        A merge may only bring a later stamp for a tombstone, and a snapshot is loaded silently.
        """
        return self._database.reading().change_head(), self._silent_merges, self._loaded()
