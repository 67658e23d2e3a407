"""Chat answers for the sandbox: Markdown that reacts to the last message, tool calls, and JSON.

Deterministic: the same messages, model and seed give the same answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from studio.sandbox.make import passages
from studio.sandbox.make.dice import dice, words_of
from studio.sandbox.make.json_shapes import as_dict, as_list, fitting

Message = Mapping[str, object]
_CHARACTERS_A_TOKEN = 4
_SHORT = frozenset({"short", "brief", "briefly", "sentence", "word", "hello", "hi", "hey", "thanks", "thank"})
_ALL = frozenset({"everything", "markdown", "formatting", "showcase", "all"})
_WANTED = {
    "code": "code python function script program javascript typescript sql bash regex class algorithm bug",
    "table": "table compare comparison versus difference options prices which best",
    "maths": "math maths formula equation calculate growth integral probability number percent",
    "steps": "how steps plan guide recipe tutorial learn build start process",
    "tasks": "todo tasks checklist plan project week",
    "poem": "poem haiku verse lyrics song story",
    "points": "list ideas tips reasons advantages why explain summary summarize",
    "quote": "quote inspire wisdom saying",
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments` is JSON text, as on the wire (CONTRACT 4.2)."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant returns. With tool calls, `content` is empty."""

    reasoning: str = ""
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[str, ...] = ()


def answer(
    messages: Sequence[Message],
    *,
    model: str,
    seed: int,
    tools: Sequence[Message] | None = None,
    tool_choice: object = None,
    json_mode: bool = False,
    schema: Mapping[str, object] | None = None,
    reasoning: bool = False,
) -> Answer:
    """The answer to a conversation in the API's message format (CONTRACT 4.1).

    A tool is called when its name or description shares a word with the last user message, or when
    `tool_choice` demands it; once the conversation ends in a tool's result, the answer reports that.
    In JSON mode, or with a `schema`, `content` is JSON (fitting the schema).
    """
    broken_off = _broken_off(messages)
    if broken_off:
        whole = answer(broken_off, model=model, seed=seed).content
        return Answer(content=" … and so on." + whole[whole.find("\n\n") :])
    text, pictures = _last_user_text(messages)
    rng = dice([_text_of(message) for message in messages], model, seed)
    thoughts = _reasoning(text, tools, rng) if reasoning else ""
    last: Message = messages[-1] if messages else {}
    results = last.get("role") in ("tool", "function")
    if tools and not results:
        call = _tool_call(text, tools, tool_choice, rng)
        if call is not None:
            return Answer(thoughts, "", (call,))
    if schema is not None:
        made = fitting(schema, text, rng)
        return Answer(thoughts, json.dumps(made, ensure_ascii=False))
    if json_mode:
        return Answer(thoughts, _free_json(text, rng))
    if results:
        return Answer(thoughts, _about_result(last, rng))
    searched = bool(re.search(r"search|sonar|perplexity", model, re.IGNORECASE))
    links = _citations(text) if searched else ()
    return Answer(thoughts, _markdown(messages, text, pictures, rng, cited=len(links)), (), links)


