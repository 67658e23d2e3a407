"""What every block of the transcript can do, and the room beside it for markers, bars and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from studio.domain.markdown import Block, Container, Heading
from studio.domain.markdown_source import block_source
from studio.ui.icons import paint_icon
from studio.ui.theme import BORDER, Radius, Size, Space
from studio.ui.transcript.style import TextLook, TextStyle

NARROW = 0.5
"""The share of the width that markers and bars may take, however deep lists are nested."""


class Control(NamedTuple):
    """A button or link inside a block: `key` is what `control_at` and `activate` use."""

    key: str
    name: str
    rect: QRectF


class Box(Protocol):
    """A laid-out block. Lengths in logical pixels; points are relative to the box's top left corner.

    Caret positions run from 0 to `length`; the character at position n is `text[n]`.
    """

    height: float
    waiting: bool
    """Formulas are being drawn: after `Formulas.drawn`, call `refresh`."""

    @property
    def block(self) -> Block:
        """What it shows."""
        ...

    @property
    def length(self) -> int: ...
    @property
    def text(self) -> str: ...

    def set_width(self, width: float) -> None:
        """Lay out. Must be called before anything about geometry is asked."""
        ...

    def above(self, previous: Block | None) -> float:
        """The gap over the box when it follows `previous` in one text. Bars of quotes go on through it."""
        ...

    def grow(self, block: Block) -> bool:
        """Take the newer version of the block, which has more at its end, and lay out what changed.

        False when it cannot be taken: make a new box.
        """
        ...

    def refresh(self) -> bool:
        """Take up formulas drawn since. True when the layout changed (`height`, `length`)."""
        ...

    def paint(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None = None,
        marks: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Paint with the top left corner at (x, y); `clip` is in the painter's coordinates too.

        Args:
            selection: selected positions; marks: those that a search found.
        """
        ...

    def position_at(self, x: float, y: float) -> int: ...
    def rect_at(self, position: int) -> QRectF:
        """The caret before a position."""
        ...

    def word_at(self, position: int) -> tuple[int, int]: ...
    def markdown(self, start: int, end: int) -> str:
        """Markdown of what lies between two positions; of the whole block with its markers."""
        ...

    def link_at(self, x: float, y: float) -> str:
        """The address under a point, "#note-3" for a footnote's number, "" for none."""
        ...

    def control_at(self, x: float, y: float) -> str:
        """The key of the control under a point: "copy", "wrap", "scroll", "" for none."""
        ...

    def hover(self, control: str, link: str = "") -> bool:
        """The pointer is over this control or link; true when that looks different."""
        ...

    def activate(self, control: str) -> bool:
        """Press a control that changes the box itself ("wrap"); true when the height may have changed."""
        ...

    def controls(self) -> list[Control]:
        """Controls and links with their accessible names."""
        ...

    def scroll_by(self, dx: float) -> bool:
        """Move wide content sideways; false when there is nothing to move that way."""
        ...

    def drag_scroll(self, dx: float) -> bool:
        """The scroll bar ("scroll") was dragged by this many pixels."""
        ...

    def reveal(self, position: int) -> bool:
        """Scroll sideways so that a position can be seen; true when that moved the content."""
        ...

    def view_state(self) -> object:
        """What the user changed (wrap, sideways scroll), for a box made again later; None for nothing."""
        ...

    def restore_view(self, state: object) -> None: ...


