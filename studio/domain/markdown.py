"""Markdown as blocks to draw: a flat list of leaf blocks, each with the containers it stands in.

Lists and quotes are not nested values but labels on the leaves inside them. So a list of ten thousand items
is ten thousand small blocks: each is parsed once, laid out once, and drawn only while it is in view.
Nothing here knows how blocks are made (`studio.domain.markdown_parser`) or drawn (`studio.ui.transcript`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# ---------------------------------------------------------------- inside a line


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one style. `link` is where it leads, "" nowhere; control and bidi characters are shown as
    their code, so that text cannot pose as something else."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """Mathematics inside a line, LaTeX without its delimiters; `raw` is what stood in the text."""

    source: str
    raw: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture the text refers to. It is never fetched; it is shown as a chip with host and words."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class NoteRef:
    """A reference to footnote `number`; `label` is its name in the text."""

    number: int
    label: str


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A hard line break."""


Inline = Run | Formula | Picture | NoteRef | LineBreak

# ---------------------------------------------------------------- what a block stands in


@dataclass(frozen=True, slots=True)
class Container:
    """A list item, quote or footnote around a block.

    Args:
        kind: bullet | number | quote | note.
        number: of a numbered item or a footnote.
        checked: of a task item; None for others.
        first: the block is the first of this item, so the marker is drawn beside it.
        tight: no empty line stands before the block, so that it is drawn close to the one above.
    """

    kind: Literal["bullet", "number", "quote", "note"]
    number: int = 0
    checked: bool | None = None
    first: bool = False
    tight: bool = True


# ---------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """What all blocks have: `start` and `end` are offsets of their source in the Markdown text."""

    within: tuple[Container, ...] = ()
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph(_Leaf):
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading(_Leaf):
    """`level` is 1 to 6."""

    level: int
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock(_Leaf):
    """Code as it stands, without the fence. `open` while its end has not come."""

    text: str
    language: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MathBlock(_Leaf):
    """A formula on lines of its own. `raw` with its delimiters."""

    source: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(_Leaf):
    """GFM table. Every row has as many cells as the header; `align` is left, center, right or ""."""

    header: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    align: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(_Leaf):
    """A line across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlBlock(_Leaf):
    """HTML, which is shown as text."""

    text: str


Block = Paragraph | Heading | CodeBlock | MathBlock | Table | Rule | HtmlBlock


@dataclass(frozen=True, slots=True)
class CodeToken:
    """A stretch of highlighted code: characters `start` to `end` are of `kind` (see `CODE_KINDS`)."""

    start: int
    end: int
    kind: str


CODE_KINDS = (
    "keyword", "name", "function", "type", "string", "number", "comment", "operator", "constant", "tag",
    "attribute", "inserted", "deleted", "heading", "error",
)  # fmt: skip
