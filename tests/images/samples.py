"""Definitions that several tests render."""

from __future__ import annotations

from skygarth.images import NodeImage, Sizes

STORE = NodeImage(bucket="s3://acme/site")
FULL = NodeImage(
    bucket="s3://acme/site",
    region="eu-north-1",
    name="search",
    pools=("search", "web"),
    application="blog:node",
    install="acme-blog==1.2.0",
    key_from="ssm:/acme/skygarth-key",
    settings={
        "notices.use": ["aws"],
        "notices.aws_topic": "acme",
        "dns.provider": "route53",
        "dns.name": "www.example.org",
    },
    sizes=Sizes(memory_mib=2048, nodes_min=3, nodes_max=30),
)
FOLDER = NodeImage(bucket="file:///srv/site", name="lone", key_from="none")
EVERY = (STORE, FULL, FOLDER)
