r"""Prompts with choices: `a {red|blue} boat at __time__`, and styles with a `{prompt}` slot.

    {a|b|c}     one of them; a choice may be empty and may hold choices
    __name__    one line of the wildcard file of that name
    \{ \} \| \_ the character itself

Everything else is text, braces without a bar and names that no file answers to included: a prompt is never
refused because of its punctuation. An expansion is found by its number, so that the same number always gives
the same prompt.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Wildcards = Mapping[str, Sequence[str]]
"""Lines by the name of their file. Lines are plain text: they are not searched for choices again."""

SLOT = "{prompt}"
DEEPEST = 20
"""Choices nested deeper than this are text."""
_PLAIN = re.compile(r"[^\\_{]+")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
"""Braces, and what a backslash stands before."""
_WILDCARD = re.compile(r"__([A-Za-z0-9][A-Za-z0-9 /-]*(?:_[A-Za-z0-9 /-]+)*)__")
_ESCAPED = "{}|_\\"


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Sequence, ...]


@dataclass(frozen=True, slots=True)
class _Wildcard:
    name: str
    raw: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[str | _Choice | _Wildcard, ...]


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt as the user wrote it, taken apart. Made by `parse`."""

    text: str
    root: _Sequence

    @property
    def has_choices(self) -> bool:
        """False when there is just one way to read it, whatever files there are."""
        return any(not isinstance(part, str) for part in self.root.parts)

    def wildcard_names(self) -> tuple[str, ...]:
        """Names of the files it asks for, each once, in reading order."""
        return tuple(dict.fromkeys(_names(self.root)))

    def count(self, wildcards: Wildcards) -> int:
        """How many expansions there are; at least 1."""
        return _count(self.root, wildcards)

    def expand(self, number: int, wildcards: Wildcards) -> str:
        """Expansion `number`, counted from 0; the last choice in the text changes fastest.

        Numbers beyond the last begin again.
        """
        text, _ = _expand(self.root, number % self.count(wildcards), wildcards)
        return text

    def choices(self, wildcards: Wildcards, limit: int) -> list[list[str]]:
        """What each choice and wildcard of the text may become, in reading order; at most `limit` of each,
        those inside another one are part of it."""
        found: list[list[str]] = []
        for part in self.root.parts:
            if not isinstance(part, str):
                ways = range(min(_ways(part, wildcards), limit))
                found.append(list(dict.fromkeys(_one(part, digit, wildcards) for digit in ways)))
        return found

    def chosen(self, picks: Sequence[str]) -> str:
        """The text with `picks` in place of its choices, in reading order; one without a pick becomes
        nothing."""
        left = iter(picks)
        return "".join(part if isinstance(part, str) else next(left, "") for part in self.root.parts)

    def expansions(self, wildcards: Wildcards, limit: int) -> list[str]:
        """The first `limit` expansions in order."""
        return [self.expand(number, wildcards) for number in range(min(limit, self.count(wildcards)))]


@lru_cache(maxsize=4)
def parse(text: str) -> PromptTemplate:
    """Take a prompt apart. Takes any text; the last few are remembered, for a form asks at each key press."""
    return PromptTemplate(text, _Parser(text).all())


def escape(text: str) -> str:
    r"""A prompt that `parse` reads as exactly this text: unchanged where that is so already.

    >>> escape("a {red|blue} boat")
    'a \\{red\\|blue\\} boat'
    """
    template = parse(text)
    if not template.has_choices and template.root.parts in ((), (text,)):
        return text
    return "".join(f"\\{character}" if character in _ESCAPED else character for character in text)


def apply_style(style: str, prompt: str) -> str:
    """The prompt in the style's slot, or before the style when it has none."""
    if not style.strip():
        return prompt
    if SLOT in style:
        return style.replace(SLOT, prompt)
    return f"{prompt}, {style}" if prompt.strip() else style


