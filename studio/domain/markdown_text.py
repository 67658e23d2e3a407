"""Text of Markdown blocks without markup: for search, for copying, for reading aloud.

`reveal` is what keeps text honest. Characters that steer terminals or turn the writing direction round can
make text pose as something else, so they are shown as their code (`⟨U+202E⟩`). Characters without width are
shown in code, where they change meaning, and left out of prose, where they are only hints for breaking lines.
Joiners (U+200C, U+200D) stay: Persian and emoji are written with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from studio.domain.markdown import (
    Block,
    CodeBlock,
    Formula,
    HtmlBlock,
    Inline,
    LineBreak,
    MathBlock,
    NoteRef,
    Paragraph,
    Picture,
    Rule,
    Run,
    Table,
)

_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u206f"
_WIDTHLESS = "\u00ad\u180e\u200b\u2060-\u2065\ufeff"
_TAGS = "\U000e0000-\U000e007f"
# A black flag followed by tag letters is an ordinary emoji: the flag of Scotland, for one.
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
_HIDDEN = re.compile(f"{_FLAG}|[{_CONTROLS}{_WIDTHLESS}{_TAGS}\ufff9-\ufffb]")
_WIDTHLESS_ONE = re.compile(f"[{_WIDTHLESS}]")


def reveal(text: str, *, code: bool = False) -> str:
    """The text with control, direction and invisible characters made visible (see above)."""
    if text.isascii() and text.isprintable():
        return text

    def shown(match: re.Match[str]) -> str:
        found = match.group()
        if len(found) > 1:
            return found
        if not code and _WIDTHLESS_ONE.match(found):
            return ""
        return f"⟨U+{ord(found):04X}⟩"

    return _HIDDEN.sub(shown, text)


def inline_text(inlines: Iterable[Inline]) -> str:
    """The words of a line: formulas as LaTeX, pictures as their words, notes as `[1]`."""
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case Run():
                parts.append(inline.text)
            case Formula():
                parts.append(inline.source)
            case Picture():
                parts.append(inline.alt or inline.url)
            case NoteRef():
                parts.append(f"[{inline.number}]")
            case LineBreak():
                parts.append("\n")
    return "".join(parts)


def block_text(block: Block) -> str:
    """The words of one block, without the markers of its lists and quotes."""
    match block:
        case CodeBlock() | HtmlBlock():
            return block.text
        case MathBlock():
            return block.source
        case Rule():
            return ""
        case Table():
            rows = [block.header, *block.rows]
            return "\n".join("\t".join(inline_text(cell) for cell in row) for row in rows)
        case _:
            return inline_text(block.inlines)


def marker(block: Block) -> str:
    """What stands before the first block of a list item or footnote, "" before others."""
    for container in reversed(block.within):
        if not container.first:
            break
        if container.kind == "note":
            return f"[{container.number}] "
        if container.checked is not None:
            return "[x] " if container.checked else "[ ] "
        if container.kind == "number":
            return f"{container.number}. "
        if container.kind == "bullet":
            return "• "
    return ""


def plain_text(blocks: Iterable[Block]) -> str:
    """The words of an answer: one line per paragraph, item or row, an empty line between blocks that do not
    stand close together."""
    parts: list[str] = []
    for block in blocks:
        text = block_text(block)
        if isinstance(block, Paragraph) and marker(block):
            text = marker(block) + text
        elif not text:
            continue
        if parts:
            parts.append("\n" if block.within and block.within[-1].tight else "\n\n")
        parts.append(text)
    return "".join(parts)


# Abbreviations whose full stop ends no sentence.
_ABBREVIATIONS = frozenset({
    "dr", "mr", "mrs", "ms", "prof", "st", "e.g", "i.e", "etc", "vs", "cf", "fig", "no", "approx", "z.b",
    "d.h", "bzw", "usw", "ca", "nr", "p", "pp", "vol", "al", "inc", "jr", "sr",
})  # fmt: skip
_END = re.compile(r"[.!?…]+[\"'”’)\]»]*(?=\s)|[。！？]+[」』”’）]*|\n+")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, each with the space behind it, so that joined they are the text again.

    What is left when the last sentence has no end yet comes last; a caller that announces text on its way
    holds that one back.
    """
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match.group()[0] == "." and _goes_on(text, start, match.start(), end):
            continue
        while end < len(text) and text[end].isspace():
            end += 1
        if end > start:
            yield text[start:end]
            start = end
    if start < len(text):
        yield text[start:]


def _goes_on(text: str, start: int, stop: int, end: int) -> bool:
    """A full stop at `stop` belongs to an abbreviation, an initial or a number of a list."""
    word = text[max(start, stop - 12) : stop].rsplit(None, 1)
    last = word[-1].lstrip("([\"'").lower() if word else ""
    if last in _ABBREVIATIONS:
        return True
    if len(last) == 1 and last.isalpha():
        return True
    if last.isdigit() and text[start:stop].strip().lower() == last:
        return True
    following = text[end : end + 2].strip()
    return bool(following) and following[0].islower()
