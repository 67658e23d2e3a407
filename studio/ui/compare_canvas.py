"""The pictures of a comparison: side by side, one over the other with a slider, or in turns."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.qt_models.pictures import Picture
from studio.ui.linked_zoom import LinkedZoom
from studio.ui.theme import BORDER, Radius, Size, Space, Theme
from studio.ui.widgets.base import Themed, name_widget, paint_box, paint_text, painter_for, text_width
from studio.ui.widgets.roles import Role, set_role

FLICKER_MS = 700
STEP = 1.25
HARD_PIXELS_FROM = 2.0
DIVIDER_REACH = 12
LABELS = "ABCD"


class CompareMode(StrEnum):
    """How pictures are set against each other; all but SIDE are for two."""

    SIDE = "side"
    SLIDER = "slider"
    FLICKER = "flicker"


class CompareCanvas(Themed, QWidget):
    """Two to four pictures under one zoom.

    The wheel zooms, dragging pans; near the line of the slider it moves the line. A double click goes to the
    pixels and back.
    """

    turned = Signal(int)
    """Which of the two is seen in turns now."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, tr("Pictures to compare"))
        set_role(self, Role.Canvas)
        self.setAccessibleDescription(", ".join(f"{LABELS[n]}: {name}" for n, name in enumerate(names)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.pictures: list[Picture | None] = [None] * len(names)
        self.zoom = LinkedZoom(self)
        self.zoom.changed.connect(self.update)
        self.mode = CompareMode.SIDE
        self.divider = 0.5
        self.turn = 0
        self._grip: QPointF | None = None
        self._moves_divider = False
        self._flicker = QTimer(self, interval=FLICKER_MS)
        self._flicker.timeout.connect(self.flip)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    # ------------------------------------------------------------------ commands

    def set_mode(self, mode: CompareMode) -> None:
        """Another way of setting them against each other; the zoom stays."""
        self.mode = mode
        self.turn = 0
        if mode is CompareMode.FLICKER:
            self._flicker.start()
        else:
            self._flicker.stop()
        self.update()

    def show_picture(self, number: int, picture: Picture) -> None:
        self.pictures[number] = picture
        self.update()

    def flip(self) -> None:
        """The other one's turn."""
        self.turn = 1 - self.turn
        self.turned.emit(self.turn)
        self.update()

    def hold(self, paused: bool) -> None:
        """Stop the turns, or go on with them."""
        if paused:
            self._flicker.stop()
        elif self.mode is CompareMode.FLICKER:
            self._flicker.start()

    def move_divider(self, by: float) -> None:
        """Move the slider's line, in fractions of the width."""
        self.divider = max(0.0, min(self.divider + by, 1.0))
        self.update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom all pictures; the point at `at` stays where it is."""
        place, size = self._under(at)
        self.zoom.zoom_by(factor, at if at is not None else place.center(), size, place)

    def pan(self, x: float, y: float) -> None:
        place, size = self._under(None)
        self.zoom.pan(QPointF(x, y), size, place)

    def toggle_pixels(self) -> None:
        """One pixel of the picture on one of the screen; a second time fitted again."""
        place, size = self._under(None)
        if self.zoom.factor > 1:
            self.zoom.fit()
        else:
            self.zoom.show_pixels(self.devicePixelRatioF(), size, place)

    def stop(self) -> None:
        self._flicker.stop()

    # ------------------------------------------------------------------ places

    def places(self) -> list[QRectF]:
        """Where the pictures stand: columns for two and three, two rows for four; else all in one place."""
        whole = QRectF(self.rect())
        count = len(self.pictures)
        if self.mode is not CompareMode.SIDE:
            return [whole] * count
        columns, rows = (2, 2) if count == 4 else (count, 1)
        width = (whole.width() - (columns - 1) * Space.SM) / columns
        height = (whole.height() - (rows - 1) * Space.SM) / rows
        return [
            QRectF((n % columns) * (width + Space.SM), (n // columns) * (height + Space.SM), width, height)
            for n in range(count)
        ]

    def _under(self, at: QPointF | None) -> tuple[QRectF, QSize]:
        """The place at a point, or the first one, and the size of the picture in it."""
        places = self.places()
        number = next((n for n, place in enumerate(places) if at is not None and place.contains(at)), 0)
        picture = self.pictures[number]
        return places[number], picture.size if picture is not None else QSize()

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self, turned=False)
        painter.fillRect(self.rect(), t.bg)
        places = self.places()
        if self.mode is CompareMode.SIDE:
            for number, place in enumerate(places):
                self._paint(painter, number, place, place)
        elif self.mode is CompareMode.FLICKER:
            self._paint(painter, self.turn, places[0], places[0])
        else:
            self._paint_slider(painter, places[0])

    def _paint_slider(self, painter: QPainter, place: QRectF) -> None:
        t = Theme.current().tokens
        x = place.width() * self.divider
        left, right = QRectF(place), QRectF(place)
        left.setRight(x)
        right.setLeft(x)
        self._paint(painter, 0, place, left)
        self._paint(painter, 1, place, right, at_right=True)
        painter.setPen(QPen(t.on_overlay, 2 * BORDER))
        painter.drawLine(QPointF(x, 0), QPointF(x, place.height()))
        knob = QRectF(x - Size.KNOB / 2, place.center().y() - Size.KNOB / 2, Size.KNOB, Size.KNOB)
        paint_box(painter, knob, t.accent, t.on_overlay, Size.KNOB / 2, 2 * BORDER)

    def _paint(
        self, painter: QPainter, number: int, place: QRectF, clip: QRectF, *, at_right: bool = False
    ) -> None:
        picture = self.pictures[number]
        t = Theme.current().tokens
        painter.save()
        painter.setClipRect(clip)
        if picture is None or not picture.levels:
            painter.fillRect(clip, t.surface)
        else:
            target = self.zoom.target(picture.size, place)
            scale = target.width() / picture.size.width() * self.devicePixelRatioF()
            image = picture.level(scale)
            smooth = scale <= HARD_PIXELS_FROM and scale != 1.0
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            seen = target.intersected(clip)
            factor_x, factor_y = image.width() / target.width(), image.height() / target.height()
            source = QRectF(
                (seen.x() - target.x()) * factor_x, (seen.y() - target.y()) * factor_y,
                seen.width() * factor_x, seen.height() * factor_y,
            )  # fmt: skip
            painter.drawImage(seen, image, source)
        self._paint_label(painter, number, clip, at_right=at_right)
        painter.restore()

    def _paint_label(self, painter: QPainter, number: int, clip: QRectF, *, at_right: bool) -> None:
        theme, t = Theme.current(), Theme.current().tokens
        font = theme.font("caption")
        side = theme.px(Size.BADGE)
        width = max(side, text_width(LABELS[number], font) + Space.SM)
        left = clip.right() - width - Space.SM if at_right else clip.left() + Space.SM
        pill = QRectF(left, clip.top() + Space.SM, width, side)
        paint_box(painter, pill, t.overlay, None, Radius.SMALL)
        paint_text(painter, pill, LABELS[number], font, t.on_overlay, Qt.AlignmentFlag.AlignHCenter)

    # ------------------------------------------------------------------ mouse

    def _near_divider(self, at: QPointF) -> bool:
        line = self.width() * self.divider
        return self.mode is CompareMode.SLIDER and abs(at.x() - line) <= DIVIDER_REACH

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position()
            self._moves_divider = self._near_divider(event.position())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._grip is None:
            near = self._near_divider(at)
            self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)
        elif self._moves_divider:
            self.divider = max(0.0, min(at.x() / max(1, self.width()), 1.0))
            self.update()
        else:
            place, size = self._under(at)
            self.zoom.pan(at - self._grip, size, place)
            self._grip = at
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.toggle_pixels()
        event.accept()