class BaseBox:
    """The gutter of a block, and the answers of blocks that have no controls and never scroll.

    A box implements `_lay_out(width) -> height` and `_paint_content`, both inside the gutter, and the
    geometry in coordinates of the content; `_left` is where the content begins.
    """

    def __init__(self, block: Block, style: TextStyle) -> None:
        self._shown: Block = block
        self.style = style
        self.height = 0.0
        self.width = 0.0
        self.waiting = False
        self.rtl = False
        self._left = 0.0
        self._inset = 0.0
        self._gap = 0.0
        self._hovered = ""
        self._hovered_link = ""

    @property
    def block(self) -> Block:
        return self._shown

    # ------------------------------------------------------------ for boxes to implement

    @property
    def text(self) -> str:
        return ""

    @property
    def length(self) -> int:
        return len(self.text)

    def _lay_out(self, width: float) -> float:
        raise NotImplementedError

    def _paint_content(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None,
        marks: Sequence[tuple[int, int]],
    ) -> None:
        raise NotImplementedError

    def _marker_line(self) -> tuple[float, TextLook]:
        """The baseline that markers stand on, and the look of the text beside them."""
        return self.style.text.above, self.style.text

    # ------------------------------------------------------------ layout

    def set_width(self, width: float) -> None:
        self.width = max(width, 1.0)
        self._inset = min(
            sum(container_width(container, self.style) for container in self.block.within),
            self.width * NARROW,
        )
        self._left = 0.0 if self.rtl else self._inset
        self.height = self._lay_out(self.width - self._inset)

    def above(self, previous: Block | None) -> float:
        self._gap = gap(previous, self.block, self.style)
        return self._gap

    def grow(self, block: Block) -> bool:
        return False

    def refresh(self) -> bool:
        return False

    # ------------------------------------------------------------ painting

    def paint(
        self,
        painter: QPainter,
        x: float,
        y: float,
        clip: QRectF,
        selection: tuple[int, int] | None = None,
        marks: Sequence[tuple[int, int]] = (),
    ) -> None:
        if self.block.within:
            self._paint_gutter(painter, x, y)
        self._paint_content(painter, x + self._left, y, clip, selection, marks)

    def _paint_gutter(self, painter: QPainter, x: float, y: float) -> None:
        baseline, look = self._marker_line()
        widths = [container_width(container, self.style) for container in self.block.within]
        scale = min(1.0, self._inset / sum(widths))
        at = 0.0
        bullets = 0
        for container, full in zip(self.block.within, widths, strict=True):
            width = full * scale
            left = x + (self.width - at - width if self.rtl else at)
            cell = QRectF(left, y, width, self.height)
            if container.kind == "quote":
                self._paint_bar(painter, cell, container)
            elif container.first:
                paint_marker(painter, cell, container, y + baseline, look, bullets, self.style, self.rtl)
            bullets += container.kind == "bullet"
            at += width

    def _paint_bar(self, painter: QPainter, cell: QRectF, container: Container) -> None:
        wide = self.style.px(Size.QUOTE_BAR)
        top = cell.top() if container.first else cell.top() - self._gap
        left = cell.right() - wide if self.rtl else cell.left()
        painter.fillRect(QRectF(left, top, wide, cell.bottom() - top), self.style.colors.border_strong)

    # ------------------------------------------------------------ the rest of the protocol

    def position_at(self, x: float, y: float) -> int:
        return 0 if y < self.height / 2 else self.length

    def rect_at(self, position: int) -> QRectF:
        return QRectF(self._left, 0, BORDER, self.height)

    def word_at(self, position: int) -> tuple[int, int]:
        return 0, self.length

    def markdown(self, start: int, end: int) -> str:
        return block_source(self.block)

    def link_at(self, x: float, y: float) -> str:
        return ""

    def control_at(self, x: float, y: float) -> str:
        point = QPointF(x, y)
        return next((c.key for c in self._buttons() if c.rect.contains(point)), "")

    def _buttons(self) -> list[Control]:
        return []

    def hover(self, control: str, link: str = "") -> bool:
        changed = (control, link) != (self._hovered, self._hovered_link)
        self._hovered, self._hovered_link = control, link
        return changed

    def activate(self, control: str) -> bool:
        return False

    def controls(self) -> list[Control]:
        return [control for control in self._buttons() if control.key != "scroll"]

    def scroll_by(self, dx: float) -> bool:
        return False

    def drag_scroll(self, dx: float) -> bool:
        return False

    def reveal(self, position: int) -> bool:
        return False

    def view_state(self) -> object:
        return None

    def restore_view(self, state: object) -> None:
        """Nothing of such a box can be changed."""


