"""``skygarth keys``: the key that the nodes of a cloud share, and those that seal its bucket.

A key is printed once, into a file that nobody else may read; later only its id is
shown. To exchange the cluster's key, every node first learns the new one, and only then
signs with it: at no moment is there a node whose word another refuses.

What seals a bucket is in `skygarth.cli.commands.keys_sealing`.
"""

from __future__ import annotations

import os
from pathlib import Path

from cyclopts import App

from skygarth.cli.commands import keys_sealing
from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, table
from skygarth.clock.chance import Chance
from skygarth.model.errors import Conflict, Denied, NotFound
from skygarth.node.cluster_key import KEY_BYTES, ClusterKey

app = App(
    name="keys",
    help="The key that the nodes of a cloud share, and those that seal its bucket.",
    help_format="plaintext",
)
for name, sealing in keys_sealing.COMMANDS.items():
    app.command(sealing, name=name)

OWNER_ONLY = 0o600
EXISTS = "SG-KEY-002"
NOT_WRITTEN = "SG-KEY-003"
NO_KEY = "SG-KEY-004"


@app.command
def create(*, out: Path | None = None, output: Output = SPEAK) -> None:
    """Make a key.

    Args:
        out: File to write it to, readable for this user alone; without it, it is printed.
    """
    key = ClusterKey(Chance().bytes(KEY_BYTES))
    terminal = Terminal(output)
    if out is None:
        terminal.facts({"id": key.id, "key": key.text}, lambda: key.text)
        return
    _write(out, key)
    terminal.facts(
        {"id": key.id, "file": str(out)},
        lambda: (
            f"key {key.id} is in {out}\ngive it to every node:\n\n"
            f'  [cluster]\n  key = {{ file = "{out}" }}'
        ),
    )


@app.command
def show(*, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Print the ids of the keys that this node's settings hold, never the keys."""
    keys = where.settings(refuse_unsupported=False).cluster.keys.keys
    items = [
        {"id": key.id, "use": "signs" if number == 0 else "accepted"}
        for number, key in enumerate(keys)
    ]
    Terminal(output).facts(
        {"items": items},
        lambda: (
            table(["key", "use"], [(each["id"], each["use"]) for each in items])
            if items
            else "no key: `skygarth keys create --out FILE` makes one"
        ),
    )


@app.command
def rotate(*, out: Path, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Make the next key, and print how the nodes change over without refusing each other.

    Args:
        out: File to write it to, readable for this user alone.
    """
    keys = where.settings(refuse_unsupported=False).cluster.keys.keys
    if not keys:
        raise NotFound(
            "there is no key to be followed by another",
            code=NO_KEY,
            hint="`skygarth keys create --out FILE` makes the first",
        )
    key = ClusterKey(Chance().bytes(KEY_BYTES))
    _write(out, key)
    steps = _STEPS.format(old=keys[0].id, new=key.id, file=out)
    Terminal(output).facts({"id": key.id, "follows": keys[0].id, "file": str(out)}, lambda: steps)


_STEPS = """\
key {new} is in {file}; it follows {old}

1. on every node, beside the key it has, and start it again:
     [cluster]
     accepted_keys = {{ file = "{file}" }}
2. when all have it, on every node: key = the new file, accepted_keys = the old one
3. when all have that: leave accepted_keys out, and destroy the old file
4. if the bucket carries your application: skygarth app publish, so that the new key signs it"""


def _write(path: Path, key: ClusterKey) -> None:
    """Put a key into a new file that only its owner reads.

    Raises:
        Conflict: the file is there already (SG-KEY-002).
        Denied: it cannot be written (SG-KEY-003).
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError as cause:
        raise Conflict(
            f"the file is there already; a key is not written over. file={str(path)!r}",
            code=EXISTS,
            hint="choose another name",
        ) from cause
    except OSError as cause:
        raise Denied(
            f"the key cannot be written. file={str(path)!r} reason={cause.strerror!r}",
            code=NOT_WRITTEN,
            hint="choose a folder that this user may write",
        ) from cause
    with os.fdopen(file, "w", encoding="ascii") as opened:
        opened.write(f"{key.text}\n")
