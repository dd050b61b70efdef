"""``skygarth run``: one node in production."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from skygarth.cli.options import USUAL, SettingsFile


def run(
    app: str | None = None,
    /,
    *,
    data: Path | None = None,
    bucket: str | None = None,
    name: str | None = None,
    listen: str | None = None,
    pools: str | None = None,
    open_admin: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    where: SettingsFile = USUAL,
) -> int:
    """Run a node until it is told to stop; SIGTERM lets it finish and publish first.

    Args:
        app: Your application, module:node; without one the sample site is served.
        data: Folder of the node's database.
        bucket: URL of the bucket, such as s3://acme/site.
        name: Name of the node, for people.
        listen: Where it answers HTTP, such as 0.0.0.0:8000.
        pools: What the node is for, such as web,search.
        open_admin: Ask for no login at /admin/; only on a loopback address.
    """
    flags = {
        "node.data": None if data is None else str(data),
        "replication.bucket": bucket,
        "node.name": name,
        "node.listen": listen,
        "node.pools": pools,
    }
    from skygarth.assembly import run_node  # only where a node starts: --help must be fast

    return run_node(where.settings(flags), app, open_admin=open_admin)
