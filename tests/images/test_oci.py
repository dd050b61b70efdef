"""The Containerfile says what the definition says; the compose file is one."""

from __future__ import annotations

import yaml
from tests.images.samples import FOLDER, FULL, STORE

from skygarth.images import NodeImage
from skygarth.images.oci import render_oci


def test_an_image_runs_as_nobody_with_one_volume() -> None:
    """And tells that it is healthy when it is ready for traffic."""
    text = render_oci(STORE).files["Containerfile"]

    assert "USER 10001:10001" in text
    assert text.count("VOLUME") == 1
    assert "HEALTHCHECK" in text
    assert "/readyz" in text


def test_the_application_and_its_software_are_inside() -> None:
    """A folder of wheels is the one beside the Containerfile."""
    folder = NodeImage(bucket="s3://acme/site", install="/srv/wheels")

    assert 'CMD ["run", "blog:node"]' in render_oci(FULL).files["Containerfile"]
    assert "ARG SOFTWARE=acme-blog[aws]==1.2.0" in render_oci(FULL).files["Containerfile"]
    assert "ARG SOFTWARE=skygarth\n" in render_oci(folder).files["Containerfile"]


def test_two_nodes_to_try_it_with_share_nothing_but_the_bucket() -> None:
    """Each has a volume; roots are read-only; secrets come from outside."""
    compose = yaml.safe_load(render_oci(STORE).files["compose.yaml"])
    a, b = compose["services"]["a"], compose["services"]["b"]

    assert (a["volumes"], b["volumes"]) == (["a:/var/lib/skygarth"], ["b:/var/lib/skygarth"])
    assert a["read_only"]
    assert a["cap_drop"] == ["ALL"]
    assert a["environment"]["AWS_SECRET_ACCESS_KEY"] is None
    assert compose["secrets"] == {"cluster-key": {"file": "./site.key"}}


def test_a_folder_as_the_bucket_is_shared() -> None:
    """Without credentials and key, where there are none."""
    compose = yaml.safe_load(render_oci(FOLDER).files["compose.yaml"])

    assert "/srv/site:/srv/site" in compose["services"]["a"]["volumes"]
    assert "environment" not in compose["services"]["a"]
    assert "secrets" not in compose
