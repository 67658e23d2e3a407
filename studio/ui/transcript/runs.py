"""Inline Markdown as one string with formats: what a text layout takes, and the way back to Markdown.

Positions are indices of the Python string everywhere. Formulas, chips and note numbers take one position
each. Line breaks are kept as "\\n" in `text`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextCharFormat

from studio.core.i18n import tr
from studio.domain.markdown import Formula, Inline, LineBreak, NoteRef, Picture, Run
from studio.domain.markdown_source import inline_source
from studio.ui.icons import paint_icon
from studio.ui.theme import Radius, Size, Space
from studio.ui.transcript.formulas import Drawing
from studio.ui.transcript.style import TextLook, TextStyle
from studio.ui.widgets.base import paint_box

OBJECT = "\ufffc"
_HOLDER = "\u00a0"
_LINE = "\u2028"
_FLAT = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\v": " ", "\f": " ", _LINE: " ", "\u2029": " "})
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WORD = re.compile(r"[\w'’]+")


@dataclass(slots=True)
class Atom:
    """Something drawn that takes one position; lengths in pixels. `word` stands in a chip or is a number."""

    position: int
    inline: Formula | Picture | NoteRef
    width: float
    ascent: float
    descent: float
    drawing: Drawing | None = None
    word: str = ""


@dataclass(slots=True)
class Span:
    """Positions `start` to `end` show `inline`."""

    start: int
    end: int
    inline: Inline


@dataclass(slots=True)
class RunText:
    """The string, its formats as (start, end, format), and what lies where.

    Args:
        text: what is read, searched and pointed at.
        shown: what the layout gets, as long as `text`.
        code: ranges with the box of inline code; links: ranges with where they lead.
    """

    text: str = ""
    shown: str = ""
    formats: list[tuple[int, int, QTextCharFormat]] = field(default_factory=list)
    atoms: list[Atom] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)
    links: list[tuple[int, int, str]] = field(default_factory=list)
    waiting: bool = False

    def markdown(self, start: int, end: int) -> str:
        """Markdown of what lies between two positions; emphasis and links cut through are closed again."""
        found: list[Inline] = []
        index = max(bisect_right(self.spans, start, key=lambda span: span.end), 0)
        for span in self.spans[index:]:
            if span.start >= end:
                break
            inline = span.inline
            if isinstance(inline, Run):
                part = inline.text[max(start - span.start, 0) : end - span.start]
                inline = replace(inline, text=part) if part != inline.text else inline
            found.append(inline)
        return inline_source(found)

    def link_at(self, position: int) -> str:
        """Where the character at a position leads; "" nowhere. A note's number leads to "#note-<number>"."""
        for start, end, link in self.links:
            if start <= position < end:
                return link
        return ""

    def word_at(self, position: int) -> tuple[int, int]:
        """The word around a position, or the single character that is no part of one."""
        begin = position
        while begin > 0 and position - begin < 200 and _WORD.fullmatch(self.text[begin - 1]):
            begin -= 1
        found = _WORD.match(self.text, begin)
        if found and found.end() >= position and found.end() > begin:
            return begin, found.end()
        return position, min(position + 1, len(self.text))


def build(inlines: Sequence[Inline], look: TextLook, style: TextStyle) -> RunText:
    """Set inlines in this look."""
    made = RunText()
    words: list[str] = []
    shown: list[str] = []
    at = 0
    for inline in inlines:
        match inline:
            case Run():
                word = inline.text.translate(_FLAT)
                _format_run(made, inline, at, at + len(word), look, style)
                seen = word
            case LineBreak():
                word, seen = "\n", _LINE
            case _:
                atom = make_atom(inline, at, look, style)
                if atom is None:  # a formula without a drawing is its source
                    assert isinstance(inline, Formula)  # noqa: S101  # see make_atom; for the type checker
                    made.waiting = made.waiting or _pending(inline, look, style)
                    run = Run(visible(inline.raw), code=True)
                    word = seen = run.text.translate(_FLAT)
                    _format_run(made, run, at, at + len(word), look, style)
                else:
                    word, seen = OBJECT, _HOLDER
                    _place(made, atom, look)
        made.spans.append(Span(at, at + len(word), inline))
        words.append(word)
        shown.append(seen)
        at += len(word)
    made.text, made.shown = "".join(words), "".join(shown)
    return made


def _pending(formula: Formula, look: TextLook, style: TextStyle) -> bool:
    formulas = style.formulas
    return formulas is not None and formulas.pending(formula.source, look.formula_size, False)


