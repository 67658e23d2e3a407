from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_socket

from studio.api import errors as e
from studio.api.client import ApiClient
from studio.api.legacy import parse_update
from studio.core.secrets import Secret
from studio.domain.service import LegacyRequest, LegacyUpdate, ServiceHosts
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import client_for

SAMPLES = Path(__file__).parent / "samples"
REQUEST = LegacyRequest(image="stability-ai/stable-diffusion", input={"prompt": "a horse"})
TOKEN = Secret("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-nature")


def lines(name: str) -> list[str]:
    return (SAMPLES / name).read_text().splitlines()


async def run(handler: Callable[[ServerConnection], Awaitable[None]], **more: Any) -> list[LegacyUpdate]:
    async def no_wait(_: float) -> None:
        return None

    async with serve_socket(handler, "127.0.0.1", 0, **more) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        hosts = ServiceHosts(legacy=f"http://127.0.0.1:{port}")
        async with ApiClient(hosts, lambda: None, user_agent="x") as client:
            client.legacy._sleep = no_wait
            async with aclosing(client.legacy.run(REQUEST, TOKEN)) as updates:
                return [update async for update in updates]


async def test_a_job_is_followed_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[Any] = []

    async def handler(socket: ServerConnection) -> None:
        assert socket.request is not None
        seen.append(socket.request.path)
        seen.append(json.loads(await socket.recv()))
        for line in lines("legacy_ws.messages.ndjson"):
            await socket.send(line)

    updates = await run(handler)
    assert [update.status for update in updates] == ["starting", "processing", "processing", "success"]
    assert updates[-1].urls == ("https://store.example.org/ipfs/bafy/out-0.png",)
    assert seen == [f"/ws?token={TOKEN.reveal()}", {"image": REQUEST.image, "input": REQUEST.input}]
    assert TOKEN.reveal() not in "".join(
        r.getMessage() for r in caplog.records if r.name.startswith("studio")
    )


async def test_a_broken_connection_is_made_anew_and_the_end_ends_it() -> None:
    connections = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await socket.recv()
        await socket.send(lines("legacy_ws.messages.ndjson")[0])
        if connections < 3:
            socket.transport.abort()
            return
        await socket.send(lines("legacy_ws.messages.cached.ndjson")[0])

    updates = await run(handler)
    assert connections == 3
    assert updates[-1].succeeded


async def test_a_connection_that_keeps_breaking_is_given_up() -> None:
    connections = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await socket.recv()
        socket.transport.abort()

    with pytest.raises(e.ApiInterrupted):
        await run(handler)
    assert connections == 4


async def test_a_normal_end_without_a_result_is_told_at_once() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.recv()

    with pytest.raises(e.ApiInterrupted):
        await run(handler)


async def test_a_refused_token_is_told() -> None:
    async def handler(socket: ServerConnection) -> None:
        raise AssertionError("no handshake")

    with pytest.raises(e.ApiAuthError):
        await run(handler, process_request=lambda socket, _: socket.respond(HTTPStatus.FORBIDDEN, ""))


async def test_messages_that_are_no_json_are_told() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send("what?")

    with pytest.raises(e.ApiBadAnswer):
        await run(handler)


async def test_the_rest_routes() -> None:
    result = json.loads((SAMPLES / "legacy_pollen.response.json").read_bytes())

    def handle(request: Received) -> Reply:
        if request.path == "/models":
            return reply_json(["a/b"])
        if request.path == "/mine/":
            return reply_json([result])
        if request.path.startswith("/models/"):
            name = "legacy_model_openapi.stable-diffusion-private.json"
            return Reply(headers={"content-type": "application/json"}, body=(SAMPLES / name).read_bytes())
        return reply_json(result)

    async with serve(handle) as server, client_for(server.url) as client:
        assert await client.legacy.models() == ("a/b",)
        assert (await client.legacy.form("a/b")).fields[0].name
        assert (await client.legacy.pollen(REQUEST, TOKEN)).succeeded
        assert (await client.legacy.stored("s3:b2", TOKEN)).urls
        assert len(await client.legacy.mine(TOKEN)) == 1
    models, inputs, pollen, stored, _ = server.received
    assert "authorization" not in models.headers
    assert inputs.path == "/models/a/b"
    assert pollen.headers["authorization"] == f"Bearer {TOKEN.reveal()}"
    assert stored.path == "/pollen/s3:b2"


async def test_an_answer_without_end_is_told_and_not_asked_for_again() -> None:
    connections = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await socket.recv()
        await socket.send("x" * (17 * 1024 * 1024))

    with pytest.raises(e.ApiTooLarge):
        await run(handler)
    assert connections == 1


@pytest.mark.parametrize(
    ("output", "words"),
    [("a cat", "a cat"), (["a ", "cat"], "a cat"), ({"output": {"caption": "a cat", "log": "done"}}, "a cat"),
     (["https://a.example/1.png"], ""), (None, ""), ({"log": "done"}, "")],
)  # fmt: skip
def test_texts_are_results_too(output: Any, words: str) -> None:
    assert parse_update({"status": "success", "output": output}).words == words
