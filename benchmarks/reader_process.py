"""A node that says when each object arrives.

``python -m benchmarks.reader_process DATA BUCKET [NATS]``

It writes ``ready``, and then for each imported object its GUID and the moment
at which an application hears of it, on the clock that all processes of the
machine share. It ends when its input does.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.nodes import assemble, hears, wait_until
from skygarth.assembly.plain_log import log_plainly
from skygarth.repository import Event


def main(data: str, bucket: str, nats: str = "") -> None:
    log_plainly()  # stdout is for what the benchmark reads
    node = assemble(Path(data), bucket, "b", nats).node

    def tell(event: Event) -> None:
        print(event.guid.hex, time.monotonic(), flush=True)

    node.repository.on("created", origin="remote")(tell)
    node.start()
    wait_until(lambda: node.state == "ready", "the reader")
    wait_until(lambda: hears(node), "the reader's broker")
    print("ready", flush=True)
    sys.stdin.read()
    node.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
