"""The numbers of citations in a text, `[1]`, as links to what they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from studio.domain.markdown import Block, Heading, Inline, Paragraph, Run, Table

_NUMBER = re.compile(r"\[(\d{1,3})\]")
_SAFE = ("https://", "http://")


def link_citations(block: Block, urls: Sequence[str]) -> Block:
    """The block with `[n]` leading to `urls[n - 1]`; the same object where it has none.

    Code, links and numbers without an address stay as they are.
    """
    if not urls:
        return block
    if isinstance(block, Paragraph | Heading):
        inlines = _linked(block.inlines, urls)
        return block if inlines is block.inlines else replace(block, inlines=inlines)
    if isinstance(block, Table):
        header = tuple(_linked(cell, urls) for cell in block.header)
        rows = tuple(tuple(_linked(cell, urls) for cell in row) for row in block.rows)
        if header == block.header and rows == block.rows:
            return block
        return replace(block, header=header, rows=rows)
    return block


def _linked(inlines: tuple[Inline, ...], urls: Sequence[str]) -> tuple[Inline, ...]:
    if not any(isinstance(one, Run) and "[" in one.text for one in inlines):
        return inlines
    made: list[Inline] = []
    for one in inlines:
        if isinstance(one, Run) and not one.code and not one.link:
            made += _split(one, urls)
        else:
            made.append(one)
    return tuple(made) if len(made) != len(inlines) or tuple(made) != inlines else inlines


def _split(run: Run, urls: Sequence[str]) -> list[Inline]:
    parts: list[Inline] = []
    at = 0
    for found in _NUMBER.finditer(run.text):
        number = int(found[1])
        if not 1 <= number <= len(urls) or not urls[number - 1].startswith(_SAFE):
            continue
        if found.start() > at:
            parts.append(replace(run, text=run.text[at : found.start()]))
        parts.append(replace(run, text=found[0], link=urls[number - 1]))
        at = found.end()
    if at < len(run.text):
        parts.append(replace(run, text=run.text[at:]))
    return parts or [run]
