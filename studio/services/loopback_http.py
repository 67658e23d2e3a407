"""As much of HTTP/1.1 as the sign-in listener needs, read strictly: what is unusual is refused.

No request library: each of them forgives more than a listener for secrets may (RFC 9112 2.2, 3.2, 6.3).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 8192
HEADERS: Final = 50
BODY_BYTES: Final = 4096
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET: Final = re.compile(r"/[!-~]*")
_VALUE: Final = re.compile(r"[\t -~\x80-\xff]*")
_DIGITS: Final = re.compile(r"[0-9]{1,19}")
_SINGLE: Final = frozenset(
    ("host", "origin", "content-type", "content-length", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-site")
)
_PROXIES: Final = frozenset(("via", "forwarded", "x-forwarded-for", "x-forwarded-host", "proxy-connection"))
_REASONS: Final = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    411: "Length Required", 413: "Content Too Large", 415: "Unsupported Media Type",
    431: "Request Header Fields Too Large",
}  # fmt: skip
_ALWAYS: Final = (
    "Cache-Control: no-store\r\n"
    "Connection: close\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
)
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"


class RefusedRequestError(Exception):
    """Not answered with more than a status code."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `headers` by lower-case name; of a repeated one, the last."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def proxied(self) -> bool:
        """True when something between the browser and us says that it is there."""
        return not _PROXIES.isdisjoint(self.headers)


async def read_head(reader: asyncio.StreamReader) -> Request:
    """Read request line and headers.

    Raises:
        RefusedRequestError: malformed, or larger than a browser's.
        asyncio.IncompleteReadError: the other end hung up.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise RefusedRequestError(431) from None
    if len(head) > HEAD_BYTES:
        raise RefusedRequestError(431)
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    if len(lines) > HEADERS:
        raise RefusedRequestError(431)
    parts = first.split(" ")
    # An absolute target ("GET http://…") is for proxies.
    if len(parts) != 3 or parts[2] != "HTTP/1.1" or not _TARGET.fullmatch(parts[1]) or "#" in parts[1]:
        raise RefusedRequestError(400)
    if not _TOKEN.fullmatch(parts[0]):
        raise RefusedRequestError(400)
    path, _, query = parts[1].partition("?")
    return Request(parts[0], path, query, _headers(lines))


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise RefusedRequestError(400)
        if name in headers and name in _SINGLE:
            raise RefusedRequestError(400)
        headers[name] = value
    if "transfer-encoding" in headers:
        raise RefusedRequestError(400)
    return headers


def body_length(request: Request) -> int:
    """How long the body is said to be, in bytes.

    Raises:
        RefusedRequestError: not said in plain digits, or too long.
    """
    said = request.headers.get("content-length")
    if said is None:
        raise RefusedRequestError(411)
    if not _DIGITS.fullmatch(said):
        raise RefusedRequestError(400)
    if int(said) > BODY_BYTES:
        raise RefusedRequestError(413)
    return int(said)


def answer(status: int, body: bytes = b"", mime: str = "text/plain", policy: str = _NOTHING) -> bytes:
    """A whole answer, after which the connection is closed."""
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\n{_ALWAYS}"
        f"Content-Security-Policy: {policy}\r\n"
        f"Content-Type: {mime}; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
