"""The demo's front-end: hands each request to the next node that is ready.

Small on purpose: it shows that any node can answer anything. Routing by pool,
by what a visitor has seen and by load is the front-end floor's business.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
    }
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_READ_SECONDS = 60.0


def frontend_app(addresses: Sequence[str]) -> Starlette:
    """An ASGI application that forwards to these nodes in turn; a node that is away is skipped."""
    turn = itertools.cycle(addresses)

    async def forward(request: Request) -> Response:
        client: httpx2.AsyncClient = request.app.state.client
        body = await request.body()
        for _ in addresses:
            address = next(turn)
            try:
                return await _answer_of(client, address, request, body)
            except httpx2.ConnectError:
                continue  # nothing was sent: the next node may
            except httpx2.HTTPError:
                if request.method not in _SAFE:
                    break
        return PlainTextResponse("no node answers\n", status_code=503, headers={"Retry-After": "1"})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        timeout = httpx2.Timeout(5.0, read=_READ_SECONDS)
        async with httpx2.AsyncClient(timeout=timeout) as client:
            app.state.client = client
            yield

    return Starlette(routes=[Route("/{path:path}", forward, methods=VERBS)], lifespan=lifespan)


async def _answer_of(
    client: httpx2.AsyncClient, address: str, request: Request, body: bytes
) -> Response:
    """One node's answer, streamed on as it comes."""
    headers = [(k, v) for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP]
    target = f"{address}{request.url.path}"
    if request.url.query:
        target += f"?{request.url.query}"
    sent = client.build_request(request.method, target, headers=headers, content=body)
    answer = await client.send(sent, stream=True)
    kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP}
    kept["Skygarth-Served-By"] = address
    return StreamingResponse(
        answer.aiter_raw(),
        status_code=answer.status_code,
        headers=kept,
        background=BackgroundTask(answer.aclose),
    )


def serve_frontend(port: int, addresses: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Run the front-end in a process of its own."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "skygarth.assembly.frontend_process", str(port), *addresses],
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


if __name__ == "__main__":
    uvicorn.run(
        frontend_app(sys.argv[2:]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
