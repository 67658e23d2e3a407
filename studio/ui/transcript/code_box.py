"""Code with its header, and text that is shown as it stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from studio.core.i18n import tr
from studio.domain.highlight import GrowingHighlight
from studio.domain.markdown import (
    Block,
    CodeBlock,
    CodeToken,
    Formula,
    Heading,
    HtmlBlock,
    LineBreak,
    NoteRef,
    Paragraph,
    Run,
)
from studio.domain.markdown_source import block_source
from studio.ui.icons import paint_icon
from studio.ui.theme import BORDER, CODE_SPACING, Radius, Size, Space
from studio.ui.transcript.box import BaseBox, Control, Sideways
from studio.ui.transcript.mono import MonoText, columns_in, word_at
from studio.ui.transcript.runs import visible
from studio.ui.transcript.style import TextLook, TextStyle, look_of

CATCH_UP = 4000
"""Characters of growing code that are coloured at once, at most."""

LATE = 6000
"""Characters that may be coloured again for what one flush adds."""


class CodeBox(BaseBox):
    """A block of code: a header with language, Wrap and Copy, then rows that scroll sideways or wrap."""

    def __init__(self, block: CodeBlock, style: TextStyle) -> None:
        super().__init__(block, style)
        self._block = block
        self._tokens: Sequence[CodeToken] = ()
        self._growing: GrowingHighlight | None = None
        self._colored = 0
        self._asked = self._late = False
        self._mono = MonoText(block.text, style.code, style, self._tokens_between)
        self._scroll = Sideways()
        self._wrapped = False
        self._copied = False
        self._header = float(style.px(Size.CODE_HEADER))

    @property
    def text(self) -> str:
        return self._mono.text

    def grow(self, block: Block) -> bool:
        old = self._block
        if not isinstance(block, CodeBlock) or block.language != old.language or block.within != old.within:
            return False
        if not block.text.startswith(old.text):
            return False
        self._shown = self._block = block
        self._mono.append(block.text[len(old.text) :])
        self._color_more()
        if self.width:
            self.height = self._lay_out(self.width - self._inset)
        return True

    def refresh(self) -> bool:
        if self.waiting:
            self._color()
        return False  # colours move nothing

    # ------------------------------------------------------------ colours

    def _tokens_between(self, start: int, end: int) -> Sequence[CodeToken]:
        first = bisect_right(self._tokens, start, key=lambda token: token.end)
        return self._tokens[first : bisect_left(self._tokens, end, key=lambda token: token.start)]

    def _color(self) -> None:
        """Ask for the colours of the whole block."""
        highlighter = self.style.highlighter
        if highlighter is None:
            return
        tokens = highlighter.find(self._block.text, self._block.language)
        self.waiting = tokens is None
        if tokens is not None:
            self._tokens, self._growing = tokens, None
            self._mono.recolor()

    def _color_more(self) -> None:
        """Colour what came; the whole block once more when it is complete."""
        highlighter = self.style.highlighter
        if highlighter is None or not self._block.language:
            return
        if not self._block.open:
            self._color()
            return
        if self._late:
            return
        if self._growing is None:
            self._growing, self._colored = highlighter.growing(self._block.language), 0
        if self._growing is not None:
            # A box that was made in the middle of a long block catches up bit by bit.
            self._colored = min(self._colored + CATCH_UP, len(self.text))
            first = self._growing.update(self.text[: self._colored])
            if self._growing.tokens or not self._tokens:
                self._tokens = self._growing.tokens
            self._mono.recolor(first)
            # Some languages give no place to go on from. Their colours come when the block is complete.
            self._late = self._colored - first > LATE

    # ------------------------------------------------------------ layout

    def _lay_out(self, width: float) -> float:
        room = width - 2 * Space.MD
        if not self._asked:
            self._asked = True
            self._color()
        self._mono.set_wrap(columns_in(room, self.style) if self._wrapped else 0)
        self._scroll.fit(room, 0.0 if self._wrapped else self._mono.width)
        return self._header + self._mono.height + 2 * Space.MD

    def _body(self) -> tuple[float, float]:
        """Where the text begins, scrolled, relative to the box."""
        return self._left + Space.MD - self._scroll.offset, self._header + Space.MD

    def _track(self) -> QRectF:
        wide = self.width - self._inset - 2 * Space.MD
        top = self.height - Space.MD / 2 - Size.BAR / 2
        return QRectF(self._left + Space.MD, top, wide, Size.BAR)

    def _marker_line(self) -> tuple[float, TextLook]:
        return (self._header + self.style.caption_metrics.ascent()) / 2, self.style.text

    # ------------------------------------------------------------ painting

    def _paint_content(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None,
        marks: Sequence[tuple[int, int]],
    ) -> None:
        colors = self.style.colors
        panel = QRectF(x, y, self.width - self._inset, self.height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(panel, Radius.LARGE, Radius.LARGE)
        self._paint_header(painter, panel)
        body = panel.adjusted(Space.MD, self._header, -Space.MD, 0).intersected(clip)
        if body.isEmpty():
            return
        painter.save()
        painter.setClipRect(body, Qt.ClipOperation.IntersectClip)
        left, top = x + Space.MD - self._scroll.offset, y + self._header + Space.MD
        for mark in marks:
            self._mono.paint_range(painter, left, top, body, mark, colors.mark)
        if selection is not None:
            self._mono.paint_range(painter, left, top, body, selection, colors.selection)
        self._mono.paint(painter, left, top, body)
        painter.restore()
        track = self._track().translated(x - self._left, y)
        self._scroll.paint_bar(painter, track, self.style, self._hovered == "scroll")

    def _paint_header(self, painter: QPainter, panel: QRectF) -> None:
        colors, metrics = self.style.colors, self.style.caption_metrics
        line = QRectF(panel.left(), panel.top() + self._header - BORDER, panel.width(), BORDER)
        painter.fillRect(line, colors.border)
        base = panel.top() + (self._header + metrics.ascent() - metrics.descent()) / 2
        painter.setFont(self.style.caption)
        buttons = self._buttons()
        room = buttons[-1].rect.left() - self._left - 2 * Space.MD
        painter.setPen(colors.text2)
        language = visible(self._block.language) or tr("code")
        words = metrics.elidedText(language, Qt.TextElideMode.ElideRight, max(room, 0))
        painter.drawText(QPointF(panel.left() + Space.MD, base), words)
        for button in buttons:
            rect = button.rect.translated(panel.left() - self._left, panel.top())
            hovered = button.key == self._hovered
            ink = colors.text if hovered else colors.text2
            if hovered:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.hover)
                painter.drawRoundedRect(rect.adjusted(0, Space.XS, 0, -Space.XS), Radius.SMALL, Radius.SMALL)
            left = rect.left() + Space.SM
            if button.key == "copy":
                side = self.style.px(Size.ICON_SMALL)
                icon = QRectF(left, rect.center().y() - side / 2, side, side)
                paint_icon(painter, "check" if self._copied else "copy", icon, ink)
                left += side + Space.XS
            painter.setPen(ink)
            painter.drawText(QPointF(left, base), self._label(button.key))

    # ------------------------------------------------------------ controls

    def _label(self, key: str) -> str:
        if key == "copy":
            return tr("Copied") if self._copied else tr("Copy")
        return tr("Unwrap") if self._wrapped else tr("Wrap")

    def _buttons(self) -> list[Control]:
        """From right to left."""
        metrics = self.style.caption_metrics
        right = self._left + self.width - self._inset - Space.XS
        wide = metrics.horizontalAdvance(self._label("copy"))
        wide += self.style.px(Size.ICON_SMALL) + Space.XS + 2 * Space.SM
        made = [Control("copy", tr("Copy code"), QRectF(right - wide, 0, wide, self._header - BORDER))]
        if self._wrapped or self._scroll.range:
            right -= wide
            wide = metrics.horizontalAdvance(self._label("wrap")) + 2 * Space.SM
            name = tr("Do not wrap lines") if self._wrapped else tr("Wrap lines")
            made.append(Control("wrap", name, QRectF(right - wide, 0, wide, self._header - BORDER)))
        return made

    def control_at(self, x: float, y: float) -> str:
        if y < self._header:
            return super().control_at(x, y)
        track = self._track()
        grip = track.adjusted(0, -Space.XS, 0, Space.XS)
        return "scroll" if self._scroll.range and grip.contains(QPointF(x, y)) else ""

    def hover(self, control: str, link: str = "") -> bool:
        if control != "copy" and self._copied:
            self._copied = False
            super().hover(control, link)
            return True
        return super().hover(control, link)

    def activate(self, control: str) -> bool:
        if control == "copy":
            self._copied = (
                True  # until the pointer leaves; the text itself is put on the clipboard by the view
            )
        if control != "wrap":
            return False
        self._wrapped = not self._wrapped
        self._scroll.offset = 0.0
        if self.width:
            self.height = self._lay_out(self.width - self._inset)
        return True

    def scroll_by(self, dx: float) -> bool:
        return self._scroll.move(dx)

    def drag_scroll(self, dx: float) -> bool:
        return self._scroll.drag(dx)

    def reveal(self, position: int) -> bool:
        caret = self._mono.caret(position)
        return self._scroll.show(caret.left(), caret.right())

    def view_state(self) -> object:
        return (self._wrapped, self._scroll.offset) if self._wrapped or self._scroll.offset else None

    def restore_view(self, state: object) -> None:
        match state:
            case (bool() as wrapped, float() as offset):
                self._wrapped, self._scroll.offset = wrapped, offset
                if self.width:
                    self.height = self._lay_out(self.width - self._inset)

    # ------------------------------------------------------------ geometry

    def position_at(self, x: float, y: float) -> int:
        left, top = self._body()
        return self._mono.position_at(x - left, y - top)

    def rect_at(self, position: int) -> QRectF:
        left, top = self._body()
        return self._mono.caret(position).translated(left, top)

    def word_at(self, position: int) -> tuple[int, int]:
        return word_at(self.text, position)

    def markdown(self, start: int, end: int) -> str:
        if start <= 0 and end >= len(self.text.rstrip("\n")):
            return block_source(self.block)
        return self.text[start:end]


class PlainBox(BaseBox):
    """Text as it stands, in rows of one character width: HTML, and paragraphs too long to be set properly."""

    def __init__(self, block: HtmlBlock | Paragraph | Heading, style: TextStyle) -> None:
        super().__init__(block, style)
        ink = style.colors.text2 if isinstance(block, HtmlBlock) else style.text.color
        self._mono = MonoText(plain_text(block), look_of(style.code.font, ink, CODE_SPACING), style)

    @property
    def text(self) -> str:
        return self._mono.text

    def grow(self, block: Block) -> bool:
        if not isinstance(block, HtmlBlock | Paragraph | Heading) or type(block) is not type(self.block):
            return False
        if block.within != self.block.within:
            return False
        text = plain_text(block)
        if not text.startswith(self._mono.text):
            return False
        self._shown = block
        self._mono.append(text[len(self._mono.text) :])
        self.height = self._mono.height
        return True

    def _lay_out(self, width: float) -> float:
        self._mono.set_wrap(columns_in(width, self.style))
        return self._mono.height

    def _marker_line(self) -> tuple[float, TextLook]:
        return self.style.code.above, self.style.text

    def _paint_content(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None,
        marks: Sequence[tuple[int, int]],
    ) -> None:
        for mark in marks:
            self._mono.paint_range(painter, x, y, clip, mark, self.style.colors.mark)
        if selection is not None:
            self._mono.paint_range(painter, x, y, clip, selection, self.style.colors.selection)
        self._mono.paint(painter, x, y, clip)

    def position_at(self, x: float, y: float) -> int:
        return self._mono.position_at(x - self._left, y)

    def rect_at(self, position: int) -> QRectF:
        return self._mono.caret(position).translated(self._left, 0)

    def word_at(self, position: int) -> tuple[int, int]:
        return word_at(self.text, position)

    def markdown(self, start: int, end: int) -> str:
        if start <= 0 and end >= self.length:
            return block_source(self.block)
        return self.text[start:end]


def plain_text(block: HtmlBlock | Paragraph | Heading) -> str:
    """What a block says, without its formats."""
    if isinstance(block, HtmlBlock):
        return block.text
    parts: list[str] = []
    for inline in block.inlines:
        match inline:
            case Run():
                parts.append(inline.text)
            case Formula():
                parts.append(inline.raw)
            case LineBreak():
                parts.append("\n")
            case NoteRef():
                parts.append(f"[{inline.number}]")
            case _:
                parts.append(inline.alt)
    return "".join(parts)
