"""Packer: the systemd shape, installed into a machine image (AMI) and not yet started."""

from __future__ import annotations

from skygarth.images import codes
from skygarth.images.definition import NodeImage
from skygarth.images.rendering import Rendering, fill
from skygarth.images.systemd import machine_files, secret_steps
from skygarth.model.errors import Invalid


def render_packer(image: NodeImage) -> Rendering:
    """A template, and the files that it puts into the image.

    Raises:
        Invalid: the software lies in a folder that the machine would not have.
    """
    if image.install.startswith("/"):
        raise Invalid(
            f"a new machine has no such folder. install='{image.install}'",
            code=codes.NO_SUCH_SHAPE,
            hint="give a requirement, or a wheel at https://…",
        )
    files = machine_files(image)
    template = fill(
        "packer/node.pkr.hcl",
        label=image.label,
        bucket=image.bucket,
        pools=", ".join(image.pools),
        region=image.region,
        instance_type=image.sizes.instance_type,
        files=list(files),
    )
    return Rendering(
        shape="packer",
        files={
            "node.pkr.hcl": template,
            "plugins.pkr.hcl": fill("packer/plugins.pkr.hcl"),
            **files,
        },
        executables=frozenset({"install.sh"}),
        next_steps=(
            "packer init . && packer validate . && packer build .",
            *(f"on each machine: {step}" for step in secret_steps(image)),
        ),
    )
