"""The chart gives Kubernetes what it needs to start, lead, drain and multiply nodes."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from tests.images.samples import FOLDER, FULL, STORE

from skygarth.images import NodeImage, write_rendering
from skygarth.images.helm import render_helm
from skygarth.model.errors import Invalid


def test_the_values_hold_the_definition() -> None:
    """The settings with the bucket filled in, the variables, the number of nodes."""
    values = yaml.safe_load(render_helm(FULL).files["values.yaml"])
    settings = tomllib.loads(values["settings"])

    assert settings["replication"]["bucket"] == "s3://acme/site"
    assert settings["cluster"]["key"] == {"file": "/secrets/cluster.key"}
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


def _helm() -> Any:
    """Helm's own library, by its binding."""
    return _module("helm_python", "helm-python-sdk")


def _module(name: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"{package}: .ci/servers.sh")


@pytest.mark.server
@pytest.mark.parametrize("image", [STORE, FULL], ids=lambda image: image.name)
def test_helm_finds_nothing_wrong(image: NodeImage, tmp_path: Path) -> None:
    """``helm lint``: an icon is all that it misses."""
    write_rendering(render_helm(image), tmp_path / image.label)
    found = _helm().lint(str(tmp_path / image.label))

    assert found["errors"] == []
    assert [message["error"] for message in found["messages"]] == ["icon is recommended"]


@pytest.mark.server
def test_what_helm_renders_starts_leads_drains_and_multiplies(tmp_path: Path) -> None:
    """``helm template``: probes, draining, an empty folder, an autoscaler, a budget."""
    made = _rendered(tmp_path, {})
    pod = made["Deployment"]["spec"]["template"]["spec"]
    (node,) = pod["containers"]

    assert node["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert node["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert "node drain" in node["lifecycle"]["preStop"]["exec"]["command"][2]
    assert node["securityContext"]["readOnlyRootFilesystem"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["volumes"][0] == {"name": "data", "emptyDir": {"sizeLimit": "10Gi"}}
    assert made["HorizontalPodAutoscaler"]["spec"]["maxReplicas"] == 10
    assert made["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    assert (
        made["Service"]["spec"]["selector"] == made["Deployment"]["spec"]["selector"]["matchLabels"]
    )
    settings = tomllib.loads(made["ConfigMap"]["data"]["skygarth.toml"])
    assert settings["replication"]["bucket"] == "s3://acme/site"


@pytest.mark.server
def test_what_is_set_otherwise_is_rendered_otherwise(tmp_path: Path) -> None:
    """A fixed number of nodes, disks of a class, no key, a role, and where pods may run."""
    values = {
        "autoscaling": {"enabled": False},
        "replicas": 7,
        "data": {"storageClass": "gp3"},
        "clusterKey": {"enabled": False},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn"}},
        "imagePullSecrets": [{"name": "registry"}],
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"key": "spot"}],
        "affinity": {"nodeAffinity": {}},
    }
    made = _rendered(tmp_path, values)
    pod = made["Deployment"]["spec"]["template"]["spec"]

    assert "HorizontalPodAutoscaler" not in made
    assert made["Deployment"]["spec"]["replicas"] == 7
    assert "ephemeral" in pod["volumes"][0]
    assert [volume["name"] for volume in pod["volumes"]] == ["data", "settings"]
    assert made["ServiceAccount"]["metadata"]["annotations"]
    assert (pod["nodeSelector"], pod["tolerations"]) == ({"disk": "fast"}, [{"key": "spot"}])


@pytest.mark.server
@pytest.mark.parametrize("version", ["1.25", "1.37"])
def test_kubernetes_knows_every_field(version: str, tmp_path: Path) -> None:
    """By its own schemas, the oldest that the chart is for and the newest: no field is unknown."""
    kubernetes: Any = _module("kubernetes_validate", "kubernetes-validate")
    otherwise = {"data": {"storageClass": "gp3"}, "autoscaling": {"enabled": False}}
    for number, values in enumerate(({}, otherwise)):
        for manifest in _rendered(tmp_path / str(number), values).values():
            kubernetes.validate(manifest, version, strict=True)


def _rendered(folder: Path, values: dict[str, object]) -> dict[str, Any]:
    """What ``helm template`` makes of the chart, by kind."""
    write_rendering(render_helm(STORE), folder / "chart")
    with _helm().Chart.load(str(folder / "chart")) as chart:
        texts = chart.render(values, name="web", namespace="prod")
    found = [yaml.safe_load(text) for name, text in texts.items() if name.endswith(".yaml")]
    return {each["kind"]: each for each in found if each}
