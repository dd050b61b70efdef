"""Buckets: the one thing that all nodes of a cloud share."""

from skygarth.bucket.port import Bucket, Content, Entry

__all__ = ["Bucket", "Content", "Entry"]
