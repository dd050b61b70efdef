"""What waits to be said: of each log the newest notice, and never many.

That a log has reached 7 says all that "it has reached 6" said. So a broker that
is away for a day costs one notice per log, not a day's worth (NOT-5).
"""

from __future__ import annotations

import threading

from skygarth.model.position import Incarnation
from skygarth.notices.notice import Notice

LOGS_MAX = 64
"""A node says notices of its own log; more than one only after it changed its identity."""


class WaitingNotices:
    """A bounded box between those who say and the thread that sends.

    It is shut, and gives nothing out, while there is no connection.

    Attributes:
        replaced: how many were never given out because a newer one said more.
    """

    def __init__(self) -> None:
        self.replaced = 0
        self._notices: dict[Incarnation, Notice] = {}
        self._changed = threading.Condition()
        self._is_open = False
        self._has_ended = False

    def put(self, notice: Notice) -> None:
        """Take one in, unless something newer of its log waits already."""
        with self._changed:
            waiting = self._notices.get(notice.incarnation)
            if waiting is not None:
                self.replaced += 1
                if waiting.sequence >= notice.sequence:
                    return
            elif len(self._notices) >= LOGS_MAX:
                self.replaced += 1
                del self._notices[next(iter(self._notices))]
            self._notices[notice.incarnation] = notice
            assert len(self._notices) <= LOGS_MAX
            self._changed.notify_all()

    def put_back(self, notice: Notice) -> None:
        """Take in again what could not be sent."""
        self.put(notice)

    def take(self) -> Notice | None:
        """Wait for one, while the box is open; None when it has ended and gives nothing more."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_ended or (self._is_open and self._notices))
            if not self._is_open or not self._notices:
                return None
            return self._notices.pop(next(iter(self._notices)))

    def open(self) -> None:
        """Give out what waits: there is a connection."""
        with self._changed:
            self._is_open = True
            self._changed.notify_all()

    def shut(self) -> None:
        """Give nothing out: there is none."""
        with self._changed:
            self._is_open = False

    def close(self) -> None:
        """Whoever waits gets what is left if the box is open, and then None."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
