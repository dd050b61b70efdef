"""A transport over any link: two threads that no broker can make anybody else wait for.

The *listener* connects, listens, and connects again after random, growing waits
whenever the connection ended (NOT-6). The *speaker* sends what waits while there
is a connection; a notice that could not be sent waits on, unless a newer one of
its log has come meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from skygarth.clock.port import Clock
from skygarth.model.errors import Invalid, SkygarthError
from skygarth.notices.link import Link, away
from skygarth.notices.notice import Notice, decode_notice, encode_notice
from skygarth.notices.port import Heard, TransportHealth
from skygarth.notices.standing import Standing
from skygarth.notices.waiting import WaitingNotices
from skygarth.replication.timing import Backoff, Timing

_log = structlog.get_logger("skygarth.notices")

RETRY = Timing(retry_ms_min=100, retry_ms_max=15_000)
STEADY_SECONDS = 2.0
"""A connection that lasted this long was a good one: the next wait begins small again."""
STOP_SECONDS = 1.0


class LinkTransport:
    """One way of telling news, over one link.

    Args:
        jitter: a number in [0, 1), so that a broker that comes back does not meet all at once.
    """

    def __init__(self, link: Link, clock: Clock, jitter: Callable[[], float]) -> None:
        self._link = link
        self._clock = clock
        self._backoff = Backoff(RETRY, jitter)
        self._standing = Standing(clock)
        self._waiting = WaitingNotices()
        self._stopping = threading.Event()
        self._heard: Heard | None = None
        name = f"skygarth-{link.name}"
        self._listener = threading.Thread(target=self._listen, name=f"{name}-hears", daemon=True)
        self._speaker = threading.Thread(target=self._speak, name=f"{name}-says", daemon=True)

    @property
    def name(self) -> str:
        """What settings call it."""
        return self._link.name

    def start(self, heard: Heard) -> None:
        """Begin to connect and to listen; returns at once, and the broker may be away."""
        assert self._heard is None, "a transport is started once"
        self._heard = heard
        self._listener.start()
        self._speaker.start()

    def say(self, notice: Notice) -> None:
        """Tell the others; returns at once. A newer notice of one log replaces an older one."""
        self._waiting.put(notice)

    def health(self) -> TransportHealth:
        """How it is doing."""
        return self._standing.health(self.name, self._link.broker, self._waiting.replaced)

    def stop(self) -> None:
        """Say what is left if the broker is there, leave it, end; takes some seconds at most."""
        self._stopping.set()
        self._waiting.close()
        _join(self._speaker)
        leaving = threading.Thread(
            target=self._leave, name=f"skygarth-{self.name}-leaves", daemon=True
        )
        leaving.start()
        _join(leaving)
        self._link.close()
        _join(self._listener)

    def _leave(self) -> None:
        try:
            self._link.leave()
        except SkygarthError as fault:
            _log.info("left something at a broker", transport=self.name, fault=fault.message)

    # -- the listener ------------------------------------------------------------------------

    def _listen(self) -> None:
        while not self._stopping.is_set():
            began = self._clock.monotonic()
            fault = self._connected_once()
            if self._stopping.is_set():
                return
            if self._standing.disconnected(fault):
                _tell(self._link, fault)
            now = self._clock.monotonic()
            if now - began >= STEADY_SECONDS:
                self._backoff.succeeded()
            self._backoff.failed(now * 1_000)
            self._stopping.wait(self._backoff.until / 1_000 - now)

    def _connected_once(self) -> SkygarthError | None:
        """Connect and listen until that ends; why it did, None if the speaker ended it."""
        try:
            self._link.open(self._received)
            self._standing.connected()
            self._waiting.open()
            self._link.hold()
        except SkygarthError as fault:
            return fault
        except Exception as bug:  # noqa: BLE001 - a broker's library may fail in any way; we come back
            _log.exception("a link failed in an unforeseen way", transport=self.name)
            return away(self.name, self._link.broker, bug)
        finally:
            self._waiting.shut()
            self._link.close()
        return None

    def _received(self, message: bytes) -> None:
        assert self._heard is not None
        try:
            notice = decode_notice(message)
        except Invalid as fault:
            if self._standing.was_refused():
                _log.warning(
                    "a message is no notice; further ones are only counted",
                    transport=self.name,
                    fault=fault.message,
                )
            return
        self._standing.was_heard()
        self._heard(notice)

    # -- the speaker -------------------------------------------------------------------------

    def _speak(self) -> None:
        while (notice := self._waiting.take()) is not None:
            try:
                self._link.send(encode_notice(notice))
            except SkygarthError as fault:
                self._lost(notice, fault)
            except Exception as bug:  # noqa: BLE001 - as in _connected_once
                _log.exception("a link failed in an unforeseen way", transport=self.name)
                self._lost(notice, away(self.name, self._link.broker, bug))
            else:
                self._standing.was_said()

    def _lost(self, notice: Notice, fault: SkygarthError) -> None:
        """Keep the notice, and let the listener connect anew."""
        self._waiting.shut()
        self._waiting.put_back(notice)
        if self._standing.disconnected(fault):
            _tell(self._link, fault)
        self._link.close()


def _tell(link: Link, fault: SkygarthError | None) -> None:
    _log.info(
        "notices are away; nodes look into the bucket",
        transport=link.name,
        broker=link.broker,
        fault=f"{fault.code}: {fault.message}" if fault else "",
        fix=fault.hint if fault else "",
    )


def _join(thread: threading.Thread) -> None:
    if thread.is_alive():
        thread.join(STOP_SECONDS)
