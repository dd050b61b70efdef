"""`skygarth doctor bucket` finds out what a bucket can do before a node depends on it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands.conftest import Run


def test_a_good_bucket_passes_every_probe(run: Run, tmp_path: Path) -> None:
    """A folder can do all that a node asks for, and nothing of the probe stays in it."""
    folder = tmp_path / "bucket"
    folder.mkdir()

    ended = run("doctor", "bucket", f"file://{folder}", "--json")

    assert ended.code == 0
    assert isinstance(ended.facts, dict)
    assert ended.facts["verdict"] == "ok"
    assert [path for path in folder.rglob("probe/*/*") if path.is_file()] == []


def test_a_folder_that_is_not_there_does_not_pass(run: Run, tmp_path: Path) -> None:
    """A typing error, or a share that is not mounted, is found and not made up for."""
    ended = run("doctor", "bucket", str(tmp_path / "typo"))

    assert ended.code == 4
    assert "mkdir -p" in ended.err
    assert not (tmp_path / "typo").exists()


def test_the_bucket_of_the_settings_is_probed(run: Run) -> None:
    """Without a URL it probes the one that the node would use."""
    ended = run("doctor", "bucket")

    assert ended.code == 0
    assert ".skygarth/bucket" in ended.out


def test_the_clock_is_compared_with_the_buckets(run: Run, tmp_path: Path) -> None:
    """A folder of this machine goes by this machine's clock."""
    seen = run("doctor", "clock", f"file://{tmp_path / 'bucket'}")
    raw = run("doctor", "clock", f"file://{tmp_path / 'bucket'}", "--json")

    assert (seen.code, raw.code) == (0, 0)
    assert seen.out.startswith("ok: this machine's clock is 0.")
    assert isinstance(raw.facts, dict)
    assert abs(raw.facts["clock_ahead_ms"]) < 2_000


def test_an_address_that_is_no_buckets_says_so(run: Run) -> None:
    """A wrong URL is an error with the code of the bucket's own table."""
    ended = run("doctor", "bucket", "gopher://bucket")

    assert ended.code == 1
    assert ended.err.startswith("error[SG-BUCKET-006]")


def test_without_notices_there_is_nothing_to_probe(run: Run) -> None:
    """That is no finding: nodes look into the bucket."""
    ended = run("doctor", "notices")

    assert ended.code == 0
    assert "no transport is in use" in ended.out


def test_notices_that_get_through_are_good(run: Run) -> None:
    """Each transport is a row with how long it took."""
    ended = run("doctor", "notices", "memory", "--json")

    assert ended.code == 0
    assert isinstance(ended.facts, dict)
    assert [each["verdict"] for each in ended.facts["transports"]] == ["ok"]


def test_a_transport_that_nobody_knows_is_an_error(run: Run) -> None:
    """With the one that was probably meant."""
    ended = run("doctor", "notices", "memroy")

    assert ended.code == 1
    assert "did you mean memory?" in ended.err
