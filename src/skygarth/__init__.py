"""Skygarth: a replicated content repository that needs nothing but a bucket."""
