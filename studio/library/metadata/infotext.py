"""The text that image programs pass on as `parameters`: prompt, negative prompt, one line of settings.

    a lighthouse at dusk
    Negative prompt: fog
    Steps: 0, Sampler: api, CFG scale: 0, Seed: 42, Size: 1024x1024, Model: flux, Version: Nectary 1.0

Readers disagree about the corners. What is written here suits all of them: the settings begin with `Steps:`,
because one reader takes everything for the prompt without it; `Model` has no comma, because another cuts
there; and a line of the prompt that looks like one of the two markers gets a zero-width space in front,
which every reader keeps and none takes for a blank.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

NEGATIVE = "Negative prompt:"
_GUARD = "\u200b"
_BREAKS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MARKER = re.compile(rf"^([^\S\n]*)({_GUARD}*(?:Steps|Negative prompt):)", re.MULTILINE)
_GUARDED = re.compile(rf"^([^\S\n]*){_GUARD}({_GUARD}*(?:Steps|Negative prompt):)", re.MULTILINE)
_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_LEAST_PAIRS = 3


@dataclass(frozen=True, slots=True)
class Infotext:
    """What an infotext says; `parameters` in their order, as text."""

    prompt: str = ""
    negative_prompt: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])


def build_infotext(info: Infotext) -> str:
    """The text for a file. `Steps` and what else is missing of the usual first settings is filled in."""
    parts = [_guarded(info.prompt)]
    negative = _guarded(info.negative_prompt)
    # One reader looks for the bare words anywhere and then for the line; give it a line to find.
    if negative or NEGATIVE in parts[0]:
        parts.append(f"{NEGATIVE} {negative}".rstrip())
    settings = {"Steps": "0", "Sampler": "api", "CFG scale": "0", **info.parameters}
    parts.append(", ".join(f"{name}: {_quoted(name, value)}" for name, value in settings.items()))
    return "\n".join(part for part in parts if part)


def parse_infotext(text: str) -> Infotext:
    """What an infotext of any program says; text without settings is all prompt."""
    lines = _BREAKS.sub("\n", text).strip().split("\n")
    parameters: dict[str, str] = {}
    pairs = _PAIR.findall(lines[-1])
    if len(pairs) >= _LEAST_PAIRS:
        lines.pop()
        parameters = {name: _unquoted(value) for name, value in pairs}
    prompt: list[str] = []
    negative: list[str] = []
    current = prompt
    for line in lines:
        if line.strip().startswith(NEGATIVE):
            current = negative
            line = line.strip().removeprefix(NEGATIVE)
        current.append(line)
    return Infotext(_unguarded(prompt), _unguarded(negative), parameters)


def _guarded(text: str) -> str:
    text = _BREAKS.sub("\n", text).replace("\0", "").strip()
    return _MARKER.sub(rf"\1{_GUARD}\2", text)


def _unguarded(lines: list[str]) -> str:
    return _GUARDED.sub(r"\1\2", "\n".join(lines).strip()).strip()


def _quoted(name: str, value: str) -> str:
    value = " ".join(value.split())
    if name == "Model":
        return " ".join(re.sub(r'[,:"]+', " ", value).split())
    return json.dumps(value, ensure_ascii=False) if re.search(r'[,:"]', value) else value


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value
