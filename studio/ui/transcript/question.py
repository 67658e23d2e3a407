"""A question as blocks: what the user wrote stands as it was typed; only fenced code is set as code."""

from __future__ import annotations

import re

from studio.domain.markdown import Block, CodeBlock, Inline, LineBreak, Paragraph, Run

_FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n`]*$", re.MULTILINE)
LONGEST_PARAGRAPH = 4000
"""Characters of lines in one box; more lines begin another one, so that a long paste is laid out in parts."""


def question_blocks(text: str) -> list[Block]:
    """The blocks of a question. Their `start` and `end` cover the whole text."""
    blocks: list[Block] = []
    at = 0
    while True:
        fence = _FENCE.search(text, at)
        if fence is None:
            break
        _add_paragraphs(blocks, text, at, fence.start())
        close = re.compile(rf"^{re.escape(fence[1][0])}{{{len(fence[1])},}}[ \t]*$", re.MULTILINE)
        inner = min(fence.end() + 1, len(text))
        end = close.search(text, inner)
        stop = end.start() if end else len(text)
        after = end.end() if end else len(text)
        blocks.append(
            CodeBlock(
                text=text[inner:stop].removesuffix("\n"),
                language=fence[2],
                open=end is None,
                start=fence.start(),
                end=after,
            )
        )
        at = after
    _add_paragraphs(blocks, text, at, len(text))
    return blocks


def _add_paragraphs(blocks: list[Block], text: str, start: int, end: int) -> None:
    """Paragraphs are parted by empty lines; lines within them stay lines."""
    for found in re.finditer(r"[^\n]+(?:\n[^\n]+)*", text[start:end]):
        begin = start + found.start()
        lines: list[str] = []
        size = 0
        for line in found[0].split("\n"):
            if size > LONGEST_PARAGRAPH:
                begin = _add(blocks, lines, begin)
                lines, size = [], 0
            lines.append(line)
            size += len(line)
        _add(blocks, lines, begin)


def _add(blocks: list[Block], lines: list[str], begin: int) -> int:
    """One paragraph of these lines; returns where the next one begins."""
    inlines: list[Inline] = []
    for at, line in enumerate(lines):
        if at:
            inlines.append(LineBreak())
        if line:
            inlines.append(Run(line))
    end = begin + sum(map(len, lines)) + len(lines) - 1
    if any(line.strip() for line in lines):
        blocks.append(Paragraph(inlines=tuple(inlines), start=begin, end=end))
    return end + 1
