"""What the API client costs beside bare httpx, on the same machine in the same run.

`request_ratio`: CPU seconds per small JSON request, the client's over httpx's (lower is better).
`stream_ratio`: streamed chat events per CPU second, the client's over httpx with httpx-sse and json.loads
(higher is better). The two sides take turns, A B A B, and the median of each side counts.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import httpx
import httpx_sse

from benchmarks._server import EVENTS
from studio.api.client import ApiClient
from studio.core.secrets import Secret
from studio.domain.chat import ChatMessage, ChatRequest, TextDelta
from studio.domain.service import ServiceHosts

REQUESTS = 300
ROUNDS = 7
KEY = "sk_benchmark_0123456789"
HEADERS = {"authorization": f"Bearer {KEY}", "accept": "application/json"}
ASK = ChatRequest(model="m", messages=(ChatMessage(role="user", content="count"),))
BODY = {"model": "m", "messages": [{"role": "user", "content": "count"}], "stream": True}


def run() -> dict[str, float]:
    """The figures: `request_ratio`, `stream_ratio`, and what they are made of."""
    command = [sys.executable, "-m", "benchmarks._server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            return asyncio.run(_measure(f"http://127.0.0.1:{int(server.stdout.readline())}"))
        finally:
            server.terminate()


async def _measure(url: str) -> dict[str, float]:
    hosts = ServiceHosts(gen=url, enter=url, media=url, legacy=url)
    secret = Secret(KEY)
    async with (
        ApiClient(hosts, lambda: secret, user_agent="benchmark") as client,
        httpx.AsyncClient() as bare,
    ):
        ours, theirs = await _by_turns(lambda: _our_requests(client), lambda: _bare_requests(bare, url))
        our_stream, their_stream = await _by_turns(
            lambda: _our_stream(client), lambda: _bare_stream(bare, url)
        )
    return {
        "request_ratio": round(ours / theirs, 3),
        "stream_ratio": round(their_stream / our_stream, 3),
        "request_ms": round(ours / REQUESTS * 1000, 3),
        "request_ms_httpx": round(theirs / REQUESTS * 1000, 3),
        "events_per_s": round(EVENTS / our_stream),
        "events_per_s_httpx": round(EVENTS / their_stream),
    }


async def _by_turns(
    ours: Callable[[], Awaitable[Any]], theirs: Callable[[], Awaitable[Any]]
) -> tuple[float, float]:
    """Median CPU seconds of either side; one round of each goes first and does not count."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        for side, work in enumerate((ours, theirs)):
            start = time.process_time()
            await work()
            if number:
                taken[side].append(time.process_time() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])


async def _our_requests(client: ApiClient) -> None:
    for _ in range(REQUESTS):
        await client.account.balance()


async def _bare_requests(bare: httpx.AsyncClient, url: str) -> None:
    for _ in range(REQUESTS):
        response = await bare.get(f"{url}/account/balance", headers=HEADERS)
        response.raise_for_status()
        assert response.json()["balance"]


async def _our_stream(client: ApiClient) -> None:
    count = 0
    async with aclosing(client.text.stream(ASK)) as events:
        async for event in events:
            count += isinstance(event, TextDelta)
    assert count == EVENTS


async def _bare_stream(bare: httpx.AsyncClient, url: str) -> None:
    count = 0
    target = f"{url}/v1/chat/completions"
    async with httpx_sse.aconnect_sse(bare, "POST", target, json=BODY, headers=HEADERS) as source:
        async for event in source.aiter_sse():
            if event.data == "[DONE]":
                break
            count += bool(json.loads(event.data)["choices"][0]["delta"]["content"])
    assert count == EVENTS
