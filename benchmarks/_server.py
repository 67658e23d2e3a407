"""The other side of the client's measurement: a raw HTTP/1.1 server in a process of its own.

It answers `GET /account/balance` with a small JSON document and `POST /v1/chat/completions` with a stream of
chat chunks, both prepared beforehand, so that nearly all of the measured time is the client's. The first line
it prints is its port.
"""

from __future__ import annotations

import asyncio
import json
import sys

EVENTS = 20_000
_PER_WRITE = 16  # a provider's chunks arrive a few at a time


def _stream() -> list[bytes]:
    lines: list[bytes] = []
    for number in range(EVENTS):
        chunk = {
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1758881730, "model": "m",
            "choices": [{"index": 0, "delta": {"content": f"word{number} "}, "finish_reason": None}],
        }  # fmt: skip
        lines.append(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    lines.append(b"data: [DONE]\n\n")
    pieces = [b"".join(lines[at : at + _PER_WRITE]) for at in range(0, len(lines), _PER_WRITE)]
    return [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces]


BODY = b'{"balance": 4.82, "accountBalance": {"total": 31.52, "tier": 6.22, "paid": 25.3}}'
SMALL = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM = _stream()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    await reader.readexactly(int(line[15:]))
            if head.startswith(b"POST"):
                writer.write(HEAD)
                for piece in STREAM:
                    writer.write(piece)
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
            else:
                writer.write(SMALL)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