# ---------------------------------------------------------------- reading


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._closing = _pairs(text)

    def all(self) -> _Sequence:
        return self._sequence(0, len(self._text), 0)

    def _sequence(self, start: int, end: int, depth: int) -> _Sequence:
        parts: list[str | _Choice | _Wildcard] = []
        words: list[str] = []

        def flush() -> None:
            if words:
                parts.append("".join(words))
                words.clear()

        at = start
        while at < end:
            step, part = self._step(at, end, depth)
            if isinstance(part, str):
                words.append(part)
            else:
                flush()
                parts.append(part)
            at = step
        flush()
        return _Sequence(tuple(parts))

    def _step(self, at: int, end: int, depth: int) -> tuple[int, str | _Choice | _Wildcard]:
        character = self._text[at]
        if character == "\\" and at + 1 < end and self._text[at + 1] in _ESCAPED:
            return at + 2, self._text[at + 1]
        if character == "_":
            found = _WILDCARD.match(self._text, at, end)
            if found is not None:
                return found.end(), _Wildcard(found[1], found[0])
        close = self._closing.get(at) if character == "{" else None
        if close is not None and depth < DEEPEST:
            bars = self._bars(at + 1, close)
            if bars:
                edges = [at, *bars, close]
                options = tuple(
                    self._sequence(left + 1, right, depth + 1) for left, right in itertools.pairwise(edges)
                )
                return close + 1, _Choice(options)
        run = _PLAIN.match(self._text, at, end)
        return (run.end(), run[0]) if run is not None else (at + 1, character)

    def _bars(self, start: int, end: int) -> list[int]:
        """Where the options of a choice are divided: bars that belong to no choice inside it."""
        bars: list[int] = []
        at = start
        while at < end:
            character = self._text[at]
            if character == "\\":
                at += 1
            elif character == "{":
                at = self._closing.get(at, at)
            elif character == "|":
                bars.append(at)
            at += 1
        return bars


def _pairs(text: str) -> dict[int, int]:
    """Every opening brace that is closed, with its closing one."""
    pairs: dict[int, int] = {}
    open_at: list[int] = []
    for found in _BRACES.finditer(text):
        if found[0] == "{":
            open_at.append(found.start())
        elif found[0] == "}" and open_at:
            pairs[open_at.pop()] = found.start()
    return pairs


# ---------------------------------------------------------------- expanding


def _lines(part: _Wildcard, wildcards: Wildcards) -> Sequence[str]:
    return wildcards.get(part.name) or (part.raw,)


def _names(sequence: _Sequence) -> Iterator[str]:
    for part in sequence.parts:
        if isinstance(part, _Wildcard):
            yield part.name
        elif isinstance(part, _Choice):
            for option in part.options:
                yield from _names(option)


def _count(sequence: _Sequence, wildcards: Wildcards) -> int:
    count = 1
    for part in sequence.parts:
        count *= _ways(part, wildcards)
    return count


def _ways(part: str | _Choice | _Wildcard, wildcards: Wildcards) -> int:
    if isinstance(part, str):
        return 1
    if isinstance(part, _Wildcard):
        return len(_lines(part, wildcards))
    return sum(_count(option, wildcards) for option in part.options)


def _expand(sequence: _Sequence, number: int, wildcards: Wildcards) -> tuple[str, int]:
    """The text of `number`, and what is left of the number for what stands before it."""
    texts: list[str] = []
    for part in reversed(sequence.parts):
        if isinstance(part, str):
            texts.append(part)
            continue
        number, digit = divmod(number, _ways(part, wildcards))
        texts.append(_one(part, digit, wildcards))
    texts.reverse()
    return "".join(texts), number


def _one(part: _Choice | _Wildcard, digit: int, wildcards: Wildcards) -> str:
    if isinstance(part, _Wildcard):
        return _lines(part, wildcards)[digit]
    for option in part.options:
        ways = _count(option, wildcards)
        if digit < ways:
            return _expand(option, digit, wildcards)[0]
        digit -= ways
    raise AssertionError("a digit is below the number of ways")


def chosen(template: PromptTemplate, wildcards: Wildcards, limit: int, seed: int) -> list[str]:
    """At most `limit` different expansions: all of them in order, or as many as the seed picks.

    The same seed always picks the same ones.
    """
    count = template.count(wildcards)
    if count <= limit:
        return list(dict.fromkeys(template.expansions(wildcards, limit)))
    numbers: dict[int, None] = {}
    turn = 0
    while len(numbers) < limit:
        # Wide enough for any count, so that no expansion is picked more often than another.
        size = (count.bit_length() + 64 + 7) // 8
        drawn = hashlib.shake_256(f"{seed}/{turn}".encode()).digest(size)
        numbers[int.from_bytes(drawn) % count] = None
        turn += 1
    # Not `expand`: it would count all of a long prompt again for each.
    return list(dict.fromkeys(_expand(template.root, number, wildcards)[0] for number in sorted(numbers)))
