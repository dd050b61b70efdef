"""What runs beside a node hears of its start, its withdrawal and its end."""

from __future__ import annotations

from skygarth.model.errors import Unavailable
from skygarth.node.companions import Companions


class Diary:
    """A companion that writes down what it was told, and fails where asked to."""

    def __init__(self, name: str, entries: list[str], *, fails: bool = False) -> None:
        self.name = name
        self._entries = entries
        self._fails = fails

    def start(self) -> None:
        """Note it."""
        self._note("start")

    def withdraw(self) -> None:
        """Note it."""
        self._note("withdraw")

    def stop(self) -> None:
        """Note it."""
        self._note("stop")

    def _note(self, act: str) -> None:
        self._entries.append(f"{self.name} {act}")
        if self._fails:
            raise Unavailable("nobody answers", hint="wait")


def test_they_end_in_reverse_order() -> None:
    """The last to come is the first to go, so that each may lean on those before it."""
    entries: list[str] = []
    companions = Companions()
    companions.add(Diary("notices", entries))
    companions.add(Diary("dns", entries))
    companions.start()
    companions.withdraw()
    companions.stop()

    expected = [
        "notices start",
        "dns start",
        "dns withdraw",
        "notices withdraw",
        "dns stop",
        "notices stop",
    ]
    assert expected == entries


def test_one_that_fails_stops_nobody_else() -> None:
    """A name server that is away keeps no node from starting or ending."""
    entries: list[str] = []
    companions = Companions()
    companions.add(Diary("dns", entries, fails=True))
    companions.add(Diary("notices", entries))
    companions.start()

    assert entries == ["dns start", "notices start"]


def test_withdrawing_happens_once_until_traffic_returns() -> None:
    """A drained node that then stops does not withdraw twice."""
    entries: list[str] = []
    companions = Companions()
    companions.add(Diary("dns", entries))
    companions.withdraw()
    companions.withdraw()
    companions.return_to_traffic()
    companions.withdraw()

    assert entries == ["dns withdraw", "dns withdraw"]


def test_a_companion_is_found_by_its_kind() -> None:
    """Pages and health ask it about itself."""
    companions = Companions()
    diary = Diary("dns", [])
    companions.add(diary)

    assert companions.find(Diary) is diary
    assert companions.find(Companions) is None