def count_tokens(text: str) -> int:
    """About how many tokens a model would count: one for each four characters, at least one a text."""
    return -(-len(text) // _CHARACTERS_A_TOKEN)


def _text_of(message: Message) -> str:
    """A message's text, its parts joined when it has several."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(str(as_dict(part).get("text", "")) for part in as_list(content)).strip()


def _last_user_text(messages: Sequence[Message]) -> tuple[str, int]:
    """The last user message's text and how many pictures came with it."""
    for message in reversed(messages):
        if message.get("role") == "user":
            parts = as_list(message.get("content"))
            pictures = sum(as_dict(part).get("type") == "image_url" for part in parts)
            return _text_of(message), pictures
    return "", 0


def _broken_off(messages: Sequence[Message]) -> Sequence[Message]:
    """What an unfinished answer answered, when the last message asks to go on with it; else nothing."""
    if len(messages) < 3 or messages[-2].get("role") != "assistant":
        return ()
    text, _pictures = _last_user_text(messages[-1:])
    return (
        messages[:-2] if re.match(r"(continue|go on)\b.{0,30}\b(answer|where)\b", text, re.IGNORECASE) else ()
    )


def _reasoning(text: str, tools: Sequence[Message] | None, rng: np.random.Generator) -> str:
    keys = passages.keywords(text)
    lines = [
        f"The message is about {', '.join(key.lower() for key in keys)}.",
        f"It is about {count_tokens(text)} tokens long, so the answer need not be long either.",
        "I am the sandbox: I should say that the answer is simulated, then show some structure.",
        f"A list around “{keys[0]}” reads well; an example makes it concrete.",
        "I will keep the tone calm and end with something to do next.",
    ]
    if tools:
        lines.insert(2, f"There are {len(tools)} tools on offer; I will see whether one fits the words.")
    kept = lines if rng.random() < 0.5 else lines[:-1]
    return "\n\n".join(kept)


def _function_of(tool: Message) -> Mapping[str, object]:
    return as_dict(tool.get("function")) or tool


def _tool_call(
    text: str, tools: Sequence[Message], choice: object, rng: np.random.Generator
) -> ToolCall | None:
    if choice == "none":
        return None
    functions = [_function_of(tool) for tool in tools if _function_of(tool).get("name")]
    forced = as_dict(as_dict(choice).get("function")).get("name")
    spoken = _stems(text)
    best, most = None, 0
    for function in functions:
        name = str(function["name"])
        if name == forced:
            best, most = function, 1
            break
        plain = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ")
        # A word of the name counts for more than one of the description.
        score = 2 * len(_stems(plain) & spoken)
        score += len(_stems(str(function.get("description", ""))) & spoken)
        if score > most:
            best, most = function, score
    if best is None and choice == "required" and functions:
        best = functions[0]
    if best is None:
        return None
    parameters = as_dict(best.get("parameters")) or {"type": "object", "properties": {}}
    arguments = json.dumps(fitting(parameters, text, rng), ensure_ascii=False)
    return ToolCall(f"call_{rng.integers(16**8):08x}", str(best["name"]), arguments)


def _stems(text: str) -> frozenset[str]:
    """The words that say something, short ones and fillers left out."""
    return frozenset(key.lower() for key in passages.keywords(text, most=60) if len(key) > 3) | frozenset(
        word for word in words_of(" ".join(passages.keywords(text, most=60))) if len(word) > 3
    )


def _free_json(text: str, rng: np.random.Generator) -> str:
    keys = passages.keywords(text)
    made = {
        "note": "This is the sandbox's simulated answer.",
        "topic": passages.topic_of(text),
        "items": [{"name": key, "score": round(float(rng.uniform(0.5, 1)), 2)} for key in keys],
        "complete": True,
    }
    return json.dumps(made, ensure_ascii=False, indent=2)


def _opening(rng: np.random.Generator) -> str:
    return passages.OPENINGS[int(rng.integers(len(passages.OPENINGS)))]


def _about_result(message: Message, rng: np.random.Generator) -> str:
    """The answer once a tool has replied: its fields as a table, or its words as a quotation."""
    raw = _text_of(message)
    name = str(message.get("name") or "the tool")
    try:
        fields = as_dict(json.loads(raw))
    except ValueError:
        fields = {}
    lead = f"{_opening(rng)} {name[:1].upper() + name[1:]} replied with this:"
    if fields:
        rows = [f"| {_cell(key)} | {_cell(value)} |" for key, value in fields.items()]
        return "\n".join([lead, "", "| Field | Value |", "|:--|:--|", *rows])
    shown = "\n".join(f"> {line}" for line in raw.splitlines()) or "> (nothing)"
    return f"{lead}\n\n{shown}"


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("|", "\\|").replace("\n", " ")


def _citations(text: str) -> tuple[str, ...]:
    keys = [re.sub(r"\W+", "-", key.lower()) for key in passages.keywords(text, 3)]
    places = ("wiki", "guide", "news")
    return tuple(f"https://example.org/{places[i]}/{key}" for i, key in enumerate(keys))


def _markdown(
    messages: Sequence[Message], text: str, pictures: int, rng: np.random.Generator, cited: int
) -> str:
    words = frozenset(words_of(text))
    topic, keys = passages.topic_of(text), passages.keywords(text)
    lead = f"{_opening(rng)} You asked about “{topic}”"
    if pictures:
        lead += f", and sent {pictures} {'picture' if pictures == 1 else 'pictures'} along"
    earlier = [_text_of(message) for message in messages if message.get("role") == "user"][:-1]
    lead += "."
    if earlier and earlier[-1].strip():
        lead += f" Before that it was “{passages.topic_of(earlier[-1])}”."
    marks = " " + "".join(f"[{i + 1}]" for i in range(cited)) if cited else ""
    if len(text) < 12 or words & _SHORT:
        return f"{lead} The short of it: take {keys[0].lower()} one small step at a time.{marks}"
    parts = [lead + (marks or "[^1]"), f"## {keys[0].capitalize()} at a glance"]
    made = {
        "points": passages.points(keys, rng),
        "steps": passages.steps(keys, rng),
        "table": passages.table(keys, rng),
        "code": passages.code(keys[0], words),
        "maths": passages.maths(rng),
        "poem": passages.poem(keys, rng),
        "quote": passages.quote(rng),
        "tasks": passages.tasks(keys),
    }
    parts.extend(made[name] for name in _sections(words, rng))
    return "\n\n".join(parts) + ("" if marks else passages.footnote(keys[0].lower()))


def _sections(words: frozenset[str], rng: np.random.Generator) -> list[str]:
    """Which passages to show: those the words ask for, filled up to three by chance."""
    if words & _ALL:
        return list(_WANTED)
    asked = [name for name, signs in _WANTED.items() if words & frozenset(signs.split())]
    others = [name for name in ("points", "steps", "table", "code", "quote", "tasks") if name not in asked]
    order = rng.permutation(len(others))
    return (asked + [others[int(i)] for i in order])[: max(3, len(asked))]
