"""Chat (CONTRACT 4): whole answers and streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx

from studio.api.chat_wire import StreamReader, chat_body, parse_answer
from studio.api.errors import RETRY, ApiError, ApiRequestError, ApiTooLarge
from studio.api.pacing import paced
from studio.api.requests import checked_prompt, encode_query, older_safe, path_prompt
from studio.api.results import kept_headers
from studio.api.retry import GENERATION, STREAM
from studio.api.sse import SseParser
from studio.api.transport import (
    GENERATING,
    LONG_JSON,
    STREAMING,
    Call,
    OnRetry,
    Transport,
    bad_answer,
    read_limited,
    read_start,
    request_id,
    settle,
    translated,
)
from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.domain.chat import ChatAnswer, ChatEvent, ChatRequest, Started, TextPart, TextPrompt
from studio.domain.service import ServiceHosts

DRAIN_SECONDS = 0.3
_MAX_ANSWER = 64 * 1024 * 1024
_MAX_STREAM = 64 * 1024 * 1024
"""Bytes of a whole answer and of a stream, whose frames are many times the size of their words."""


class TextApi:
    """Talks with chat models."""

    def __init__(self, transport: Transport, hosts: ServiceHosts) -> None:
        self._transport = transport
        self._hosts = hosts

    async def complete(self, request: ChatRequest, *, on_retry: OnRetry | None = None) -> ChatAnswer:
        """POST /v1/chat/completions, the whole answer at once. A repetition joins the running one.

        Raises:
            InputError: there is nothing to send.
            ApiError: see `studio.api.errors`. A "top up" reply is no error: see `ChatAnswer.notice`.
        """
        _check(request)
        try:
            return await self._complete(request, on_retry)
        except ApiRequestError as error:
            safe = older_safe(request.safe, error)
            if not safe:
                raise
            return await self._complete(replace(request, safe=safe), on_retry)

    async def _complete(self, request: ChatRequest, on_retry: OnRetry | None) -> ChatAnswer:
        answer = await self._transport.json(self._call(request, stream=False), on_retry)
        parsed = parse_answer(answer.data, self._hosts.enter)
        return replace(
            parsed,
            model_used=answer.headers.get("x-model-used", ""),
            request_id=answer.request_id,
            headers=kept_headers(answer.headers),
        )

    def stream(
        self, request: ChatRequest, *, on_retry: OnRetry | None = None
    ) -> AsyncGenerator[ChatEvent, None]:
        """POST /v1/chat/completions as a stream: `Started`, deltas, usage, `Finished`.

        Use it with `contextlib.aclosing`, so that stopping early closes the connection. The request is sent
        again only while nothing has come and the service certainly did not work on it; what has been
        received is never thrown away, and a failure after it is raised where it happened.

        Raises (while iterating):
            InputError: there is nothing to send.
            ApiInterrupted: the stream ended before the answer did.
            ApiError: see `studio.api.errors`; `{"error": …}` inside the stream included.
        """
        return _one_by_one(self.stream_batches(request, on_retry=on_retry))

    def stream_batches(
        self, request: ChatRequest, *, on_retry: OnRetry | None = None
    ) -> AsyncGenerator[list[ChatEvent], None]:
        """The events of `stream`, as many at a time as came together."""
        _check(request)
        older = replace(request, safe="true")
        return self._batches(
            self._call(request, stream=True),
            on_retry,
            self._call(older, stream=True) if request.safe not in ("", "true") else None,
        )

    def stream_prompt(
        self, prompt: TextPrompt, *, on_retry: OnRetry | None = None
    ) -> AsyncGenerator[ChatEvent, None]:
        """GET /text/{prompt}?stream=true: the same events."""
        call = self._prompt_call(prompt, (("stream", "true"),))
        call = replace(call, accept="text/event-stream", limits=STREAMING, policy=STREAM)
        return _one_by_one(self._batches(call, on_retry, None))

    async def prompt(self, prompt: TextPrompt, *, on_retry: OnRetry | None = None) -> ChatAnswer:
        """GET /text/{prompt}: the answer as plain text, in `ChatAnswer.text`."""
        return await self._plain(self._prompt_call(prompt), on_retry)

    async def plain(self, request: ChatRequest, *, on_retry: OnRetry | None = None) -> ChatAnswer:
        """POST /text: a chat request in, plain text out, in `ChatAnswer.text`."""
        _check(request)
        call = replace(self._call(request, stream=False), url=f"{self._hosts.gen}/text", accept="text/plain")
        return await self._plain(call, on_retry)

    # ------------------------------------------------------------ sending

    async def _plain(self, call: Call, on_retry: OnRetry | None) -> ChatAnswer:
        async def consume(response: httpx.Response) -> ChatAnswer:
            mime = response.headers.get("content-type", "").partition(";")[0].strip()
            body = await read_limited(response, _MAX_ANSWER)
            if mime not in ("text/plain", "text/markdown", "application/json", ""):
                raise bad_answer(response, body)
            return ChatAnswer(
                text=body.decode("utf-8", "replace"),
                finish_reason="stop",
                model_used=response.headers.get("x-model-used", ""),
                request_id=request_id(response),
                headers=kept_headers(response.headers),
            )

        return await self._transport.run(call, consume, on_retry)

    def _call(self, request: ChatRequest, *, stream: bool) -> Call:
        body = chat_body(request)
        body["stream"] = stream
        if stream:
            body["stream_options"] = {"include_usage": True}
        return Call(
            method="POST",
            url=f"{self._hosts.gen}/v1/chat/completions",
            json=body,
            accept="text/event-stream" if stream else "application/json",
            limits=STREAMING if stream else GENERATING,
            policy=STREAM if stream else GENERATION,
        )

    def _prompt_call(self, prompt: TextPrompt, more: tuple[tuple[str, str], ...] = ()) -> Call:
        values: dict[str, Any] = {
            "model": prompt.model,
            "seed": prompt.seed,
            "system": prompt.system,
            "json": "true" if prompt.json else "",
            "temperature": prompt.temperature,
            "top_p": prompt.top_p,
            "presence_penalty": prompt.presence_penalty,
            "frequency_penalty": prompt.frequency_penalty,
            "repetition_penalty": prompt.repetition_penalty,
            "max_tokens": prompt.max_tokens,
            "voice": prompt.voice,
            "reasoning_effort": prompt.reasoning_effort,
            "safe": prompt.safe,
        }
        params = [(name, str(value)) for name, value in values.items() if value not in (None, "")]
        query = encode_query([*params, *prompt.extra, *more])
        return Call(
            method="GET",
            url=f"{self._hosts.gen}/text/{path_prompt(prompt.prompt)}?{query}",
            accept="text/plain",
            limits=GENERATING,
            policy=GENERATION,
        )

    async def _batches(
        self, call: Call, on_retry: OnRetry | None, older: Call | None
    ) -> AsyncGenerator[list[ChatEvent], None]:
        try:
            response = await self._transport.start_stream(call, on_retry)
        except ApiRequestError as error:
            if older is None or error.status != 400 or error.field != "safe":
                raise
            call, response = older, await self._transport.start_stream(older, on_retry)
        reader = StreamReader(self._hosts.enter)
        # Held here until the response is closed: its generators only finish quietly after that.
        body = response.aiter_bytes()
        try:
            with translated(call.url, self._transport.network):
                yield [_started(response)]
                whole = await _whole_answer(response, reader)
                if whole:
                    yield whole
                if reader.done:
                    return
                parser, limit = SseParser(), _Limit()
                async with aclosing(paced(body)) as pieces:
                    async for piece in pieces:
                        events = await _read_aside(reader, parser.feed(limit.take(piece)))
                        if events.found:
                            yield events.found
                        if events.error is not None or reader.done:
                            await _end(pieces, events.error)
                            return
                events = _read(reader, parser.finish())
                if events.found:
                    yield events.found
                if events.error is not None:
                    raise events.error
                reader.check_done()
        finally:
            await response.aclose()
            if not reader.done:
                await settle()


@dataclass(frozen=True, slots=True)
class _Read:
    """What stood in a piece of a stream, up to an error the service reports in it."""

    found: list[ChatEvent]
    error: ApiError | None = None


def _read(reader: StreamReader, payloads: list[bytes]) -> _Read:
    """What came before an error is given out before it is raised."""
    found: list[ChatEvent] = []
    try:
        for data in payloads:
            found += reader.read(data)
    except ApiError as error:
        return _Read(found, error)
    return _Read(found)


async def _read_aside(reader: StreamReader, payloads: list[bytes]) -> _Read:
    """The same, in a thread for what would hold the window up: a picture, or a spoken answer."""
    if max(map(len, payloads), default=0) > LONG_JSON:
        return await asyncio.to_thread(_read, reader, payloads)
    return _read(reader, payloads)


class _Limit:
    """Counts a stream's bytes. No generator: one more would have to be closed in order."""

    def __init__(self) -> None:
        self._size = 0

    def take(self, piece: bytes) -> bytes:
        """Raises:
        ApiTooLarge: the stream goes on beyond any answer.
        """
        self._size += len(piece)
        if self._size > _MAX_STREAM:
            detail = f"It was ended at {_MAX_STREAM // 2**20} MB. What arrived is kept."
            raise ApiTooLarge("The answer is too large.", detail, (RETRY,))
        return piece


