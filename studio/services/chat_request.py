"""From a conversation to the body of its next request (CONTRACT 4.1). Pure: files are read elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, cast

from studio.api.chat_wire import chat_body
from studio.core.json_text import parse_json
from studio.domain.chat import ChatMessage, ChatRequest, ContentPart, TextPart, ToolCall
from studio.domain.conversation import (
    AttachmentPiece,
    ChatParameters,
    Conversation,
    Message,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.models import ModelInfo

Contents = Callable[[AttachmentPiece], Sequence[ContentPart]]

COMMON = frozenset(
    {"temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "stop", "seed"}
)
ALWAYS = frozenset({"safe", "user"})
CONTINUE = "Continue your last answer exactly where it broke off. Repeat nothing and add no introduction."
NOT_RUN = "The call was not carried out."
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{200,}")


def offered(model: ModelInfo | None) -> frozenset[str]:
    """The parameters to offer for a model, by their names on the wire: those it lists, or the common ones
    when it lists none, with what its capabilities say."""
    names = set(COMMON)
    if model is not None and model.supported_parameters:
        names = set(model.supported_parameters)
        if "max_completion_tokens" in names:
            names.add("max_tokens")
    names |= ALWAYS
    if model is None:
        return frozenset(names)
    if model.calls_tools:
        names |= {"tools", "tool_choice", "parallel_tool_calls"}
    if model.reasons:
        names |= {"reasoning_effort", "thinking_budget"}
    if model.supports_structured_output or not model.supported_parameters:
        names.add("response_format")
    if "audio" in model.output_modalities:
        names |= {"modalities", "audio"}
    if "web_search" in model.capabilities and model.publisher.lower() == "perplexity":
        names.add("web_search_options")
    return frozenset(names)


_ON_THE_WIRE = {
    "json_schema": "response_format", "image_tool": "tools", "spoken": "modalities", "voice": "modalities",
    "audio_format": "modalities", "search_context_size": "web_search_options",
}  # fmt: skip
_NEVER_LEFT_OUT = frozenset({"built_in_tools", "context_limit", "extra"})


def takes(model: ModelInfo | None, name: str) -> bool:
    """Whether a field of `ChatParameters` means anything to the model: offer it only then."""
    if name == "image_tool" and model is None:
        return False
    return name in _NEVER_LEFT_OUT or _ON_THE_WIRE.get(name, name) in offered(model)


def left_out(parameters: ChatParameters, model: ModelInfo | None) -> tuple[str, ...]:
    """Fields that are set and do not go along, because the model does not take them."""
    if model is None:
        return ()
    usual = ChatParameters()
    names = [one.name for one in fields(ChatParameters)]
    if not parameters.spoken:
        names = [name for name in names if name not in ("voice", "audio_format")]
    found = [
        name for name in names
        if getattr(parameters, name) != getattr(usual, name) and not takes(model, name)
    ]  # fmt: skip
    if set(parameters.built_in_tools) - set(built_in_tools(model)):
        found.append("built_in_tools")
    return tuple(found)


def built_in_tools(model: ModelInfo | None) -> tuple[str, ...]:
    """Tools the provider runs itself; only Gemini has them (CONTRACT 4.1)."""
    if model is None or "gemini" not in f"{model.name} {' '.join(model.aliases)}".lower():
        return ()
    found = ("google_search", "url_context", "google_maps") if "web_search" in model.capabilities else ()
    return (
        (*found, "code_execution") if model.calls_tools or "code_execution" in model.capabilities else found
    )


def chat_request(
    conversation: Conversation,
    messages: Sequence[Message],
    model: ModelInfo | None,
    contents: Contents,
    *,
    tools: Sequence[dict[str, Any]] = (),
    continues: bool = False,
    model_name: str = "",
) -> ChatRequest:
    """The request that answers `messages`.

    Args:
        messages: what goes along, in order; what the user excluded is left out already.
        contents: the content parts of an attachment.
        tools: the program's own, beside those of the parameters.
        continues: the last message is an answer to go on with.
        model_name: what to ask for, when it is not the conversation's model.
    """
    wire: list[ChatMessage] = []
    if conversation.system_prompt.strip():
        wire.append(ChatMessage(role="system", content=conversation.system_prompt))
    wire += wire_messages(messages, contents)
    if continues:
        wire.append(ChatMessage(role="user", content=CONTINUE))
    request = ChatRequest(messages=tuple(wire), model=model_name or conversation.model)
    return replace(request, **_parameters(conversation.parameters, model, tools))


def wire_messages(messages: Sequence[Message], contents: Contents) -> list[ChatMessage]:
    """Messages as the API takes them. A tool call always has its result behind it, and a result its call."""
    results = {message.tool_call_id: message for message in messages if message.role == "tool"}
    wire: list[ChatMessage] = []
    for message in messages:
        if message.role == "user":
            parts = tuple(_question_parts(message, contents))
            if parts:
                wire.append(ChatMessage(role="user", content=_plain(parts)))
        elif message.role == "assistant":
            wire += _answer(message, results)
    return wire


def _question_parts(message: Message, contents: Contents) -> list[ContentPart]:
    parts: list[ContentPart] = []
    for piece in message.pieces:
        if isinstance(piece, TextPiece) and piece.text.strip():
            parts.append(TextPart(text=piece.text))
        elif isinstance(piece, AttachmentPiece):
            parts += contents(piece)
    return parts


def _plain(parts: tuple[ContentPart, ...]) -> str | tuple[ContentPart, ...]:
    """Text alone goes as a string, which every model takes."""
    if all(isinstance(part, TextPart) for part in parts):
        return "\n\n".join(part.text for part in parts if isinstance(part, TextPart))
    return parts


def _answer(message: Message, results: dict[str, Message]) -> list[ChatMessage]:
    calls = [piece for piece in message.pieces if isinstance(piece, ToolCallPiece)]
    spoken = [piece.transcript for piece in message.attachments if piece.transcript]
    text = "\n\n".join(part for part in (message.text, *spoken) if part.strip())
    if not text and not calls:
        return []
    wire = [
        ChatMessage(
            role="assistant",
            content=text or None,
            tool_calls=tuple(
                ToolCall(id=call.id, name=_tool_name(call.name), arguments=_arguments(call)) for call in calls
            ),
        )
    ]
    for call in calls:
        result = results.get(call.id)
        known = call.result if call.state not in (ToolState.ASKED, ToolState.RUNNING) else ""
        content = (result.text if result is not None else known) or NOT_RUN
        wire.append(ChatMessage(role="tool", tool_call_id=call.id, content=content))
    return wire


def _tool_name(name: str) -> str:
    """Names must match `[a-zA-Z0-9_-]{1,64}` (CONTRACT 4.1), which a model may get wrong."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64] or "tool"


