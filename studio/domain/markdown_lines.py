"""The shapes of Markdown lines: which line begins, goes on with or ends which block (CommonMark, GFM)."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
FOOTNOTE = re.compile(r"\[\^([^\]\[\s]{1,100})\]:[ \t]*")
BULLET = re.compile(r"[-+*](?=[ \t]|$)")
NUMBER = re.compile(r"(\d{1,9})([.)])(?=[ \t]|$)")
TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")

_BAR = re.compile(r"(?<!\\)\|")
_COLUMN = re.compile(r"[ \t]*:?-+:?[ \t]*$")
#: A table of more columns is text: rows are filled up to the header's columns.
MOST_COLUMNS = 100

_UNDECIDED = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){0,6}"
    r"(?:\[[ xX]?\]?[ \t]*|\d{1,9}[.)]?[ \t]*|\\(?:\[|b|be|beg|begi|begin|begin\{[A-Za-z]*\*?)?"
    r"|[-=*_+#`~|:$> \t]*)$"
)
_MARKS = "-=*_+#`~|:$> \t"


class Cursor:
    """A place in a line. Columns count tabs to the next multiple of four, as CommonMark does.

    `look` finds the next character that is no space: `next` is its index, `indent` its distance in columns,
    `blank` says that there is none.
    """

    __slots__ = ("blank", "column", "indent", "next", "partial", "pos", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.column = 0
        self.partial = False
        self.look()

    def look(self) -> None:
        text, index, column = self.text, self.pos, self.column
        end = len(text)
        while index < end:
            char = text[index]
            if char == " ":
                column += 1
            elif char == "\t":
                column += 4 - column % 4
            else:
                break
            index += 1
        self.next, self.indent, self.blank = index, column - self.column, index >= end

    def skip(self, columns: int) -> None:
        """Go on by so many columns of space; a tab may be used up in part."""
        text, end = self.text, len(self.text)
        while columns > 0 and self.pos < end:
            if text[self.pos] == "\t":
                width = 4 - self.column % 4
                self.partial = width > columns
                step = min(width, columns)
                self.pos += 0 if self.partial else 1
            else:
                self.partial = False
                step = 1
                self.pos += 1
            self.column += step
            columns -= step
        self.look()

    def skip_space(self) -> None:
        """Go on to the next character that is no space."""
        self.column += self.indent
        self.pos = self.next
        self.partial = False
        self.look()

    def skip_text(self, length: int) -> None:
        """Go on by characters that are no tabs, from the next one that is no space."""
        self.skip_space()
        self.pos += length
        self.column += length
        self.look()

    def rest(self) -> str:
        """What follows, with the columns of a half-used tab as spaces."""
        if self.partial:
            return " " * (4 - self.column % 4) + self.text[self.pos + 1 :]
        return self.text[self.pos :]


def heading(rest: str) -> tuple[int, str] | None:
    """Level and text of an ATX heading."""
    match = HEADING.match(rest)
    if match is None:
        return None
    return len(match.group(1)), _HEADING_END.sub("", rest[match.end() :]).strip()


def is_rule(rest: str) -> bool:
    """A thematic break: three or more of `*`, `-` or `_`, with nothing but space between."""
    marks = rest.replace(" ", "").replace("\t", "")
    return len(marks) >= 3 and marks[0] in "*-_" and marks.count(marks[0]) == len(marks)


@dataclass(frozen=True, slots=True)
class FenceMark:
    """How a fenced block of code began: the character, how many of it, its indent, what stood behind it."""

    char: str
    length: int
    indent: int
    info: str

    def closes(self, line: Cursor) -> bool:
        if line.indent > 3 or line.blank or line.text[line.next] != self.char:
            return False
        rest = line.text[line.next :].rstrip(" \t")
        return len(rest) >= self.length and rest.count(self.char) == len(rest)

    def may_close(self, text: str) -> bool:
        """An unfinished line that may become the closing fence."""
        bare = text.strip(" \t>")
        return bool(bare) and bare.count(self.char) == len(bare)


def fence(rest: str, indent: int) -> FenceMark | None:
    match = FENCE.match(rest)
    if match is None:
        return None
    mark = match.group(1) or match.group(3)
    return FenceMark(mark[0], len(mark), indent, (match.group(2) or match.group(4) or "").strip())


def html_end(rest: str, *, in_paragraph: bool) -> re.Pattern[str] | None:
    """What ends the HTML block that begins here, None when none does. The grammar is markdown-it's."""
    from markdown_it.rules_block.html_block import HTML_SEQUENCES

    for begins, ends, interrupts in HTML_SEQUENCES:
        if begins.search(rest):
            return ends if interrupts or not in_paragraph else None
    return None


def alignments(line: str) -> tuple[str, ...] | None:
    """The columns of a table's delimiter row: left, center, right or "" each; None if the line is no such
    row."""
    line = line.strip()
    if "-" not in line or ("|" not in line and ":" not in line) or line.strip("|:- \t"):
        return None
    cells = line.removeprefix("|").removesuffix("|").split("|")
    if len(cells) > MOST_COLUMNS or not all(_COLUMN.match(cell) for cell in cells):
        return None
    kinds = {(True, True): "center", (True, False): "left", (False, True): "right", (False, False): ""}
    return tuple(kinds[cell.strip().startswith(":"), cell.strip().endswith(":")] for cell in cells)


def cells(line: str) -> list[str]:
    """The cells of a row of a table. `\\|` is a bar inside a cell."""
    line = line.strip().removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [cell.replace("\\|", "|").strip() for cell in _BAR.split(line)]


def undecided(text: str) -> bool:
    """The beginning of a line which does not tell yet what block it belongs to: `-`, `**`, `1.`, `| --`."""
    if len(text) <= 60:
        return _UNDECIDED.match(text) is not None
    return not text.strip(_MARKS)
