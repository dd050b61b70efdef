"""Which shapes there are: each a function from the one definition to files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skygarth.images.cloud_init import render_cloud_init
from skygarth.images.definition import NodeImage
from skygarth.images.helm import render_helm
from skygarth.images.rendering import Rendering
from skygarth.images.systemd import render_systemd

SHAPES: Mapping[str, Callable[[NodeImage], Rendering]] = {
    "systemd": render_systemd,
    "cloud-init": render_cloud_init,
    "helm": render_helm,
}
