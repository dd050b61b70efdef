"""Terraform: what nodes on AWS stand on, each allowed what it does and no more.

The policies are made from what the code asks AWS for: objects below one prefix, one
queue per node, the records of its own names. The cluster's key is no resource here, for
Terraform's state would hold it: an operator puts it into the parameter store.
"""

from __future__ import annotations

from collections.abc import Iterator

from skygarth.images import codes
from skygarth.images.cloud_init import render_cloud_init
from skygarth.images.definition import NodeImage
from skygarth.images.rendering import Rendering, fill
from skygarth.model.errors import Invalid
from skygarth.naming.port import claims_name

ROUTE53 = "route53"


def render_terraform(image: NodeImage) -> Rendering:
    """Bucket, policies, topic, zone and machines, with the machines' user data.

    Raises:
        Invalid: the bucket is not one of AWS (SG-IMAGE-003).
    """
    if not image.is_s3 or image.endpoint:
        raise Invalid(
            f"these files are for a bucket of AWS. bucket='{image.bucket}'",
            code=codes.NO_SUCH_SHAPE,
            hint="elsewhere, make the bucket by hand and use the cloud-init shape",
        )
    values = _values(image)
    user_data = render_cloud_init(image).files["user-data"]
    return Rendering(
        shape="terraform",
        files={
            **{f"{name}.tf": fill(f"terraform/{name}.tf", **values) for name in _parts(image)},
            "user-data": user_data,
        },
        next_steps=(*_key_steps(image), "terraform init", "terraform plan"),
    )


def topic_of(image: NodeImage) -> str:
    """The name of the topic over which nodes tell news; empty for none."""
    topic = str(image.settings.get("notices.aws_topic", "")) if image.uses_aws_notices else ""
    return topic.rpartition(":")[2]


def names_of(image: NodeImage) -> tuple[str, ...]:
    """The names that nodes enter at Route 53, and those where their claims stand."""
    entered = tuple(dict.fromkeys(_entered(image)))
    return (*entered, *(claims_name(name) for name in entered))


def zone_of(image: NodeImage) -> str:
    """The zone: as set, or that above the first name."""
    zone = str(image.settings.get("dns.zone", ""))
    first = next(iter(_entered(image)), "")
    return (zone or first.partition(".")[2]).rstrip(".")


def _entered(image: NodeImage) -> Iterator[str]:
    if image.settings.get("dns.provider") != ROUTE53:
        return
    for key, value in image.settings.items():
        if key == "dns.name" and isinstance(value, str):
            yield value.rstrip(".")
        elif key.startswith("dns.names.") and isinstance(value, list | tuple):
            yield from (str(name).rstrip(".") for name in value)


def _parts(image: NodeImage) -> Iterator[str]:
    yield from ("main", "bucket", "policies", "nodes")
    if topic_of(image):
        yield "notices"
    if names_of(image):
        yield "dns"


def _values(image: NodeImage) -> dict[str, object]:
    return {
        "label": image.label,
        "region": image.region,
        "bucket_name": image.bucket_name,
        "prefix": image.prefix,
        "parameter": image.parameter,
        "aws_notices": image.uses_aws_notices,
        "notices_region": image.settings.get("notices.aws_region", image.region),
        "topic": topic_of(image),
        "route53": bool(names_of(image)),
        "dns_names": names_of(image),
        "zone": zone_of(image),
        "port": image.listen.port,
        "instance_type": image.sizes.instance_type,
        "disk_gib": image.sizes.disk_gib,
        "nodes_min": image.sizes.nodes_min,
        "nodes_max": image.sizes.nodes_max,
    }


def _key_steps(image: NodeImage) -> tuple[str, ...]:
    if image.parameter:
        words = f"--name {image.parameter} --type SecureString --value file://site.key"
        return (f"aws ssm put-parameter --region {image.region} {words}",)
    if image.has_key:
        return ("machines wait for the key: write it again with --key-from ssm:/NAME",)
    return ()
