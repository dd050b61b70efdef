"""OCI: an image that any engine runs, as nobody, with a root that is never written.

One volume holds the database. It may be new at each start: the node fills itself from
the bucket. The image takes settings from a file inside it, and from variables at will.
"""

from __future__ import annotations

from skygarth.images.containers import CLUSTER_KEY, DATA, SECRETS, STATE, USER_ID
from skygarth.images.definition import NodeImage
from skygarth.images.rendering import Rendering, fill
from skygarth.images.settings_file import settings_file, variables

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def render_oci(image: NodeImage) -> Rendering:
    """A Containerfile with its settings, and two nodes to try it with (compose)."""
    credentials = _CREDENTIALS if image.is_s3 else ()
    values = {
        "label": image.label,
        "application": image.application,
        "software": "skygarth" if image.install.startswith("/") else image.requirement,
        "variables": list(variables(image).items()),
        "variables_needed": (*credentials, *image.variables_needed),
        "memory_mib": image.sizes.memory_mib,
        "port": image.listen.port,
        "folder": image.folder,
        "has_key": image.has_key,
        "cluster_key": CLUSTER_KEY,
        "state": STATE,
        "secrets": SECRETS,
        "user": USER_ID,
    }
    return Rendering(
        shape="oci",
        files={
            "Containerfile": fill("oci/Containerfile", **values),
            "compose.yaml": fill("oci/compose.yaml", **values),
            "skygarth.toml": settings_file(image, data=DATA, key=CLUSTER_KEY),
            "wheels/README.txt": fill("oci/wheels.txt"),
        },
        next_steps=(
            f"podman build --format docker --tag {image.label} .",
            *(_KEY_STEPS if image.has_key else ()),
            " ".join(_run_words(image)),
        ),
    )


_KEY_STEPS = ("podman secret create cluster-key site.key",)


def _run_words(image: NodeImage) -> list[str]:
    port = image.listen.port
    words = ["podman run --read-only --cap-drop=all", f"--publish {port}:{port}"]
    if image.has_key:
        words.append(f"--secret cluster-key,target={CLUSTER_KEY},uid={USER_ID},mode=0400")
    return [*words, image.label]
