"""Options that many commands share, declared once.

A command takes one of these classes as a parameter; its fields become options
of the command, under a heading of their own in ``--help``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from skygarth.node.settings import FILE_NAME, Settings, load

DEFAULT_NODE = "http://127.0.0.1:8000"

_EVERYWHERE = Group("Everywhere", sort_key=90)
_NODE = Group("Which node", sort_key=80)
_SETTINGS = Group("Settings", sort_key=80)
_FLAG = Parameter(negative="", show_default=False)


@Parameter(name="*", group=_EVERYWHERE)
@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How a command speaks.

    Attributes:
        json: Print facts as JSON.
        quiet: Print nothing but facts and errors.
        no_input: Never ask; fail where an answer is needed.
    """

    json: Annotated[bool, _FLAG] = False
    quiet: Annotated[bool, Parameter(alias="-q", negative="", show_default=False)] = False
    no_input: Annotated[bool, Parameter(name="--no-input", negative="", show_default=False)] = False


@Parameter(name="*", group=_NODE)
@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAddress:
    """Which node answers, and as whom one speaks to it.

    Attributes:
        node: URL of the node.
        token: A token, as `skygarth token create` prints it.
    """

    node: Annotated[str, Parameter(env_var="SKYGARTH_NODE")] = DEFAULT_NODE
    token: Annotated[str | None, Parameter(env_var="SKYGARTH_TOKEN")] = None


@Parameter(name="*", group=_SETTINGS)
@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """Where settings are read from.

    Attributes:
        config: Settings file; by default skygarth.toml in this folder, if there is one.
    """

    config: Annotated[Path | None, Parameter(env_var="SKYGARTH_CONFIG")] = None

    def settings(
        self, flags: Mapping[str, object] | None = None, *, refuse_unsupported: bool = True
    ) -> Settings:
        """All settings, with flags over environment over file over defaults.

        Raises:
            Invalid, NotFound: as `skygarth.node.settings.load`.
            Unsupported: something is set that this version cannot do.
        """
        file = self.config
        if file is None and Path(FILE_NAME).exists():
            file = Path(FILE_NAME)
        settings = load(
            environment=os.environ, host_name=socket.gethostname(), file=file, flags=flags
        )
        if refuse_unsupported:
            settings.refuse_unsupported()
        return settings


SPEAK = Output()
NEAREST = NodeAddress()
USUAL = SettingsFile()
