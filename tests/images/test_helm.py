"""The chart gives Kubernetes what it needs to start, lead, drain and multiply nodes."""

from __future__ import annotations

import tomllib

import pytest
import yaml
from tests.images.samples import FOLDER, FULL, STORE

from skygarth.images import NodeImage
from skygarth.images.helm import render_helm
from skygarth.model.errors import Invalid


def test_the_values_hold_the_definition() -> None:
    """The settings with the bucket filled in, the variables, the number of nodes."""
    values = yaml.safe_load(render_helm(FULL).files["values.yaml"])
    settings = tomllib.loads(values["settings"])

    assert settings["replication"]["bucket"] == "s3://acme/site"
    assert settings["cluster"]["key"] == {"file": "/run/secrets/skygarth/cluster.key"}
    assert values["environment"] == {"AWS_REGION": "eu-north-1"}
    assert (values["autoscaling"]["min"], values["autoscaling"]["max"]) == (3, 30)
    assert values["resources"]["limits"]["memory"] == "2048Mi"


def test_the_chart_is_called_like_its_nodes() -> None:
    """And says which version of the software it was made by."""
    chart = yaml.safe_load(render_helm(STORE).files["Chart.yaml"])

    assert (chart["apiVersion"], chart["name"]) == ("v2", "skygarth-web")


def test_pods_share_no_folder() -> None:
    """A chart needs a store (SG-IMAGE-003)."""
    with pytest.raises(Invalid) as refusal:
        render_helm(FOLDER)

    assert refusal.value.code == "SG-IMAGE-003"


def test_a_cloud_without_a_key_asks_for_no_secret() -> None:
    """The values say so, and the next steps do not mention one."""
    rendering = render_helm(NodeImage(bucket="s3://acme/site", key_from="none"))

    assert not yaml.safe_load(rendering.files["values.yaml"])["clusterKey"]["enabled"]
    assert not any("secret" in step for step in rendering.next_steps)
