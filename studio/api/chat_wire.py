"""Chat bodies, answers and stream chunks to domain values and back (CONTRACT 4.1, 4.2, 4.4, 4.6)."""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import urlsplit

from studio.api.error_parsing import error_in_stream
from studio.api.errors import RETRY, ApiBadAnswer, ApiInterrupted
from studio.api.wire import Obj, as_list, as_object, decimal, integer, moment, objects, strings, text
from studio.core.i18n import tr
from studio.core.json_text import parse_json
from studio.domain.chat import (
    AudioDelta,
    AudioPart,
    BalanceNotice,
    ChatAnswer,
    ChatAudio,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    ChatUsage,
    Citations,
    ContentBlock,
    ContentPart,
    FilePart,
    Finished,
    ImagePart,
    Notice,
    ReasoningDelta,
    TextDelta,
    TextPart,
    ToolCall,
    ToolCallDelta,
    UsageEvent,
    VideoPart,
)

NOTICE_CHARACTERS = 4000
MOST_TOKENS = 10**12
"""More than any answer has; what a hostile server says beyond it must stay a number that can be stored."""
MOST_CITATIONS = 200
_NOTICE_PAGES = {"top-up": "balance", "quests": "balance", "edit-key": "key_budget", "grant": "permission"}
_PLAIN_FIELDS = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "frequency_penalty", "presence_penalty",
    "repetition_penalty", "seed", "response_format", "tool_choice", "parallel_tool_calls",
    "reasoning_effort", "thinking", "thinking_budget", "audio", "logprobs", "top_logprobs", "logit_bias",
    "user", "safe", "web_search_options",
)  # fmt: skip

# ---------------------------------------------------------------- writing


def chat_body(request: ChatRequest) -> Obj:
    """The JSON of a chat request, without `stream`."""
    body: Obj = {"model": request.model, "messages": [message_body(m) for m in request.messages]}
    for name in _PLAIN_FIELDS:
        value = getattr(request, name)
        if value is not None and value != "":
            body[name] = value
    if request.stop:
        body["stop"] = list(request.stop)
    if request.tools:
        body["tools"] = list(request.tools)
    if request.modalities:
        body["modalities"] = list(request.modalities)
    body.update(request.extra)
    return body


def message_body(message: ChatMessage) -> Obj:
    """One message as JSON."""
    content: Any = message.content
    if isinstance(content, tuple):
        content = [part_body(part) for part in message.content or () if not isinstance(part, str)]
    body: Obj = {"role": message.role, "content": content}
    if message.name:
        body["name"] = message.name
    if message.tool_calls:
        body["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in message.tool_calls
        ]
    if message.tool_call_id:
        body["tool_call_id"] = message.tool_call_id
    if message.audio_id:
        body["audio"] = {"id": message.audio_id}
    if message.reasoning_content:
        body["reasoning_content"] = message.reasoning_content
    if message.content_blocks:
        body["content_blocks"] = list(message.content_blocks)
    return body


def part_body(part: ContentPart) -> Obj:
    """One content part as JSON."""
    cache: Obj = {}
    if isinstance(part, TextPart | AudioPart | FilePart) and part.cache:
        cache = {"cache_control": {"type": "ephemeral"}}
    match part:
        case TextPart():
            return {"type": "text", "text": part.text, **cache}
        case ImagePart():
            inner = {"url": part.url, "detail": part.detail, "mime_type": part.mime_type}
            return {"type": "image_url", "image_url": _filled(inner)}
        case VideoPart():
            return {"type": "video_url", "video_url": _filled({"url": part.url, "mime_type": part.mime_type})}
        case AudioPart():
            return {"type": "input_audio", "input_audio": {"data": part.data, "format": part.format}, **cache}
        case FilePart():
            names = ("file_data", "file_id", "file_name", "file_url", "mime_type")
            return {"type": "file", "file": _filled({n: getattr(part, n) for n in names}), **cache}


def _filled(values: Obj) -> Obj:
    return {name: value for name, value in values.items() if value}


# ---------------------------------------------------------------- reading a whole answer


