"""A film in the viewer: its picture, and under it play, scrub, single frames, speed, loop and mute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSignalBlocker, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.film_track import FilmTrack
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
JUMP: Final = 1.0
"""Seconds that the arrows with Ctrl go."""


class FilmPanel(Themed, QWidget):
    """One film with its player, silent and at its first frame until it is played.

    Keys: Space (play, pause), comma and full stop (a frame back and on), Ctrl+Left and Ctrl+Right (a second),
    L (loop), M (mute), F (take this frame).

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
        painter, theme, t = painter_for(self)
        painter.fillRect(self.rect(), t.bg)
        room = QRectF(0, 0, self.width(), self.height() - (0 if self.problem else self.bar.height()))
        if self.problem:
            paint_text(painter, room, self.problem, theme.font(), t.text, Qt.AlignmentFlag.AlignHCenter)
            return
        if self._image.isNull():
            return
        # The poster is small; it is enlarged to what the film's frames will fill.
        fitted = QSizeF(self._image.size()).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(0, 0, fitted.width(), fitted.height())
        target.moveCenter(room.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._image)


def _rate_text(rate: float) -> str:
    return f"{rate:g}×"
