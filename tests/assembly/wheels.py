"""Real wheels of a small application, built where a test stands."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

SOURCE = """
from skygarth import Application, Component, route
from starlette.responses import PlainTextResponse


class Greeting(Component):
    version = "{version}"

    @route("/")
    def index(self, request):
        return PlainTextResponse("greetings from {version}\\n")


application = Application(components={{"/": Greeting()}})
"""


def build_wheel(folder: Path, version: str, *, source: str = SOURCE) -> Path:
    """A wheel of the package ``greeting``, whose front page tells the version."""
    info = f"greeting-{version}.dist-info"
    files = {
        "greeting.py": source.format(version=version),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={_digest(body)},{len(body.encode())}\n" for name, body in files.items()
    )
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"greeting-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return path


def _digest(body: str) -> str:
    hashed = hashlib.sha256(body.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
