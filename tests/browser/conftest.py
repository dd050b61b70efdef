"""A browser, and nodes over real HTTP for it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from tests.web.cloud_nodes import CloudNode

try:
    from playwright import sync_api
except ImportError:  # a browser is no part of what a node needs
    sync_api = None  # type: ignore[assignment]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 15_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[sync_api.Browser]:
    """A browser without a window."""
    if sync_api is None:
        pytest.skip("playwright is absent: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: sync_api.Browser) -> Iterator[sync_api.Page]:
    """A page that has never been anywhere, and on which no script may fail."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()

    assert faults == []


@contextmanager
def served(node: CloudNode) -> Iterator[str]:
    """The node over real HTTP; gives its address."""
    config = uvicorn.Config(
        node.app.app,
        host="127.0.0.1",
        port=0,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        node.waits_for(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        node.stopping.set()  # ends the page's event stream, as SIGTERM would
        server.should_exit = True
        thread.join(10)
