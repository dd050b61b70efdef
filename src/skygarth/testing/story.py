"""Stories: what people do on which node, what befalls the cloud, and what comes of it.

A story is a text that one can read aloud. It runs on a simulated cloud in calm
weather, so only what it tells happens::

    # Two people edit one note while a does not reach the bucket.
    nodes a b
    a note x title="Draft"
    settle
    cut a
    a edit x title="Hello"
    b edit x title="Hi" body="Good day"
    heal a
    settle

Objects have labels (``x``); ``note`` and ``page`` make one. What every node
holds in the end is the outcome, one line for each object on each node.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

from skygarth.database.port import METADATA, Row
from skygarth.formats import bucket_keys as keys
from skygarth.model.errors import Invalid
from skygarth.model.schema import Stored, TypeSchema
from skygarth.model.stamp import stamp_writer
from skygarth.replication import events as ev
from skygarth.testing.faulty_bucket import Fate, Request
from skygarth.testing.happenings import DAY_MS, damaged, unmergeable
from skygarth.testing.local_edits import NOTE, PAGE
from skygarth.testing.simulated_cloud import SimulatedCloud
from skygarth.testing.simulated_node import SimulatedNode

_SCHEMAS = {schema.name: schema for schema in (NOTE, PAGE)}
_FIRST_FIELD = 1 + len(METADATA)


def play(text: str) -> str:
    """Run a story; what every node holds in the end.

    Raises:
        Invalid: a line is no sentence of a story (SG-STORY-001).
    """
    teller = _Teller()
    for number, line in enumerate(text.splitlines(), 1):
        words = shlex.split(line, comments=True)
        if words:
            teller.tell(words, f"line {number}: {line.strip()}")
    return "\n".join((*teller.remarks, *teller.outcome())) + "\n"


class _Teller:
    """Plays a story, sentence by sentence."""

    def __init__(self) -> None:
        self.cloud = SimulatedCloud("story")
        self.cloud.decide = self._decide
        self.remarks: list[str] = []
        self._objects: dict[str, tuple[TypeSchema, bytes]] = {}
        self._loses_answer: set[str] = set()
        self._misses: set[tuple[str, str]] = set()

    def tell(self, words: list[str], where: str) -> None:
        """Let one sentence happen, and a moment pass."""
        verb = _OF_THE_CLOUD.get(words[0])
        if verb is not None:
            verb(self, *words[1:])
        elif words[0] in self.cloud.nodes and len(words) > 1 and words[1] in _OF_A_NODE:
            node = self.cloud.nodes[words[0]]
            _OF_A_NODE[words[1]](self, node, *words[2:])
        else:
            raise Invalid(
                f"this is no sentence of a story. {where}",
                code="SG-STORY-001",
                hint=f"verbs: {', '.join((*_OF_THE_CLOUD, *_OF_A_NODE))}",
            )
        self.cloud.agenda.run_for(1_000)
        assert not self.cloud.violations, (where, self.cloud.violations)

    # -- the cloud -------------------------------------------------------------------

    def nodes(self, *names: str) -> None:
        """New nodes on empty disks."""
        for name in names:
            self.cloud.start(self.cloud.add_node(name))

    def clone(self, name: str, _as: str, copy: str) -> None:
        """Copy a node's disk to another host."""
        self._copy(name, copy, f"host of {copy}")

    def twin(self, name: str, _as: str, copy: str) -> None:
        """Copy a whole machine: the copy cannot know that it is one."""
        self._copy(name, copy, self.cloud.nodes[name].fingerprint)

    def _copy(self, name: str, copy: str, fingerprint: str) -> None:
        backup = self.cloud.nodes[name].back_up()
        self.cloud.start(self.cloud.add_node(copy, backup=backup, fingerprint=fingerprint))

    def settle(self) -> None:
        """Let time pass until all nodes hold the same."""
        if not self.cloud.settle():
            self.remarks.append(f"the cloud does not settle: {self.cloud.unsettled()}")

    def wait(self, seconds: str) -> None:
        """Let so many seconds pass."""
        self.cloud.agenda.run_for(float(seconds) * 1_000)

    # -- a node and the world ------------------------------------------------------------

    def cut(self, name: str) -> None:
        """A node does not reach the bucket."""
        self.cloud.nodes[name].is_cut = True

    def heal(self, name: str) -> None:
        """It reaches the bucket again."""
        self.cloud.nodes[name].is_cut = False

    def stop(self, name: str) -> None:
        """A process ends at once."""
        self.cloud.nodes[name].stop("the story says so")

    def start(self, name: str) -> None:
        """It runs again, on the same disk."""
        self.cloud.start(self.cloud.nodes[name])

    def lose(self, name: str) -> None:
        """A node is lost with its disk."""
        self.stop(name)
        self.cloud.nodes[name].is_lost = True

    def back_up(self, name: str) -> None:
        """Copy a node's disk."""
        self.cloud.nodes[name].kept_backup = self.cloud.nodes[name].back_up()

    def restore(self, name: str) -> None:
        """Put the copy in the place of the disk, and start again."""
        node = self.cloud.nodes[name]
        self.stop(name)
        node.restore(node.kept_backup)
        self.cloud.start(node)

    def spoil(self, _next: str = "", how: str = "damaged") -> None:
        """The next segment that is written lies on a bad disk, or cannot be merged."""
        self.cloud.spoil_next = {"damaged": damaged, "unmergeable": unmergeable}[how]

    def wipe(self, prefix: str = "") -> None:
        """Somebody removes everything from the bucket, or what begins with a prefix."""
        for entry in self.cloud.bucket.list(prefix):
            self.cloud.bucket.delete(entry.key)

    def clock(self, name: str, days: str) -> None:
        """A node's clock is set so many days off."""
        self.cloud.nodes[name].clock.skew_ms = round(float(days) * DAY_MS)

    def loses_answer(self, node: SimulatedNode) -> None:
        """The answer to the node's next upload is lost, not the upload."""
        self._loses_answer.add(node.name)

    def misses(self, node: SimulatedNode, author: str) -> None:
        """A node does not get the segments of one author."""
        self._misses.add((node.name, self._incarnation(author)))

    def finds(self, node: SimulatedNode, author: str) -> None:
        """It gets them again."""
        self._misses.discard((node.name, self._incarnation(author)))

    def snapshot(self, node: SimulatedNode) -> None:
        """A node writes a snapshot."""
        assert node.take_snapshot() is not None, "a snapshot needs a node that has published all"

    def refill(self, node: SimulatedNode) -> None:
        """An operator lets a node fill an emptied bucket."""
        node.tell(ev.RefillOrdered())

    def complains(self, node: SimulatedNode) -> None:
        """Remark what a node tells its operator."""
        assert node.process is not None
        machine = node.process.replicator
        failing = machine.last_fault if machine.backoff.failures else None
        fault = machine.halted or machine.trouble or failing
        state = "halted" if machine.halted else "goes on"
        self.remarks.append(f"{node.name} {state}: {fault.code if fault else 'all is well'}")

    def says(self, node: SimulatedNode) -> None:
        """Remark how far a node has come with the others' logs."""
        assert node.process is not None
        peers = node.process.replicator.peers
        names = self._names()
        for incarnation, log in peers.logs.items():
            waits = {names[i]: n for i, n in peers.waits_for(incarnation).items()}
            state = f", parked {len(log.parked)} waiting for {waits}" if waits else ""
            refused = f", refused from {log.refused_from}" if log.refused_from else ""
            self.remarks.append(
                f"{node.name} has {names[incarnation]} through {log.applied_through}"
                f" of {log.known_through}{state}{refused}"
            )

    def _decide(self, name: str, request: Request, key: str) -> Fate:
        position = keys.parse_segment_key(key)
        if position is None:
            return Fate.FINE
        if request is Request.PUT and name in self._loses_answer:
            self._loses_answer.discard(name)
            return Fate.UNANSWERED
        if request is Request.GET and (name, position.incarnation) in self._misses:
            return Fate.LOST
        return Fate.FINE

    def _incarnation(self, name: str) -> str:
        return self.cloud.nodes[name].database.replica().identity().incarnation

    # -- edits -----------------------------------------------------------------------------

    def note(self, node: SimulatedNode, label: str, *pairs: str) -> None:
        """Create a note."""
        self._create(node, NOTE, label, {"title": "", "body": "-", "views": 0}, pairs)

    def page(self, node: SimulatedNode, label: str, *pairs: str) -> None:
        """Create a page."""
        self._create(node, PAGE, label, {"name": label, "parent": None, "text": ""}, pairs)

    def _create(
        self,
        node: SimulatedNode,
        schema: TypeSchema,
        label: str,
        values: dict[str, Stored],
        pairs: tuple[str, ...],
    ) -> None:
        given = values | self._values(pairs)
        assert given.keys() == schema.by_name.keys()
        guid = node.edits.make_guid()
        self._objects[label] = schema, guid
        with node.database.writing(node.name) as writing:
            writing.create(
                schema.name, guid, [given[f.name] for f in schema.fields], published_us=None
            )
        node.changed([])

    def edit(self, node: SimulatedNode, label: str, *pairs: str) -> None:
        """Set fields; a counter takes the difference."""
        self._set(node, label, self._values(pairs))

    def delete(self, node: SimulatedNode, label: str) -> None:
        """Delete an object; that can be undone."""
        self._set(node, label, {"_deleted": 1})

    def undelete(self, node: SimulatedNode, label: str) -> None:
        """Take a deletion back."""
        self._set(node, label, {"_deleted": 0})

    def purge(self, node: SimulatedNode, label: str) -> None:
        """Remove an object for good."""
        schema, guid = self._objects[label]
        with node.database.writing(node.name) as writing:
            writing.purge(schema.name, guid)
        node.changed([])

    def resolve(self, node: SimulatedNode, label: str, pair: str) -> None:
        """Settle a field: every value that stood there is replaced."""
        schema, guid = self._objects[label]
        ((name, value),) = self._values((pair,)).items()
        with node.database.writing(node.name) as writing:
            writing.settle(schema.name, guid, name, value)
        node.changed([])

    def _set(self, node: SimulatedNode, label: str, values: dict[str, Stored]) -> None:
        schema, guid = self._objects[label]
        with node.database.writing(node.name) as writing:
            writing.edit(schema.name, guid, values)
        node.changed([])

    def _values(self, pairs: tuple[str, ...]) -> dict[str, Stored]:
        """``field=value`` each; ``below=label`` is the parent, ``root`` none."""
        values: dict[str, Stored] = {}
        for pair in pairs:
            name, _, text = pair.partition("=")
            if name == "below":
                values["parent"] = None if text == "root" else self._objects[text][1]
            else:
                values[name] = int(text) if name in {"views", "_deleted"} else text
        return values

    # -- outcome -----------------------------------------------------------------------------

    def outcome(self) -> list[str]:
        """A line for each object on each node that runs."""
        return [
            f"{node.name} {self._shown(node, label)}"
            for node in self.cloud.running
            for label in self._objects
        ]

    def _shown(self, node: SimulatedNode, label: str) -> str:
        schema, guid = self._objects[label]
        reading = node.database.reading()
        if reading.is_purged(guid):
            return f"{label} purged"
        row = reading.fetch(schema.name, guid, deleted=True)
        if row is None:
            return f"{label} unknown"
        words = [label, *self._fields(schema, row)]
        if row[1 + METADATA.index("_deleted")]:
            words.append("deleted")
        elif schema is PAGE:
            words.append(f"at {self._path(node, guid)}")
        names = self._names()
        aside = [
            f"{conflict.field}={self._text(conflict.field, conflict.set_aside.value)}"
            f" by {names[stamp_writer(conflict.set_aside.stamp).hex()]}"
            for conflict in reading.conflicts(guid)
        ]
        return " ".join(words) + (f"   set aside: {', '.join(aside)}" if aside else "")

    def _fields(self, schema: TypeSchema, row: Row) -> list[str]:
        values = dict(zip((field.name for field in schema.fields), row[_FIRST_FIELD:], strict=True))
        shown = {name: value for name, value in values.items() if value not in {"", "-", None, 0}}
        return [f"{name}={self._text(name, value)}" for name, value in shown.items()]

    def _text(self, name: str, value: Stored) -> str:
        if name == "parent":
            labels = {guid: label for label, (_, guid) in self._objects.items()}
            return labels[value] if isinstance(value, bytes) else "root"
        return f'"{value}"' if isinstance(value, str) else str(value)

    def _path(self, node: SimulatedNode, guid: bytes) -> str:
        reading = node.database.reading()
        names: list[str] = []
        above: bytes | None = guid
        while above is not None:
            place = reading.place("page", above)
            assert place is not None
            above, name = place
            names.insert(0, name.partition("~")[0] + ("~…" if "~" in name else ""))
        return "/" + "/".join(names)

    def _names(self) -> dict[str, str]:
        """Who wrote under which identity: whole, and its half that ends a stamp."""
        names: dict[str, str] = {}
        for position, segment in self.cloud.bucket.segments.items():
            names[position.incarnation] = names[position.incarnation[:16]] = segment.header.node
        for node in self.cloud.living:
            identity = node.database.replica().identity().incarnation
            names[identity] = names[identity[:16]] = node.name
        return names


_OF_THE_CLOUD: dict[str, Callable[..., None]] = {
    "nodes": _Teller.nodes,
    "join": _Teller.nodes,
    "clone": _Teller.clone,
    "twin": _Teller.twin,
    "settle": _Teller.settle,
    "wait": _Teller.wait,
    "cut": _Teller.cut,
    "heal": _Teller.heal,
    "stop": _Teller.stop,
    "start": _Teller.start,
    "lose": _Teller.lose,
    "backup": _Teller.back_up,
    "restore": _Teller.restore,
    "spoil": _Teller.spoil,
    "clock": _Teller.clock,
    "wipe": _Teller.wipe,
}
_OF_A_NODE: dict[str, Callable[..., None]] = {
    "note": _Teller.note,
    "page": _Teller.page,
    "edit": _Teller.edit,
    "delete": _Teller.delete,
    "undelete": _Teller.undelete,
    "purge": _Teller.purge,
    "resolve": _Teller.resolve,
    "snapshot": _Teller.snapshot,
    "refill": _Teller.refill,
    "complains": _Teller.complains,
    "says": _Teller.says,
    "loses-answer": _Teller.loses_answer,
    "misses": _Teller.misses,
    "finds": _Teller.finds,
}
