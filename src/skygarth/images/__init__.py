"""What makes a machine into a node: systemd, cloud-init, OCI, Helm, Terraform, Packer."""

from skygarth.images.definition import FromVariable, NodeImage, Sizes
from skygarth.images.rendering import Rendering
from skygarth.images.shapes import SHAPES
from skygarth.images.writing import refuse_secrets, write_rendering

__all__ = [
    "SHAPES",
    "FromVariable",
    "NodeImage",
    "Rendering",
    "Sizes",
    "refuse_secrets",
    "write_rendering",
]
