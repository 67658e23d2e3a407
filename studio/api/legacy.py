"""The retired service (CONTRACT 12): its REST routes and its websocket. Its token is a JWT of its own."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast
from urllib.parse import quote, urlsplit

from studio.api.errors import (
    ApiAuthError,
    ApiBadAnswer,
    ApiError,
    ApiInterrupted,
    ApiOffline,
    ApiTooLarge,
)
from studio.api.retry import BACKOFF, GENERATION, jitter
from studio.api.transport import GENERATING, Call, Sleep, Transport
from studio.api.wire import Obj, as_list, as_object, integer, objects, text
from studio.core.i18n import tr
from studio.core.json_text import parse_json
from studio.core.secrets import Secret
from studio.domain.schema_form import SchemaForm, parse_form
from studio.domain.service import LegacyRequest, LegacyUpdate, ServiceHosts

RECONNECTS = 3
MOST_FILES = 64
MOST_WORDS = 4_000_000
_ABOUT = ("log", "logs", "input", "image", "status", "error")
_SILENCE = 120.0  # seconds; the server speaks about once a second
_MAX_MESSAGE = 16 * 1024 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# websockets logs the request line, which holds the token; this logger keeps that to itself.
_quiet = logging.getLogger("studio.api.legacy.socket")


class LegacyApi:
    """Runs models of the retired service."""

    def __init__(self, transport: Transport, hosts: ServiceHosts, *, sleep: Sleep = asyncio.sleep) -> None:
        self._transport = transport
        self._hosts = hosts
        self._sleep = sleep

    async def models(self) -> tuple[str, ...]:
        """GET /models: `author/model` names."""
        answer = await self._transport.json(Call(method="GET", url=f"{self._hosts.legacy}/models", key=False))
        return tuple(item for item in as_list(answer.data) if isinstance(item, str))

    async def form(self, model: str) -> SchemaForm:
        """GET /models/{author}/{model}: the form of the model's inputs, from its OpenAPI document."""
        url = f"{self._hosts.legacy}/models/{quote(model, safe='/')}"
        answer = await self._transport.json(Call(method="GET", url=url, key=False))
        return parse_form(answer.data)

    async def own_token(self, key: Secret) -> Secret:
        """GET /token/: a token of this service for whoever has a key; the sandbox gives one.

        Raises:
            ApiBadAnswer: there is none in the answer.
        """
        call = Call(method="GET", url=f"{self._hosts.legacy}/token/", secret=key)
        token = text(as_object((await self._transport.json(call)).data), "token")
        if not token:
            raise ApiBadAnswer(tr("The old service gave no token."))
        return Secret(token)

    async def pollen(self, request: LegacyRequest, token: Secret) -> LegacyUpdate:
        """POST /pollen: run a model and wait for the end.

        Raises:
            ApiAuthError, ApiPermissionError: the token is missing, wrong or expired.
        """
        call = Call(
            method="POST",
            url=f"{self._hosts.legacy}/pollen",
            json={"image": request.image, "input": request.input},
            secret=token,
            limits=GENERATING,
            policy=GENERATION,
        )
        return parse_update(as_object((await self._transport.json(call)).data))

    async def stored(self, cid: str, token: Secret) -> LegacyUpdate:
        """GET /pollen/{cid}: a result kept by the service."""
        url = f"{self._hosts.legacy}/pollen/{quote(cid, safe=':')}"
        answer = await self._transport.json(Call(method="GET", url=url, secret=token))
        return parse_update(as_object(answer.data))

    async def mine(self, token: Secret) -> tuple[LegacyUpdate, ...]:
        """GET /mine/: results of the token's owner."""
        answer = await self._transport.json(
            Call(method="GET", url=f"{self._hosts.legacy}/mine/", secret=token)
        )
        listed = objects({"items": answer.data}, "items") or objects(as_object(answer.data), "items", "data")
        return tuple(parse_update(item) for item in listed)

    async def run(self, request: LegacyRequest, token: Secret) -> AsyncGenerator[LegacyUpdate, None]:
        """Run a model over the websocket: one update per message, the last one final.

        A connection that breaks before that is made anew, at most three times: the job is known by its
        input, so asking again finds it. After a final status nothing is sent any more. Use it with
        `contextlib.aclosing`.

        Raises (while iterating):
            ApiAuthError: the handshake was refused.
            ApiInterrupted: the connection kept breaking.
        """
        for attempt in range(RECONNECTS + 1):
            if attempt:
                await self._sleep(jitter(BACKOFF[attempt - 1]))
            try:
                # Closed at once: an iterator that is only dropped closes its socket whenever it is found.
                async with aclosing(self._listen(request, token)) as updates:
                    async for update in updates:
                        yield update
                        if update.is_final:
                            return
            except ApiOffline:
                if attempt == RECONNECTS:
                    raise
        raise ApiInterrupted(tr("The connection kept breaking off."), tr("Start the same request again."))

    async def _listen(self, request: LegacyRequest, token: Secret) -> AsyncGenerator[LegacyUpdate, None]:
        """The updates of one connection; ends quietly when the connection does."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import (
            ConnectionClosed,
            ConnectionClosedOK,
            InvalidHandshake,
            InvalidStatus,
        )
        from websockets.frames import CloseCode

        host = urlsplit(self._hosts.legacy).hostname or ""
        _quiet.setLevel(logging.WARNING)
        try:
            async with connect(
                f"{self._hosts.legacy_socket}?token={quote(token.reveal(), safe='')}",
                proxy=None if host in _LOOPBACK else True,
                max_size=_MAX_MESSAGE,
                logger=_quiet,
                open_timeout=20,
                close_timeout=5,
            ) as socket:
                await socket.send(json.dumps({"image": request.image, "input": request.input}))
                while True:
                    async with asyncio.timeout(_SILENCE):
                        message = await socket.recv()
                    yield _read_message(message)
        except ConnectionClosedOK as error:
            raise ApiInterrupted(
                tr("The old service ended without a result."), tr("Try again later.")
            ) from error
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code == CloseCode.MESSAGE_TOO_BIG:
                detail = tr("The limit is {size} MB.", size=_MAX_MESSAGE // 1_000_000)
                raise ApiTooLarge(
                    tr("The old service's answer is larger than this program takes."), detail
                ) from error
            return
        except InvalidStatus as error:
            raise _refused(error.response.status_code, host) from None
        except (InvalidHandshake, OSError, TimeoutError) as error:
            raise ApiOffline(
                tr("{host} cannot be reached.", host=host), tr("Check the network connection.")
            ) from error


def _refused(status: int, host: str) -> ApiError:
    if status in (401, 403):
        detail = tr("Its token is missing, wrong or expired.")
        return ApiAuthError(tr("The old service does not accept your token."), detail, status=status)
    return ApiOffline(
        tr("{host} cannot be reached.", host=host), tr("It answered {status}.", status=status), status=status
    )


# ---------------------------------------------------------------- reading


def _read_message(message: str | bytes) -> LegacyUpdate:
    try:
        return parse_update(as_object(parse_json(message)))
    except ValueError as error:
        raise ApiBadAnswer(tr("The old service's answer cannot be read.")) from error


def parse_update(data: Obj) -> LegacyUpdate:
    """One message or answer. The output's nesting is not stable: addresses are collected anywhere in it."""
    output = data.get("output")
    inner = as_object(output)
    logs = text(data, "logs") or text(inner, "log") or text(as_object(inner.get("output")), "log")
    result = _result_part(output)
    urls = tuple(dict.fromkeys(_addresses(result)))[:MOST_FILES]
    return LegacyUpdate(
        status=text(data, "status"),
        urls=urls,
        words="" if urls else "".join(_words(result))[:MOST_WORDS],
        logs=logs,
        cid=text(data, "cid"),
        queue_position=integer(data, "queue_position"),
    )


def _result_part(output: Any) -> Any:
    """The innermost `output` of a stored whole answer, so that addresses in its `input` do not count."""
    while "output" in as_object(output):
        output = as_object(output)["output"]
    return output


def _words(value: Any) -> list[str]:
    """Every text inside the result but its log: what models for text answer with, in pieces or whole."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        named = cast(Obj, value).items()
        return [found for name, item in named if name not in _ABOUT for found in _words(item)]
    return [found for item in as_list(value) for found in _words(item)]


def _addresses(value: Any) -> list[str]:
    """Every web address among the strings inside `value`, in order."""
    if isinstance(value, str):
        return [value] if value.startswith(("http://", "https://")) else []
    if isinstance(value, dict):
        return [found for item in cast(Obj, value).values() for found in _addresses(item)]
    return [found for item in as_list(value) for found in _addresses(item)]
