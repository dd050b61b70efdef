"""Creating and getting objects through the Python interface, beside SQL and three ORMs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.content import Rows, make_rows
from benchmarks.effort import Effort
from benchmarks.peers.django_orm import DjangoOrm
from benchmarks.peers.peewee_orm import PeeweeOrm
from benchmarks.peers.port import Contender
from benchmarks.peers.raw_apsw import RawApsw
from benchmarks.peers.skygarth_python import SkygarthPython
from benchmarks.peers.sqlalchemy_orm import SqlAlchemyOrm
from benchmarks.results import Finding, Reach, at_least, rate
from benchmarks.rounds import Prepare, Rates, Work, alternate

US, RAW = SkygarthPython.name, RawApsw.name
ORMS = (SqlAlchemyOrm.name, DjangoOrm.name, PeeweeOrm.name)
_KINDS: Sequence[type[Contender]] = (
    *(SkygarthPython, RawApsw),
    *(SqlAlchemyOrm, DjangoOrm, PeeweeOrm),
)

SETTINGS = (
    "Twelve fields, some 284 bytes with the key; write-ahead log, synchronous=NORMAL, the"
    " same cache and checkpoints for all. Keys of the others are random, 32 hexadecimal"
    " digits; ours are UUIDv7, and what we write can be replicated."
)


def create_batched(effort: Effort) -> Iterator[Finding]:
    """A thousand objects a commit."""
    rows = _rows(effort.batched, effort.rounds)
    with _contenders(effort, "batched") as contenders:
        rates = alternate(
            _each(contenders, lambda c, i: _create(c.create_batched, rows[i])), effort.rounds
        )
    yield _finding("Create, 1,000 a commit", rates, of_raw=0.35, of_orm=3)


def create_single(effort: Effort) -> Iterator[Finding]:
    """A commit for each object."""
    rows = _rows(effort.singles, effort.rounds)
    with _contenders(effort, "single") as contenders:
        rates = alternate(
            _each(contenders, lambda c, i: _create(c.create_each, rows[i])), effort.rounds
        )
    yield _finding("Create, one a commit", rates, of_raw=0.5, of_orm=1.5)


def get(effort: Effort) -> Iterator[Finding]:
    """Objects by key, every field read."""
    rows = make_rows(max(effort.batched, effort.singles * (effort.rounds + 1)))
    with _contenders(effort, "get") as contenders:
        keys = {name: c.keys(c.create_batched(rows)) for name, c in contenders.items()}

        def prepare(contender: Contender, number: int) -> Work:
            first = number * effort.singles
            wanted = keys[contender.name][first : first + effort.singles]
            return lambda: contender.get(wanted)

        rates = alternate(_each(contenders, prepare), effort.rounds)
    yield _finding("Get by GUID as a typed object, and read every field", rates, of_orm=4)


@contextmanager
def _contenders(effort: Effort, name: str) -> Iterator[Mapping[str, Contender]]:
    """Everybody with a new database."""
    opened: dict[str, Contender] = {}
    try:
        for kind in _KINDS:
            folder = effort.folder / name / kind.__name__
            folder.mkdir(parents=True)
            opened[kind.name] = kind(folder)
        yield opened
    finally:
        for contender in opened.values():
            contender.close()


def _each(
    contenders: Mapping[str, Contender], prepare: Callable[[Contender, int], Work]
) -> dict[str, Prepare]:
    def of(contender: Contender) -> Prepare:
        return lambda number: prepare(contender, number)

    return {name: of(contender) for name, contender in contenders.items()}


def _create(create: Callable[[Rows], Sequence[object]], rows: Rows) -> Work:
    return lambda: len(create(rows))


def _rows(count: int, rounds: int) -> list[Rows]:
    return [make_rows(count, seed) for seed in range(rounds + 1)]


def _finding(title: str, rates: Rates, *, of_orm: float, of_raw: float | None = None) -> Finding:
    fastest = rates.fastest(ORMS)
    reaches: list[Reach] = []
    if of_raw is not None:
        reaches.append(at_least(of_raw, rates.ratio(US, RAW), RAW))
    reaches.append(at_least(of_orm, rates.ratio(US, fastest), f"{fastest}, the fastest ORM"))
    rows = [
        (name, rate(rates.median(name)), f"{rates.ratio(US, name):.2f}") for name in rates.by_round
    ]
    return Finding(
        title, SETTINGS, ("", "objects a second", "Skygarth is … × as fast"), rows, reaches
    )
