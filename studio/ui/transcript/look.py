"""Fonts, colours and lengths of what surrounds the blocks of a message: cards, footers, bubbles."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from studio.ui.icons import paint_icon
from studio.ui.theme import BORDER, FOCUS_BORDER, Radius, Size, Space, Theme, Weight

COLUMN = 720
"""Widest column of text at 100 %: about 90 characters."""
BUBBLE_SHARE = 0.87
"""The widest question, as a share of the column."""


class Look:
    """Made anew when the theme changes. Lengths are logical pixels at the user's font size."""

    def __init__(self, theme: Theme) -> None:
        self.tokens = theme.tokens
        self.reduced_motion = theme.reduced_motion
        self.px = theme.px
        self.body = theme.font("body")
        self.strong = theme.font("body", Weight.SEMIBOLD)
        self.reading = theme.font("reading")
        self.caption = theme.font("caption")
        self.figures = theme.font("caption", tabular=True)
        self.line = theme.line_height("reading") * 1.5
        self.column = theme.px(COLUMN)
        self.icon = theme.px(Size.ICON_SMALL)
        self.control = theme.px(Size.CONTROL)
        self.small = theme.px(Size.CONTROL_SMALL)

    def width(self, text: str, font: QFont) -> float:
        """The advance of one line of text."""
        return QFontMetricsF(font).horizontalAdvance(text)

    def text(
        self,
        painter: QPainter,
        box: QRectF,
        text: str,
        font: QFont,
        color: QColor,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        """One line in the vertical middle of `box`, cut with an ellipsis where it is too long."""
        painter.setFont(font)
        painter.setPen(color)
        fitting = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width() + 1)
        painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, fitting)

    def icon_at(self, painter: QPainter, name: str, box: QRectF, color: QColor, side: float = 0) -> None:
        """An icon in the middle of `box`."""
        side = side or self.icon
        middle = box.center()
        paint_icon(painter, name, QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side), color)

    def panel(
        self, painter: QPainter, box: QRectF, fill: QColor, border: QColor | None = None, radius: float = 0
    ) -> None:
        """A rounded surface with a hairline inside its edge."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(border, BORDER) if border is not None else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        inset = BORDER / 2 if border is not None else 0
        radius = radius or Radius.CARD
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)

    def ring(self, painter: QPainter, box: QRectF, radius: float = Radius.CONTROL) -> None:
        """The focus ring, inside `box`."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.tokens.focus, FOCUS_BORDER))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = FOCUS_BORDER / 2
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)

    def button_width(self, text: str, icon: str = "", font: QFont | None = None) -> float:
        """Width of a button with these words."""
        width = self.width(text, font or self.body) + 2 * Space.MD
        return width + (self.icon + Space.XS + Space.HAIR if icon else 0)

    def button(
        self,
        painter: QPainter,
        box: QRectF,
        text: str,
        *,
        icon: str = "",
        kind: str = "plain",
        hover: bool = False,
        focus: bool = False,
        font: QFont | None = None,
    ) -> None:
        """A painted button: `plain` has words alone until it is hovered, `quiet` and `outline` a
        surface, `accent` honey."""
        t = self.tokens
        font = font or self.body
        fill = {
            "plain": t.hover if hover else None,
            "quiet": t.hover if hover else t.raised,
            "outline": t.hover if hover else t.surface,
            "accent": t.accent_hover if hover else t.accent,
        }[kind]
        ink = t.on_accent if kind == "accent" else t.text2 if kind == "plain" and not hover else t.text
        if fill is not None:
            border = t.border if kind == "outline" else None
            self.panel(painter, box, fill, border, radius=Radius.CONTROL)
        x = box.left() + Space.MD
        if not text:
            self.icon_at(painter, icon, box, ink)
        elif icon:
            self.icon_at(painter, icon, QRectF(x, box.top(), self.icon, box.height()), ink)
            x += self.icon + Space.XS + Space.HAIR
        if text:
            self.text(painter, QRectF(x, box.top(), box.right() - x, box.height()), text, font, ink)
        if focus:
            self.ring(painter, box)

    def dashed_line(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        """A quiet line that parts what is sent from what is not."""
        pen = QPen(self.tokens.border_strong, BORDER)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.drawLine(start, end)
