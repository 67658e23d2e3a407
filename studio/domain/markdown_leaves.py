"""Blocks that are still open while a text is read: what has come of them, and what they become."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from studio.domain.markdown import Inline
from studio.domain.markdown_lines import FenceMark
from studio.domain.markdown_text import reveal


@dataclass(slots=True)
class Line:
    """A line of a paragraph: its text without indent, and where it stands in the source."""

    text: str
    start: int
    end: int


@dataclass(slots=True, kw_only=True)
class OpenLeaf:
    """`start` and `end` are offsets in the source; `tight`: no empty line stands before."""

    start: int
    end: int
    tight: bool


@dataclass(slots=True, kw_only=True)
class OpenParagraph(OpenLeaf):
    lines: list[Line] = field(default_factory=list[Line])
    size: int = 0

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.size += len(line.text) + 1
        self.end = line.end

    def fork(self) -> OpenParagraph:
        return replace(self, lines=list(self.lines))


@dataclass(slots=True, kw_only=True)
class OpenVerbatim(OpenLeaf):
    """Code, HTML or a formula: lines as they stand, until something ends it.

    `fence` ends fenced code, `pattern` HTML ("" for an empty line), `closing` mathematics. `opening` is the
    line a formula began with.
    """

    kind: Literal["fence", "indented", "html", "math"]
    fence: FenceMark | None = None
    pattern: re.Pattern[str] | None = None
    opening: str = ""
    closing: str = ""
    ended: str = ""
    count: int = 0
    _parts: list[str] = field(default_factory=list[str])

    def add(self, text: str, end: int, *, same_line: bool = False) -> None:
        self._parts.append(text if same_line or not self.count else "\n" + text)
        self.count += 1
        self.end = end

    def text(self) -> str:
        """Everything so far. Joined once, so that asking again costs only what has been added."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def language(self) -> str:
        """The first word behind a fence, in lower case: `python` of "Python title=a", "{.python}"."""
        words = self.fence.info.split(maxsplit=1) if self.fence else []
        return reveal(words[0].strip("{}").removeprefix(".").lower(), code=True) if words else ""

    def formula(self) -> tuple[str, str]:
        """LaTeX and source of a block of mathematics. An environment is part of its LaTeX, other delimiters
        are not."""
        opening = reveal(self.opening, code=True)
        body = "\n" + self.text() if self.count else ""
        if self.opening.startswith("\\begin"):
            whole = opening + body + (self.ended if self.count else "")
            return whole, whole
        return self.text().strip(), opening + body + self.ended

    def fork(self) -> OpenVerbatim:
        self.text()
        return replace(self, _parts=list(self._parts))


Cells = tuple[tuple[Inline, ...], ...]


@dataclass(slots=True, kw_only=True)
class OpenTable(OpenLeaf):
    """A table whose rows are parsed as they come. `sources` is the Markdown of its cells, header first."""

    header: Cells
    align: tuple[str, ...]
    sources: list[list[str]]
    rows: list[Cells] = field(default_factory=list[Cells])

    def fork(self) -> OpenTable:
        return replace(self, rows=list(self.rows), sources=list(self.sources))
