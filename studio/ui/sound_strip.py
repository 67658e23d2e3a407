"""A sound in one line: play, its outline, how far, how long. A widget, and a function for painted lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from studio.core.i18n import tr
from studio.qt_models.asset_list import clock
from studio.ui.icons import paint_icon
from studio.ui.player import PlayerState
from studio.ui.sound_bars import BAR, PITCH, bar_rects, gain_for, overview, paint_bars, time_text
from studio.ui.sound_deck import SoundStatus
from studio.ui.theme import DISABLED, FOCUS_BORDER, Radius, Size, Space, Theme, Tokens, faded, mix
from studio.ui.widgets.base import (
    Focusable,
    Themed,
    name_widget,
    paint_box,
    paint_text,
    painter_for,
    text_width,
)
from studio.ui.widgets.buttons import PaintedButton

if TYPE_CHECKING:
    from studio.ui.sound_deck import SoundDeck

HEIGHT: Final = 48
DISC: Final = 32
STEP_SECONDS: Final = 5.0
PAGE_SECONDS: Final = 30.0
SHORTEST: Final = 200
WIDEST: Final = 520


class StripParts(NamedTuple):
    """Where the parts of a strip lie."""

    disc: QRectF
    line: QRectF
    time: QRectF


class StripHit(NamedTuple):
    """What lies under a point: "play", "line" (with the place in seconds) or "" for nothing."""

    part: str
    seconds: float = 0.0


def strip_height() -> int:
    """The height of a strip in pixels at the user's font size."""
    return Theme.current().px(HEIGHT)


def strip_parts(rect: QRectF, duration: float) -> StripParts:
    """The parts of a strip in a rectangle; the times keep their room while they change."""
    theme = Theme.current()
    disc = theme.px(DISC)
    font = theme.font("caption", tabular=True)
    room = text_width(time_text(duration, duration), font) + 1
    left = rect.x() + Space.SM
    top = rect.center().y() - disc / 2
    time = QRectF(rect.right() - Space.MD - room, rect.y(), room, rect.height())
    start = left + disc + Space.MD
    line = QRectF(
        start, rect.y() + Space.SM, max(time.x() - Space.MD - start, 1), rect.height() - 2 * Space.SM
    )
    return StripParts(QRectF(left, top, disc, disc), line, time)


def strip_hit(rect: QRectF, point: QPointF, status: SoundStatus) -> StripHit:
    """What a press at `point` means."""
    parts = strip_parts(rect, status.duration)
    if parts.disc.contains(point):
        return StripHit("play")
    if parts.line.contains(point) and not status.problem:
        share = (point.x() - parts.line.x()) / parts.line.width()
        return StripHit("line", min(max(share, 0.0), 1.0) * status.duration)
    return StripHit("")


def paint_strip(painter: QPainter, rect: QRectF, status: SoundStatus, over: str = "") -> None:
    """Paint a strip.

    Args:
        over: the part under the pointer, as `strip_hit` names it.
    """
    theme = Theme.current()
    t = theme.tokens
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_box(painter, rect, t.raised, None, Radius.LARGE)
    parts = strip_parts(rect, status.duration)
    paint_disc(painter, parts.disc, t, theme, playing=status.playing, over=over == "play")
    paint_line(painter, parts.line, status, theme)
    paint_time(painter, parts.time, status, theme)


def paint_disc(
    painter: QPainter, box: QRectF, t: Tokens, theme: Theme, *, playing: bool, over: bool, down: bool = False
) -> None:
    """The honey disc that plays and pauses."""
    fill = t.accent_pressed if down else t.accent_hover if over else t.accent
    paint_box(painter, box, fill, None, box.height())
    side = theme.px(Size.ICON_SMALL)
    # A triangle looks centred when it stands a little to the right.
    shift = 0.0 if playing else side / 14
    icon = QRectF(box.center().x() - side / 2 + shift, box.center().y() - side / 2, side, side)
    paint_icon(painter, "pause" if playing else "play", icon, t.on_accent)


def paint_line(painter: QPainter, box: QRectF, status: SoundStatus, theme: Theme) -> None:
    """The outline with what has been played in honey; or the sentence why it is not heard."""
    t = theme.tokens
    if status.problem:
        paint_text(painter, box, status.problem, theme.font("caption"), t.bad)
        return
    rest = mix(t.raised, t.text3, 0.7)
    if status.peaks is None:
        painter.save()
        y = box.center().y()
        paint_box(painter, QRectF(box.x(), y - BAR / 2, box.width(), BAR), faded(t.text3, 0.35), None, BAR)
        if status.duration:
            done = box.width() * min(status.position / status.duration, 1.0)
            paint_box(painter, QRectF(box.x(), y - BAR / 2, done, BAR), t.honey, None, BAR)
        painter.restore()
        return
    columns = overview(status.peaks, box.width())
    bars = bar_rects(columns, box, gain=gain_for(status.peaks), left=box.x(), pitch=PITCH)
    share = status.position / status.duration if status.duration else 0.0
    split = box.x() + box.width() * share
    paint_bars(painter, bars, split, t.honey, rest)


