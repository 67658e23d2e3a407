"""What a streamed answer costs the client, from the socket to `LiveAnswer`; for `benchmarks.chat`.

As a program it is the other side: a raw HTTP/1.1 server that plays a text as a chat stream, token by token.

    python -m benchmarks._chat_stream TEXT TOKENS PER_WRITE TOKENS_PER_SECOND      (0: as fast as it can)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from contextlib import aclosing
from pathlib import Path

from studio.api.client import ApiClient
from studio.core.secrets import Secret
from studio.domain.chat import ChatMessage, ChatRequest
from studio.domain.service import ServiceHosts
from studio.services.chat_live import LiveAnswer

ASK = ChatRequest(model="m", messages=(ChatMessage(role="user", content="Go on"),))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
TOKENS = 20_000


def stream_cost(
    text: Path, *, tokens: int = TOKENS, per_write: int = 16, per_second: float = 0
) -> dict[str, float]:
    """Play the first `tokens` of `text`, cut into twenty thousand, to the client.

    Args:
        per_write: tokens that reach the socket together.
        per_second: how fast they come; 0 is flat out.

    Returns:
        `cpu_s` of the client, its `share` of the time it took, `batches` it was woken for.
    """
    command = [sys.executable, "-m", "benchmarks._chat_stream", str(text), str(tokens), str(per_write),
               str(per_second)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            return asyncio.run(_take(f"http://127.0.0.1:{int(server.stdout.readline())}"))
        finally:
            server.terminate()


async def _take(url: str) -> dict[str, float]:
    secret = Secret("sk_benchmark_0123456789")
    hosts = ServiceHosts(gen=url, enter=url, media=url, legacy=url)
    async with ApiClient(hosts, lambda: secret, user_agent="benchmark") as client:
        await _one(client)  # imports and the connection do not count
        return await _one(client)


async def _one(client: ApiClient) -> dict[str, float]:
    live, batches = LiveAnswer("m"), 0
    cpu, wall = time.process_time(), time.perf_counter()
    async with aclosing(client.text.stream_batches(ASK)) as lists:
        async for events in lists:
            live.take(events)
            batches += 1
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert live.characters
    return {"cpu_s": round(cpu, 4), "share": round(cpu / wall, 4), "batches": batches}


# ---------------------------------------------------------------- the other side


def _pieces(text: str, tokens: int, per_write: int) -> list[bytes]:
    length = max(1, len(text) // TOKENS)
    words = [text[at : at + length] for at in range(0, len(text), length)][:tokens]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1758881730, "model": "m"}
    chunks = [
        {**head, "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]}
        for word in words
    ]
    frames = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks] + [b"data: [DONE]\n\n"]
    return [b"".join(frames[at : at + per_write]) for at in range(0, len(frames), per_write)]


async def _serve(text: str, tokens: int, per_write: int, per_second: float) -> None:
    pieces = _pieces(text, tokens, per_write)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                for line in request.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        await reader.readexactly(int(line[15:]))
                writer.write(HEAD)
                for piece in pieces:
                    writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                    await writer.drain()
                    if per_second:
                        await asyncio.sleep(per_write / per_second)
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    _text, _tokens, _per_write, _per_second = sys.argv[1:5]
    asyncio.run(_serve(Path(_text).read_text("utf-8"), int(_tokens), int(_per_write), float(_per_second)))
