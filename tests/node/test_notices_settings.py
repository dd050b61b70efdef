"""Where brokers are can be set, and their passwords are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.model.errors import Invalid
from skygarth.node.settings import Settings, load
from skygarth.notices.choosing import Brokers


def settings_of(tmp_path: Path, text: str, **environment: str) -> Settings:
    """The settings that a file and an environment give."""
    file = tmp_path / "skygarth.toml"
    file.write_text(text, encoding="utf-8")
    return load(environment=environment, host_name="laptop", file=file)


def shown(settings: Settings, key: str) -> object:
    """What ``config show`` prints."""
    return next(source.shown for source in settings.sources if source.key == key)


def test_by_default_nothing_is_used(tmp_path: Path) -> None:
    """Replication needs no broker; the addresses are those where one would look first."""
    settings = settings_of(tmp_path, "")

    assert settings.notices.use == ()
    assert settings.notices.brokers == Brokers(
        nats="nats://127.0.0.1:4222", redis="redis://127.0.0.1:6379"
    )


def test_addresses_can_be_set(tmp_path: Path) -> None:
    """In the file in plain text, as long as there is no password in them."""
    text = '[notices]\nuse = ["nats", "redis"]\nnats = "nats://bus:1"\nredis = "redis://bus:2"\n'
    settings = settings_of(tmp_path, text)
    settings.refuse_unsupported()

    assert settings.notices.use == ("nats", "redis")
    assert settings.notices.brokers == Brokers(nats="nats://bus:1", redis="redis://bus:2")
    assert shown(settings, "notices.nats") == "nats://bus:1"


def test_a_password_does_not_stand_in_the_file(tmp_path: Path) -> None:
    """It is refused there, and taken from where it may stand."""
    with pytest.raises(Invalid) as caught:
        settings_of(tmp_path, '[notices]\nnats = "nats://me:secret@bus:1"\n')
    settings = settings_of(
        tmp_path, '[notices]\nnats = { env = "BUS" }\n', BUS="nats://me:secret@bus:1"
    )

    assert caught.value.code == "SG-CONFIG-006"
    assert settings.notices.brokers.nats == "nats://me:secret@bus:1"
    assert shown(settings, "notices.nats") == '{ env = "BUS" }'


def test_a_password_from_the_environment_is_not_shown(tmp_path: Path) -> None:
    """Neither in what people print nor in what programs log."""
    settings = settings_of(tmp_path, "", SKYGARTH_NOTICES__REDIS="redis://:secret@bus:2/0")

    assert shown(settings, "notices.redis") == "redis://bus:2/0"
    assert "secret" not in repr(settings)


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    """With an example of one."""
    with pytest.raises(Invalid) as caught:
        settings_of(tmp_path, '[notices]\nnats = "bus"\n')

    assert "nats://host:4222" in caught.value.hint


def test_a_misspelt_transport_is_refused(tmp_path: Path) -> None:
    """With the name that was probably meant."""
    with pytest.raises(Invalid) as caught:
        settings_of(tmp_path, '[notices]\nuse = ["nat"]\n').refuse_unsupported()

    assert caught.value.code == "SG-NOTICE-004"
    assert caught.value.hint == "did you mean nats?"
