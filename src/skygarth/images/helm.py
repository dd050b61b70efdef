"""Helm: nodes on Kubernetes, with nothing to keep.

A node fills itself from the bucket, so a Deployment with an empty folder is enough: no
StatefulSet, no volume that outlives its pod. Readiness leads visitors, a node that is
to stop drains itself first, and never do more than a few stop at once.
"""

from __future__ import annotations

from importlib.metadata import version

from skygarth.images import codes
from skygarth.images.containers import CLUSTER_KEY, DATA, SECRETS, STATE
from skygarth.images.definition import NodeImage
from skygarth.images.rendering import Rendering, fill, indented
from skygarth.images.settings_file import settings_file, variables
from skygarth.model.errors import Invalid

_FILES = (
    "Chart.yaml",
    "values.yaml",
    "templates/autoscaler.yaml",
    "templates/configmap.yaml",
    "templates/deployment.yaml",
    "templates/disruption.yaml",
    "templates/service.yaml",
    "templates/serviceaccount.yaml",
    "templates/NOTES.txt",
)
_SETTINGS_COLUMNS = 2


def render_helm(image: NodeImage) -> Rendering:
    """A chart.

    Raises:
        Invalid: the bucket is a folder, which pods do not share (SG-IMAGE-003), or the key
            is to come from elsewhere than a secret.
    """
    if not image.is_s3:
        raise Invalid(
            f"pods share no folder. bucket='{image.bucket}'",
            code=codes.NO_SUCH_SHAPE,
            hint="give a bucket of S3, or of a store that speaks it",
        )
    settings = settings_file(image, data=DATA, key=CLUSTER_KEY)
    sizes = image.sizes
    values = {
        "label": image.label,
        "pools": ", ".join(image.pools),
        "version": version("skygarth"),
        "settings": indented(settings, _SETTINGS_COLUMNS),
        "variables": list(variables(image).items()),
        "has_key": image.has_key,
        "nodes_min": sizes.nodes_min,
        "nodes_max": sizes.nodes_max,
        "cpu_percent": sizes.cpu_percent,
        "memory_mib": sizes.memory_mib,
        "disk_gib": sizes.disk_gib,
        "port": image.listen.port,
        "state": STATE,
        "secrets": SECRETS,
    }
    return Rendering(
        shape="helm",
        files={name: fill(f"helm/{name}", **values) for name in _FILES},
        next_steps=(
            "set image.repository in values.yaml to where you pushed the image",
            *_secret_steps(image),
            f"helm upgrade --install {image.name} .",
        ),
    )


def _secret_steps(image: NodeImage) -> tuple[str, ...]:
    create = f"kubectl create secret generic {image.label}"
    steps = []
    if image.has_key:
        steps.append(f"{create}-key --from-file=cluster.key=site.key")
    if image.variables_needed:
        given = " ".join(f"--from-literal={name}=…" for name in image.variables_needed)
        steps.append(f"{create}-credentials {given}")
    return tuple(steps)
