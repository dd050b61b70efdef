"""systemd: one sandboxed unit, the user it runs as, and the folders it needs.

The cluster's key lies in a file of root's; systemd hands the node a copy that no other
program sees (``LoadCredential``). The node's own folder is all that it can write.
"""

from __future__ import annotations

from skygarth.images.definition import NodeImage
from skygarth.images.rendering import Rendering, fill
from skygarth.images.settings_file import settings_file, variables


def render_systemd(image: NodeImage) -> Rendering:
    """Unit, settings, user and folders, and a script that puts them into place."""
    return Rendering(
        shape="systemd",
        files=machine_files(image),
        executables=frozenset({"install.sh"}),
        next_steps=(
            *secret_steps(image),
            "as root, in the folder: sh install.sh",
            f"systemctl status {image.label}; journalctl -u {image.label}",
        ),
    )


def machine_files(image: NodeImage) -> dict[str, str]:
    """What any machine with systemd needs, by file name."""
    settings = settings_file(
        image,
        data=f"/var/lib/{image.label}/node",
        key=f"/run/credentials/{image.label}.service/cluster.key",
    )
    by_role = {f"{image.label}-key.service": _filled("key.service", image)}
    return {
        **(by_role if image.parameter else {}),
        f"{image.label}.service": _filled("unit.service", image),
        f"{image.label}.toml": settings,
        "sysusers.conf": _filled("sysusers.conf", image),
        "tmpfiles.conf": _filled("tmpfiles.conf", image),
        "install.sh": _filled("install.sh", image),
    }


def _filled(name: str, image: NodeImage) -> str:
    return fill(
        f"systemd/{name}",
        label=image.label,
        application=image.application,
        software=image.requirement,
        variables=list(variables(image).items()),
        folder=image.folder,
        has_key=image.has_key,
        parameter=image.parameter,
        region=image.region,
        memory_mib=image.sizes.memory_mib,
    )


def secret_steps(image: NodeImage) -> tuple[str, ...]:
    """How a machine gets what no file of ours holds."""
    steps = []
    if image.has_key and not image.parameter:
        steps.append("install -D -m 0600 site.key /etc/skygarth/cluster.key")
    if image.variables_needed:
        names = ", ".join(image.variables_needed)
        steps.append(f"write /etc/skygarth/credentials.env, mode 0600, NAME=value a line: {names}")
    return tuple(steps)
