"""The sample site that the demo imports: a small Jekyll tree, written where it is needed."""

from __future__ import annotations

from pathlib import Path

_POSTS = {
    "2026-11-01-welcome.md": (
        "Welcome to a cloud without a server",
        ["skygarth"],
        """Every page you see was read from a **SQLite database on the node that served it**.
There is no database server behind the nodes, no leader among them, and no network
between them: they keep in step through nothing but a bucket.

Edit this page on one node, and read it on another a moment later.
""",
    ),
    "2026-11-02-cut-the-cable.md": (
        "Cut the cable and go on writing",
        ["skygarth", "offline"],
        """A node that cannot reach the bucket serves and takes writes as before. What it wrote
waits in its outbox, and goes out when the bucket is back.

If two people changed the same field meanwhile, one value shows, on every node the same.
The other is *set aside*: listed, never lost, and restored with one click.
""",
    ),
    "2026-11-03-lose-a-node.md": (
        "Lose a node",
        ["operations"],
        """Delete the data folder of a node. It starts again with an empty database, reads the
newest snapshot and the segments after it from the bucket, and takes traffic.

| what is lost | what happens |
|---|---|
| a process | it starts again and goes on where it was |
| a disk | the node fills itself from the bucket |
| the bucket | every node goes on alone, and publishes later |
""",
    ),
    "2026-11-04-what-it-is-not.md": (
        "What it is not",
        ["skygarth"],
        """Not a consensus database: two nodes may accept two titles for one page, and will tell
you. Where only one may win *before* both are told yes, something must be asked first,
and that something is not reachable from a ship.
""",
    ),
}

_CONFIG = """title: A cloud on this machine
permalink: /blog/:title/
"""


def write_sample_site(folder: Path) -> None:
    """Write the tree: a configuration and a handful of posts."""
    posts = folder / "_posts"
    posts.mkdir(parents=True, exist_ok=True)
    (folder / "_config.yml").write_text(_CONFIG, encoding="utf-8")
    for name, (title, categories, body) in _POSTS.items():
        listed = "".join(f"  - {category}\n" for category in categories)
        (posts / name).write_text(
            f"---\ntitle: {title}\ncategories:\n{listed}---\n{body}", encoding="utf-8"
        )
