"""Follows ``app.json``: whether this node has what the repository's application needs.

A node that lacks a component, or has it in a version that the record does not
accept, takes no traffic and says why, and replicates all the same (BKT-9). Where
the record carries another application than the one that runs here, whoever
listens is told once, and may bring it.

Which components served here with the record's consent is remembered: nobody may
stop a cloud by spoiling one object, not even while its nodes are started again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from skygarth.formats.application_record import ApplicationRecord
from skygarth.model.errors import Damaged, Denied, Unavailable, Unsupported
from skygarth.node.application_store import ApplicationStore

_log = structlog.get_logger("skygarth.application")


def lacking(record: ApplicationRecord, components: Mapping[str, str]) -> list[str]:
    """What a node with these components (name → version) lacks, a phrase each."""
    phrases = []
    for name, accepted in sorted(record.components.items()):
        if name not in components:
            phrases.append(f"component {name!r} is not here")
        elif not is_accepted(components[name], accepted):
            phrases.append(f"component {name!r} is {components[name]}, not {accepted}")
    return phrases


def is_accepted(version: str, accepted: str) -> bool:
    """Whether a version is one of those that a specifier such as ``>=2,<3`` accepts.

    What cannot be read accepts nothing: a node that may be wrong takes no traffic.
    """
    try:
        return SpecifierSet(accepted, prereleases=True).contains(Version(version))
    except (InvalidSpecifier, InvalidVersion):
        return False


class ApplicationWatch:
    """Looks at the record again and again; `look` is a duty of the node.

    Args:
        components: this node's own, name → version.
        changed: told of each record that differs from the one before, the first included.
        memory: a file in which the components are noted that may serve here.

    Attributes:
        refusal: why this node may not serve; "" if it may.
        record: as last read.
    """

    def __init__(
        self,
        store: ApplicationStore,
        components: Mapping[str, str],
        changed: Callable[[ApplicationRecord], None] | None = None,
        *,
        memory: Path | None = None,
    ) -> None:
        self._store = store
        self._components = dict(components)
        self._changed = changed
        self._memory = memory
        self._may_serve = self._remembered()
        self._passed_over = ""
        self.refusal = ""
        self.record: ApplicationRecord | None = None

    def look(self) -> None:
        """Read the record; a bucket that is away changes nothing."""
        try:
            record = self._store.read()
        except Unavailable:
            return
        except (Damaged, Denied, Unsupported) as fault:
            # What was known before counts on, that nothing is published included: nobody may
            # stop a cloud by spoiling one object.
            if not self._may_serve:
                self._refuse(f"{fault.code}: {fault}", fix=fault.hint)
            elif str(fault) != self._passed_over:
                _log.warning("app.json is not followed; the node serves on", why=str(fault))
            self._passed_over = str(fault)
            return
        self._passed_over = ""
        is_news = record is not None and record != self.record
        self.record = record
        missing = lacking(record, self._components) if record is not None else []
        self._refuse("; ".join(missing), fix="install the application's version and start again")
        self._remember(may_serve=not missing)
        if is_news and record is not None and self._changed is not None:
            self._changed(record)

    def _refuse(self, refusal: str, *, fix: str) -> None:
        if refusal and refusal != self.refusal:
            _log.warning("this node takes no traffic", why=refusal, fix=fix)
        elif self.refusal and not refusal:
            _log.info("this node has what the application needs")
        self.refusal = refusal

    def _remembered(self) -> bool:
        """Whether these very components served here before."""
        if self._memory is None:
            return False
        try:
            return bool(msgspec.json.decode(self._memory.read_bytes()) == self._components)
        except (OSError, msgspec.MsgspecError):
            return False

    def _remember(self, *, may_serve: bool) -> None:
        """Note it; a note that is lost only costs another look into the bucket."""
        changes = may_serve != self._may_serve
        self._may_serve = may_serve
        if self._memory is None or not changes:
            return
        with suppress(OSError):
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            self._memory.write_bytes(msgspec.json.encode(self._components) if may_serve else b"")
