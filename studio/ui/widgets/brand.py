"""The mark of the program."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.icons import paint_icon
from studio.ui.theme import Radius, Size, Theme, Tokens, tokens
from studio.ui.widgets.base import Themed, paint_box, painter_for
from studio.ui.widgets.roles import Role, set_role


def paint_logo(painter: QPainter, box: QRectF, colors: Tokens) -> None:
    """A honey cell: a dark hexagon on a rounded honey square."""
    paint_box(painter, box, colors.accent, None, Radius.CONTROL * box.width() / Size.SWITCH_HEIGHT)
    inset = box.width() * 0.2
    paint_icon(painter, "logo", box.adjusted(inset, inset, -inset, -inset), colors.on_accent)


def logo_pixmap(side: int) -> QPixmap:
    """The mark as a picture of `side` pixels, for the window's icon."""
    pixmap = QPixmap(side, side)
    pixmap.fill("transparent")
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_logo(painter, QRectF(0, 0, side, side), tokens(False))
    painter.end()
    return pixmap


class Logo(Themed, QWidget):
    """The mark, as large as an icon of the top bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        set_role(self, Role.Graphic)
        self.setAccessibleName("Nectary")

    def sizeHint(self) -> QSize:
        side = Theme.current().px(Size.ICON_LARGE + 2)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, colors = painter_for(self, turned=False)
        paint_logo(painter, QRectF(self.rect()), colors)
