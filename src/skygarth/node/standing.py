"""In which state a node is, why, and whether visitors may be sent to it.

===========  =====================================================  ==============
state        meaning                                                takes traffic
===========  =====================================================  ==============
starting     it has not caught up since it started, or may not yet  no
populating   it fills itself from a snapshot                        no
ready        it has what it knows of, or serves alone without its   yes
             bucket what it holds
lagging      it has known for long of what it has not applied       no
halted       replication has stopped: going on could do harm        if it holds data
broken       its database file was deleted under it                 no
draining     it leaves traffic, and answers who is here already     no
drained      nobody is here, nothing waits to be published          no
left         it has stopped                                         no
===========  =====================================================  ==============

A halted node serves on, and takes writes: else a bucket that somebody emptied
would end the service of every node at once (REP-24).
"""

from __future__ import annotations

from collections.abc import Callable

from skygarth.database.port import Database
from skygarth.node.data_folder import DataFolder
from skygarth.node.draining import Draining
from skygarth.node.lag import LagWatch
from skygarth.replication.phases import Phase
from skygarth.replication.replicator import Replicator


class Standing:
    """Looks at a node's parts whenever somebody asks.

    Args:
        lag_seconds_max: further behind than this, it is lagging.
        last_error: why replication stands still; "" if it does not.

    Attributes:
        has_left: whether the node was stopped.
    """

    def __init__(
        self,
        machine: Replicator,
        database: Database,
        data_folder: DataFolder,
        draining: Draining,
        lag: LagWatch,
        *,
        lag_seconds_max: float,
        last_error: Callable[[], str],
    ) -> None:
        self.has_left = False
        self._machine = machine
        self._database = database
        self._data_folder = data_folder
        self._draining = draining
        self._lag = lag
        self._lag_seconds_max = lag_seconds_max
        self._last_error = last_error
        self._reservations: list[Callable[[], str]] = []

    @property
    def state(self) -> str:
        """One word; see the table above."""
        if self.has_left:
            return "left"
        if self._data_folder.fault is not None:
            return "broken"
        if self._draining.phase:
            return self._draining.phase
        if self._machine.phase in {Phase.CHOOSING, Phase.POPULATING}:
            return "populating"
        if self.reservation:
            return "starting"
        if self._machine.halted is not None:
            return "halted"
        if not self._machine.is_ready:
            return "ready" if self._serves_alone else "starting"
        return "lagging" if self._lag.seconds() > self._lag_seconds_max else "ready"

    @property
    def takes_traffic(self) -> bool:
        """Whether visitors may be sent here."""
        state = self.state
        return state == "ready" or (state == "halted" and self._holds_data)

    @property
    def why(self) -> str:
        """Why it is in this state, where the state alone does not tell; "" if it does."""
        fault = self._data_folder.fault
        if fault is not None:
            return f"{fault.code}: {fault}"
        return self.reservation or ("" if self.state == "ready" else self._last_error())

    @property
    def reservation(self) -> str:
        """Why this node takes no traffic although its content is complete; "" if it may."""
        return next(filter(None, (each() for each in self._reservations)), "")

    def reserve(self, why: Callable[[], str]) -> None:
        """Have somebody say, whenever asked, why this node may not serve; "" if it may."""
        self._reservations.append(why)

    @property
    def _serves_alone(self) -> bool:
        """A node that holds data serves on while its bucket is away (I1)."""
        return self._machine.last_fault is not None and self._holds_data

    @property
    def _holds_data(self) -> bool:
        return bool(self._database.replica().vector())
