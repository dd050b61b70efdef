"""``skygarth dev``: one node for development, started again whenever a file changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.reloading import run_reloading
from skygarth.cli.terminal import Terminal


def dev(
    app: str | None = None,
    /,
    *,
    data: Path | None = None,
    bucket: str | None = None,
    listen: str | None = None,
    reload: Annotated[bool, Parameter(show_default=False)] = True,
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> int:
    """Run one node for development, and start it again whenever a file here changes.

    Without settings its database and its bucket are folders below .skygarth.

    Args:
        app: Your application, module:node; without one the sample site is served.
        data: Folder of the node's database.
        bucket: URL of the bucket.
        listen: Where it answers HTTP, such as 127.0.0.1:8000.
        reload: Watch files; --no-reload does not.
    """
    settings = where.settings(
        {
            "node.data": None if data is None else str(data),
            "replication.bucket": bucket,
            "node.listen": listen,
        }
    )
    terminal = Terminal(output)
    from skygarth.assembly import load_application  # only where a node starts: --help must be fast
    from skygarth.assembly.listening import refuse_taken
    from skygarth.assembly.trial import prepare_trial

    refuse_taken([settings.node.listen], "end it, or choose another with --listen HOST:PORT")
    token = prepare_trial(settings.node.data, load_application(app))
    address = f"http://{settings.node.listen}"
    terminal.done(
        f"site       {address}/\ndashboard  {address}/admin/\nAPI        {address}/api/v1/\n"
        f"token      {token}\nbucket     {settings.replication.bucket}\n"
        "for production use: skygarth run"
    )
    if not reload:
        from skygarth.assembly import run_node  # only where a node starts: --help must be fast

        return run_node(settings, app, open_admin=True)
    given = {"--data": data, "--bucket": bucket, "--listen": listen, "--config": where.config}
    options = [word for flag, value in given.items() if value for word in (flag, str(value))]
    words = ["run", *([app] if app else []), "--open-admin", *options]
    command = [sys.executable, "-m", "skygarth.cli", *words]
    return run_reloading(command, folder=Path.cwd(), say=terminal.done)
