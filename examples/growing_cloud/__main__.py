"""``python -m examples.growing_cloud``: play the story and draw it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from examples.growing_cloud.cloud import CLUSTER_KEY, opened
from examples.growing_cloud.story import Outcome, Plan, tell
from examples.growing_cloud.timeline import Timeline
from tests.servers.running import ServerAbsent

HERE = Path(__file__).parent
FULL = Plan(HERE / "site", web=("b", "c", "d"), search=("e", "f"))
SHORT = Plan(HERE / "site", web=("b", "c"), search=("d",), readers=2, writers=1)
NO_SERVER = 77


def play() -> int:
    """0 if everything held that must; 1 if not; 77 where a server is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer nodes and visitors")
    parser.add_argument("--site", type=Path, help="a Jekyll tree to import instead of our own")
    parser.add_argument("--picture", type=Path, help="where to draw what happened, as SVG")
    parser.add_argument("--keep", type=Path, help="a new folder for data and logs, kept afterwards")
    asked = parser.parse_args()
    plan = SHORT if asked.short else FULL
    if asked.site:
        plan = Plan(asked.site, plan.web, plan.search, plan.readers, plan.writers)
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="skygarth-cloud-"))
    folder.mkdir(exist_ok=True)
    began = time.monotonic()
    timeline = _Told(lambda: time.monotonic() - began)
    try:
        with opened(folder, timeline) as cloud:
            os.environ.update(cloud.s3.environ, SKYGARTH_CLUSTER__KEY=CLUSTER_KEY.text)
            outcome = tell(cloud, timeline, plan)
    except ServerAbsent as absent:
        print(f"a server is missing: {absent}", file=sys.stderr)
        return NO_SERVER
    finally:
        if asked.picture:
            timeline.draw(asked.picture)
    _report(timeline, outcome)
    if asked.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if outcome.is_well else 1


class _Told(Timeline):
    """A timeline that says each act as it happens."""

    def act(self, what: str) -> None:
        """Say it, too."""
        print(f"{self.now():6.1f} s  {what}", flush=True)
        super().act(what)


def _report(timeline: Timeline, outcome: Outcome) -> None:
    requests = timeline.requests
    slowest = max((each.ended - each.at for each in requests), default=0)
    print()
    print(f"{len(requests):7} requests, the slowest took {slowest:.2f} s")
    print(f"{len(outcome.excused):7} were under way on the node that was killed")
    print(f"{len(outcome.failed):7} others failed")
    for each in outcome.failed[:10]:
        print(f"        at {each.at:.2f} s through {each.through}: {each.fault}")
    print(f"{len(outcome.lost):7} acknowledged articles lost")
    print(f"{len(outcome.incarnations):7} nodes left, each with an identity of its own:", end=" ")
    print("yes" if len(set(outcome.incarnations)) == len(outcome.incarnations) else "NO")
    print(f"        objects: {', '.join(map(str, outcome.objects))}; ", end="")
    print("digests equal" if outcome.agree else "DIGESTS DIFFER")


if __name__ == "__main__":
    sys.exit(play())
