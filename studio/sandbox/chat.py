"""Chat: what was asked, checked field by field, and the answer to it (CONTRACT 4.1, 4.2)."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from studio.sandbox import prices, safety
from studio.sandbox.catalogue import Model
from studio.sandbox.errors import ApiError
from studio.sandbox.make.answers import Answer, answer, count_tokens
from studio.sandbox.make.audio_files import SoundKind
from studio.sandbox.make.pictures import picture
from studio.sandbox.make.sounds import seconds_of, speech, spoken_text
from studio.sandbox.parameters import JsonObject, Parameters
from studio.sandbox.service import Service

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
PART_MODALITIES = {"text": "", "image_url": "image", "video_url": "video", "input_audio": "audio", "file": ""}
BUILT_IN_TOOLS = (
    "code_execution",
    "google_search",
    "google_maps",
    "url_context",
    "computer_use",
    "file_search",
)
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
AUDIO_KINDS: dict[str, SoundKind] = {
    "wav": "wav",
    "mp3": "mp3",
    "flac": "flac",
    "opus": "opus",
    "pcm16": "pcm",
}
IMAGE_TOKENS = 85  # what one picture in a message counts as
AUDIO_TOKENS_PER_SECOND = 10
UNLIMITED_ESTIMATE_TOKENS = 400
MAX_SEED = 2_147_483_647
NOTHING_SAID = "Please say something."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A checked chat request."""

    model: Model
    asked: str
    messages: list[JsonObject]
    seed: int
    stream: bool = False
    tools: list[JsonObject] | None = None
    tool_choice: object = None
    built_in_tools: tuple[str, ...] = ()
    wants_json: bool = False
    schema: JsonObject | None = None
    reasons: bool = False
    most_tokens: int | None = None
    stops: tuple[str, ...] = ()
    voice: str = ""
    audio_format: str = ""
    safety_headers: Mapping[str, str]

    @property
    def speaks(self) -> bool:
        """Whether the answer is spoken."""
        return bool(self.audio_format)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A finished answer with what it used."""

    id: str
    created: int
    model: str
    said: Answer
    content: str
    finish_reason: str
    audio: bytes = b""
    plot: bytes = b""
    prompt_tokens: int
    prompt_audio_tokens: int = 0
    completion_tokens: int
    reasoning_tokens: int = 0
    audio_tokens: int = 0


# ------------------------------------------------------------------ reading
def read_ask(
    parameters: Parameters, model: Model, asked: str, features: Collection[str], *, default_seed: int | None
) -> Ask:
    """Check every field of CONTRACT 4.1; 400 names the wrong ones."""
    messages = _messages(parameters, model)
    _check_numbers(parameters)
    seed = parameters.integer("seed", -1, 2**53 - 1)
    seed = default_seed if seed is None else seed
    tools, built_in = _tools(parameters, model)
    wants_json, schema = _response_format(parameters)
    voice, audio_format = _audio(parameters, model)
    stream = parameters.flag("stream")
    effort = parameters.choice("reasoning_effort", "", ("", *EFFORTS))
    most_tokens = parameters.integer("max_tokens", 0, 2**53 - 1)
    parameters.check()
    headers: dict[str, str] = {}
    for message in messages:
        if message["role"] == "user" and isinstance(message["content"], str):
            checked = safety.check(message["content"], features)
            message["content"] = checked.text or NOTHING_SAID
            headers = {**checked.headers, **headers}
    return Ask(
        model=model,
        asked=asked,
        messages=messages,
        seed=secrets.randbelow(MAX_SEED) if seed is None or seed < 0 else seed,
        stream=stream,
        tools=tools,
        tool_choice=parameters.values.get("tool_choice"),
        built_in_tools=built_in,
        wants_json=wants_json,
        schema=schema,
        reasons=model.reasons and effort != "none" and not _thinking_off(parameters),
        most_tokens=most_tokens or parameters.integer("max_completion_tokens", 1, 2**53 - 1),
        stops=_stops(parameters),
        voice=voice,
        audio_format=audio_format,
        safety_headers=headers,
    )


def _check_numbers(parameters: Parameters) -> None:
    for name, low, high in (
        ("temperature", 0, 2),
        ("top_p", 0, 1),
        ("frequency_penalty", -2, 2),
        ("presence_penalty", -2, 2),
        ("repetition_penalty", 0, 2),
        ("top_logprobs", 0, 20),
    ):
        parameters.number(name, low, high)


def _thinking_off(parameters: Parameters) -> bool:
    thinking: object = parameters.values.get("thinking")
    return isinstance(thinking, dict) and cast(JsonObject, thinking).get("type") == "disabled"


def _stops(parameters: Parameters) -> tuple[str, ...]:
    stop: object = parameters.values.get("stop")
    if isinstance(stop, str):
        return (stop,)
    return tuple(item for item in cast(list[object], stop or []) if isinstance(item, str) and item)


def _objects(value: object) -> list[JsonObject] | None:
    """A list of JSON objects, or None."""
    if not isinstance(value, list):
        return None
    items = cast(list[object], value)
    return cast(list[JsonObject], items) if all(isinstance(item, dict) for item in items) else None


def _messages(parameters: Parameters, model: Model) -> list[JsonObject]:
    messages = _objects(parameters.values.get("messages"))
    if not messages:
        parameters.wrong("messages", "Invalid input: expected a non-empty array of messages")
        return []
    found: list[JsonObject] = []
    for number, message in enumerate(messages):
        if message.get("role") not in ROLES:
            parameters.wrong("messages", f"messages.{number}.role: expected one of {', '.join(ROLES)}")
        content: object = message.get("content")
        parts = _objects(content)
        if parts is not None:
            for part in parts:
                _check_part(parameters, model, part)
        elif content is not None and not isinstance(content, str):
            parameters.wrong("messages", f"messages.{number}.content: expected a string or an array of parts")
        found.append({**message, "content": content})
    return found


def _check_part(parameters: Parameters, model: Model, part: JsonObject) -> None:
    kind = str(part.get("type"))
    modality = PART_MODALITIES.get(kind)
    if modality is None:
        return  # parts of other providers pass through
    if modality and modality not in model.inputs:
        raise ApiError(400, f"Model '{model.name}' does not accept {modality} input.")
    if kind != "text" and not isinstance(part.get(kind), dict):
        parameters.wrong("messages", f"Invalid input: expected object in {kind} part")


def _tools(parameters: Parameters, model: Model) -> tuple[list[JsonObject] | None, tuple[str, ...]]:
    value = parameters.values.get("tools")
    if value is None:
        return None, ()
    tools = _objects(value)
    if tools is None:
        parameters.wrong("tools", "Invalid input: expected an array of tools")
        return None, ()
    functions: list[JsonObject] = []
    built_in: list[str] = []
    for tool in tools:
        if tool.get("type") in BUILT_IN_TOOLS:
            built_in.append(str(tool["type"]))
            continue
        function: object = tool.get("function")
        name = cast(JsonObject, function).get("name") if isinstance(function, dict) else None
        if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
            parameters.wrong("tools", "Invalid function name: must match ^[a-zA-Z0-9_-]{1,64}$")
            continue
        functions.append(tool)
    if built_in and not model.is_a("gemini"):
        raise ApiError(400, f"Model '{model.name}' does not support built-in tools.")
    return functions or None, tuple(built_in)


def _response_format(parameters: Parameters) -> tuple[bool, JsonObject | None]:
    value: object = parameters.values.get("response_format")
    if value is None:
        return False, None
    kind: object = cast(JsonObject, value).get("type") if isinstance(value, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        parameters.wrong("response_format", "Invalid input: expected text, json_object or json_schema")
        return False, None
    inner: object = cast(JsonObject, value).get("json_schema")
    schema: object = cast(JsonObject, inner).get("schema") if isinstance(inner, dict) else None
    return kind != "text", cast(JsonObject, schema) if isinstance(schema, dict) else None


def _audio(parameters: Parameters, model: Model) -> tuple[str, str]:
    """Voice and format when a spoken answer is wanted."""
    modalities: object = parameters.values.get("modalities")
    if not isinstance(modalities, list) or "audio" not in cast(list[object], modalities):
        return "", ""
    if "audio" not in model.outputs:
        raise ApiError(400, f"Model '{model.name}' does not support audio output.")
    wanted: object = parameters.values.get("audio")
    options = cast(JsonObject, wanted) if isinstance(wanted, dict) else {}
    voice, audio_format = options.get("voice"), options.get("format")
    if not isinstance(voice, str) or audio_format not in AUDIO_KINDS:
        parameters.wrong("audio", "Invalid input: voice and format are both required")
        return "", ""
    if parameters.values.get("stream") is True and audio_format != "pcm16":
        raise ApiError(400, "Streaming audio output supports the format pcm16 only.")
    return voice, str(audio_format)


# ------------------------------------------------------------------ counting
def text_of(content: object) -> str:
    """The words of a message's content."""
    if isinstance(content, str):
        return content
    return "\n".join(
        str(part.get("text", "")) for part in _objects(content) or [] if part.get("type") == "text"
    )


