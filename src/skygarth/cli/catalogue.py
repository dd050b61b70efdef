"""Every command of ``skygarth``: under which heading, its name, where it is, what it does.

A table and no imports: the list of all commands has to be there at once.
"""

from __future__ import annotations

PURPOSE = "A replicated content repository that needs nothing but a bucket."

# Heading, command, where it is, what it does.
COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    ("Run a node", "demo", "demo:demo", "A whole cloud on this machine, to watch and to break."),
    (
        "Run a node",
        "dev",
        "dev:dev",
        "One node for development: a folder as its bucket, a sample site.",
    ),
    ("Run a node", "run", "run:run", "One node in production."),
    ("Run a node", "frontend", "frontend:frontend", "One address for all nodes, without data."),
    ("Content", "import", "importing:import_tree", "Import a tree of Markdown and HTML files."),
    ("Content", "object", "object:app", "Read and write objects."),
    ("Content", "tree", "tree:app", "Walk the content tree."),
    ("Content", "type", "type:app", "See what kinds of objects there are."),
    ("The cloud", "status", "status:status", "How this node is, and its peers."),
    ("The cloud", "top", "top:top", "Watch the whole cloud in this terminal."),
    ("The cloud", "node", "node:app", "See the nodes of the cloud."),
    ("The cloud", "app", "app:app", "The application that the nodes run."),
    ("The cloud", "route", "route:app", "See which node would answer a request, and why."),
    ("The cloud", "haproxy", "haproxy:app", "Let an HAProxy follow the cloud."),
    ("The cloud", "sync", "sync:app", "See and steer how this node stays in sync."),
    ("The cloud", "job", "job:app", "The work that changes ask of a pool."),
    ("The cloud", "conflict", "conflict:app", "See and settle what merging set aside."),
    ("The cloud", "dns", "dns:app", "See and mend the names under which visitors find the cloud."),
    ("The cloud", "cost", "cost:cost", "What the requests to the bucket come to."),
    ("Tools", "token", "token:app", "Who may speak to the API."),
    ("Tools", "keys", "keys:app", "Who may take part: keys that nodes share, and seals."),
    ("Tools", "config", "config:app", "See the settings and where each comes from."),
    ("Tools", "doctor", "doctor:app", "Probe what a node depends on."),
    ("Tools", "simulate", "simulate:simulate", "Run whole clouds in virtual time, with faults."),
    ("Tools", "bench", "bench:bench", "Measure speed; writes docs/benchmarks.md."),
    ("Tools", "version", "version:version", "Versions of Skygarth and of what it stands on."),
)


def overview() -> str:
    """All commands with what they do, as ``skygarth --help`` prints them.

    Written here and not by the argument parser, whose import alone takes
    longer than a person should wait for a list.
    """
    width = max(len(name) for _, name, _, _ in COMMANDS)
    lines = [PURPOSE, "", "usage: skygarth COMMAND …"]
    heading = ""
    for group, name, _, meaning in COMMANDS:
        if group != heading:
            lines += ["", f"{group}:"]
            heading = group
        lines.append(f"  {name:<{width}}  {meaning}")
    return "\n".join([*lines, "", "skygarth COMMAND --help tells more."])
