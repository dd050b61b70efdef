"""What a first try needs: something to look at, and a token."""

from __future__ import annotations

from pathlib import Path

from skygarth.assembly.application import Application, sample_application
from skygarth.assembly.trial import TOKEN_FILE, prepare_trial
from skygarth.assembly.wiring import open_repository
from skygarth.repository.tokens import Role, verify_token


def test_a_new_folder_is_filled_and_gets_a_token(tmp_path: Path) -> None:
    """The sample site is there, and the token is an administrator's."""
    token = prepare_trial(tmp_path, sample_application())

    with open_repository(tmp_path) as repository:
        page = repository.by_path("/blog/welcome")
        holder = verify_token(repository, token, now_us=0)
    assert page is not None
    assert holder is not None
    assert holder.role is Role.ADMIN


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    """The same token, and no second import."""
    first = prepare_trial(tmp_path, sample_application())
    with open_repository(tmp_path) as repository:
        head = repository.change_head()

    assert prepare_trial(tmp_path, sample_application()) == first
    with open_repository(tmp_path) as repository:
        assert repository.change_head() == head


def test_the_token_is_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine can read it."""
    prepare_trial(tmp_path, Application())

    assert (tmp_path / TOKEN_FILE).stat().st_mode & 0o077 == 0