def _parts(ask: Ask, kind: str) -> list[JsonObject]:
    return [
        part
        for message in ask.messages
        for part in _objects(message["content"]) or []
        if part.get("type") == kind
    ]


def prompt_tokens_of(ask: Ask) -> int:
    """Tokens of all messages and tools; a picture counts a fixed number."""
    words = sum(count_tokens(text_of(message["content"])) + 3 for message in ask.messages)
    tools = sum(count_tokens(str(tool)) for tool in ask.tools or [])
    return words + tools + IMAGE_TOKENS * len(_parts(ask, "image_url"))


def _heard(ask: Ask) -> list[bytes]:
    """The audio clips in the messages."""
    clips: list[bytes] = []
    for part in _parts(ask, "input_audio"):
        try:
            clips.append(base64.b64decode(str(part["input_audio"].get("data", "")), validate=True))
        except binascii.Error as error:
            raise ApiError(400, "Invalid input_audio: damaged base64 data") from error
    return clips


def usage_of(reply: Reply) -> prices.Usage:
    """The reply's tokens as usage kinds, zeros left out."""
    counts = {
        "promptTextTokens": reply.prompt_tokens - reply.prompt_audio_tokens,
        "promptAudioTokens": reply.prompt_audio_tokens,
        "completionTextTokens": reply.completion_tokens - reply.reasoning_tokens - reply.audio_tokens,
        "completionReasoningTokens": reply.reasoning_tokens,
        "completionAudioTokens": reply.audio_tokens,
    }
    return {kind: Decimal(count) for kind, count in counts.items() if count}


