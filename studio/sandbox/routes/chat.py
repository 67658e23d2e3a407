"""Chat and text (CONTRACT 4)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from studio.sandbox import prices
from studio.sandbox.access import require_funds, require_model, required_key
from studio.sandbox.account import Key
from studio.sandbox.chat import (
    Ask,
    Reply,
    bare_usage,
    completion,
    cost_of,
    estimate_of,
    notice,
    read_ask,
    reply_to,
    usage_of,
    words_of_notice,
)
from studio.sandbox.chat_stream import DONE, Chunks, style_of
from studio.sandbox.errors import ApiError
from studio.sandbox.generations import Product
from studio.sandbox.parameters import JsonObject, Parameters, json_object, path_text
from studio.sandbox.routes.images import read_safe
from studio.sandbox.service import Service, entry_of, service_of
from studio.sandbox.settings import Era
from studio.sandbox.work import Job, answer, product

BODY_LIMIT = 20 * 1024 * 1024
EVENT_STREAM = "text/event-stream; charset=utf-8"
TEXT_PARAMETERS = (
    "seed",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "repetition_penalty",
    "max_tokens",
    "max_completion_tokens",
    "reasoning_effort",
    "stream",
    "safe",
)

Show = Callable[[Service, Ask, Reply], tuple[str, bytes]]


def _whole(_service: Service, _ask: Ask, reply: Reply) -> tuple[str, bytes]:
    """The answer as a `chat.completion` object."""
    return "application/json; charset=utf-8", json.dumps(completion(reply), ensure_ascii=False).encode()


def _plain(_service: Service, ask: Ask, reply: Reply) -> tuple[str, bytes]:
    """The answer as bare text, or sound, or the message when there is no text (CONTRACT 4.7)."""
    if reply.audio:
        return {"mp3": "audio/mpeg"}.get(ask.audio_format, f"audio/{ask.audio_format}"), reply.audio
    if not reply.content:
        message: JsonObject = completion(reply)["choices"][0]["message"]
        return "application/json; charset=utf-8", json.dumps(message, ensure_ascii=False).encode()
    text = reply.content
    if reply.said.citations:
        sources = [f"[{number}] {url}" for number, url in enumerate(reply.said.citations, 1)]
        text += "\n\nSources:\n" + "\n".join(sources)
    return "text/plain; charset=utf-8", text.encode()


# ------------------------------------------------------------------ reading
def _limit_body(request: Request) -> None:
    if entry_of(request).size > BODY_LIMIT:
        raise ApiError(413, shape="envelope")


def _read(request: Request, body: JsonObject, *, strict: bool, default_seed: int | None) -> tuple[Key, Ask]:
    service = service_of(request)
    key = required_key(request)
    parameters = Parameters(body, strict=strict)
    asked = parameters.text("model", "openai") or "openai"
    model = service.catalogue.resolve(asked, ("text",), "text")
    # The seed era had `safe` on pictures alone.
    features = [] if service.settings.era == "seed" else read_safe(parameters, request, service.settings.era)
    return key, read_ask(parameters, model, asked, features, default_seed=default_seed)


def _check_payment(request: Request, key: Key, ask: Ask) -> None:
    service = service_of(request)
    require_model(key, ask.model, ask.asked)
    service.limits.model(ask.model)
    service.limits.publishable(service.account, key)
    require_funds(service, key, ask.model, estimate_of(ask))


def _becomes_notice(request: Request, ask: Ask, error: ApiError) -> bool:
    """Whether a refusal is dressed as an answer: current era, text routes, no JSON wanted (CONTRACT 4.6)."""
    if service_of(request).settings.era == "seed" or ask.wants_json or "audio" in ask.model.outputs:
        return False
    return error.status == 402 or (error.status == 403 and error.message.startswith("Model "))


# ------------------------------------------------------------------ answering
async def _respond(
    request: Request, key: Key, ask: Ask, said: JsonObject, *, endpoint: str, show: Show
) -> Response:
    try:
        if ask.stream:
            return _streamed(request, key, ask)
        return await _complete(request, key, ask, said, endpoint=endpoint, show=show)
    except ApiError as error:
        if not _becomes_notice(request, ask, error):
            raise
        return _notice(request, ask, error, show)


async def _complete(
    request: Request, key: Key, ask: Ask, said: JsonObject, *, endpoint: str, show: Show
) -> Response:
    service = service_of(request)

    async def work() -> Product:
        await service.work_for(0.6)
        reply = await reply_to(service, ask)
        usage = usage_of(reply)
        content_type, body = show(service, ask, reply)
        return product(
            service,
            ask.model,
            content_type=content_type,
            body=body,
            usage=usage,
            cost=cost_of(ask.model, usage),
            headers={"x-model-used": reply.model, **ask.safety_headers},
        )

    return await answer(
        request,
        Job(
            key=key,
            model=ask.model,
            asked=ask.asked,
            kind="generate.text",
            endpoint=endpoint,
            said=said,
            estimate=estimate_of(ask),
            work=work,
            media=False,
        ),
    )


class ClosingStream(StreamingResponse):
    """A stream that is closed, and so billed, at once when the client has gone; not when memory is tidied."""

    def __init__(
        self, frames: AsyncGenerator[bytes, None], *, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(frames, headers=headers, media_type=media_type)
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with contextlib.aclosing(self._frames):
            await super().__call__(scope, receive, send)


def _streamed(request: Request, key: Key, ask: Ask) -> Response:
    """Streaming is neither joined nor stored: every request is new work (CONTRACT 8)."""
    _check_payment(request, key, ask)
    entry = entry_of(request)
    entry.model, entry.outcome = ask.model.name, "streamed"
    headers = {"Cache-Control": "no-cache", "x-model-used": ask.model.name, **ask.safety_headers}
    return ClosingStream(_frames(request, key, ask), headers=headers, media_type=EVENT_STREAM)


async def _frames(request: Request, key: Key, ask: Ask) -> AsyncGenerator[bytes, None]:
    """The frames of a streamed answer; what was sent is billed, also when the client hangs up."""
    service, entry = service_of(request), entry_of(request)
    estimate = estimate_of(ask)
    service.account.hold(key.id, estimate)
    reply: Reply | None = None
    sent = total = 1
    try:
        await service.work_for(0.3)
        reply = await reply_to(service, ask)
        pollen = cost_of(ask.model, usage_of(reply)) if service.settings.era == "current" else None
        frames = list(Chunks(reply, style_of(ask.model), pollen))
        total, sent = len(frames), 0
        for pause, data in frames:
            if entry.stream_error and sent >= entry.stream_after:
                for failure in Chunks(reply, "usual", None).failure(entry.stream_error):
                    yield failure
                return
            await service.work_for(pause)
            yield data
            sent += 1
        yield DONE
    finally:
        service.account.release(key.id, estimate)
        if reply is not None:
            _bill(service, key, ask, reply, share=Decimal(sent) / Decimal(total), request=request)


def _bill(service: Service, key: Key, ask: Ask, reply: Reply, *, share: Decimal, request: Request) -> None:
    """Charge a streamed answer: the prompt whole, the answer as far as it was sent."""
    usage: prices.Usage = {}
    for kind, amount in usage_of(reply).items():
        part = amount if kind.startswith("prompt") else (amount * share).to_integral_value()
        if part:
            usage[kind] = part
    cost = cost_of(ask.model, usage)
    service.store.append(service.account.charge(key, ask.model, "generate.text", cost, usage, 0))
    entry_of(request).billed = cost


def _notice(request: Request, ask: Ask, error: ApiError, show: Show) -> Response:
    service = service_of(request)
    entry_of(request).outcome = "refused"
    reply = notice(ask, words_of_notice(error, service.addresses.enter_url))
    headers = {"Cache-Control": "private, no-store"}
    if ask.stream:
        chunks = Chunks(reply, "usual", None)
        parts = [
            chunks.chunk({"role": "assistant", "content": ""}),
            chunks.chunk({"content": reply.content}),
            chunks.chunk({}, "stop"),
            *[data for _, data in chunks if b'"usage"' in data],
            DONE,
        ]
        return Response(b"".join(parts), headers=headers, media_type=EVENT_STREAM)
    if show is _plain:
        return Response(reply.content, headers=headers, media_type="text/plain; charset=utf-8")
    return JSONResponse(completion(reply) | {"usage": bare_usage()}, headers=headers)


# ------------------------------------------------------------------ routes
async def _chat(request: Request) -> Response:
    required_key(request)
    _limit_body(request)
    body = await json_object(request)
    key, ask = _read(request, body, strict=True, default_seed=None)
    return await _respond(request, key, ask, body, endpoint="POST /v1/chat/completions", show=_whole)


async def _post_text(request: Request) -> Response:
    required_key(request)
    _limit_body(request)
    body = await json_object(request)
    key, ask = _read(request, body, strict=True, default_seed=None)
    return await _respond(request, key, ask, body, endpoint="POST /text", show=_plain)


async def _get_text(request: Request) -> Response:
    required_key(request)
    prompt = path_text(request, "/text/")
    query = dict(request.query_params)
    messages: list[JsonObject] = [{"role": "user", "content": prompt}]
    if system := query.get("system"):
        messages.insert(0, {"role": "system", "content": system})
    body: JsonObject = {"messages": messages, "model": query.get("model", "openai")}
    body |= {name: query[name] for name in TEXT_PARAMETERS if name in query}
    if query.get("json", "").lower() == "true":
        body["response_format"] = {"type": "json_object"}
    # Left out, the seed is 0: the same address gives the same answer for ever (CONTRACT 4.7).
    key, ask = _read(request, body, strict=False, default_seed=0)
    if "audio" in ask.model.outputs:
        ask = replace(ask, voice=query.get("voice", "alloy"), audio_format="mp3")
    said: JsonObject = {"prompt": prompt, **query}
    return await _respond(request, key, ask, said, endpoint="GET /text/", show=_plain)


def routes(era: Era) -> list[Route]:
    """`POST /text` came after the seed era; `/openai` was already out of favour in it."""
    found = [
        Route("/v1/chat/completions", _chat, methods=["POST"]),
        Route("/openai", _chat, methods=["POST"]),
        Route("/openai/chat/completions", _chat, methods=["POST"]),
        Route("/text/{prompt:path}", _get_text),
    ]
    if era == "current":
        found.append(Route("/text", _post_text, methods=["POST"]))
    return found
