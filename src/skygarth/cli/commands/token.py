"""``skygarth token``: who may speak to the API.

It works on a node's data folder, whether the node runs or not. Tokens replicate
like any object: made once, they are good on every node, and revoked on every node.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cyclopts import App

from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, table
from skygarth.clock.chance import Chance
from skygarth.model.errors import NotFound

app = App(name="token", help="Who may speak to the API.", help_format="plaintext")

NO_DATABASE = "SG-TOKEN-405"
Role = Literal["admin", "editor", "reader"]


@app.command
def create(
    *,
    data: Path | None = None,
    role: Role = "admin",
    name: str = "token",
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Make a token and print it; it cannot be printed again.

    Args:
        data: Folder of the node's database.
        role: What it allows; an editor writes content, a reader sees what is not published.
        name: What to call it, for people.
    """
    from skygarth.assembly import Application, open_repository  # only here: --help is fast
    from skygarth.repository.tokens import SECRET_BYTES, create_token

    with open_repository(_folder(data, where), Application()) as repository:
        token = create_token(repository, name=name, role=role, secret=Chance().bytes(SECRET_BYTES))
    Terminal(output).facts({"token": token, "name": name, "role": role}, lambda: token)


@app.command(name="list")
def list_tokens(
    *, data: Path | None = None, output: Output = SPEAK, where: SettingsFile = USUAL
) -> None:
    """Print the tokens that have not been revoked, without their secrets.

    Args:
        data: Folder of the node's database.
    """
    from skygarth.assembly import Application, open_repository  # only here: --help is fast
    from skygarth.repository.tokens import list_tokens as tokens_of

    with open_repository(_used_folder(data, where), Application()) as repository:
        items = [
            {
                "guid": str(token.guid),
                "name": token.name,
                "role": token.role,
                "created": token.meta.created.isoformat(timespec="seconds"),
                "expires": token.expires.isoformat() if token.expires is not None else None,
            }
            for token in tokens_of(repository)
        ]
    headings = ["guid", "name", "role", "created", "expires"]
    rows = [[item[heading] or "–" for heading in headings] for item in items]
    Terminal(output).facts({"items": items, "next": None}, lambda: table(headings, rows))


@app.command
def revoke(
    which: str,
    /,
    *,
    data: Path | None = None,
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Revoke a token, on every node.

    Args:
        which: Its name, or the beginning of its GUID.
        data: Folder of the node's database.
    """
    from skygarth.assembly import Application, open_repository  # only here: --help is fast
    from skygarth.repository.tokens import revoke_token

    with open_repository(_used_folder(data, where), Application()) as repository:
        token = revoke_token(repository, which)
        name, guid = token.name, str(token.guid)
    Terminal(output).facts({"guid": guid, "name": name}, lambda: f"revoked {name}")


def _folder(data: Path | None, where: SettingsFile) -> Path:
    return where.settings({"node.data": None if data is None else str(data)}).node.data


def _used_folder(data: Path | None, where: SettingsFile) -> Path:
    """A folder with a node's database in it: only `create` makes one, before a first start."""
    from skygarth.node.local_database import DATABASE_FILE  # only here: --help is fast

    folder = _folder(data, where)
    if not (folder / DATABASE_FILE).exists():
        raise NotFound(
            f"there is no node's database in this folder. folder='{folder}'",
            code=NO_DATABASE,
            hint="name the node's data folder with --data",
        )
    return folder
