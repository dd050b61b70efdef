"""Notices: "there is news", said between nodes at once. Never the news itself, never a secret."""