def paint_time(painter: QPainter, box: QRectF, status: SoundStatus, theme: Theme) -> None:
    """The length while it rests at the start, else how far it is and the length."""
    at_rest = status.position <= 0 and not status.playing
    text = clock(status.duration) if at_rest else time_text(status.position, status.duration)
    if at_rest and not status.duration:
        return
    font = theme.font("caption", tabular=True)
    paint_text(painter, box, text, font, theme.tokens.text2, Qt.AlignmentFlag.AlignRight)


class DiscButton(PaintedButton):
    """The round honey button of a strip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playing = False
        name_widget(self, tr("Play"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def ring_radius(self) -> float:
        return self.height() / 2

    def set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            name_widget(self, tr("Pause") if playing else tr("Play"))
            self.update()

    def sizeHint(self) -> QSize:
        side = Theme.current().px(DISC)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        box = QRectF(self.rect())
        over = self.underMouse() and self.isEnabled()
        paint_disc(painter, box, t, theme, playing=self._playing, over=over, down=self.isDown())
        if self.ring_visible:
            paint_box(painter, box, None, t.focus, self.height(), FOCUS_BORDER)


class SoundLine(Focusable, QSlider):
    """The outline of a sound as a slider in milliseconds: press or drag to seek, arrows 5 s, pages 30 s."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.status = SoundStatus()
        self.setSingleStep(round(STEP_SECONDS * 1000))
        self.setPageStep(round(PAGE_SECONDS * 1000))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        name_widget(self, tr("Position"))

    def show_status(self, status: SoundStatus) -> None:
        """Follow the player; a drag is not disturbed."""
        self.status = status
        self.setEnabled(bool(status.duration) and not status.problem)
        if not self.isSliderDown():
            self.blockSignals(True)
            self.setRange(0, round(status.duration * 1000))
            self.setValue(round(status.position * 1000))
            self.blockSignals(False)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SHORTEST, Theme.current().px(DISC))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(DISC), Theme.current().px(DISC))

    def _value_at(self, x: float) -> int:
        return round(min(max(x / max(self.width(), 1), 0.0), 1.0) * self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderPosition(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # the page scrolls, not the sound

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        box = QRectF(self.rect())
        paint_line(painter, box, self.status, theme)
        if self.ring_visible:
            paint_box(painter, box, None, t.focus, Radius.SMALL, FOCUS_BORDER)


class SoundStrip(Themed, QWidget):
    """A sound in one line, played by a deck that other strips share.

    Keys: Space or Enter on the disc plays and pauses; on the outline arrows seek by 5 s, Page Up and Down by
    30 s, Home and End go to the ends.
    """

    def __init__(self, deck: SoundDeck, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._deck = deck
        self._path: Path | None = None
        self._duration = 0.0
        self.disc = DiscButton(self)
        self.line = SoundLine(self)
        self.disc.clicked.connect(self.toggle)
        self.line.valueChanged.connect(self._seek)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_widget(self, tr("Sound"))
        deck.changed.connect(self._changed)

    def show_sound(self, path: Path, sha256: str = "", duration: float | None = None, name: str = "") -> None:
        """Show a file, silent, where it was left.

        Args:
            sha256: of the file, when known: its outline is found by it.
            duration: seconds, when known already.
            name: what it is, for screen readers.
        """
        self._path, self._duration = path, duration or 0.0
        self.setAccessibleName(name or tr("Sound"))
        self._deck.want_peaks(path, sha256)
        self._refresh()

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def status(self) -> SoundStatus:
        """What it shows."""
        return self.line.status

    def toggle(self) -> None:
        """Play or pause."""
        if self._path is not None:
            self._deck.toggle(self._path)

    def _seek(self, milliseconds: int) -> None:
        if self._path is not None:
            self._deck.seek(self._path, milliseconds / 1000)

    @Slot(object)
    def _changed(self, path: Path) -> None:
        if path == self._path:
            self._refresh()

    def _refresh(self) -> None:
        if self._path is None:
            return
        status = self._deck.status(self._path, self._duration)
        before = self.line.status
        self.line.show_status(status)
        self.disc.set_playing(status.playing)
        if (before.problem, before.state, before.duration) != (
            status.problem,
            status.state,
            status.duration,
        ):
            self.setAccessibleDescription(status.problem or spoken(status))
            self._arrange()
        self.update()

    def _parts(self) -> StripParts:
        return strip_parts(QRectF(self.rect()), self.line.status.duration)

    def _arrange(self) -> None:
        parts = self._parts()
        self.disc.setGeometry(parts.disc.toRect())
        self.line.setGeometry(parts.line.toRect())

    def retheme(self) -> None:
        super().retheme()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(WIDEST, strip_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(SHORTEST, strip_height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.toggle()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        paint_box(painter, QRectF(self.rect()), t.raised, None, Radius.LARGE)
        paint_time(painter, self._parts().time, self.line.status, theme)


def spoken(status: SoundStatus) -> str:
    """The state in words, for screen readers."""
    if status.problem:
        return status.problem
    length = clock(status.duration) if status.duration else tr("length not known")
    if status.state is PlayerState.PLAYING:
        return tr("playing, {length}", length=length)
    if status.state is PlayerState.PAUSED:
        return tr("paused at {at}, {length}", at=clock(status.position), length=length)
    return length
