"""The cluster key comes from a file or a variable, never from plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.model.errors import Invalid
from skygarth.node.cluster_key import KEY_BYTES, ClusterKey
from skygarth.node.settings import load

OLD, NEW = ClusterKey(b"o" * KEY_BYTES), ClusterKey(b"n" * KEY_BYTES)


def test_keys_come_from_files_and_variables(tmp_path: Path) -> None:
    """The one that signs first, then those that are accepted too."""
    (tmp_path / "key").write_text(f"{NEW.text}\n", encoding="utf-8")
    (tmp_path / "s.toml").write_text(
        f'[cluster]\nkey = {{ file = "{tmp_path / "key"}" }}\n', encoding="utf-8"
    )
    settings = load(
        environment={"SKYGARTH_CLUSTER__ACCEPTED_KEYS": OLD.text},
        host_name="h",
        file=tmp_path / "s.toml",
    )

    assert settings.cluster.keys.keys == (NEW, OLD)
    assert NEW.text not in str(settings)


def test_a_key_in_plain_text_is_refused(tmp_path: Path) -> None:
    """Settings files are shown, copied and committed."""
    (tmp_path / "s.toml").write_text(f'[cluster]\nkey = "{NEW.text}"\n', encoding="utf-8")

    with pytest.raises(Invalid, match="plain text"):
        load(environment={}, host_name="h", file=tmp_path / "s.toml")


def test_what_is_no_key_stops_the_start() -> None:
    """A node that cannot verify anybody must not seem to."""
    settings = load(environment={"SKYGARTH_CLUSTER__KEY": "secret"}, host_name="h")

    with pytest.raises(Invalid, match="no cluster key"):
        settings.refuse_unsupported()
