"""cloud-init: the systemd shape, carried as user data to a machine that does not exist yet."""

from __future__ import annotations

from skygarth.images.definition import NodeImage
from skygarth.images.rendering import EXECUTABLE, PLAIN, Rendering, fill, indented
from skygarth.images.systemd import machine_files

USER_DATA_BYTES_MAX = 16_384
"""What EC2 takes."""

_TEXT_COLUMNS = 6


def render_cloud_init(image: NodeImage) -> Rendering:
    """User data, and the meta data of a seed of one's own (NoCloud)."""
    files = [
        (name, _mode(name), indented(text, _TEXT_COLUMNS))
        for name, text in machine_files(image).items()
    ]
    user_data = fill(
        "cloud_init/user-data.yaml",
        files=files,
        has_key=image.has_key,
        parameter=image.parameter,
    )
    assert len(user_data.encode()) < USER_DATA_BYTES_MAX
    return Rendering(
        shape="cloud-init",
        files={
            "user-data": user_data,
            "meta-data": fill("cloud_init/meta-data", label=image.label),
        },
        next_steps=(
            "cloud-init schema --config-file user-data",
            "EC2: aws ec2 run-instances --user-data file://user-data …",
            "elsewhere: paste user-data, or make a seed:",
            "genisoimage -output seed.iso -volid cidata -joliet -rock user-data meta-data",
        ),
    )


def _mode(name: str) -> str:
    return f"{EXECUTABLE if name.endswith('.sh') else PLAIN:04o}"
