"""Where settings come from: flags before environment before file before default.

A key is known because somebody asks for it; whatever nobody asked for is
unknown, and an unknown key is an error, for it is nearly always a misspelt one.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from skygarth.model.errors import Invalid, NotFound
from skygarth.node.setting_kinds import Kind

T = TypeVar("T")

UNKNOWN_KEY = "SG-CONFIG-001"
BAD_VALUE = "SG-CONFIG-002"
NO_FILE = "SG-CONFIG-003"
BAD_FILE = "SG-CONFIG-004"
NO_SECRET = "SG-CONFIG-005"  # noqa: S105 an error code
PLAIN_SECRET = "SG-CONFIG-006"  # noqa: S105 an error code

_PREFIX = "SKYGARTH_"
_OF_COMMANDS = {"SKYGARTH_TOKEN", "SKYGARTH_NODE", "SKYGARTH_CONFIG"}
_REFERENCES = ({"env"}, {"file"})


@dataclass(frozen=True, slots=True)
class SettingSource:
    """One setting as ``config show`` prints it.

    Attributes:
        key: such as ``replication.poll``.
        shown: the value as TOML would have it; secrets are never in here.
        origin: where it was set, such as ``file skygarth.toml``.
    """

    key: str
    shown: object
    origin: str


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as somebody gave it."""

    value: object
    origin: str
    in_file: bool = False


class SettingLayers:
    """Everything that was set, the strongest first, and what has been asked for."""

    def __init__(
        self,
        *,
        flags: Mapping[str, object],
        environment: Mapping[str, str],
        file: Path | None,
    ) -> None:
        """Take what was given.

        Args:
            flags: dotted keys that the command line set; None counts as not set.
            environment: the process environment.
            file: a TOML file, if there is one.

        Raises:
            NotFound: there is no such file.
            Invalid: the file is no TOML.
        """
        self._environment = environment
        self._given: dict[str, _Given] = dict(_from_file(file) if file else ())
        self._given.update(_from_environment(environment))
        self._given.update(
            (key, _Given(value, f"flag --{key.rpartition('.')[2].replace('_', '-')}"))
            for key, value in flags.items()
            if value is not None
        )
        self._sources: dict[str, SettingSource] = {}

    @property
    def sources(self) -> tuple[SettingSource, ...]:
        """Every setting asked for so far, in that order."""
        return tuple(self._sources.values())

    def read(self, key: str, kind: Kind[T], default: T) -> T:
        """The value of a setting.

        Raises:
            Invalid: what was given is not of that kind.
            NotFound: it refers to a variable or file that is not there.
        """
        assert key not in self._sources, f"asked twice for {key}"
        given = self._given.get(key)
        if given is None:
            self._sources[key] = SettingSource(key, kind.show(default), "default")
            return default
        raw, hidden = self._resolved(key, given)
        try:
            value = kind.read(raw)
        except ValueError as cause:
            what = "what it refers to" if hidden else repr(given.value)
            raise Invalid(
                f"{key} is not {kind.wanted}. given={what} origin='{given.origin}'",
                code=BAD_VALUE,
                hint=f"write {kind.wanted}",
            ) from cause
        shown = _reference_shown(given.value) if hidden else kind.show(value)
        self._sources[key] = SettingSource(key, shown, given.origin)
        return value

    def read_secret(
        self,
        key: str,
        kind: Kind[T],
        default: T,
        *,
        is_secret: Callable[[object], bool] = lambda _: True,
    ) -> T:
        """The value of a setting that must not stand in a file in plain text.

        Args:
            is_secret: whether a value is one; an address is only if it has a password in it.

        Raises:
            Invalid: it does.
        """
        given = self._given.get(key)
        if (
            given is not None
            and given.in_file
            and not _is_reference(given.value)
            and is_secret(given.value)
        ):
            raise Invalid(
                f"a secret stands in plain text. key='{key}' origin='{given.origin}'",
                code=PLAIN_SECRET,
                hint=f'write {key.rpartition(".")[2]} = {{ env = "NAME" }} or {{ file = "PATH" }}',
            )
        return self.read(key, kind, default)

    def members(self, key: str) -> tuple[str, ...]:
        """The names of what stands in a table inside a table, each a setting from now on.

        Raises:
            Invalid: what was given is no table.
        """
        given = self._given.pop(key, None)
        table = {} if given is None else given.value
        if not isinstance(table, dict):
            raise Invalid(
                f"{key} is not a table. given={table!r} origin='{given and given.origin}'",
                code=BAD_VALUE,
                hint=f"write [{key}] and its settings below it",
            )
        for name, value in table.items():
            assert given is not None, "only what was given has members"
            self._given.setdefault(f"{key}.{name}", replace(given, value=value))
        rest = [each.removeprefix(f"{key}.") for each in self._given if each.startswith(f"{key}.")]
        return tuple(sorted({each.partition(".")[0] for each in rest}))

    def refuse_unknown(self) -> None:
        """Stop at the first key that nobody has asked for.

        Raises:
            Invalid: with the known key that looks most like it.
        """
        for key, given in self._given.items():
            if key not in self._sources:
                near = difflib.get_close_matches(key, self._sources, n=1, cutoff=0.5)
                raise Invalid(
                    f"unknown setting. key='{key}' origin='{given.origin}'",
                    code=UNKNOWN_KEY,
                    hint=f"did you mean {near[0]}?" if near else "skygarth config show lists all",
                )
        self._refuse_almost_settings()

    def _refuse_almost_settings(self) -> None:
        """Stop at a variable such as SKYGARTH_BUCKET: whoever set it means `replication.bucket`.

        Other variables of our prefix may belong to the command line, or to somebody else.
        """
        meant: dict[str, str] = {}
        for key in self._sources:
            variable = _PREFIX + key.upper().replace(".", "__")
            meant.setdefault(_PREFIX + key.rpartition(".")[2].upper(), variable)
            meant[_PREFIX + key.upper().replace(".", "_")] = variable
        for given in sorted(set(self._environment) - _OF_COMMANDS):
            if not given.startswith(_PREFIX) or "__" in given:
                continue
            near = [given] if given in meant else difflib.get_close_matches(given, meant, 1, 0.9)
            if near:
                raise Invalid(
                    f"this variable sets nothing. variable='{given}'",
                    code=UNKNOWN_KEY,
                    hint=f"write {meant[near[0]]}: table and key, two underscores between them",
                )

    def _resolved(self, key: str, given: _Given) -> tuple[object, bool]:
        """What a reference refers to, and whether it was one."""
        if not _is_reference(given.value):
            return given.value, False
        assert isinstance(given.value, dict)
        if "env" in given.value:
            return self._variable(key, str(given.value["env"])), True
        return _file_text(key, Path(str(given.value["file"]))), True

    def _variable(self, key: str, name: str) -> str:
        if name not in self._environment:
            raise NotFound(
                f"{key} refers to a variable that is not set. variable='{name}'",
                code=NO_SECRET,
                hint=f"set {name} in the environment of this process",
            )
        return self._environment[name]


