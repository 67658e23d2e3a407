"""Made-up answers: prose, lists, tables and code in five languages, with the marks that real answers have."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

WORDS = (
    "account", "audio", "balance", "branch", "budget", "cache", "cancel", "canvas", "credit",
    "desktop", "error", "export", "folder", "frame", "gallery", "height", "history", "image",
    "import", "index", "latent", "layout", "limit", "message", "model", "palette", "prompt",
    "provider", "quality", "queue", "render", "result", "retry", "sampler", "scale", "scroll",
    "search", "seed", "steps", "stream", "studio", "system", "thread", "token", "value", "voice",
    "window", "width",
)  # fmt: skip
TOKENS = 20_000
TOKEN_CHARACTERS = 7
FRAME_BYTES = 224
"""Every frame of a stream is as long as this, so that a piece of the body is a token."""


class Writer:
    """Writes Markdown; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def markdown(self, characters: int) -> str:
        """A text of about so many characters: two fifths of it is code."""
        makers: list[tuple[Callable[[], str], int]] = [
            (self._paragraph, 9), (self._list, 4), (self._code, 5), (self._heading, 4), (self._table, 2),
            (self._quote, 1), (self._numbered, 2),
        ]  # fmt: skip
        blocks: list[str] = []
        length = 0
        while length < characters:
            (maker,) = self._rng.choices([m for m, _ in makers], [weight for _, weight in makers])
            blocks.append(maker())
            length += len(blocks[-1]) + 2
        return "\n\n".join(blocks)

    def _word(self) -> str:
        return self._rng.choice(WORDS)

    def _words(self, least: int, most: int) -> str:
        words = [self._word() for _ in range(self._rng.randint(least, most))]
        for at, word in enumerate(words):
            dice = self._rng.random()
            if dice < 0.03:
                words[at] = f"**{word}**"
            elif dice < 0.06:
                words[at] = f"`{word}_{self._word()}()`"
            elif dice < 0.07:
                words[at] = f"[{word}](https://example.invalid/{word})"
        return " ".join(words).capitalize()

    def _paragraph(self) -> str:
        return " ".join(self._words(6, 16) + "." for _ in range(self._rng.randint(2, 6)))

    def _heading(self) -> str:
        return f"{'#' * self._rng.choice((2, 2, 3))} {self._words(3, 6)}"

    def _list(self) -> str:
        return "\n".join(f"- {self._words(5, 14)}." for _ in range(self._rng.randint(3, 8)))

    def _numbered(self) -> str:
        return "\n".join(f"{n}. {self._words(5, 14)}." for n in range(1, self._rng.randint(4, 8)))

    def _quote(self) -> str:
        return f"> {self._words(10, 20)}."

    def _table(self) -> str:
        columns = self._rng.randint(3, 5)
        rows = [[self._word() for _ in range(columns)] for _ in range(self._rng.randint(4, 9))]
        lines = [rows[0], ["---"] * columns, *rows[1:]]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def _code(self) -> str:
        name, line = self._rng.choice(
            (
                ("python", self._python), ("python", self._python), ("cpp", self._cpp),
                ("javascript", self._javascript), ("bash", self._bash), ("json", self._json),
            )
        )  # fmt: skip
        return f"```{name}\n" + "\n".join(line() for _ in range(self._rng.randint(6, 30))) + "\n```"

    def _python(self) -> str:
        a, b, c = self._word(), self._word(), self._word()
        return self._rng.choice(
            (
                f"def {a}_{b}({c}: int = {len(a)}) -> str:", f'    return f"{{{a}}} {b}"',
                f"    for {a} in range({len(b)}):", f'        yield {a}.{b}({c}, key=lambda v: v["{a}"])',
                f'    {a} = {b}[{len(c)}] + "{c}"  # {self._words(4, 8)}',
            )
        )  # fmt: skip

    def _cpp(self) -> str:
        a, b = self._word(), self._word()
        return self._rng.choice(
            (
                f"// {self._words(5, 9)}", f"auto {a} = std::make_unique<{b}_t>({len(a)});",
                f"for (int {a} = 0; {a} < {len(b)}; ++{a}) {{ {b}.push_back({a}); }}",
            )
        )  # fmt: skip

    def _javascript(self) -> str:
        a, b = self._word(), self._word()
        return self._rng.choice(
            (
                f"const {a} = await {b}({{ {a}: {len(b)} }});", f"// {self._words(5, 9)}",
                f"function {a}({b}) {{ return {b}.map(({a}) => {a} * {len(a)}); }}",
            )
        )  # fmt: skip

    def _bash(self) -> str:
        return f'{self._word()} --{self._word()} "${{{self._word().upper()}}}" | grep -c {self._word()}'

    def _json(self) -> str:
        return f'{{"{self._word()}": "{self._word()}", "{self._word()}": [{len(self._word())}, true, null]}}'


def corpus(tokens: int = TOKENS, seed: int = 1) -> str:
    """An answer of so many tokens."""
    return Writer(seed).markdown(tokens * TOKEN_CHARACTERS)[: tokens * TOKEN_CHARACTERS]


def stream(text: str) -> str:
    """A text as the body of a streamed chat answer: a frame of `FRAME_BYTES` per token, usage, the end."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1758881730, "model": "m"}
    frames: list[str] = []
    pieces = [text[at : at + TOKEN_CHARACTERS] for at in range(0, len(text), TOKEN_CHARACTERS)]
    for piece in pieces:
        data = {**head, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
        line = f"data: {json.dumps(data)}"
        frames.append(line.ljust(FRAME_BYTES - 2) + "\n\n")
    usage = {"prompt_tokens": 9, "completion_tokens": len(pieces), "total_tokens": len(pieces) + 9}
    end = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
    return "".join(frames) + f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n"
