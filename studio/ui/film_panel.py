"""A film in the viewer: its picture, and under it play, scrub, single frames, speed, loop and mute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.film_track import FilmTrack
from studio.ui.film_zoom import HARD_PIXELS_FROM, FilmZoom
from studio.ui.player import FilmPlayer, PlayerState
from studio.ui.sound_bars import precise_time
from studio.ui.theme import Space, Weight
from studio.ui.volume import VolumeControl
from studio.ui.widgets.base import Themed, name_widget, paint_text, painter_for
from studio.ui.widgets.buttons import Button, IconButton, RoundButton
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.surfaces import Pill
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.ui.sound_deck import SoundDeck

RATES: Final = (0.25, 0.5, 1.0, 1.5, 2.0)
STEP: Final = 1.25
PAN_STEP: Final = 80
JUMP: Final = 1.0
"""Seconds that the arrows with Ctrl go."""


class FilmPanel(Themed, QWidget):
    """One film with its player, silent and at its first frame until it is played.

    Keys: Space (play, pause), comma and full stop (a frame back and on), Ctrl+Left and Ctrl+Right (a second),
    L (loop), M (mute), F (take this frame); wheel, + and - (zoom), Z or a double click (pixels, or fitted),
    Ctrl+0 (fit), Shift+arrows or dragging (pan).

    Signals:
        frame_taken(QImage, float): the frame that is seen shall be kept; where it stands, in seconds.
        failed(str): it cannot be shown here.
    """

    frame_taken = Signal(object, float)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, tr("Film"))
        self.player = FilmPlayer(self)
        self._image = QImage()
        self._poster = True
        self.zoom = FilmZoom()
        self._grip: QPointF | None = None
        self._duration = 0.0
        self._deck: SoundDeck | None = None
        self.problem = ""
        self.play = RoundButton("play", tr("Play"))
        self.at = Label(precise_time(0), weight=Weight.SEMIBOLD, tabular=True)
        self.length = Label("", tone="text2", tabular=True)
        self.scrub = FilmTrack(tr("Place in the film"))
        self.back = IconButton("skip-back", tr("One frame back"), size="normal")
        self.on = IconButton("skip-forward", tr("One frame on"), size="normal")
        self.speed = Pill(_rate_text(1.0), menu=True, name=tr("Speed"))
        self.loop = Pill(tr("Loop"), "loop")
        self.loop.setCheckable(True)
        self.volume = VolumeControl()
        self.mute = self.volume.mute
        self.take = Button(tr("Take this frame"), "secondary", "frame")
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        self.bar = QWidget(self)
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(Space.LG, Space.SM, Space.LG, Space.SM)
        row.setSpacing(Space.SM)
        for part in (self.play, self.at, self.length):
            row.addWidget(part)
        row.addWidget(self.scrub, 1)
        for part in (self.back, self.on, self.speed, self.loop, self.volume, self.take):
            row.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.addStretch(1)
        column.addWidget(self.bar)

    def _join(self) -> None:
        player = self.player
        player.frame.connect(self._show_frame)
        player.position.connect(self._moved)
        player.duration.connect(self._length_known)
        player.state.connect(self._state_changed)
        player.failed.connect(self._fail)
        self.play.clicked.connect(self.toggle)
        self.scrub.valueChanged.connect(self._scrubbed)
        self.back.clicked.connect(lambda: player.step(-1))
        self.on.clicked.connect(lambda: player.step(1))
        self.speed.clicked.connect(self._choose_speed)
        self.loop.toggled.connect(player.set_loop)
        self.take.clicked.connect(self.take_frame)

    # ------------------------------------------------------------------ commands

    def show_film(self, path: Path, duration: float | None, name: str) -> None:
        """Show a film at its start; nothing happens when it is the one that is shown."""
        if path == self.player.path:
            return
        self.problem = ""
        self._image, self._poster = QImage(), True
        self.scrub.set_peaks(None)
        self.zoom.fit()
        self.take.setEnabled(False)
        self.bar.show()
        self.setAccessibleName(name or tr("Film"))
        self._length_known(duration or 0.0)
        self._moved(0.0)
        self.player.load(path)

    def show_poster(self, image: QImage) -> None:
        """The picture until the film's own first frame comes."""
        if self._poster and self._image.cacheKey() != image.cacheKey():
            self._image = image
            self.update()

    def show_outline(self, deck: SoundDeck, sha256: str) -> None:
        """Show along the bar what the film's sound looks like, as soon as that is known."""
        if self._deck is None:
            self._deck = deck
            deck.changed.connect(self._outlined)
        path = self.player.path
        if path is not None:
            deck.want_peaks(path, sha256)
            self._outlined(path)

    @Slot(object)
    def _outlined(self, path: Path) -> None:
        if self._deck is not None and path == self.player.path:
            self.scrub.set_peaks(self._deck.status(path).peaks)

    def leave(self) -> None:
        """Let go of the film; it is not heard any more."""
        self.player.close()
        self.scrub.set_peaks(None)
        self._image, self._poster = QImage(), True

    def toggle(self) -> None:
        """Play or pause."""
        self.player.toggle()

    def take_frame(self) -> None:
        """Hold, and hand over the frame that is seen."""
        if not self._poster and not self._image.isNull():
            self.player.pause()
            self.frame_taken.emit(self._image, self.player.current_position)

    def stops(self) -> tuple[QWidget, ...]:
        """Its controls in the order of Tab."""
        before = (self.play, self.scrub, self.back, self.on, self.speed, self.loop)
        return () if self.problem else (*before, *self.volume.stops(), self.take)

    def command(self, key: Qt.Key, held: Qt.KeyboardModifier) -> Callable[[], object] | None:
        """What a key does to the film; None for keys that are not the film's."""
        keys, player = Qt.Key, self.player
        if self.problem:
            return None
        look = self._look(key, held)
        if look is not None:
            return look
        if held == Qt.KeyboardModifier.ControlModifier:
            return {
                keys.Key_Left: lambda: player.seek(player.current_position - JUMP),
                keys.Key_Right: lambda: player.seek(player.current_position + JUMP),
            }.get(key)
        if held != Qt.KeyboardModifier.NoModifier:
            return None
        return {
            keys.Key_Space: self.toggle,
            keys.Key_Comma: lambda: player.step(-1),
            keys.Key_Period: lambda: player.step(1),
            keys.Key_L: self.loop.toggle,
            keys.Key_M: self.mute.toggle,
            keys.Key_F: self.take_frame,
        }.get(key)

    def _look(self, key: Qt.Key, held: Qt.KeyboardModifier) -> Callable[[], object] | None:
        """What a key does to the zoom."""
        keys, mods = Qt.Key, Qt.KeyboardModifier
        pan = {keys.Key_Left: (1, 0), keys.Key_Right: (-1, 0), keys.Key_Up: (0, 1), keys.Key_Down: (0, -1)}
        if held == mods.ShiftModifier and key in pan:
            x, y = pan[key]
            return lambda: self._pan(QPointF(x * PAN_STEP, y * PAN_STEP))
        if held == mods.ControlModifier and key == keys.Key_0:
            return self._fit
        if (held == mods.ControlModifier and key == keys.Key_1) or (
            held == mods.NoModifier and key == keys.Key_Z
        ):
            return lambda: self._to_pixels(self._room().center())
        if key in (keys.Key_Plus, keys.Key_Equal):
            return lambda: self._zoom_by(STEP, self._room().center())
        if key == keys.Key_Minus:
            return lambda: self._zoom_by(1 / STEP, self._room().center())
        return None

    # ------------------------------------------------------------------ zoom

    def _room(self) -> QRectF:
        return QRectF(0, 0, self.width(), self.height() - (0 if self.problem else self.bar.height()))

    def _fit(self) -> None:
        self.zoom.fit()
        self.update()

    def _zoom_by(self, by: float, around: QPointF) -> None:
        self.zoom.zoom_by(by, around, self._room(), self._image.size())
        self.update()

    def _to_pixels(self, around: QPointF) -> None:
        self.zoom.to_pixels(around, self._room(), self._image.size(), self.devicePixelRatioF())
        self.update()

    def _pan(self, by: QPointF) -> None:
        self.zoom.pan(by, self._room(), self._image.size())
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.problem:
            self._zoom_by(STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.zoom.factor > 1:
            self._grip = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._pan(event.position() - self._grip)
            self._grip = event.position()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self.problem:
            self._to_pixels(event.position())
        event.accept()

    # ------------------------------------------------------------------ what the player says

    @Slot(object)
    def _show_frame(self, image: QImage) -> None:
        self._image, self._poster = image, False
        self.take.setEnabled(True)
        self.update()

    @Slot(float)
    def _length_known(self, seconds: float) -> None:
        self._duration = seconds
        self.length.setText(f"/ {precise_time(seconds)}" if seconds else "")

    @Slot(float)
    def _moved(self, seconds: float) -> None:
        self.at.setText(precise_time(seconds))
        if not self.scrub.isSliderDown():
            with QSignalBlocker(self.scrub):
                self.scrub.setValue(round(seconds / self._duration * 1000) if self._duration else 0)
        self.scrub.setAccessibleDescription(precise_time(seconds))

    def _scrubbed(self, thousandths: int) -> None:
        self.player.seek(thousandths / 1000 * self._duration)

    @Slot(str)
    def _state_changed(self, state: str) -> None:
        playing = state == PlayerState.PLAYING
        self.play.set_icon("pause" if playing else "play", tr("Pause") if playing else tr("Play"))
        self.volume.setEnabled(self.player.has_sound)

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        self.problem = sentence
        self.bar.hide()
        self.update()
        self.failed.emit(sentence)

    def _choose_speed(self) -> None:
        menu = Menu(self)
        for rate in RATES:
            menu.add(_rate_text(rate), lambda rate=rate: self.set_speed(rate),
                     checked=rate == self.player.rate)  # fmt: skip
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup_under(self.speed)

    def set_speed(self, rate: float) -> None:
        """Play slower (less than 1) or faster."""
        self.player.set_rate(rate)
        self.speed.set_text(_rate_text(rate))

    # ------------------------------------------------------------------ painting and keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the viewer asks `command`

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        painter.fillRect(self.rect(), t.bg)
        room = self._room()
        if self.problem:
            paint_text(painter, room, self.problem, theme.font(), t.text, Qt.AlignmentFlag.AlignHCenter)
            return
        if self._image.isNull():
            return
        # The poster is small; it is enlarged to what the film's frames will fill.
        size = self._image.size()
        scale = self.zoom.scale(room, size, self.devicePixelRatioF())
        painter.setClipRect(room)
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, scale <= HARD_PIXELS_FROM or self._poster
        )
        painter.drawImage(self.zoom.target(room, size), self._image)


def _rate_text(rate: float) -> str:
    return f"{rate:g}×"
