"""What a first try needs: something to look at, and a token to change it with.

Only for nodes that people try out (`demo`, `dev`): the token lies readable beside
the database, so that it survives a restart.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from skygarth.assembly.application import Application
from skygarth.assembly.demo_content import write_sample_site
from skygarth.assembly.wiring import open_repository
from skygarth.clock.chance import Chance
from skygarth.content_import.importing import import_tree
from skygarth.repository.tokens import SECRET_BYTES, create_token
from skygarth.sample import Section

TOKEN_FILE = "trial-token"  # noqa: S105 - a name, no secret


def prepare_trial(data: Path, application: Application) -> str:
    """Fill an empty data folder with the sample site, if it is the sample's; a token."""
    kept = data / TOKEN_FILE
    with open_repository(data, application) as repository:
        if Section in application.types and not repository.query(Section).exists():
            with tempfile.TemporaryDirectory() as folder:
                write_sample_site(Path(folder))
                import_tree(repository, Path(folder))
        if kept.exists():
            return kept.read_text(encoding="ascii").strip()
        secret = Chance().bytes(SECRET_BYTES)
        token = create_token(repository, name="trial", role="admin", secret=secret)
    kept.touch(mode=0o600)
    kept.write_text(token, encoding="ascii")
    return token
