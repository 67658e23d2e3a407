"""Where a film's picture lies in its room: fitted, or nearer, with the place that was pointed at kept."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt

CLOSEST = 16.0
HARD_PIXELS_FROM = 2.0
"""Beyond so many pixels of the screen per pixel of the film they are shown as squares."""


class FilmZoom:
    """The zoom of one film; in logical pixels of the widget."""

    def __init__(self) -> None:
        self.factor = 1.0
        """Times the fitted size; 1 fits."""
        self._centre = QPointF(0.5, 0.5)  # the point of the picture in the middle of the room, 0 to 1

    def fit(self) -> None:
        """The whole picture."""
        self.factor = 1.0
        self._centre = QPointF(0.5, 0.5)

    def target(self, room: QRectF, size: QSize) -> QRectF:
        """Where the whole picture lies."""
        fitted = QSizeF(size).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio) * self.factor
        left = room.center().x() - self._centre.x() * fitted.width()
        top = room.center().y() - self._centre.y() * fitted.height()
        return QRectF(left, top, fitted.width(), fitted.height())

    def scale(self, room: QRectF, size: QSize, ratio: float) -> float:
        """Pixels of the screen per pixel of the film."""
        return self.target(room, size).width() * ratio / size.width() if size.width() else 1.0

    def zoom_by(self, by: float, around: QPointF, room: QRectF, size: QSize) -> None:
        """Nearer (more than 1) or further; the point at `around` stays there."""
        old = self.target(room, size)
        if old.isEmpty():
            return
        fixed = QPointF((around.x() - old.x()) / old.width(), (around.y() - old.y()) / old.height())
        self.factor = max(1.0, min(self.factor * by, CLOSEST))
        new = self.target(room, size).size()
        self._centre = QPointF(
            fixed.x() - (around.x() - room.center().x()) / new.width(),
            fixed.y() - (around.y() - room.center().y()) / new.height(),
        )
        self._hold(room, new)

    def pan(self, by: QPointF, room: QRectF, size: QSize) -> None:
        """Push the picture; it cannot leave the room."""
        target = self.target(room, size).size()
        if not target.isEmpty():
            self._centre -= QPointF(by.x() / target.width(), by.y() / target.height())
            self._hold(room, target)

    def to_pixels(self, around: QPointF, room: QRectF, size: QSize, ratio: float) -> None:
        """One pixel of the film on one of the screen; fitted again when it is that near already."""
        scale = self.scale(room, size, ratio)
        if self.factor > 1.0 or scale >= 1.0:
            self.fit()
        else:
            self.zoom_by(1.0 / scale, around, room, size)

    def _hold(self, room: QRectF, target: QSizeF) -> None:
        def held(at: float, length: float, window: float) -> float:
            half = window / length / 2
            return 0.5 if length <= window else max(half, min(at, 1 - half))

        self._centre = QPointF(
            held(self._centre.x(), target.width(), room.width()),
            held(self._centre.y(), target.height(), room.height()),
        )
