"""The settings file of an image is one that a node reads, without a secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.images.samples import EVERY, FULL, STORE

from skygarth.images import NodeImage
from skygarth.images.settings_file import settings_file, variables
from skygarth.node.settings import load

KEY = "skykey_" + "5e" * 32


@pytest.mark.parametrize("image", EVERY, ids=lambda image: image.name)
def test_a_node_reads_it(image: NodeImage, tmp_path: Path) -> None:
    """Bucket, pools and further settings arrive; the name is the host's, the key a file's."""
    key, file = tmp_path / "cluster.key", tmp_path / "skygarth.toml"
    key.write_text(KEY)
    file.write_text(settings_file(image, data="/var/lib/node", key=str(key)), encoding="utf-8")
    settings = load(environment={}, host_name="host-7", file=file)

    assert settings.replication.bucket == image.bucket
    assert settings.node.pools == image.pools
    assert settings.node.name == "host-7"
    assert bool(settings.cluster.keys) == image.has_key
    assert KEY not in file.read_text(encoding="utf-8")


def test_further_settings_are_written_as_they_are(tmp_path: Path) -> None:
    """Lists and texts keep their kind."""
    text = settings_file(FULL, data="/var/lib/node", key="/run/cluster.key")

    assert '[notices]\nuse = ["aws"]\naws_topic = "acme"\n' in text
    assert '[cluster]\nkey = { file = "/run/cluster.key" }\n' in text


def test_where_the_bucket_is_stands_in_variables() -> None:
    """Region and endpoint; nothing for a folder."""
    elsewhere = NodeImage(bucket="s3://acme/site", endpoint="https://store.example.org")

    assert variables(STORE) == {"AWS_REGION": "us-east-1"}
    assert variables(elsewhere)["AWS_ENDPOINT_URL"] == "https://store.example.org"
    assert variables(NodeImage(bucket="file:///srv/site")) == {}