def _started(response: httpx.Response) -> Started:
    return Started(
        request_id(response), response.headers.get("x-model-used", ""), kept_headers(response.headers)
    )


async def _end(pieces: AsyncGenerator[bytes, None], error: ApiError | None) -> None:
    """Read what the service still sends after the end, then raise `error` if there is one.

    A body that is left halfway is closed by the garbage collector, outside of its task, where HTTP
    connections cannot be closed in order.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _piece in pieces:
                pass
    if error is not None:
        raise error


async def _one_by_one(
    batches: AsyncGenerator[list[ChatEvent], None],
) -> AsyncGenerator[ChatEvent, None]:
    async with aclosing(batches):
        async for batch in batches:
            for event in batch:
                yield event


async def _whole_answer(response: httpx.Response, reader: StreamReader) -> list[ChatEvent]:
    """The events of an answer that came whole, as some servers do when asked for a stream; else none."""
    mime = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime == "text/html":
        raise bad_answer(response, await read_start(response, 4000))
    if mime != "application/json":
        return []
    return reader.whole(await read_limited(response, _MAX_ANSWER))


def _check(request: ChatRequest) -> None:
    """An empty message would be replaced by a stock sentence and billed (CONTRACT 4.1)."""
    if not request.messages:
        raise InputError(tr("There is nothing to send."), tr("Write a message first."), field="messages")
    last = request.messages[-1]
    if last.role != "user":
        return
    if isinstance(last.content, str):
        checked_message(last.content)
    elif not last.content or all(isinstance(p, TextPart) and not p.text.strip() for p in last.content):
        raise InputError(tr("The message is empty."), tr("Write something first."), field="messages")


def checked_message(content: str) -> None:
    """Raises:
    InputError: the message is empty or not valid Unicode.
    """
    if not content.strip():
        raise InputError(tr("The message is empty."), tr("Write something first."), field="messages")
    checked_prompt(content)