def cost_of(model: Model, usage: Mapping[str, Decimal]) -> Decimal:
    prompt = int(usage.get("promptTextTokens", 0))
    return prices.cost(prices.variant_sheet(model, prices.long_context(model, prompt)), usage)


def estimate_of(ask: Ask) -> Decimal:
    """What an answer of usual length would cost."""
    answer_tokens = min(ask.most_tokens or UNLIMITED_ESTIMATE_TOKENS, UNLIMITED_ESTIMATE_TOKENS)
    usage = {
        "promptTextTokens": Decimal(prompt_tokens_of(ask)),
        "completionTextTokens": Decimal(answer_tokens),
    }
    return cost_of(ask.model, usage)


# ------------------------------------------------------------------ answering
async def reply_to(service: Service, ask: Ask) -> Reply:
    """Think up the answer and everything that goes with it."""
    clips = [(seconds_of(clip), spoken_text(clip)) for clip in _heard(ask)]
    said = await service.make(
        answer,
        _plain_messages(ask, [text for _, text in clips]),
        model=ask.model.name,
        seed=ask.seed,
        tools=ask.tools if ask.tool_choice != "none" else None,
        tool_choice=ask.tool_choice,
        json_mode=ask.wants_json,
        reasoning=ask.reasons,
        schema=ask.schema,
    )
    content, finish = _limited(said.content, ask)
    audio = b""
    if ask.speaks and content:
        audio = await service.make(speech, content, ask.voice, ask.seed, kind=AUDIO_KINDS[ask.audio_format])
    plot = b""
    if "code_execution" in ask.built_in_tools:
        plot = await service.make(picture, content[:200], ask.seed, 320, 240, kind="png")
    reasoning = count_tokens(said.reasoning) if said.reasoning else 0
    audio_tokens = count_tokens(content) * 2 if audio else 0
    heard_tokens = round(sum(seconds for seconds, _ in clips) * AUDIO_TOKENS_PER_SECOND)
    calls = sum(count_tokens(call.name + call.arguments) for call in said.tool_calls)
    return Reply(
        id=f"pllns_{uuid.uuid4().hex}",
        created=int(time.time()),
        model=provider_name(ask.model),
        said=said,
        content=content,
        finish_reason="tool_calls" if said.tool_calls else finish,
        audio=audio,
        plot=plot,
        prompt_tokens=prompt_tokens_of(ask) + heard_tokens,
        prompt_audio_tokens=heard_tokens,
        completion_tokens=(count_tokens(content) if content else 0) + reasoning + audio_tokens + calls,
        reasoning_tokens=reasoning,
        audio_tokens=audio_tokens,
    )


