"""The settings file that every shape carries, and the variables beside it."""

from __future__ import annotations

import json

from skygarth.images.definition import FromVariable, NodeImage


def settings_file(image: NodeImage, *, data: str, key: str) -> str:
    """``skygarth.toml`` for nodes of this image; secrets by reference only.

    A node's name is left out: it is the host's, so that copies have their own.

    Args:
        image: the definition.
        data: folder of the database in this shape.
        key: file that will hold the cluster's key in this shape.
    """
    values: dict[str, object] = {
        "node.data": data,
        "node.pools": list(image.pools),
        "node.listen": str(image.listen),
        "replication.bucket": image.bucket,
        **image.settings,
    }
    tables: dict[str, list[str]] = {}
    for dotted, value in values.items():
        table, _, name = dotted.rpartition(".")
        tables.setdefault(table, []).append(f"{name} = {_toml(value)}")
    if image.has_key:
        tables["cluster"] = [f"key = {{ file = {json.dumps(key)} }}"]
    return "\n".join(
        f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in tables.items()
    )


def variables(image: NodeImage) -> dict[str, str]:
    """What is no secret and read from the environment: where the bucket is."""
    if not image.is_s3:
        return {}
    found = {"AWS_REGION": image.region}
    if image.endpoint:
        found["AWS_ENDPOINT_URL"] = image.endpoint
    return found


def _toml(value: object) -> str:
    """A value as TOML has it; for texts, numbers, switches and lists of them JSON is the same."""
    if isinstance(value, FromVariable):
        return f"{{ env = {json.dumps(value.variable)} }}"
    return json.dumps(value, ensure_ascii=False)
