"""A small proxy on loopback that counts: CONNECT, requests by absolute address, and SOCKS5."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """Passes everything on to one place, whatever name was asked for.

    Args:
        target: port on this machine where everything goes.
        login: "user:password" it wants, or "".
        refuses: answer CONNECT with 403.
    """

    target: int = 0
    login: str = ""
    refuses: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socks(self) -> str:
        return f"socks5://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(1)
            if first == b"\x05":
                await self._socks(reader, writer)
            else:
                await self._http(first, reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        method, target, version = line.decode().split(" ")
        wanted = f"basic {base64.b64encode(self.login.encode()).decode()}".lower().encode()
        if self.login and wanted not in head.lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            return
        self.asked.append(f"{method} {target}")
        if self.refuses:
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            parts = urlsplit(target)
            # The sandbox answers to its own name alone.
            here = f"host: 127.0.0.1:{self.target}".encode()
            rest = rest.replace(f"host: {parts.netloc}".encode(), here).replace(
                f"Host: {parts.netloc}".encode(), here
            )
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            back.write(f"{method} {path} {version}\r\nconnection: close\r\n".encode() + rest)
        await _join(reader, writer, there, back)

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = (await reader.readexactly(1))[0]
        await reader.readexactly(count)
        writer.write(b"\x05\x00")
        await reader.readexactly(3)
        kind = (await reader.readexactly(1))[0]
        size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        name = await reader.readexactly(size)
        await reader.readexactly(2)
        self.asked.append(f"SOCKS {name.decode('ascii', 'replace')}")
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await _join(reader, writer, there, back)


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: asyncio.StreamReader,
    back: asyncio.StreamWriter,
) -> None:  # fmt: skip
    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while block := await source.read(65536):
                sink.write(block)
                await sink.drain()
            if sink.can_write_eof():
                sink.write_eof()

    try:
        await asyncio.gather(pump(reader, back), pump(there, writer))
    finally:
        back.close()
        with contextlib.suppress(OSError):
            await back.wait_closed()


@contextlib.asynccontextmanager
async def proxy(target: int = 0, *, login: str = "", refuses: bool = False) -> AsyncIterator[Proxy]:
    made = Proxy(target, login, refuses)
    at_work: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        at_work.add(task)
        try:
            await made.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            at_work.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in list(at_work):
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
