"""Settings come in layers, and every value knows the one it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.model.errors import Invalid, NotFound, SkygarthError
from skygarth.node.setting_kinds import SECRET, TEXT, maybe
from skygarth.node.setting_layers import SettingLayers, SettingSource


def layers(
    tmp_path: Path, text: str = "", *, env: dict[str, str] | None = None, **flags: object
) -> SettingLayers:
    """Layers over a file that holds `text`; flags set keys of ``node``."""
    path = tmp_path / "skygarth.toml"
    path.write_text(text, encoding="utf-8")
    return SettingLayers(
        file=path, environment=env or {}, flags={f"node.{name}": v for name, v in flags.items()}
    )


def test_the_stronger_layer_wins(tmp_path: Path) -> None:
    """A flag is stronger than a variable, a variable than the file, the file than the default."""
    text = '[node]\nname = "file"\n'
    env = {"SKYGARTH_NODE__NAME": "variable"}

    read = [
        layers(tmp_path, text, env=env, name="flag").read("node.name", TEXT, "default"),
        layers(tmp_path, text, env=env).read("node.name", TEXT, "default"),
        layers(tmp_path, text).read("node.name", TEXT, "default"),
        layers(tmp_path).read("node.name", TEXT, "default"),
    ]

    assert read == ["flag", "variable", "file", "default"]


def test_every_value_knows_its_origin(tmp_path: Path) -> None:
    """`config show` can say where each value was set."""
    text = '[node]\nname = "a"\n'
    found = layers(tmp_path, text, env={"SKYGARTH_NODE__DATA": "d"}, listen="l")
    for key in ("node.name", "node.data", "node.listen", "node.pools"):
        found.read(key, TEXT, "web")

    assert found.sources == (
        SettingSource("node.name", "a", f"file {tmp_path / 'skygarth.toml'}"),
        SettingSource("node.data", "d", "environment SKYGARTH_NODE__DATA"),
        SettingSource("node.listen", "l", "flag --listen"),
        SettingSource("node.pools", "web", "default"),
    )


def test_a_misspelt_key_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    """An unknown key names the known one that looks most like it."""
    found = layers(tmp_path, '[replication]\nbuket = "s3://x"\n')
    found.read("replication.bucket", TEXT, "")

    with pytest.raises(Invalid) as caught:
        found.refuse_unknown()

    assert caught.value.code == "SG-CONFIG-001"
    assert caught.value.hint == "did you mean replication.bucket?"


@pytest.mark.parametrize("text", ["colour = 1", "[garden]\nsize = 1"])
def test_an_unknown_key_of_no_likeness_is_an_error_too(tmp_path: Path, text: str) -> None:
    """Where nothing is near, the hint says where all keys are listed."""
    found = layers(tmp_path, text)
    found.read("node.name", TEXT, "")

    with pytest.raises(Invalid) as caught:
        found.refuse_unknown()

    assert "config show" in caught.value.hint


def test_variables_of_the_command_line_are_no_settings(tmp_path: Path) -> None:
    """SKYGARTH_TOKEN and SKYGARTH_NODE address a node; only nested names are settings."""
    found = layers(tmp_path, env={"SKYGARTH_TOKEN": "t", "SKYGARTH_NODE": "u", "OTHER__X": "1"})

    found.refuse_unknown()

    assert found.sources == ()


def test_a_secret_is_read_from_where_it_is_kept(tmp_path: Path) -> None:
    """A reference to a variable or a file is followed, and shown in place of the value."""
    kept = tmp_path / "key"
    kept.write_text("from file\n", encoding="utf-8")
    text = f'[replication]\nkey = {{ env = "SITE_KEY" }}\nother = {{ file = "{kept}" }}\n'
    found = layers(tmp_path, text, env={"SITE_KEY": "from variable"})

    keys = [
        found.read_secret(f"replication.{name}", maybe(SECRET), None) for name in ("key", "other")
    ]

    assert [key.value for key in keys if key] == ["from variable", "from file"]
    assert [source.shown for source in found.sources] == [
        '{ env = "SITE_KEY" }',
        f'{{ file = "{kept}" }}',
    ]


@pytest.mark.parametrize("reference", ['{ env = "ABSENT" }', '{ file = "no/such/file" }'])
def test_a_secret_that_is_not_there_is_named(tmp_path: Path, reference: str) -> None:
    """A reference that leads nowhere says what is missing."""
    found = layers(tmp_path, f"[replication]\nkey = {reference}\n")

    with pytest.raises(NotFound) as caught:
        found.read("replication.key", TEXT, "")

    assert caught.value.code == "SG-CONFIG-005"


def test_a_secret_in_plain_text_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """A file is copied and committed; a secret must not stand in it."""
    found = layers(tmp_path, '[replication]\nkey = "hunter2"\n')

    with pytest.raises(Invalid) as caught:
        found.read_secret("replication.key", maybe(SECRET), None)

    assert caught.value.code == "SG-CONFIG-006"
    assert "hunter2" not in str(caught.value)


def test_a_refused_value_behind_a_reference_is_not_repeated(tmp_path: Path) -> None:
    """An error about a secret's value does not show the value."""
    found = layers(tmp_path, '[node]\nname = { env = "NAME" }\n', env={"NAME": "  "})

    with pytest.raises(Invalid) as caught:
        found.read("node.name", TEXT, "")

    assert "what it refers to" in caught.value.message


@pytest.mark.parametrize(
    ("text", "code"), [("[node", "SG-CONFIG-004"), (None, "SG-CONFIG-003")], ids=["bad", "absent"]
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None, code: str) -> None:
    """A file that is absent or no TOML is an error that names it."""
    path = tmp_path / "own.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    with pytest.raises(SkygarthError) as caught:
        SettingLayers(file=path, environment={}, flags={})

    assert caught.value.code == code
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    "name", ["SKYGARTH_BUCKET", "SKYGARTH_REPLICATION_BUCKET", "SKYGARTH_BUCKTE"]
)
def test_a_variable_that_is_almost_a_setting_is_an_error_with_the_right_name(
    tmp_path: Path, name: str
) -> None:
    """Whoever sets SKYGARTH_BUCKET means the bucket; to go on without it would surprise."""
    found = layers(tmp_path, env={name: "s3://x", "SKYGARTH_OTHER": "1"})
    found.read("replication.bucket", TEXT, "")

    with pytest.raises(Invalid, match=f"this variable sets nothing. variable='{name}'") as caught:
        found.refuse_unknown()

    assert "SKYGARTH_REPLICATION__BUCKET" in caught.value.hint
