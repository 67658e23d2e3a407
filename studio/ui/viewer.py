"""The viewer: one picture over the whole window, with zoom and pan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QBrush,
    QContextMenuEvent,
    QCursor,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from studio.core.i18n import percent, tr
from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.pictures import Picture, PictureLoader
from studio.ui.asset_verbs import KEYS, Line
from studio.ui.delegates import GalleryStyle, glyph
from studio.ui.viewer_controls import ViewerControls, checker_brush
from studio.ui.widgets.roles import Role, set_role

if TYPE_CHECKING:
    from studio.ui.film_panel import FilmPanel
    from studio.ui.sound_panel import SoundPanel

BAR = 48  # room above and below the fitted picture for caption and controls
STEP = 1.25
LARGEST_SCALE = 16.0
HARD_PIXELS_FROM = 2.0  # beyond this scale single pixels are shown as squares
PAN_STEP = 80
SLIDE_MS = 4000
EDGE = 16  # between the window and the words
SOUND_WIDTH, SOUND_HEIGHT = 1080, 320

Index = QModelIndex | QPersistentModelIndex


class PictureViewer(QWidget):
    """Shows the assets of a gallery one at a time, over all of its parent.

    Keys: Left and Right (next and previous), Home and End, + and - (zoom), Z or a double click (fit or
    100 %), Ctrl+0 (fit), Ctrl+1 (100 %), Ctrl+2 (fill), Shift+arrows (pan), 0 to 5 (rate),
    P (slideshow), Delete (trash), Esc or Space (close; Space plays and pauses a sound or a film, whose other
    keys `FilmPanel` tells). 100 % is one pixel of the picture on one pixel of the screen.
    `verbs`: what has a button where a picture has its zoom, as far as it fits what is shown.

    Signals:
        current_changed(QModelIndex): another asset is shown; the gallery follows.
        rate_requested(int), trash_requested(): for the asset that is shown.
        film_shown(FilmPanel, AssetRow): a film is in the place of the picture.
        frame_taken(AssetRow, QImage, float): this frame of a film shall be kept; where, in seconds.
        open_externally(AssetRow): play or read it in another program.
        verb_requested(str), menu_requested(QPoint): a letter of `asset_verbs.KEYS` or a button; the menu key.
        closed()
    """

    current_changed = Signal(QModelIndex)
    rate_requested = Signal(int)
    trash_requested = Signal()
    film_shown = Signal(object, object)
    frame_taken = Signal(object, object, float)
    open_externally = Signal(object)
    verb_requested = Signal(str)
    menu_requested = Signal(QPoint)
    closed = Signal()

    def __init__(
        self, model: AssetListModel, pictures: PictureLoader, style: GalleryStyle, parent: QWidget,
        *, verbs: Sequence[Line] = (),
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._model = model
        self._host = parent
        self._pictures = pictures
        self._look = style
        self._index = QPersistentModelIndex()
        self._position = -1
        self._picture: Picture | None = None
        self._scale: float | None = None  # device pixels per picture pixel; None fits
        self._centre = QPointF()  # the picture's point in the middle of the view, in its pixels
        self._grip: QPoint | None = None
        self._slides = QTimer(self, interval=SLIDE_MS)
        self._slides.timeout.connect(self._next_slide)
        self._checker = QBrush()
        self._sound: SoundPanel | None = None
        self._film: FilmPanel | None = None
        self._make_sound: tuple[Callable[[QWidget], SoundPanel], Callable[[AssetRow], Path]] | None = None
        self.setObjectName("viewer")
        self.setAccessibleName(tr("Viewer"))
        set_role(self, Role.Canvas)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.controls = ViewerControls(self, verbs)
        self._join_controls()
        self.set_look(style)
        pictures.ready.connect(self._arrived)
        model.dataChanged.connect(self._data_changed)
        model.rowsRemoved.connect(self._list_changed)
        model.modelReset.connect(self._list_changed)
        parent.installEventFilter(self)
        self.hide()

    def _join_controls(self) -> None:
        controls = self.controls
        controls.close.clicked.connect(self.leave)
        controls.slides.toggled.connect(self._run_slides)
        controls.trash.clicked.connect(self.trash_requested)
        controls.previous.clicked.connect(lambda: self.step(-1))
        controls.next.clicked.connect(lambda: self.step(1))
        controls.zoom_out.clicked.connect(lambda: self.zoom_by(1 / STEP))
        controls.zoom_in.clicked.connect(lambda: self.zoom_by(STEP))
        controls.fit.clicked.connect(self.fit)
        controls.stars.rated.connect(self.rate_requested)
        controls.external.clicked.connect(self._ask_external)
        controls.join_verbs(self.verb_requested.emit)

    # ------------------------------------------------------------------ commands

    def set_sounds(self, make: Callable[[QWidget], SoundPanel], path_of: Callable[[AssetRow], Path]) -> None:
        """Let sounds be played: `make` builds the panel when the first one is shown."""
        self._make_sound = (make, path_of)

    def set_look(self, style: GalleryStyle) -> None:
        """Other colours or fonts, for instance when the colour scheme changes."""
        self._look = style
        self._checker = checker_brush(style)
        self.controls.arrange(BAR)
        self.update()

    def show_index(self, index: Index) -> None:
        """Show this asset, fitted to the window."""
        if not index.isValid():
            return
        self._index = QPersistentModelIndex(index)
        self._position = index.row()
        self._scale = None
        self._picture = None
        if self._slides.isActive():
            self._slides.start()  # each one has its time, also after the user went on
        if not self.isVisible():
            self.setGeometry(self._host.rect())
            self.show()
            self.raise_()
            self.setFocus()
        self._refresh()
        self.current_changed.emit(self._model.index(self._position))

    def step(self, by: int) -> None:
        """The next asset, or the previous one; stays at the ends."""
        self._go(self._position + by)

    def _run_slides(self, on: bool) -> None:
        """One asset after the other, from the start again after the last."""
        if on:
            self._slides.start()
        else:
            self._slides.stop()

    @Slot()
    def _next_slide(self) -> None:
        count = self._model.rowCount()
        film = self._film_shown
        if count > 1 and not (film is not None and film.player.playing):  # a film is seen to its end
            self._go((self._position + 1) % count)

    def leave(self) -> None:
        """Close; the gallery has the keyboard again."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def fit(self) -> None:
        """The whole picture, never enlarged."""
        self._scale = None
        self.update()

    def fill(self) -> None:
        """All of the room, whatever is cut off."""
        if self._picture is not None and not self._picture.size.isEmpty():
            size, ratio = self._picture.size, self.devicePixelRatioF()
            room = max(1, self.height() - 2 * BAR)
            self.zoom_to(max(self.width() * ratio / size.width(), room * ratio / size.height()))

    def zoom_to(self, scale: float, around: QPointF | None = None) -> None:
        """Zoom to `scale` (1.0 is 100 %); the picture's point at `around`, in widget pixels, stays there."""
        if self._picture is None or not self._picture.levels:
            return
        middle = QRectF(self.rect()).center()
        around = around if around is not None else middle
        fixed = self.picture_point(around)
        self._scale = max(min(self._fit_scale(), 1.0), min(scale, LARGEST_SCALE))
        logical = self._scale / self.devicePixelRatioF()
        self._centre = fixed - (around - middle) / logical
        self._clamp()
        self.update()

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom in (more than 1) or out; back at the fitted size the picture stays fitted."""
        scale = self.scale * factor
        if factor < 1 and scale <= self._fit_scale():
            self.fit()
        else:
            self.zoom_to(scale, around)

    @property
    def scale(self) -> float:
        """Screen pixels per pixel of the picture."""
        return self._fit_scale() if self._scale is None else self._scale

    @property
    def row(self) -> AssetRow | None:
        """The asset that is shown."""
        return self._model.asset_row(self._index) if self._index.isValid() else None

    def picture_point(self, point: QPointF) -> QPointF:
        """The picture's pixel under a point of the widget."""
        target = self._target()
        logical = self.scale / self.devicePixelRatioF()
        return (point - target.topLeft()) / logical

    # ------------------------------------------------------------------ the current asset

    def _go(self, position: int) -> None:
        if 0 <= position < self._model.rowCount() and position != self._position:
            self.show_index(self._model.index(position))

    def _refresh(self) -> None:
        row = self.row
        if row is not None:
            self._picture = self._pictures.get(row) if row.kind in _SEEN else Picture(row.sha256, ())
            for at in (self._position + 1, self._position - 1):
                beside = self._model.row_at(at) if 0 <= at < self._model.rowCount() else None
                if beside is not None and beside.kind is MediaKind.IMAGE and self._picture is not None:
                    self._pictures.get(beside, urgent=False)
            self.setAccessibleDescription(f"{row.title}, {self._position + 1} of {self._model.rowCount()}")
        self.controls.show_row(row, self._position, self._model.rowCount())
        self._show_sound(row)
        self._show_film(row)
        self.update()

    def _show_sound(self, row: AssetRow | None) -> None:
        """A sound has a player in the place of the picture."""
        if row is not None and row.kind in _HEARD and self._make_sound is not None:
            make, path_of = self._make_sound
            if self._sound is None:
                self._sound = make(self)
                self._sound.lower()
                self._place_sound()
            self._sound.show_sound(path_of(row), row.sha256, row.duration, row.title)
            self._sound.show()
            self.controls.sound = self._sound.stops()
        elif self._sound is not None:
            self._sound.leave()
            self._sound.hide()
            self.controls.sound = ()

    def _show_film(self, row: AssetRow | None) -> None:
        """A film has a player in the place of the picture."""
        if row is not None and row.kind is MediaKind.VIDEO and self._make_sound is not None:
            film = self._need_film()
            film.show_film(self._make_sound[1](row), row.duration, row.title)
            if self._picture is not None and self._picture.levels:
                film.show_poster(self._picture.levels[0])
            film.show()
            self.film_shown.emit(film, row)
            self.controls.show_film(film.problem == "", film.stops())
        elif self._film is not None:
            self._film.leave()
            self._film.hide()

    def _need_film(self) -> FilmPanel:
        from studio.ui.film_panel import FilmPanel

        if self._film is None:
            film = self._film = FilmPanel(self)
            film.lower()
            film.frame_taken.connect(
                lambda image, at: self.row and self.frame_taken.emit(self.row, image, at)
            )
            film.failed.connect(lambda _why: self.controls.show_film(False, ()))
            self._place_sound()
        return self._film

    @property
    def _film_shown(self) -> FilmPanel | None:
        return self._film if self._film is not None and self._film.isVisible() else None

    def _place_sound(self) -> None:
        if self._film is not None:
            self._film.setGeometry(0, BAR, self.width(), self.height() - 2 * BAR)
        if self._sound is not None:
            width = min(self.width() - 4 * BAR, SOUND_WIDTH)
            height = min(self.height() - 4 * BAR, SOUND_HEIGHT)
            left, top = (self.width() - width) // 2, (self.height() - height) // 2
            self._sound.setGeometry(left, top, width, height)

    def _space(self) -> None:
        if self._sound is not None and self._sound.isVisible():
            self._sound.toggle()
        else:
            self.leave()

    @Slot(object)
    def _arrived(self, number: int) -> None:
        row = self.row
        if self.isVisible() and row is not None and row.row == number:
            self._refresh()

    @Slot(QModelIndex, QModelIndex)
    def _data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if self.isVisible() and first.row() <= self._position <= last.row():
            self._refresh()

    @Slot()
    def _list_changed(self) -> None:
        """The asset that is shown went away: its successor takes its place."""
        if not self.isVisible():
            return
        if self._index.isValid():
            self._position = self._index.row()
            self.update()
        elif self._model.rowCount():
            self.show_index(self._model.index(min(self._position, self._model.rowCount() - 1)))
        else:
            self.leave()

    @Slot()
    def _ask_external(self) -> None:
        if self.row is not None:
            self.open_externally.emit(self.row)

    # ------------------------------------------------------------------ geometry

    def _fit_scale(self) -> float:
        size = self._picture.size if self._picture is not None else QSize()
        if size.isEmpty():
            return 1.0
        ratio = self.devicePixelRatioF()
        room_x, room_y = self.width() * ratio, max(1, self.height() - 2 * BAR) * ratio
        return min(room_x / size.width(), room_y / size.height(), 1.0)

    def _target(self) -> QRectF:
        """Where the whole picture lies, in widget pixels."""
        size = self._picture.size if self._picture is not None else QSize()
        logical = self.scale / self.devicePixelRatioF()
        width, height = size.width() * logical, size.height() * logical
        middle = QRectF(self.rect()).center()
        if self._scale is None:
            return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        return QRectF(middle - self._centre * logical, middle - self._centre * logical).adjusted(
            0, 0, width, height
        )

    def _clamp(self) -> None:
        """A zoomed picture cannot be pushed out of sight; one that fits in a direction is centred in it."""
        if self._scale is None or self._picture is None:
            return
        size = self._picture.size
        logical = self._scale / self.devicePixelRatioF()
        self._centre = QPointF(
            _held(self._centre.x(), size.width(), self.width() / logical),
            _held(self._centre.y(), size.height(), self.height() / logical),
        )

    def _pan(self, by: QPointF) -> None:
        if self._scale is not None:
            self._centre -= by / (self._scale / self.devicePixelRatioF())
            self._clamp()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._clamp()
        self.controls.arrange(BAR)
        self._place_sound()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._host and self.isVisible():
            self.setGeometry(self._host.rect())
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._picture = None
        self.controls.slides.setChecked(False)
        self._pictures.clear()
        if self._sound is not None:
            self._sound.leave()
        if self._film is not None:
            self._film.leave()
        super().hideEvent(event)

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._look.backdrop)
        if self._film_shown is None and self._picture is not None and self._picture.levels:
            self._paint_picture(painter, self._picture)
        elif self._picture is not None and self._film_shown is None:
            self._paint_sign(painter)
        self._paint_caption(painter)
        painter.end()

    def _paint_picture(self, painter: QPainter, picture: Picture) -> None:
        target = self._target()
        seen = target.intersected(QRectF(self.rect()))
        if seen.isEmpty():
            return
        image = picture.level(self.scale)
        factor = image.width() / target.width()
        source = QRectF(
            (seen.x() - target.x()) * factor,
            (seen.y() - target.y()) * image.height() / target.height(),
            seen.width() * factor,
            seen.height() * image.height() / target.height(),
        )
        if picture.transparent:
            painter.setBrushOrigin(seen.topLeft())
            painter.fillRect(seen, self._checker)
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, self.scale <= HARD_PIXELS_FROM and self.scale != 1.0
        )
        painter.drawImage(seen, image, source)

    def _paint_sign(self, painter: QPainter) -> None:
        """Assets without a picture: what they are."""
        row = self.row
        if row is None or (self._sound is not None and self._sound.isVisible()):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QRectF(self.rect()).center()
        name = "broken" if row.kind is MediaKind.IMAGE else row.kind.value
        glyph(painter, name, QRectF(middle.x() - 24, middle.y() - 40, 48, 48), self._look.on_backdrop)
        if row.kind is MediaKind.IMAGE:
            painter.setPen(self._look.on_backdrop)
            painter.setFont(self._look.body)
            place = QRectF(0, middle.y() + 20, self.width(), 24)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, tr("This file cannot be shown."))

    def _paint_caption(self, painter: QPainter) -> None:
        row = self.row
        bottom = QRect(0, self.height() - BAR, self.width(), BAR)
        painter.fillRect(QRect(0, 0, self.width(), BAR), self._look.backdrop)
        painter.fillRect(bottom, self._look.backdrop)
        painter.setPen(self._look.on_backdrop)
        painter.setFont(self._look.strong)
        title = QRect(EDGE, 0, self.controls.title_room() - EDGE, BAR)
        if row is not None:
            text = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, title.width())
            painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(self._look.body)
        place = tr("{n:,} of {all:,}", n=self._position + 1, all=self._model.rowCount())
        painter.drawText(bottom.adjusted(self.controls.caption_left(), 0, 0, 0),
                         Qt.AlignmentFlag.AlignVCenter, place)  # fmt: skip
        if self._film_shown is None and self._picture is not None and self._picture.levels:
            size = self._picture.size
            text = f"{size.width()} × {size.height()}   {percent(self.scale)}"
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(bottom.adjusted(0, 0, -self.controls.caption_right(), 0), flags, text)

    # ------------------------------------------------------------------ input

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key, film = Qt.Key(event.key()), self._film_shown
        command = (film.command(key, held) if film is not None else None) or self._command(key, held)
        if command is None:
            super().keyPressEvent(event)
        else:
            command()
            event.accept()

    def _command(self, key: Qt.Key, held: Qt.KeyboardModifier) -> Callable[[], object] | None:
        keys, mods = Qt.Key, Qt.KeyboardModifier
        pan = {keys.Key_Left: (1, 0), keys.Key_Right: (-1, 0), keys.Key_Up: (0, 1), keys.Key_Down: (0, -1)}
        if held == mods.ShiftModifier and key in pan:
            x, y = pan[key]
            return lambda: self._pan(QPointF(x * PAN_STEP, y * PAN_STEP))
        if held == mods.ControlModifier:
            return {
                keys.Key_0: self.fit, keys.Key_1: lambda: self.zoom_to(1.0), keys.Key_2: self.fill
            }.get(key)  # fmt: skip
        if held == mods.NoModifier and keys.Key_0 <= key <= keys.Key_5:
            return lambda: self.rate_requested.emit(key - keys.Key_0)
        if held == mods.NoModifier and key in KEYS:
            return lambda: self.verb_requested.emit(KEYS[key])
        return {
            keys.Key_Left: lambda: self.step(-1),
            keys.Key_Right: lambda: self.step(1),
            keys.Key_Home: lambda: self._go(0),
            keys.Key_End: lambda: self._go(self._model.rowCount() - 1),
            keys.Key_Plus: lambda: self.zoom_by(STEP),
            keys.Key_Equal: lambda: self.zoom_by(STEP),
            keys.Key_Minus: lambda: self.zoom_by(1 / STEP),
            keys.Key_Z: lambda: self._toggle(self._pointer()),
            keys.Key_P: self.controls.slides.toggle,
            keys.Key_Delete: self.trash_requested.emit,
            keys.Key_Escape: self.leave,
            keys.Key_Space: self._space,
        }.get(key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos())

    def _pointer(self) -> QPointF | None:
        at = self.mapFromGlobal(QCursor.pos())
        return QPointF(at) if self.rect().contains(at) else None

    def _toggle(self, around: QPointF | None) -> None:
        if self._scale is None and self._fit_scale() < 1.0:
            self.zoom_to(1.0, around)
        else:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._scale is not None:
            self._grip = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            point = event.position().toPoint()
            self._pan(QPointF(point - self._grip))
            self._grip = point
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._toggle(event.position())
        event.accept()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Tab stays among the viewer's own controls; what lies behind it cannot be seen."""
        self.controls.step_focus(forwards)
        return True

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # The window's shortcuts must not act behind the viewer, but what was trashed can be taken back.
            if not event.matches(QKeySequence.StandardKey.Undo):
                event.accept()
                return True
        elif isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_by(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint())))
                return True
        return super().event(event)


_SEEN = (MediaKind.IMAGE, MediaKind.VIDEO)
_HEARD = (MediaKind.SPEECH, MediaKind.MUSIC)


def _held(centre: float, length: float, window: float) -> float:
    if length <= window:
        return length / 2
    return max(window / 2, min(centre, length - window / 2))