def _plain_messages(ask: Ask, heard: Sequence[str]) -> list[JsonObject]:
    """Messages with words for content; what was heard in audio clips is added to the last one."""
    messages: list[JsonObject] = []
    for message in ask.messages:
        text = text_of(message["content"])
        pictures = sum(1 for part in _objects(message["content"]) or [] if part.get("type") == "image_url")
        if pictures:
            text += f"\n[{pictures} picture{'s' if pictures > 1 else ''}]"
        messages.append({**message, "content": text})
    if heard:
        messages[-1]["content"] = "\n".join([messages[-1]["content"], *[text for text in heard if text]])
    return messages


def _limited(content: str, ask: Ask) -> tuple[str, str]:
    """The content cut at a stop word or at the token limit, and the finish reason."""
    ends = [content.index(stop) for stop in ask.stops if stop in content]
    if ends:
        content = content[: min(ends)]
    if ask.most_tokens and count_tokens(content) > ask.most_tokens:
        return content[: ask.most_tokens * 4], "length"
    return content, "stop"


def provider_name(model: Model) -> str:
    """What the provider calls the model; it need not equal the id that was asked for (CONTRACT 4.2)."""
    return model.name.rsplit("/", 1)[-1]


def usage_shown(reply: Reply, pollen: Decimal | None = None) -> JsonObject:
    """The `usage` object of an answer."""
    usage: JsonObject = {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": reply.prompt_tokens + reply.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": reply.prompt_audio_tokens},
        "completion_tokens_details": {
            "reasoning_tokens": reply.reasoning_tokens,
            "audio_tokens": reply.audio_tokens,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    return usage if pollen is None else {**usage, "pollen_cost": float(pollen)}


def tool_calls_shown(said: Answer) -> list[JsonObject]:
    return [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in said.tool_calls
    ]


def audio_shown(reply: Reply) -> JsonObject:
    return {
        "id": f"audio_{reply.id[-12:]}",
        "expires_at": reply.created + 3600,
        "data": base64.b64encode(reply.audio).decode(),
        "transcript": reply.content,
    }


def blocks_of(reply: Reply) -> list[JsonObject]:
    """`content_blocks`: a thought, the words, and the picture that code made (CONTRACT 4.2)."""
    url = "data:image/png;base64," + base64.b64encode(reply.plot).decode()
    return [
        {"type": "thinking", "thinking": reply.said.reasoning or "Draw it with code."},
        {"type": "text", "text": reply.content},
        {"type": "image_url", "image_url": {"url": url}},
    ]


def completion(reply: Reply) -> JsonObject:
    """The whole answer as one `chat.completion` object."""
    message: JsonObject = {"role": "assistant"}
    if reply.said.reasoning:
        message["reasoning_content"] = reply.said.reasoning
    message["content"] = None if reply.audio or reply.said.tool_calls else reply.content
    if reply.said.tool_calls:
        message["tool_calls"] = tool_calls_shown(reply.said)
    if reply.audio:
        message["audio"] = audio_shown(reply)
    if reply.plot:
        message["content_blocks"] = blocks_of(reply)
    whole: JsonObject = {
        "id": reply.id,
        "object": "chat.completion",
        "created": reply.created,
        "model": reply.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}],
        "system_fingerprint": None,
        "usage": usage_shown(reply),
    }
    if reply.said.citations:
        whole["citations"] = list(reply.said.citations)
    return whole


def words_of_notice(error: ApiError, enter_url: str) -> str:
    """The sentence that stands in for a refusal on text routes (CONTRACT 4.6)."""
    if error.code == "KEY_BUDGET_EXHAUSTED":
        fix = f"This API key has used up its budget. Please [raise the key's budget]({error.fix_url})"
    elif error.code == "FORBIDDEN":
        fix = f"{error.message}. Please [allow the model for this key]({enter_url}/edit-key?ref=agent_model)"
    else:
        fix = (
            "The account behind this API key doesn't have enough credits. Please "
            f"[top up]({enter_url}/top-up?ref=agent_low_balance_topup) or "
            f"[complete a quest]({enter_url}/quests?ref=agent_low_balance_quests)"
        )
    return (
        f"{fix}, then try again.\n\nIf this isn’t your Pollinations account, contact whoever runs the app or "
        "service you’re using."
    )


def notice(ask: Ask, text: str) -> Reply:
    """A refusal dressed as an answer: nothing used, nothing billed."""
    said = Answer("", text, (), ())
    return Reply(
        id="chatcmpl-notice",
        created=int(time.time()),
        model=ask.asked,
        said=said,
        content=text,
        finish_reason="stop",
        prompt_tokens=0,
        completion_tokens=0,
    )


def bare_usage() -> dict[str, Any]:
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
