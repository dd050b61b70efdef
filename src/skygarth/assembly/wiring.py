"""Puts a node together: database, clock, bucket, repository, replication."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skygarth.assembly.application import Application, sample_application
from skygarth.assembly.data_lock import DataLock
from skygarth.assembly.dns_wiring import add_dns
from skygarth.bucket.metered import Meter
from skygarth.bucket.opening import folder_at, open_bucket
from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance
from skygarth.clock.guid_maker import GuidMaker
from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Invalid
from skygarth.node.change_signals import ChangeSignals
from skygarth.node.cluster_key import ClusterSigner
from skygarth.node.job_desk import JobDesk
from skygarth.node.job_office import NodeOffice
from skygarth.node.local_database import LocalDatabase, open_local_database
from skygarth.node.membership import CARD_PURPOSE
from skygarth.node.news import News
from skygarth.node.notices_settings import NoticesSettings
from skygarth.node.running import RunningNode
from skygarth.node.sealing_files import open_sealed
from skygarth.node.setting_kinds import Address
from skygarth.node.settings import Settings
from skygarth.node.traits import NodeTraits
from skygarth.notices.opening import open_transports
from skygarth.notices.port import Transport
from skygarth.replication.timing import Timing
from skygarth.repository import Repository
from skygarth.repository.tokens import AccessToken
from skygarth.routing.passport import PASSPORT_PURPOSE

IDLE_POLL_MS = 15_000
QUICK_POLL_MS = 20
"""Between two looks at a folder while there is news: looking costs nothing there."""

JOB_PATIENCE_SECONDS_MIN = 2.0
"""Another node's job is not looked after before, however often cards are written."""

HINT_AFTER_NOTICE_MS = 100
"""Measured: written at once, the hint slows what the others fetch meanwhile by 1.5 ms."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A node that is ready to start, and what it was made of."""

    node: RunningNode
    application: Application
    clock: WallClock
    chance: Chance
    lock: DataLock
    listen: Address
    forward_signer: ClusterSigner | None = None

    def close(self) -> None:
        """Give everything back; a node that was started has been stopped before."""
        self.node.stop(timeout=0)
        self.lock.release()


def open_node(settings: Settings, application: Application, *, address: str = "") -> Assembled:
    """Put a node together from its settings; `RunningNode.start` begins replication.

    Raises:
        Conflict: another process runs on this data folder (SG-DATA-002).
        Invalid: the bucket's address cannot be read.
        Damaged: the database is not intact.
    """
    settings.refuse_unsupported()
    lock = DataLock(settings.node.data)
    try:
        return _assemble(settings, application, address, lock)
    except BaseException:
        lock.release()
        raise


def _assemble(
    settings: Settings, application: Application, address: str, lock: DataLock
) -> Assembled:
    clock, chance = WallClock(), Chance()
    meter = Meter()
    bucket = _open_bucket(settings, clock, chance, meter)
    offset_ms_max = round(settings.replication.clock_offset_seconds_max * 1000)
    local = open_local_database(
        settings.node.data, clock=clock, chance=chance, offset_ms_max=offset_ms_max
    )
    repository = _repository(local, clock, chance, application)
    traits = NodeTraits(
        name=settings.node.name,
        address=address,
        pools=settings.node.pools,
        components=application.versions,
        timing=_timing(settings),
        durability=settings.replication.durability,
        allow_unconditional=settings.replication.allow_unconditional,
        lag_seconds_max=settings.replication.lag_seconds_max,
        card_seconds=settings.card_seconds,
    )
    signer = settings.cluster.keys.signer(CARD_PURPOSE)
    node = RunningNode(traits, local, repository, bucket, meter, clock, chance, signer=signer)
    patience_seconds = max(JOB_PATIENCE_SECONDS_MIN, settings.card_seconds)
    node.companions.add(JobDesk(NodeOffice(node), repository, patience_seconds=patience_seconds))
    _add_notices(node, settings.notices, clock, chance)
    add_dns(
        node,
        settings,
        clock,
        chance,
        bucket_ms=lambda: clock.now_ms() - local.hybrid_clock.offset_ms,
    )
    forward_signer = settings.cluster.keys.signer(PASSPORT_PURPOSE)
    return Assembled(node, application, clock, chance, lock, settings.node.listen, forward_signer)


