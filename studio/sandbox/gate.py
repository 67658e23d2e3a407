"""What every request passes: the record, the request id, and the faults that wait for it."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
import uuid
from importlib.resources import files
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.sandbox.errors import ApiError, response_of
from studio.sandbox.faults import Fault
from studio.sandbox.record import Entry
from studio.sandbox.service import Service

log = logging.getLogger("studio.sandbox")

BODY_LIMIT = 110 * 1024 * 1024
HTML = b"<!DOCTYPE html><html><head><title>Sign in to this network</title></head><body>Welcome</body></html>"


def placeholder() -> bytes:
    """The one known placeholder picture, byte for byte the same each time (README, Faults)."""
    return files("studio.sandbox").joinpath("data", "placeholder.jpg").read_bytes()


class ConnectionEndedError(Exception):
    """The fault ended the connection; nothing more may be sent."""


async def read_body(receive: Receive) -> bytes | None:
    """The whole request body; None when it is over the limit or the client went away."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once more and then listens for the client going away."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def end_connection(scope: Scope, *, reset: bool) -> None:
    """Close the client's connection: with a reset, or after what was sent so far."""
    transport: asyncio.Transport | None = scope.get("sandbox.transport")
    if transport is None:
        return
    if reset:
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None:
            # SO_LINGER with zero seconds turns the close into a TCP reset.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


class Gate:
    """ASGI middleware around all routes."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        request_id = str(uuid.uuid4())
        if body is None:
            error = ApiError(413, "Payload Too Large", shape="plain")
            await response_of(error, self._service.settings.era, request_id)(scope, receive, send)
            return
        entry = self._service.record.begin(scope, body, request_id)
        scope["sandbox.entry"] = entry
        receive = replay(body, receive)
        send = _noting(send, entry)
        fault = self._service.faults.take(entry.method, entry.path, self._models(entry))
        try:
            if fault is None:
                await self._app(scope, receive, send)
            else:
                entry.fault = fault.label()
                entry.hold = fault.hold
                entry.stream_error, entry.stream_after = fault.stream_error, fault.stream_after
                await self._with_fault(fault, scope, receive, send)
        except ConnectionEndedError:
            # Returning before the server has noticed the end would look like a bug of this application.
            while (await receive())["type"] != "http.disconnect":
                pass
        log.info("%s %s → %s %s", entry.method, entry.path, entry.status, entry.outcome)

    def _models(self, entry: Entry) -> set[str]:
        asked = entry.asked_model
        if asked is None:
            return set()
        model = self._service.catalogue.find(asked)
        return {asked} if model is None else {asked, *model.names}

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the sandbox's end."""
        try:
            async with asyncio.timeout(seconds):
                await self._service.stopping.wait()
        except TimeoutError:
            return
        raise ConnectionEndedError

    async def _with_fault(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.latency:
            await self._pause(fault.latency)
        if fault.refuses:
            if fault.after_work:
                behind = self._app(scope, _never(receive, self._service), _drop)
                self._service.spawn(_finish(behind))
            await self._refuse(fault, scope, receive, send)
            return
        faulty = FaultySend(fault, scope, send, self._service)
        if fault.huge:
            await faulty.send_huge()
            return
        await self._app(scope, receive, faulty)

    async def _refuse(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        entry: Entry = scope["sandbox.entry"]
        entry.outcome = "refused"
        if fault.reset:
            end_connection(scope, reset=True)
            raise ConnectionEndedError
        if fault.redirect:
            headers = [(b"location", fault.redirect.encode("ascii")), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": fault.status or 302, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        error = fault.answer(self._service.addresses.enter_url)
        await response_of(error, self._service.settings.era, entry.request_id)(scope, receive, send)


async def _finish(work: Any) -> None:
    await work


async def _drop(message: Message) -> None:
    """A send for work whose answer nobody gets."""


def _never(receive: Receive, service: Service) -> Receive:
    """A receive for detached work: gives the body, then never says that the client left."""
    given = False

    async def once() -> Message:
        nonlocal given
        if not given:
            given = True
            return await receive()
        await service.stopping.wait()
        return {"type": "http.disconnect"}

    return once


def _noting(send: Send, entry: Entry) -> Send:
    """A send that adds X-Request-Id and writes the status down."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", entry.request_id.encode())]
        await send(message)

    return noting


class FaultySend:
    """Passes an answer on the way a fault wants it: slow, cut, stalled, or with another body."""

    def __init__(self, fault: Fault, scope: Scope, send: Send, service: Service) -> None:
        self._fault = fault
        self._scope = scope
        self._send = send
        self._service = service
        self._sent = 0
        self._start: Message | None = None
        self._held: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self._fault.changes_body:
                self._start = message
            else:
                await self._send(message)
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body: bytes = message.get("body", b"")
        more: bool = message.get("more_body", False)
        if self._start is not None:
            self._held.append(body)
            if not more:
                await self._send_changed(self._start, b"".join(self._held))
            return
        await self._send_body(body, more=more)

    async def _send_changed(self, start: Message, body: bytes) -> None:
        kind = self._fault.content_type
        match self._fault.body:
            case "truncated":
                body = body[: max(1, len(body) // 2)]
            case "placeholder":
                body, kind = placeholder(), kind or "image/jpeg"
            case "html":
                body, kind = HTML, kind or "text/html; charset=utf-8"
            case "json":
                body, kind = b'{"message": "Not what you asked for."}', kind or "application/json"
            case "empty":
                body = b""
            case None:
                body = self._fault.says.encode() or body
        headers = [
            (name, value)
            for name, value in start["headers"]
            if name.lower() not in ((b"content-length", b"content-type") if kind else (b"content-length",))
        ]
        if kind:
            headers.append((b"content-type", kind.encode("latin-1")))
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**start, "headers": headers})
        await self._send_body(body, more=False)

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        fault = self._fault
        if not fault.byte_latency or not body:
            await self._send_piece(body, more=more)
            return
        if fault.at_once:
            await self._send_piece(body[: fault.at_once], more=True)
        began = time.monotonic()
        pieces = range(fault.at_once, len(body), fault.piece)
        for number, at in enumerate(pieces, 1):
            # By the clock, so that pauses which last too long do not add up.
            await self._pause(began + number * fault.byte_latency - time.monotonic())
            last = at + fault.piece >= len(body)
            await self._send_piece(body[at : at + fault.piece], more=more or not last)

    async def _send_piece(self, piece: bytes, *, more: bool) -> None:
        cut, stall = self._fault.cut_after, self._fault.stall_after
        ends = [end for end in (cut, stall) if end is not None]
        room = min(ends) - self._sent if ends else None
        if room is None or len(piece) < room:
            self._sent += len(piece)
            await self._send({"type": "http.response.body", "body": piece, "more_body": more})
            return
        await self._send({"type": "http.response.body", "body": piece[:room], "more_body": True})
        if stall is not None and (cut is None or stall <= cut):
            await self._service.stopping.wait()
        end_connection(self._scope, reset=False)
        raise ConnectionEndedError

    async def send_huge(self) -> None:
        """A body of the size asked for, in pieces, without ever holding it."""
        kind = self._fault.content_type or "application/octet-stream"
        await self._send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", kind.encode("latin-1"))],
            }
        )
        piece = b"\0" * 65_536
        left = self._fault.huge
        while left > 0:
            part = piece[: min(left, len(piece))]
            left -= len(part)
            await self._send({"type": "http.response.body", "body": part, "more_body": left > 0})

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._service.stopping.wait()
        except TimeoutError:
            return
        raise ConnectionEndedError
