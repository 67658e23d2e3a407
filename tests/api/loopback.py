"""A small HTTP/1.1 server on a loopback port; a test writes its answers by hand, down to a cut midway."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(kw_only=True)
class Received:
    """A request as it arrived. `target` is the raw request line's middle; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def segments(self) -> list[str]:
        return [unquote(part) for part in self.path.split("/")[1:]]

    @property
    def params(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(kw_only=True)
class Reply:
    """An answer.

    Args:
        cut: close the connection after this many bytes of the body, with the full length announced.
        stall: seconds to stay silent before the head; `chunks`: sent one by one instead of `body`.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    stall: float = 0.0
    chunks: AsyncGenerator[bytes, None] | None = None


def reply_json(data: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status=status, headers={"content-type": "application/json", **named}, body=json.dumps(data).encode()
    )


Handler = Callable[[Received], Reply | Awaitable[Reply]]


class Loopback:
    """What the server is and what it received."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.received: list[Received] = []
        self.url = ""
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._serve_one(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.rstrip("\r\n").split("\r\n")
        method, target, _ = line.split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (item.partition(":") for item in fields)}
        request = Received(method=method, target=target, headers=headers)
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline(), 16):
                request.body += await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        else:
            request.body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.append(request)
        answer = self.handler(request)
        reply = await answer if isinstance(answer, Awaitable) else answer
        return await self._send(writer, method, reply)

    async def _send(self, writer: asyncio.StreamWriter, method: str, reply: Reply) -> bool:
        if reply.stall:
            await asyncio.sleep(reply.stall)
        headers = dict(reply.headers)
        if reply.chunks is not None:
            headers["transfer-encoding"] = "chunked"
        else:
            headers.setdefault("content-length", str(len(reply.body)))
        lines = [f"HTTP/1.1 {reply.status} X", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        writer.write("\r\n".join(lines).encode("latin-1"))
        if reply.chunks is not None:
            async with contextlib.aclosing(reply.chunks) as chunks:
                async for chunk in chunks:
                    writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                    await writer.drain()
            if reply.cut is not None:
                return False
            writer.write(b"0\r\n\r\n")
        elif method != "HEAD":
            writer.write(reply.body if reply.cut is None else reply.body[: reply.cut])
        await writer.drain()
        return reply.cut is None

    async def stop(self) -> None:
        for writer in tuple(self._open):
            writer.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def serve(handler: Handler) -> AsyncGenerator[Loopback, None]:
    """A server for the time of the block, at `server.url`."""
    loopback = Loopback(handler)
    server = await asyncio.start_server(loopback.on_connection, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    loopback.url = f"http://127.0.0.1:{port}"
    try:
        yield loopback
    finally:
        server.close()
        await loopback.stop()
        await server.wait_closed()
