"""Chat over the wire (CONTRACT 4): what is asked, what comes back, and the events of a stream.

Field names are the API's own. None and empty mean "not sent".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from studio.domain.service import Usage

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]

# ---------------------------------------------------------------- what is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """A piece of text in a message. `cache` asks the provider to keep everything up to here."""

    text: str
    type: Literal["text"] = "text"
    cache: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePart:
    """A picture: https address or `data:image/…;base64,`. `detail`: auto | low | high."""

    url: str
    type: Literal["image_url"] = "image_url"
    detail: str = ""
    mime_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPart:
    """A film: https address, data URI, or a YouTube page where the model takes one."""

    url: str
    type: Literal["video_url"] = "video_url"
    mime_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPart:
    """A sound: base64 `data` in `format` wav | mp3 | flac | opus | pcm16."""

    data: str
    format: str
    type: Literal["input_audio"] = "input_audio"
    cache: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A document: data URI, address or id."""

    type: Literal["file"] = "file"
    file_data: str = ""
    file_id: str = ""
    file_name: str = ""
    file_url: str = ""
    mime_type: str = ""
    cache: bool = False


ContentPart = TextPart | ImagePart | VideoPart | AudioPart | FilePart


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A function the model wants called. `arguments` is JSON text, which may be broken."""

    id: str
    name: str
    arguments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message. `content` is text, or parts; None is allowed beside tool calls."""

    role: Role
    content: str | tuple[ContentPart, ...] | None = None
    name: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    audio_id: str = ""
    reasoning_content: str = ""
    content_blocks: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One call of POST /v1/chat/completions (CONTRACT 4.1).

    Args:
        temperature: 0 to 2; `top_p`: 0 to 1; penalties: -2 to 2 (`repetition_penalty` 0 to 2).
        seed: -1 to 2^31-1.
        stop: at most four.
        response_format, tools, tool_choice, thinking, web_search_options: JSON as the API defines it.
        reasoning_effort: none | minimal | low | medium | high | xhigh | max.
        audio: `{"voice", "format"}`, together with `modalities` ("text", "audio").
        safe: comma list of safety features (CONTRACT 4.8).
        extra: further fields of the body, sent as they are.
    """

    messages: tuple[ChatMessage, ...]
    model: str
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    response_format: dict[str, Any] | None = None
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: str = ""
    thinking: dict[str, Any] | None = None
    thinking_budget: int | None = None
    modalities: tuple[str, ...] = ()
    audio: dict[str, str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, float] | None = None
    user: str = ""
    safe: str = ""
    web_search_options: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPrompt:
    """One call of GET /text/{prompt} (CONTRACT 4.7). The same seed gives the same stored answer."""

    prompt: str
    model: str
    seed: int
    system: str = ""
    json: bool = False
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    max_tokens: int | None = None
    voice: str = ""
    reasoning_effort: str = ""
    safe: str = ""
    extra: tuple[tuple[str, str], ...] = ()


# ---------------------------------------------------------------- what comes back


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatUsage:
    """Tokens of one answer. `prompt_tokens` and `completion_tokens` include the details below them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    prompt_audio_tokens: int = 0
    prompt_image_tokens: int = 0
    reasoning_tokens: int = 0
    completion_audio_tokens: int = 0
    pollen_cost: Decimal | None = None

    def by_price_key(self) -> Usage:
        """The same amounts by the catalogue's price keys, each token counted once (CONTRACT 2.3)."""
        special = self.cached_tokens + self.cache_write_tokens + self.prompt_audio_tokens
        amounts = {
            "promptTextTokens": self.prompt_tokens - special - self.prompt_image_tokens,
            "promptCachedTokens": self.cached_tokens,
            "promptCacheWriteTokens": self.cache_write_tokens,
            "promptAudioTokens": self.prompt_audio_tokens,
            "promptImageTokens": self.prompt_image_tokens,
            "completionTextTokens": self.completion_tokens
            - self.reasoning_tokens
            - self.completion_audio_tokens,
            "completionReasoningTokens": self.reasoning_tokens,
            "completionAudioTokens": self.completion_audio_tokens,
        }
        return Usage(amounts={key: Decimal(amount) for key, amount in amounts.items() if amount > 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAudio:
    """A spoken answer. `data` is base64, all of it or the next piece; `expires_at` is the service's date."""

    id: str = ""
    data: str = ""
    transcript: str = ""
    format: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceNotice:
    """A "top up" sentence that came as if it were an answer (CONTRACT 4.6): not the model's words.

    Args:
        kind: balance | key_budget | permission.
        url: the page that repairs it.
    """

    text: str
    url: str
    kind: str = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAnswer:
    """A whole answer.

    Args:
        model: the provider's name for it, which need not be the requested id; `model_used` from the header.
        finish_reason: any word: stop, length, tool_calls, content_filter, …
        content_blocks: JSON as sent: thinking, pictures, results of code.
        notice: set when this is not an answer but a request to top up.
        headers: kept response headers.
    """

    id: str = ""
    model: str = ""
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    audio: ChatAudio | None = None
    content_blocks: tuple[dict[str, Any], ...] = ()
    citations: tuple[str, ...] = ()
    finish_reason: str = ""
    usage: ChatUsage | None = None
    created: datetime | None = None
    notice: BalanceNotice | None = None
    model_used: str = ""
    request_id: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])


# ---------------------------------------------------------------- events of a stream


@dataclass(frozen=True, slots=True)
class Started:
    """The answer begins. Comes once, first."""

    request_id: str = ""
    model_used: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the reasoning before it."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of tool call `index`: id and name come once, pieces of `arguments` are joined."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class AudioDelta:
    """More of a spoken answer: base64 of pcm16 unless another format was asked for."""

    audio: ChatAudio


@dataclass(frozen=True, slots=True)
class ContentBlock:
    """A thinking block, picture or result of code, as JSON."""

    block: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Citations:
    """Addresses the answer refers to, `[1]` being the first."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """What the answer used up."""

    usage: ChatUsage


@dataclass(frozen=True, slots=True)
class Notice:
    """What was streamed was no answer (CONTRACT 4.6)."""

    notice: BalanceNotice


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is whole. Comes once, last; a stream that ends without it was interrupted and raises."""

    reason: str
    id: str = ""
    model: str = ""


ChatEvent = (
    Started
    | TextDelta
    | ReasoningDelta
    | ToolCallDelta
    | AudioDelta
    | ContentBlock
    | Citations
    | UsageEvent
    | Notice
    | Finished
)
