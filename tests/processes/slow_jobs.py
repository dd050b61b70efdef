"""An application whose job takes as long as a test wants: it waits until a file appears.

Not imported by tests: nodes run it as ``slow_jobs:application``.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from skygarth import Application, JobChange, Type, attr, on

PAUSE = threading.Event()
FOLDER = Path(os.environ.get("SLOW_JOBS", "."))


class Order(Type):
    """Something to do."""

    what: str = attr(max_length=80)


class Receipt(Type):
    """What came of it."""

    what: str = attr(max_length=80)
    by: str = attr(max_length=80)


@on("created", Order, pool="media", once=True, name="carry-out")
def carry_out(change: JobChange) -> None:
    """Say who is at it, wait for leave, and write a receipt."""
    order, me = change.object, os.environ["SLOW_JOBS_NODE"]
    assert isinstance(order, Order)
    (FOLDER / f"{change.job} {me}").touch()
    if order.what == "slow":
        while not (FOLDER / "go").exists():
            PAUSE.wait(0.05)
    change.repository.create(Receipt(what=order.what, by=me), guid=change.new_guid())


application = Application((Order, Receipt))