def open_settings_bucket(settings: Settings) -> Bucket:
    """The bucket of a node's settings, for a command or before the node itself is open."""
    return _open_bucket(settings, WallClock(), Chance(), None)


def _open_bucket(
    settings: Settings, clock: WallClock, chance: Chance, meter: Meter | None
) -> Bucket:
    _refuse_one_folder(settings.node.data, settings.replication.bucket)
    bucket = open_bucket(
        settings.replication.bucket,
        sleep=clock.sleep,
        random=lambda: chance.uniform(0, 1),
        meter=meter,
        now_ms=clock.now_ms,
    )
    key = settings.replication.key
    return open_sealed(
        bucket,
        settings.node.data,
        given=None if key is None else key.value,
        name=settings.node.name,
        clock=clock,
        chance=chance,
    )


def _refuse_one_folder(data: Path, bucket: str) -> None:
    """A database in its own bucket would be lost with it, and read by everybody."""
    folder = folder_at(bucket)
    if folder is None:
        return
    mine, shared = data.absolute(), folder.absolute()
    if mine == shared or shared in mine.parents:
        raise Invalid(
            f"the data folder lies in the bucket. data='{data}' bucket='{bucket}'",
            code="SG-CONFIG-008",
            hint="give the node a folder of its own: --data",
        )


@contextmanager
def open_repository(data: Path, application: Application | None = None) -> Iterator[Repository]:
    """The repository in a data folder, whether a node runs on it or not.

    What is written here is published by the node that runs on the folder, now or later.
    """
    clock, chance = WallClock(), Chance()
    local = open_local_database(data, clock=clock, chance=chance)
    try:
        yield _repository(local, clock, chance, application or sample_application())
    finally:
        local.database.close()


def _repository(
    local: LocalDatabase, clock: WallClock, chance: Chance, application: Application
) -> Repository:
    repository = Repository(local.database, guids=GuidMaker(clock, chance))
    repository.register(AccessToken, *application.types)
    return repository


def _add_notices(
    node: RunningNode, settings: NoticesSettings, clock: WallClock, chance: Chance
) -> None:
    """Let the node speak and listen through the transports that it uses, if any."""
    if not settings.use:
        return

    def transports(repository: str) -> list[Transport]:
        return open_transports(
            settings.use,
            settings.brokers,
            repository,
            identity=lambda: node.incarnation,
            clock=clock,
            jitter=lambda: chance.uniform(0, 1),
        )

    if "dbus" in settings.use:
        from skygarth.notices.dbus_changes import DBusChanges  # only here: its library is an extra

        speaker = DBusChanges(node.name, settings.dbus)
        node.companions.add(ChangeSignals(node.repository, speaker))
    node.companions.add(News(node, transports, clock.monotonic))


def _timing(settings: Settings) -> Timing:
    """Looking at a folder costs nothing; a request to a store costs money."""
    poll_ms = round(settings.replication.poll_seconds * 1000)
    window_ms = round(settings.replication.flush_window_seconds_max * 1000)
    hint_ms = HINT_AFTER_NOTICE_MS if settings.notices.use else 0
    if settings.is_local:
        return Timing(
            poll_ms_min=min(QUICK_POLL_MS, poll_ms),
            poll_ms_news=min(100, poll_ms),
            poll_ms_max=min(100, poll_ms),
            window_ms_max=min(1_000, window_ms),
            hint_ms=hint_ms,
            list_ms=10_000,
        )
    return Timing(
        poll_ms_min=min(250, poll_ms),
        poll_ms_max=max(poll_ms, IDLE_POLL_MS),
        poll_ms_news=poll_ms,
        window_ms_max=window_ms,
        hint_ms=hint_ms,
        list_ms=30_000,
        list_ms_max=300_000,
    )
