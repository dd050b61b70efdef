"""``skygarth config``: the settings a node would start with, and where each comes from."""

from __future__ import annotations

import json

from cyclopts import App

from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, table
from skygarth.node.setting_layers import SettingSource

app = App(
    name="config",
    help="See the settings and where each comes from.",
    help_format="plaintext",
)


@app.command
def show(*, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Print every setting with its value and its origin; secrets are not shown."""
    sources = where.settings(refuse_unsupported=False).sources
    raw = {source.key: {"value": source.shown, "origin": source.origin} for source in sources}
    Terminal(output).facts(
        raw, lambda: table(["setting", "value", "origin"], [_row(source) for source in sources])
    )


@app.command
def validate(*, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Check the settings without starting anything."""
    where.settings()
    Terminal(output).done("the settings are good")


def _row(source: SettingSource) -> tuple[str, str, str]:
    shown = "–" if source.shown is None else json.dumps(source.shown, ensure_ascii=False)
    return source.key, shown, source.origin