def parse_answer(data: Any, enter: str) -> ChatAnswer:
    """A non-streamed answer (CONTRACT 4.2).

    Args:
        enter: the account host, whose links mark a balance notice.

    Raises:
        ApiBadAnswer: it holds no choice.
        ApiError: the choice carries an error.
    """
    document = as_object(data)
    if document.get("error") and not document.get("choices"):
        raise error_in_stream(document)
    choices = objects(document, "choices")
    if not choices:
        raise ApiBadAnswer(tr("The service's answer is empty."), "", (RETRY,))
    choice = choices[0]
    if text(choice, "finish_reason") == "error" and choice.get("error"):
        raise error_in_stream(choice)
    message = as_object(choice.get("message"))
    usage = parse_usage(document.get("usage"))
    content = _content(message.get("content"))
    return ChatAnswer(
        id=text(document, "id"),
        model=text(document, "model"),
        text=content,
        reasoning=text(message, "reasoning_content", "reasoning"),
        tool_calls=_tool_calls(message),
        audio=_audio(as_object(message.get("audio"))) if message.get("audio") else None,
        content_blocks=tuple(objects(message, "content_blocks")),
        citations=_citations(document),
        finish_reason=text(choice, "finish_reason"),
        usage=usage,
        created=moment(document, "created"),
        notice=balance_notice(content, usage, enter),
    )


def parse_usage(data: Any) -> ChatUsage | None:
    """The `usage` object; None when there is none."""
    usage = as_object(data)
    if not usage:
        return None
    prompt = as_object(usage.get("prompt_tokens_details"))
    completion = as_object(usage.get("completion_tokens_details"))
    cost = decimal(usage, "pollen_cost")
    return ChatUsage(
        prompt_tokens=_tokens(usage, "prompt_tokens"),
        completion_tokens=_tokens(usage, "completion_tokens"),
        total_tokens=_tokens(usage, "total_tokens"),
        cached_tokens=_tokens(prompt, "cached_tokens") or _tokens(usage, "cache_read_input_tokens"),
        cache_write_tokens=_tokens(usage, "cache_creation_input_tokens"),
        prompt_audio_tokens=_tokens(prompt, "audio_tokens"),
        prompt_image_tokens=_tokens(prompt, "image_tokens"),
        reasoning_tokens=_tokens(completion, "reasoning_tokens"),
        completion_audio_tokens=_tokens(completion, "audio_tokens"),
        # A negative cost would widen the day's budget.
        pollen_cost=cost if cost is not None and cost >= 0 else None,
    )


def _tokens(data: Obj, name: str) -> int:
    """A number of tokens; 0 for what cannot be one."""
    found = integer(data, name) or 0
    return found if 0 <= found <= MOST_TOKENS else 0


def _citations(data: Obj) -> tuple[str, ...]:
    """Addresses of web pages; anything else that poses as a source is left out."""
    found = (url.strip() for url in strings(data, "citations"))
    return tuple(url for url in found if url.lower().startswith(("https://", "http://")))[:MOST_CITATIONS]


def balance_notice(content: str, usage: ChatUsage | None, enter: str) -> BalanceNotice | None:
    """The notice in an answer that is none (CONTRACT 4.6): nothing used, and a link to an account page."""
    if usage is None or usage.total_tokens or usage.prompt_tokens or usage.completion_tokens:
        return None
    hosts = {urlsplit(enter).netloc, "enter.pollinations.ai"}
    for found in re.finditer(r"https?://[^\s)\]\"'<>]+", content[:NOTICE_CHARACTERS]):
        address = found.group(0)
        try:
            parts = urlsplit(address)
        except ValueError:  # "https://[" is no address
            continue
        page = parts.path.strip("/").partition("/")[0]
        if parts.netloc in hosts and page in _NOTICE_PAGES:
            return BalanceNotice(text=content, url=address.rstrip(".,;"), kind=_NOTICE_PAGES[page])
    return None


def _content(content: Any) -> str:
    """Text, or the text of content parts."""
    if isinstance(content, str):
        return content
    return "".join(text(part, "text") for part in objects({"parts": content}, "parts"))


def _tool_calls(message: Obj) -> tuple[ToolCall, ...]:
    calls = [
        ToolCall(
            id=text(call, "id") or f"call_{index}",
            name=text(as_object(call.get("function")), "name"),
            arguments=text(as_object(call.get("function")), "arguments"),
        )
        for index, call in enumerate(objects(message, "tool_calls"))
    ]
    legacy = as_object(message.get("function_call"))
    if legacy and not calls:
        calls = [ToolCall(id="call_0", name=text(legacy, "name"), arguments=text(legacy, "arguments"))]
    return tuple(calls)


def _audio(data: Obj) -> ChatAudio:
    return ChatAudio(
        id=text(data, "id"),
        data=text(data, "data"),
        transcript=text(data, "transcript"),
        format=text(data, "format"),
        expires_at=moment(data, "expires_at"),
    )


# ---------------------------------------------------------------- reading a stream