def _format_run(made: RunText, run: Run, start: int, end: int, look: TextLook, style: TextStyle) -> None:
    if run.bold or run.italic or run.strike or run.code or run.link:
        made.formats.append((start, end, style.run_format(
            look, bold=run.bold, italic=run.italic, strike=run.strike, code=run.code, link=bool(run.link)
        )))  # fmt: skip
    if run.code:
        made.code.append((start, end))
    if run.link:
        if made.links and made.links[-1][1:] == (start, run.link):
            start = made.links.pop()[0]
        made.links.append((start, end, run.link))


def _place(made: RunText, atom: Atom, look: TextLook) -> None:
    # A text layout has room for inline objects only inside a document. A no-break space with letter spacing
    # is as wide as is wanted, is not torn from the punctuation beside it, and paints nothing.
    blank = QTextCharFormat()
    blank.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
    blank.setFontLetterSpacing(atom.width - look.blank)
    made.formats.append((atom.position, atom.position + 1, blank))
    made.atoms.append(atom)
    if isinstance(atom.inline, Picture):
        made.links.append((atom.position, atom.position + 1, atom.inline.url))
    elif isinstance(atom.inline, NoteRef):
        made.links.append((atom.position, atom.position + 1, f"#note-{atom.inline.number}"))


# ---------------------------------------------------------------- what takes one position


def make_atom(inline: Formula | Picture | NoteRef, at: int, look: TextLook, style: TextStyle) -> Atom | None:
    """What is drawn at position `at`; None for a formula that has no drawing (yet)."""
    if isinstance(inline, Formula):
        if style.formulas is None:
            return None
        drawing = style.formulas.find(inline.source, look.formula_size, False)
        if drawing is None:
            return None
        return Atom(at, inline, drawing.width, drawing.ascent, drawing.descent, drawing)
    metrics = style.caption_metrics
    if isinstance(inline, NoteRef):
        word = str(inline.number)
        width = metrics.horizontalAdvance(word) + Space.HAIR
        return Atom(at, inline, width, look.above, 0.0, word=word)
    word = metrics.elidedText(chip_words(inline), Qt.TextElideMode.ElideRight, style.px(Size.CHIP_MAX))
    icon = style.px(Size.ICON_SMALL)
    width = metrics.horizontalAdvance(word) + icon + Space.XS + 2 * Space.SM
    return Atom(at, inline, width, look.above, look.below, word=word)


def chip_words(picture: Picture) -> str:
    """What a chip says in place of a picture: where it lies and what it is said to show."""
    try:
        parts = urlsplit(picture.url)
        host = parts.hostname or ("" if parts.scheme in ("", "http", "https") else parts.scheme)
    except ValueError:  # a bracket without its partner in the address
        host = ""
    words = " ".join(visible(picture.alt).split())
    return " · ".join(part for part in (visible(host) or tr("picture"), words) if part)


def visible(text: str) -> str:
    """Text in which nothing hides: control and direction characters are replaced by a mark of their own.

    Every character keeps its position.
    """
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(lambda found: chr(0x2400 + ord(found[0])) if found[0] < " " else "\ufffd", text)


def paint_atom(painter: QPainter, atom: Atom, x: float, baseline: float, look: TextLook, style: TextStyle,
               room: float) -> None:  # fmt: skip
    """Paint an atom whose left end is at x. What is wider than `room` is drawn smaller."""
    if atom.drawing is not None:
        scale = min(1.0, room / atom.width) if atom.width > 0 else 1.0
        atom.drawing.paint(painter, x, baseline, look.color, scale)
        return
    metrics = style.caption_metrics
    painter.setFont(style.caption)
    if isinstance(atom.inline, NoteRef):
        painter.setPen(style.colors.accent_text)
        raised = baseline - QFontMetricsF(look.font).xHeight() * 0.7
        painter.drawText(QPointF(x + Space.HAIR / 2, raised), atom.word)
        return
    icon = style.px(Size.ICON_SMALL)
    middle = baseline - (look.above - look.below) / 2
    tall = look.pitch - Space.HAIR
    box = QRectF(x, middle - tall / 2, min(atom.width, room), tall)
    paint_box(painter, box, style.colors.raised, style.colors.border, Radius.SMALL)
    paint_icon(painter, "picture", QRectF(x + Space.SM, middle - icon / 2, icon, icon), style.colors.text2)
    painter.setPen(style.colors.text2)
    text = QRectF(x + Space.SM + icon + Space.XS, box.top(), atom.width, tall)
    base = middle + (metrics.ascent() - metrics.descent()) / 2
    painter.drawText(QPointF(text.left(), base), atom.word)