def _file_text(key: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as cause:
        raise NotFound(
            f"{key} refers to a file that cannot be read. file='{path}'",
            code=NO_SECRET,
            hint="create it, readable for the user that runs the node",
        ) from cause


def _is_reference(value: object) -> bool:
    return isinstance(value, dict) and set(value) in _REFERENCES


def _reference_shown(value: object) -> str:
    assert isinstance(value, dict)
    ((how, where),) = value.items()
    return f'{{ {how} = "{where}" }}'


def _from_file(path: Path) -> Iterator[tuple[str, _Given]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise NotFound(
            f"settings file cannot be read. file='{path}'",
            code=NO_FILE,
            hint="give another with --config, or leave it out",
        ) from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise Invalid(
            f"settings file is no TOML: {cause}. file='{path}'",
            code=BAD_FILE,
            hint="mend that line; toml.io shows the format",
        ) from cause
    for table, keys in tables.items():
        if not isinstance(keys, dict):
            yield table, _Given(keys, f"file {path}", in_file=True)
            continue
        for key, value in keys.items():
            yield f"{table}.{key}", _Given(value, f"file {path}", in_file=True)


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, _Given]]:
    """Settings among the variables: those of our prefix with a double underscore.

    A variable without one is the command line's, such as SKYGARTH_TOKEN, or none of ours.
    """
    for name, value in sorted(environment.items()):
        table, nested, key = name.removeprefix(_PREFIX).partition("__")
        if name.startswith(_PREFIX) and nested and table:
            yield f"{table}.{key.replace('__', '.')}".lower(), _Given(value, f"environment {name}")