def _arguments(call: ToolCallPiece) -> str:
    """Arguments that are no JSON make some providers refuse the whole conversation."""
    try:
        parse_json(call.arguments)
    except ValueError:
        return json.dumps({"unreadable": call.arguments})
    return call.arguments


def _parameters(
    parameters: ChatParameters, model: ModelInfo | None, tools: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """What goes into the request, without what the model does not take."""
    allowed = offered(model)
    values: dict[str, Any] = {
        "temperature": parameters.temperature,
        "top_p": parameters.top_p,
        "max_tokens": parameters.max_tokens,
        "frequency_penalty": parameters.frequency_penalty,
        "presence_penalty": parameters.presence_penalty,
        "repetition_penalty": parameters.repetition_penalty,
        "stop": parameters.stop[:4],
        "seed": parameters.seed,
        "reasoning_effort": parameters.reasoning_effort,
        "thinking_budget": parameters.thinking_budget,
        "logprobs": parameters.logprobs,
        "top_logprobs": parameters.top_logprobs,
        "logit_bias": parameters.logit_bias,
        "user": parameters.user,
        "safe": parameters.safe,
        "response_format": _response_format(parameters),
    }
    if parameters.search_context_size:
        values["web_search_options"] = {"search_context_size": parameters.search_context_size}
    if parameters.spoken:
        values["modalities"] = ("text", "audio")
        # The only format that providers stream (CONTRACT 4.4); it is filed as WAV.
        voice = parameters.voice or next(iter(model.voices if model else ()), "alloy")
        values["audio"] = {"voice": voice, "format": "pcm16"}
    offered_tools = _tools(parameters, model, tools)
    if offered_tools:
        values["tools"] = offered_tools
        values["tool_choice"] = _tool_choice(parameters.tool_choice)
        values["parallel_tool_calls"] = parameters.parallel_tool_calls
    kept = {name: value for name, value in values.items() if name in allowed and _is_set(value)}
    if parameters.extra:
        kept["extra"] = dict(parameters.extra)
    return kept


def _is_set(value: object) -> bool:
    return value is not None and value != "" and value != ()


def _tools(
    parameters: ChatParameters, model: ModelInfo | None, own: Sequence[dict[str, Any]]
) -> tuple[dict[str, Any], ...]:
    there = built_in_tools(model)
    built_in = tuple({"type": name} for name in parameters.built_in_tools if name in there)
    return (*own, *parameters.tools, *built_in)


def _tool_choice(choice: str) -> str | dict[str, Any] | None:
    if choice in ("", "none", "auto", "required"):
        return choice or None
    return {"type": "function", "function": {"name": choice}}


def _response_format(parameters: ChatParameters) -> dict[str, Any] | None:
    match parameters.response_format:
        case "json_object" | "text":
            return {"type": parameters.response_format}
        case "json_schema" if parameters.json_schema:
            schema = parameters.json_schema
            if "schema" not in schema:
                schema = {"name": "answer", "schema": schema}
            return {"type": "json_schema", "json_schema": {"name": "answer", **schema}}
        case _:
            return None


def preview(request: ChatRequest) -> str:
    """The body as it will be sent, for reading: base64 is shortened, and the key is no part of it."""
    body = {**chat_body(request), "stream": True, "stream_options": {"include_usage": True}}
    return json.dumps(_shortened(body), ensure_ascii=False, indent=2)


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return _BASE64.sub(lambda found: f"{found[0][:24]}… ({len(found[0])} characters)", value)
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_shortened(item) for item in cast("list[Any]", value)]
    return value
