"""``skygarth node image``: files that make a machine into a node, with the bucket filled in.

What the settings of this machine say of bucket, pools, notices and DNS, the image says
too; its name, address and secrets are each machine's own.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal
from skygarth.model.errors import Invalid
from skygarth.node.setting_kinds import ADDRESS, Address
from skygarth.node.setting_layers import SettingSource
from skygarth.node.settings import Settings

Shape = Literal["systemd", "cloud-init", "oci", "helm", "terraform", "packer"]

BAD_LISTEN = "SG-CLI-012"
_CARRIED = ("replication.", "notices.", "dns.")
_OWN = {"replication.bucket"}
_REFERENCE = re.compile(r'\{ (?P<how>env|file) = "(?P<what>.*)" \}')


def image(
    shape: Shape,
    /,
    *,
    bucket: str | None = None,
    pools: str | None = None,
    name: str | None = None,
    app: str = "",
    install: str = "skygarth",
    listen: str = "0.0.0.0:8000",
    region: str | None = None,
    endpoint: str | None = None,
    key_from: str = "file",
    memory: int = 1024,
    nodes: str = "2-10",
    instance_type: str = "t3.small",
    out: Path | None = None,
    force: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Write the files that make a machine, a container or a cluster into nodes.

    No secret is inside: docs/images.md says where each shape finds its own.

    Args:
        shape: What to write.
        bucket: URL of the bucket; by default that of the settings.
        pools: What the nodes are for, such as web,search; by default as in the settings.
        name: What this kind of node is called; by default like its first pool.
        app: Your application, module:node; without one, that of the bucket.
        install: A requirement for pip, a wheel at https://…, or a folder of wheels there.
        listen: Where nodes answer HTTP.
        region: Of the bucket; by default AWS_REGION.
        endpoint: Of a store other than AWS; by default AWS_ENDPOINT_URL.
        key_from: Where a machine finds the cluster's key: file, ssm:/NAME (AWS's
            parameter store), or none.
        memory: MiB that a node may use.
        nodes: How many, at least and at most, where the platform decides.
        instance_type: Of EC2.
        out: Folder to write to; by default skygarth-NAME-SHAPE.
        force: Write over files that were changed by hand.
    """
    from skygarth.images import SHAPES, NodeImage, Sizes, refuse_secrets, write_rendering

    settings = where.settings(
        {"replication.bucket": bucket, "node.pools": pools}, refuse_unsupported=False
    )
    terminal = Terminal(output)
    pools_of = settings.node.pools
    least, most = _range(nodes)
    definition = NodeImage(
        bucket=_bucket(settings),
        region=region or _variable("AWS_REGION", "AWS_DEFAULT_REGION") or "us-east-1",
        endpoint=endpoint if endpoint is not None else _variable("AWS_ENDPOINT_URL"),
        name=name or pools_of[0],
        pools=pools_of,
        listen=_address(listen),
        application=app,
        install=install,
        key_from=key_from,
        settings=_carried(settings, terminal),
        sizes=Sizes(
            memory_mib=memory, nodes_min=least, nodes_max=most, instance_type=instance_type
        ),
    )
    rendering = SHAPES[shape](definition)
    refuse_secrets(rendering, os.environ)
    folder = out or Path(f"{definition.label}-{shape}")
    written = write_rendering(rendering, folder, force=force)
    facts = {
        "shape": shape,
        "folder": str(folder),
        "files": [str(path.relative_to(folder)) for path in written],
        "next": list(rendering.next_steps),
    }
    steps = "".join(f"\n  {step}" for step in rendering.next_steps)
    terminal.facts(facts, lambda: f"{len(written)} files in {folder}; next:\n{steps}")


def _bucket(settings: Settings) -> str:
    source = next(each for each in settings.sources if each.key == "replication.bucket")
    if source.origin == "default":
        raise Invalid(
            "an image needs the address of the bucket",
            code="SG-IMAGE-006",
            hint="give --bucket s3://acme/site, or set replication.bucket in skygarth.toml",
        )
    return settings.replication.bucket


def _carried(settings: Settings, terminal: Terminal) -> dict[str, object]:
    """The settings that nodes have in common; of secrets the variable that holds them.

    What cannot be carried is told: a secret that stands in a variable of ours, or in a
    file of this machine.
    """
    from skygarth.images import FromVariable

    carried: dict[str, object] = {}
    for source in settings.sources:
        if not source.key.startswith(_CARRIED) or source.key in _OWN or source.shown is None:
            continue
        if source.origin == "default" or _is_of_this_machine(source):
            continue
        reference = _REFERENCE.fullmatch(str(source.shown))
        if reference is not None and reference["how"] == "env":
            carried[source.key] = FromVariable(reference["what"])
        elif reference is not None or source.shown == "(secret)":
            terminal.done(f"left out, give it to each machine: {source.key}")
        else:
            carried[source.key] = source.shown
    return carried


def _is_of_this_machine(source: SettingSource) -> bool:
    """Addresses are one machine's own, unless it is to find them by itself."""
    return source.key.endswith(".addresses") and source.shown != ["route"]


def _range(text: str) -> tuple[int, int]:
    least, _, most = text.partition("-")
    if not (least.isdecimal() and (most or least).isdecimal()):
        raise Invalid(
            f"this is no number of nodes. nodes='{text}'",
            code="SG-IMAGE-001",
            hint="write one number, or two such as 2-10",
        )
    return int(least), int(most or least)


def _address(text: str) -> Address:
    try:
        return ADDRESS.read(text)
    except ValueError as cause:
        raise Invalid(
            f"this is no address. listen='{text}'", code=BAD_LISTEN, hint=f"write {ADDRESS.wanted}"
        ) from cause


def _variable(*names: str) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
