"""What a transcript says in words: footers, tools, states, times."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from studio.core.i18n import number, tr, trn
from studio.domain.conversation import Message, MessageState, ToolCallPiece, ToolState
from studio.domain.money import pollen

IMAGE_TOOL = "generate_image"
_QUOTED = 60  # characters of a prompt in the line of a card

TOOL_WORDS = {
    "google_search": (tr("Searches the web"), tr("Searched the web")),
    "web_search": (tr("Searches the web"), tr("Searched the web")),
    "google_maps": (tr("Looks at the map"), tr("Looked at the map")),
    "url_context": (tr("Reads a page"), tr("Read a page")),
    "code_execution": (tr("Runs code"), tr("Ran code")),
    "computer_use": (tr("Uses a computer"), tr("Used a computer")),
    "file_search": (tr("Searches files"), tr("Searched files")),
    IMAGE_TOOL: (tr("Makes a picture"), tr("Made a picture")),
}
TOOL_STATES = {
    ToolState.ASKED: tr("waits for you"),
    ToolState.RUNNING: tr("running"),
    ToolState.DONE: "",
    ToolState.REFUSED: tr("not allowed"),
    ToolState.FAILED: tr("failed"),
}
STATE_SENTENCES = {
    MessageState.STOPPED: tr("Stopped. What came until then is kept."),
    MessageState.INTERRUPTED: tr("The answer broke off. What came until then is kept."),
    MessageState.FAILED: tr("The answer failed."),
}
CUT_SENTENCES = {
    "length": tr("The answer is longer than it was allowed to be, and ends here."),
    "content_filter": tr("A filter of the service ended this answer."),
}


def seconds_words(seconds: float) -> str:
    """ "0.4 s", "4 s", "2 min 5 s"."""
    if seconds < 1:
        return tr("{n} s", n=number(max(seconds, 0.1), 1))
    whole = round(seconds)
    if whole < 60:
        return tr("{n} s", n=whole)
    return tr("{m} min {n} s", m=whole // 60, n=whole % 60)


def thought_words(seconds: float | None, running: bool) -> str:
    """The head of folded reasoning."""
    if running:
        return tr("Thinking")
    return tr("Thought") if seconds is None else tr("Thought for {time}", time=seconds_words(seconds))


def arguments_of(call: ToolCallPiece) -> dict[str, Any]:
    """A call's arguments; empty where they are no JSON object."""
    try:
        made = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        return {}
    return made if isinstance(made, dict) else {}


def pretty_arguments(call: ToolCallPiece) -> str:
    """Arguments as indented JSON, or as they came where they are broken."""
    try:
        return json.dumps(json.loads(call.arguments), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return call.arguments


def tool_title(call: ToolCallPiece) -> str:
    """What a tool does, or did, in words."""
    done = call.state is ToolState.DONE
    if call.name in TOOL_WORDS:
        return TOOL_WORDS[call.name][1 if done else 0]
    name = call.name.replace("_", " ").replace("-", " ").strip() or tr("a tool")
    return tr("Called {name}", name=name) if done else tr("Calls {name}", name=name)


def tool_detail(call: ToolCallPiece) -> str:
    """How it went: "failed · 2 s", "" when there is nothing to tell."""
    parts = [TOOL_STATES[call.state]] if TOOL_STATES[call.state] else []
    if call.seconds is not None and call.state in (ToolState.DONE, ToolState.FAILED):
        parts.append(seconds_words(call.seconds))
    return " · ".join(parts)


def wanted_prompts(call: ToolCallPiece) -> list[str]:
    """The prompts of a call for pictures: `prompts`, `prompt`, or `images` with a prompt each."""
    found: list[str] = []
    arguments = arguments_of(call)
    values = arguments.get("prompts") or arguments.get("images") or arguments.get("prompt") or []
    for value in values if isinstance(values, list) else [values]:
        text = value.get("prompt", "") if isinstance(value, dict) else value
        if isinstance(text, str) and text.strip():
            found.append(" ".join(text.split()))
    return found


def wanted_count(call: ToolCallPiece) -> int:
    """How many pictures a call asks for."""
    arguments = arguments_of(call)
    prompts = len(wanted_prompts(call)) or 1
    number = next((arguments[key] for key in ("n", "count") if isinstance(arguments.get(key), int)), 1)
    return prompts if prompts > 1 else max(1, min(number, 99))


def permission_title(call: ToolCallPiece, model_title: str = "") -> str:
    """ "Wants to make 3 pictures with Flux Schnell"."""
    count = wanted_count(call)
    model = model_title or str(arguments_of(call).get("model") or "")
    if model:
        return trn(
            "Wants to make a picture with {model}",
            "Wants to make {n} pictures with {model}",
            count,
            model=model,
        )
    return trn("Wants to make a picture", "Wants to make {n} pictures", count)


def permission_detail(call: ToolCallPiece, price: str = "") -> str:
    """The first prompt, how many more there are, and the price."""
    prompts = wanted_prompts(call)
    words = ""
    if prompts:
        first = prompts[0] if len(prompts[0]) <= _QUOTED else prompts[0][: _QUOTED - 1].rstrip() + "…"
        words = f"“{first}”"
        if len(prompts) > 1:
            words = tr("{first} and {n} more", first=words, n=len(prompts) - 1)
    return " · ".join(part for part in (words, price) if part)


def cost_words(messages: Iterable[Message]) -> str:
    """ "412 tokens · 0.0071 pollen", of all rounds of an answer; "so far" while it streams."""
    tokens, cost, estimated, sandbox, streaming = 0, Decimal(0), False, False, False
    priced = False
    for message in messages:
        if message.usage is not None:
            tokens += message.usage.completion_tokens or message.usage.total_tokens
        if message.cost is not None:
            cost += message.cost
            priced = True
            estimated = estimated or message.cost_source in ("catalogue", "estimate")
        sandbox = sandbox or message.sandbox
        streaming = streaming or message.state is MessageState.STREAMING
    parts = [trn("{n} token", "{n} tokens", tokens)] if tokens else []
    if priced:
        parts.append(tr("{amount} pollen", amount=("≈ " if estimated else "") + pollen(cost)))
    text = " · ".join(parts)
    if text and streaming:
        text = tr("{cost} so far", cost=text)
    return tr("{cost}, sandbox", cost=text) if text and sandbox else text


def host_of(url: str) -> str:
    """The host of an address, for a link's label; the address itself where it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return host.removeprefix("www.") or url
