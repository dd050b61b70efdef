"""The policy that Terraform gives a node, enforced: all that a node does passes, the rest does not.

The rendered HCL is read by a parser and given to a user of moto, which then checks each
request of real nodes. moto looks at actions and resources; conditions it does not check.
"""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest
from botocore.exceptions import ClientError
from tests.processes.conftest import MakeNode
from tests.processes.node_process import wait_for_agreement
from tests.processes.test_sealing import sealed
from tests.servers.brokers import find
from tests.servers.running import free_ports, spawn
from tests.waiting import wait_until

from skygarth.images import NodeImage
from skygarth.images.terraform import render_terraform

pytestmark = [pytest.mark.long, pytest.mark.server]

IMAGE = NodeImage(
    bucket="s3://acme/site",
    settings={"notices.use": ["aws"], "notices.aws_topic": "acme"},
)
ACCOUNT = "123456789012"
# At AWS the permission to delete a message covers this one; moto asks for it by name.
BATCHES = ["sqs:DeleteMessageBatch"]
LOCALS = {
    "local.arn": "arn:aws",
    "local.account": ACCOUNT,
    "local.prefix": IMAGE.prefix,
    "local.bucket_arn": "arn:aws:s3:::acme",
    "aws_sns_topic.notices.arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:acme",
}


@pytest.fixture
def moto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address; it asks nobody for permission yet."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    command: list[str | Path] = [find("moto_server", "aws"), "-H", "127.0.0.1", "-p", str(port)]
    process: subprocess.Popen[bytes] = spawn(command, tmp_path / "moto.log")
    wait_until(lambda: _answers(url), "moto", seconds=30)
    yield url
    process.terminate()
    process.wait(10)


def test_a_node_may_do_all_that_it_does(
    moto: str, make_node: MakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found a repository, publish, fill itself, hear notices, leave; and not remove the bucket."""
    boto3.Session().client("s3").create_bucket(Bucket="acme")
    boto3.Session().client("sns").create_topic(Name="acme")
    key = _user_with(node_policy())
    httpx2.post(f"{moto}/moto-api/reset-auth", content=b"0").raise_for_status()
    environ = {
        "AWS_ENDPOINT_URL": moto,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": "us-east-1",
        "SKYGARTH_NOTICES__USE": "aws",
        "SKYGARTH_NOTICES__AWS_TOPIC": "acme",
    }
    first = make_node("a", IMAGE.bucket, environ).start()
    second = make_node("b", IMAGE.bucket, environ).start()
    guids = [first.write("by-a", durability="bucket"), second.write("by-b", durability="bucket")]
    wait_for_agreement(first, second)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, environ[name])
    wait_until(lambda: len(_queues()) == 2, "a queue for each node", seconds=30)
    for node in (first, second):
        assert node.has(guids)
        assert node.sync()["last_error"] is None
        node.stop()

    assert "SG-" not in first.log.read_text() + second.log.read_text()
    assert _queues() == []
    attempts: tuple[Callable[[], object], ...] = (
        lambda: boto3.Session().client("s3").delete_bucket(Bucket="acme"),
        lambda: boto3.Session().client("s3").put_object(Bucket="acme", Key="elsewhere/x", Body=b""),
        lambda: (
            boto3.Session()
            .client("sqs")
            .add_permission(QueueUrl="any", Label="x", AWSAccountIds=[ACCOUNT], Actions=["*"])
        ),
        lambda: (
            boto3.Session()
            .client("sns")
            .delete_topic(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:acme")
        ),
        lambda: boto3.Session().client("iam").list_users(),
    )
    for refused in attempts:
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


def test_nodes_of_a_sealed_bucket_need_no_more_than_the_policy_in_deploy(
    moto: str, make_node: MakeNode, tmp_path: Path
) -> None:
    """They join with a token, publish, snapshot and leave; what lies sealed stays where it is."""
    boto3.Session().client("s3").create_bucket(Bucket="acme")
    policies = Path(__file__).resolve().parents[2] / "deploy" / "policies"
    text = (policies / "node.json").read_text(encoding="utf-8").replace("EXAMPLE-BUCKET", "acme")
    key = _user_with(text)
    joining = sealed(IMAGE.bucket, tmp_path)
    httpx2.post(f"{moto}/moto-api/reset-auth", content=b"0").raise_for_status()
    environ = {
        **joining,
        "AWS_ENDPOINT_URL": moto,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": "us-east-1",
    }
    first = make_node("a", IMAGE.bucket, environ).start()
    second = make_node("b", IMAGE.bucket, environ).start()
    guids = [first.write("by-a", durability="bucket"), second.write("by-b", durability="bucket")]
    first.call("POST", "sync/snapshot").raise_for_status()
    wait_for_agreement(first, second)
    for node in (first, second):
        assert node.has(guids)
        assert node.sync()["last_error"] is None
        node.stop()
    client = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("s3")
    stored = client.list_objects_v2(Bucket="acme", Prefix="site/")["Contents"]

    assert "SG-" not in first.log.read_text() + second.log.read_text()
    for name in (each["Key"] for each in stored):
        if name.startswith(("site/tail/", "site/keys/", "site/chunk/", "site/repo.json")):
            with pytest.raises(ClientError, match="AccessDenied"):
                client.delete_object(Bucket="acme", Key=name)


def node_policy() -> str:
    """The node's policy as JSON, its locals filled in."""
    hcl2: Any = importlib.import_module("hcl2")
    parsed = hcl2.loads(render_terraform(IMAGE).files["policies.tf"])
    (document,) = (
        named[name]
        for each in parsed["data"]
        for named in each.values()
        for name in named
        if name.strip('"') == "node"
    )
    statements = [
        {
            "Sid": _text(statement["sid"]),
            "Effect": "Allow",
            "Action": [_text(each) for each in statement["actions"]] + BATCHES,
            "Resource": [_resource(_text(each)) for each in statement["resources"]],
        }
        for statement in document["statement"]
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _text(given: str) -> str:
    text = given.strip('"')
    for name, value in LOCALS.items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text, text
    return text


def _resource(arn: str) -> str:
    """As it stands for S3; of other services moto knows no resources."""
    return arn if arn.startswith("arn:aws:s3:") else "*"


def _user_with(policy: str) -> dict[str, str]:
    """A user of IAM who may do what a policy says; the key."""
    iam = boto3.Session().client("iam")
    iam.create_user(UserName="node")
    iam.put_user_policy(UserName="node", PolicyName="node", PolicyDocument=policy)
    key: dict[str, str] = iam.create_access_key(UserName="node")["AccessKey"]
    return key


def _queues() -> list[str]:
    found: list[str] = (
        boto3.Session().client("sqs").list_queues(QueueNamePrefix="skygarth-").get("QueueUrls", [])
    )
    return found


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/moto-api/").is_success
    except httpx2.HTTPError:
        return False
