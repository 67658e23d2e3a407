"""One zoom for several pictures: all of them show the same part, whatever their sizes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Signal

CLOSEST = 32.0
"""Times the fitted size."""
MIDDLE = QPointF(0.5, 0.5)


class LinkedZoom(QObject):
    """How far pictures are zoomed in, and where to.

    `factor` is 1 for pictures that fit into their places; `centre` the point of each picture that stands in
    the middle of its place, in fractions of its width and height.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.factor = 1.0
        self.centre = QPointF(MIDDLE)

    def target(self, size: QSize, place: QRectF) -> QRectF:
        """Where a whole picture of this size lies, for the place it is seen through."""
        if size.isEmpty() or place.isEmpty():
            return QRectF()
        scale = min(place.width() / size.width(), place.height() / size.height()) * self.factor
        width, height = size.width() * scale, size.height() * scale
        x, y = _held(self.centre.x(), width, place.width()), _held(self.centre.y(), height, place.height())
        middle = place.center()
        return QRectF(middle.x() - x * width, middle.y() - y * height, width, height)

    def zoom_by(self, by: float, at: QPointF, size: QSize, place: QRectF) -> None:
        """Zoom in (more than 1) or out; the point of the picture at `at` stays there."""
        before = self.target(size, place)
        factor = max(1.0, min(self.factor * by, CLOSEST))
        if before.isEmpty() or factor == self.factor:
            return
        x, y = (at.x() - before.x()) / before.width(), (at.y() - before.y()) / before.height()
        grown = factor / self.factor
        width, height = before.width() * grown, before.height() * grown
        middle = place.center()
        self.factor = factor
        self.centre = QPointF(x + (middle.x() - at.x()) / width, y + (middle.y() - at.y()) / height)
        self._clamp(size, place)

    def pan(self, by: QPointF, size: QSize, place: QRectF) -> None:
        """Move the pictures by so many pixels."""
        target = self.target(size, place)
        if not target.isEmpty():
            self.centre -= QPointF(by.x() / target.width(), by.y() / target.height())
            self._clamp(size, place)

    def show_pixels(self, ratio: float, size: QSize, place: QRectF) -> None:
        """One pixel of a picture on one of the screen, which has `ratio` of them per logical pixel."""
        fitted = min(place.width() / size.width(), place.height() / size.height()) if size.width() else 1.0
        self.factor = max(1.0, min(1 / (fitted * ratio), CLOSEST))
        self._clamp(size, place)

    def fit(self) -> None:
        """Whole pictures."""
        self.factor, self.centre = 1.0, QPointF(MIDDLE)
        self.changed.emit()

    def _clamp(self, size: QSize, place: QRectF) -> None:
        target = self.target(size, place)
        self.centre = QPointF(
            _held(self.centre.x(), target.width(), place.width()),
            _held(self.centre.y(), target.height(), place.height()),
        )
        self.changed.emit()


def _held(centre: float, length: float, window: float) -> float:
    """A picture cannot be pushed out of its place; one that fits in a direction is centred in it."""
    if length <= window:
        return 0.5
    half = window / length / 2
    return max(half, min(centre, 1 - half))
