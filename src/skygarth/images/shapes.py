"""Which shapes there are: each a function from the one definition to files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skygarth.images.cloud_init import render_cloud_init
from skygarth.images.definition import NodeImage
from skygarth.images.helm import render_helm
from skygarth.images.oci import render_oci
from skygarth.images.packer import render_packer
from skygarth.images.rendering import Rendering
from skygarth.images.systemd import render_systemd
from skygarth.images.terraform import render_terraform

SHAPES: Mapping[str, Callable[[NodeImage], Rendering]] = {
    "systemd": render_systemd,
    "cloud-init": render_cloud_init,
    "oci": render_oci,
    "helm": render_helm,
    "terraform": render_terraform,
    "packer": render_packer,
}