class StreamReader:
    """Turns the data of server-sent events into chat events. One per stream."""

    def __init__(self, enter: str) -> None:
        self._enter = enter
        self._id = ""
        self._model = ""
        self._reason = ""
        self._said: list[str] = []
        self._said_characters = 0
        self._usage: ChatUsage | None = None
        self._cited: tuple[str, ...] = ()
        self.done = False

    def read(self, data: bytes) -> list[ChatEvent]:
        """The chat events of one event's data. What is not JSON is a keep-alive and gives none.

        Lists, not generators: this runs thousands of times a second.

        Raises:
            ApiError: the service reports an error in the stream.
        """
        if self.done:
            return []
        if data.endswith(b"[DONE]") and data.strip() == b"[DONE]":
            return self._finish()
        try:
            chunk: Any = parse_json(data.decode("utf-8", "replace"))
        except ValueError:
            # Servers that leave out the blank lines between events: one document per line.
            lines = data.split(b"\n") if b"\n" in data else []
            return [event for line in lines for event in self.read(line)]
        events: list[ChatEvent] = []
        if isinstance(chunk, dict):
            self._chunk(cast(Obj, chunk), events)
        return events

    def whole(self, body: bytes) -> list[ChatEvent]:
        """The chat events of a whole answer that came instead of a stream.

        Raises:
            ApiBadAnswer: it is not an answer.
        """
        try:
            answer = parse_answer(parse_json(body), self._enter)
        except ValueError as error:
            raise ApiBadAnswer(tr("The service's answer cannot be read."), "", (RETRY,)) from error
        self._id, self._model, self._reason = answer.id, answer.model, answer.finish_reason or "stop"
        self._usage = answer.usage
        events: list[ChatEvent] = []
        if answer.reasoning:
            events.append(ReasoningDelta(answer.reasoning))
        if answer.text:
            events.append(self._text(answer.text))
        for index, call in enumerate(answer.tool_calls):
            events.append(ToolCallDelta(index, call.id, call.name, call.arguments))
        if answer.audio:
            events.append(AudioDelta(answer.audio))
        events += map(ContentBlock, answer.content_blocks)
        if answer.citations:
            events.append(Citations(answer.citations))
        if answer.usage:
            events.append(UsageEvent(answer.usage))
        return events + self._finish()

    def check_done(self) -> None:
        """Raises:
        ApiInterrupted: the connection ended before the answer did.
        """
        if not self.done:
            raise ApiInterrupted(
                tr("The answer broke off."),
                tr("What arrived is kept. You can continue or ask again."),
                (RETRY,),
            )

    def _chunk(self, chunk: Obj, events: list[ChatEvent]) -> None:
        if chunk.get("error"):
            raise error_in_stream(chunk)
        if not self._id:
            self._id, self._model = text(chunk, "id"), text(chunk, "model")
        choices = as_list(chunk.get("choices"))
        if choices:
            choice = as_object(choices[0])
            delta = choice.get("delta") or choice.get("message")
            if delta:
                self._delta(as_object(delta), events)
            reason = choice.get("finish_reason")
            if reason:
                self._reason = str(reason)
                if choice.get("error"):
                    raise error_in_stream(choice)
        if "citations" in chunk:
            urls = _citations(chunk)
            if urls and urls != self._cited:
                self._cited = urls
                events.append(Citations(urls))
        usage = parse_usage(chunk["usage"]) if chunk.get("usage") else None
        if usage:
            self._usage = usage
            events.append(UsageEvent(usage))

    def _delta(self, delta: Obj, events: list[ChatEvent]) -> None:
        content = delta.get("content")
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning and isinstance(reasoning, str):
            events.append(ReasoningDelta(reasoning))
        if content:
            words = _content(content)
            if words:
                events.append(self._text(words))
        if len(delta) == 1 and content:
            return
        for call in objects(delta, "tool_calls"):
            function = as_object(call.get("function"))
            index = integer(call, "index") or 0
            events.append(
                ToolCallDelta(index, text(call, "id"), text(function, "name"), text(function, "arguments"))
            )
        if delta.get("audio"):
            events.append(AudioDelta(_audio(as_object(delta["audio"]))))
        events += map(ContentBlock, objects(delta, "content_blocks"))

    def _text(self, words: str) -> TextDelta:
        if self._said_characters < NOTICE_CHARACTERS:
            self._said.append(words)
            self._said_characters += len(words)
        return TextDelta(words)

    def _finish(self) -> list[ChatEvent]:
        self.done = True
        finished = Finished(self._reason or "stop", self._id, self._model)
        notice = balance_notice("".join(self._said), self._usage, self._enter)
        return [Notice(notice), finished] if notice else [finished]