class Sideways:
    """Scrolling sideways: where wide content stands, and its bar. For boxes with `viewport` and `content`."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.viewport = 0.0
        self.content = 0.0

    @property
    def range(self) -> float:
        """How far the content can move."""
        return max(self.content - self.viewport, 0.0)

    def fit(self, viewport: float, content: float) -> None:
        """The room or the content changed."""
        self.viewport, self.content = viewport, content
        self.offset = min(self.offset, self.range)

    def move(self, dx: float) -> bool:
        """Move by pixels of the content; false at the end."""
        before = self.offset
        self.offset = min(max(self.offset + dx, 0.0), self.range)
        return self.offset != before

    def drag(self, dx: float) -> bool:
        """Move by pixels of the bar."""
        return self.move(dx * self.content / self.viewport) if self.viewport else False

    def show(self, left: float, right: float) -> bool:
        """Bring a stretch of the content into view."""
        margin = min(self.viewport / 4, float(Space.XXL))
        if left < self.offset:
            return self.move(left - margin - self.offset)
        if right > self.offset + self.viewport:
            return self.move(right + margin - self.offset - self.viewport)
        return False

    def thumb(self, track: QRectF) -> QRectF:
        """The moving part of the bar inside its track; empty when everything is in view."""
        if not self.range:
            return QRectF()
        wide = max(track.width() * self.viewport / self.content, float(Space.XL))
        left = track.left() + (track.width() - wide) * self.offset / self.range
        return QRectF(left, track.top(), wide, track.height())

    def paint_bar(self, painter: QPainter, track: QRectF, style: TextStyle, hovered: bool) -> None:
        """Paint the bar where there is something to scroll."""
        thumb = self.thumb(track)
        if thumb.isEmpty():
            return
        colors = style.colors
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.text3 if hovered else colors.border_strong)
        painter.drawRoundedRect(thumb, track.height() / 2, track.height() / 2)


# ---------------------------------------------------------------- beside a block


def container_width(container: Container, style: TextStyle) -> float:
    """The room that a list item, quote or note takes beside its blocks."""
    if container.kind == "quote":
        return style.quote_indent
    if container.kind == "bullet":
        return style.indent
    # Room for two digits at least, so that 9 and 10 of one list begin at one edge.
    digits = QFontMetricsF(style.text.font).horizontalAdvance(f"{max(container.number, 10)}.")
    return max(style.indent, digits + Space.SM)


def paint_marker(painter: QPainter, cell: QRectF, container: Container, baseline: float, look: TextLook,
                 level: int, style: TextStyle, rtl: bool) -> None:  # fmt: skip
    """Paint the bullet, number or task box of an item beside its first line."""
    colors = style.colors
    middle = baseline - QFontMetricsF(look.font).xHeight() / 2
    if container.checked is not None:
        capitals = baseline - QFontMetricsF(look.font).capHeight() / 2
        _paint_task(painter, cell, container.checked, capitals, style, rtl)
    elif container.kind == "bullet":
        side = style.px(Size.BULLET)
        ring = QRectF(cell.center().x() - side / 2, middle - side / 2, side, side)
        painter.setPen(QPen(colors.text3, BORDER) if level % 3 == 1 else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if level % 3 == 1 else colors.text3)
        painter.drawRect(ring) if level % 3 == 2 else painter.drawEllipse(ring)
    else:
        painter.setFont(look.font)
        painter.setPen(colors.text2)
        word = f"{container.number}."
        wide = QFontMetricsF(look.font).horizontalAdvance(word)
        left = cell.left() + Space.SM if rtl else cell.right() - Space.SM - wide
        before = painter.layoutDirection()  # the window's: it would put the dot before the number
        painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        painter.drawText(QPointF(left, baseline), word)
        painter.setLayoutDirection(before)


def _paint_task(
    painter: QPainter, cell: QRectF, checked: bool, middle: float, style: TextStyle, rtl: bool
) -> None:
    colors = style.colors
    side = style.px(Size.TASK_BOX)
    left = cell.left() + Space.SM if rtl else cell.right() - Space.SM - side
    square = QRectF(round(left), round(middle - side / 2), side, side)
    inner = square.adjusted(BORDER / 2, BORDER / 2, -BORDER / 2, -BORDER / 2)
    fill = colors.accent if checked else colors.surface
    painter.setPen(QPen(colors.accent if checked else colors.border_strong, BORDER))
    painter.setBrush(fill)
    painter.drawRoundedRect(inner, Radius.SMALL, Radius.SMALL)
    if checked:
        paint_icon(painter, "check", square.adjusted(2, 2, -2, -2), colors.on_accent)


def gap(previous: Block | None, block: Block, style: TextStyle) -> float:
    """The space between two blocks of one text."""
    if previous is None:
        return 0.0
    if isinstance(block, Heading):
        return float(Space.XL if block.level <= 2 else Space.LG)
    if isinstance(previous, Heading):
        return float(Space.SM)
    item = next((c for c in reversed(block.within) if c.kind in ("bullet", "number")), None)
    before = any(c.kind in ("bullet", "number") for c in previous.within)
    if item is not None and item.tight and before:
        return float(Space.XS)
    if any(c.kind == "note" for c in block.within) and any(c.kind == "note" for c in previous.within):
        return float(Space.XS)
    return float(Space.MD)
