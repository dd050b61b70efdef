"""Policies name what a node does and nothing else; the files are what Terraform parses."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from tests.images.programs import program, ran
from tests.images.samples import FOLDER, FULL, STORE

from skygarth.images import NodeImage, write_rendering
from skygarth.images.terraform import names_of, render_terraform, topic_of, zone_of
from skygarth.model.errors import Invalid


def test_a_node_may_reach_its_prefix_alone() -> None:
    """Objects below it, and a listing below it."""
    policies = render_terraform(STORE).files["policies.tf"]

    assert 'prefix  = "site/"' in render_terraform(STORE).files["main.tf"]
    assert '"${local.bucket_arn}/${local.prefix}*"' in policies
    assert "s3:*" not in policies
    assert "sqs:" not in policies
    assert "route53:" not in policies
    assert "ssm:" not in policies


def test_notices_names_and_key_bring_their_own_statements() -> None:
    """A topic, queues with our prefix, records of our names, one parameter."""
    files = render_terraform(FULL).files

    assert "aws_sns_topic" in files["notices.tf"]
    assert "aws_route53_zone" in files["dns.tf"]
    assert "skygarth-*" in files["policies.tf"]
    assert "parameter/acme/skygarth-key" in files["policies.tf"]
    assert '"www.example.org"' in files["policies.tf"]
    assert {"notices.tf", "dns.tf"}.isdisjoint(render_terraform(STORE).files)


def test_machines_get_the_user_data_of_the_same_definition() -> None:
    """And take a metadata token, so that no visitor's request reads their role."""
    files = render_terraform(FULL).files

    assert files["user-data"].startswith("#cloud-config")
    assert 'http_tokens                 = "required"' in files["nodes.tf"]


def test_names_zone_and_topic_follow_from_the_settings() -> None:
    """Names by pool too; the zone as set, or that above the first name; a topic without its ARN."""
    image = NodeImage(
        bucket="s3://acme/site",
        settings={
            "dns.provider": "route53",
            "dns.names.search": ["search.example.org."],
            "dns.zone": "example.org.",
            "notices.use": ["aws"],
            "notices.aws_topic": "arn:aws:sns:eu-north-1:123456789012:acme",
        },
    )

    assert names_of(image)[0] == "search.example.org"
    assert len(names_of(image)) == 2
    assert zone_of(image) == "example.org"
    assert zone_of(FULL) == "example.org"
    assert topic_of(image) == "acme"


def test_other_buckets_are_refused() -> None:
    """A folder, and a store that is not AWS (SG-IMAGE-003)."""
    for image in (FOLDER, NodeImage(bucket="s3://acme", endpoint="https://store.example.org")):
        with pytest.raises(Invalid) as refusal:
            render_terraform(image)

        assert refusal.value.code == "SG-IMAGE-003"


@pytest.mark.parametrize("image", [STORE, FULL], ids=lambda image: image.name)
def test_terraform_would_format_it_so(image: NodeImage, tmp_path: Path) -> None:
    """Terraform reads every file, and finds nothing to set straight."""
    write_rendering(render_terraform(image), tmp_path)
    ran(program("terraform", "terraform, of HashiCorp"), "fmt", "-check", folder=tmp_path)


@pytest.mark.server
@pytest.mark.parametrize("image", [STORE, FULL], ids=lambda image: image.name)
def test_whatever_is_referred_to_is_there(image: NodeImage) -> None:
    """Read by a parser of HCL: each reference leads to a resource of these files."""
    try:
        hcl2 = importlib.import_module("hcl2")
    except ImportError:
        pytest.skip("python-hcl2: .ci/servers.sh")
    texts = [text for name, text in render_terraform(image).files.items() if name.endswith(".tf")]
    made: set[str] = set()
    for text in texts:
        parsed = hcl2.loads(text)
        for kind, mark in (("resource", ""), ("data", "data.")):
            for block in parsed.get(kind, []):
                for type_name, named in block.items():
                    made |= {f"{mark}{_bare(type_name)}.{_bare(name)}" for name in named}
    asked = _references("\n".join(texts))

    assert asked
    assert set() == asked - made


def _bare(word: str) -> str:
    return word.strip('"')


def _references(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w.\"])(?:data\.)?aws_\w+\.\w+", text))
