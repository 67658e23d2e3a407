"""What the blocks of a transcript look like: fonts, line pitches, colours and text formats of one theme.

A style is made when the theme, the font size or the role of the text changes, and is shared by all boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextCharFormat

from studio.ui.theme import (
    CODE_SPACING,
    FORMULA_SHARE,
    READING_SPACING,
    Role,
    Size,
    Theme,
    Tone,
    Weight,
)
from studio.ui.transcript.formulas import Formulas
from studio.ui.transcript.highlighter import Highlighter


@dataclass(frozen=True, slots=True)
class TextLook:
    """How lines of text are set.

    Args:
        pitch: from baseline to baseline in pixels, at least; taller content makes its line taller.
        above, below: the line's room over and under the baseline; together the pitch.
        formula_size: pixels.
        blank: the width of a no-break space.
    """

    font: QFont
    color: QColor
    pitch: float
    above: float
    below: float
    formula_size: float
    blank: float


def look_of(font: QFont, color: QColor, spacing: float) -> TextLook:
    """The look of text in this font with lines `spacing` heights of the font apart."""
    metrics = QFontMetricsF(font)
    pitch = float(round(metrics.height() * spacing))
    above = round((pitch - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent())
    blank = metrics.horizontalAdvance("\u00a0")
    return TextLook(font, color, pitch, above, pitch - above, font.pixelSize() * FORMULA_SHARE, blank)


class TextStyle:
    """Fonts, colours and lengths of the boxes.

    Args:
        formulas: draws mathematics; without it formulas are shown as their source.
        highlighter: colours code; without it code is plain.
        role, tone: of the running text: "reading" and "text" for answers, smaller and quieter for reasoning.
    """

    def __init__(
        self,
        theme: Theme,
        formulas: Formulas | None = None,
        highlighter: Highlighter | None = None,
        *,
        role: Role = "reading",
        tone: Tone = "text",
    ) -> None:
        self.theme = theme
        self.formulas = formulas
        self.highlighter = highlighter
        self.colors = theme.tokens
        ink = self.colors.tone(tone)
        quiet = self.colors.text2
        self.text = look_of(theme.font(role), ink, READING_SPACING)
        self.quote = look_of(theme.font(role), quiet, READING_SPACING)
        self.note = look_of(theme.font("body"), quiet, READING_SPACING)
        self.table_head = look_of(theme.font("caption", Weight.MEDIUM), self.colors.text3, READING_SPACING)
        self.headings = tuple(
            look_of(theme.heading_font(level), ink, READING_SPACING) for level in range(1, 7)
        )
        self.code = look_of(theme.code_font(), self.colors.text, CODE_SPACING)
        self.code_advance = QFontMetricsF(self.code.font).horizontalAdvance("0" * 100) / 100
        self.caption = theme.font("caption")
        self.caption_metrics = QFontMetricsF(self.caption)
        self.indent = float(theme.px(Size.LIST_INDENT))
        self.quote_indent = float(theme.px(Size.QUOTE_INDENT))
        self._formats: dict[tuple[int, bool, bool, bool, bool, bool], QTextCharFormat] = {}
        self._code_formats: dict[str, QTextCharFormat] = {}

    def px(self, length: float) -> int:
        """A length at the user's font size."""
        return self.theme.px(length)

    def run_format(
        self, look: TextLook, *, bold: bool, italic: bool, strike: bool, code: bool, link: bool
    ) -> QTextCharFormat:
        """The format of a run of text that differs from the look's own font and colour."""
        key = (look.font.pixelSize(), bold, italic, strike, code, link)
        made = self._formats.get(key)
        if made is None:
            made = QTextCharFormat()
            if code:
                font = self.theme.code_font(look.font.pixelSize())
                made.setFont(font, QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesAll)
            if bold:
                made.setFontWeight(int(Weight.SEMIBOLD))
            if italic:
                made.setFontItalic(True)
            if strike:
                made.setFontStrikeOut(True)
            if link:
                made.setForeground(self.colors.accent_text)
            self._formats[key] = made
        return made

    def code_format(self, kind: str) -> QTextCharFormat:
        """The format of a kind of highlighted code (`studio.domain.markdown.CODE_KINDS`)."""
        made = self._code_formats.get(kind)
        if made is None:
            made = QTextCharFormat()
            made.setForeground(self.colors.code(kind))
            if kind == "comment":
                made.setFontItalic(True)
            elif kind == "heading":
                made.setFontWeight(int(Weight.SEMIBOLD))
            self._code_formats[kind] = made
        return made
