"""The waveform of one sound: from the whole of it down to single samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from studio.core.i18n import percent, tr
from studio.domain.peaks import BASE, Peaks, Samples
from studio.domain.sound import Span
from studio.qt_models.asset_list import clock
from studio.ui.sound_bars import PITCH, gain_for, precise_time
from studio.ui.theme import FOCUS_BORDER, Radius, Space, Theme, faded
from studio.ui.time_axis import TimeAxis
from studio.ui.waveform_paint import Fine, Marker, Scene, paint_scene, wave_box
from studio.ui.widgets.base import Focusable, name_widget, paint_box, paint_text, painter_for

HEIGHT: Final = 148
LEAST_WIDTH: Final = 160
LEAST_HEIGHT: Final = 56
STEP: Final = 1.25
DRAG_PIXELS: Final = 4
EDGE_PIXELS: Final = 5
MARKER_PIXELS: Final = 6
STEP_SECONDS: Final = 5.0
SAME_PLACE: Final = 0.002  # seconds; players know places to the millisecond
FINE_MARGIN: Final = 1.0  # widths that are loaded beside what is seen


class WaveformView(Focusable, QSlider):
    """A sound on a time axis. For screen readers it is a slider in milliseconds.

    Mouse: press to seek, drag to select, drag an edge of the selection to move it, wheel to zoom, Shift and
    wheel (or sideways) to move, middle button to drag. Keys: arrows seek, with Shift they select; Page Up and
    Down turn the page, Home and End; + and - zoom, 0 shows all, Z the selection; M asks for a marker,
    Ctrl with the arrows goes from one to the next; Ctrl+A selects all, Esc nothing.

    Signals:
        seek_requested(float): seconds.
        selection_changed(Span or None): the user selected something else.
        marker_requested(float): at this second.
        menu_requested(QPoint, float): global place, second under it.
        view_changed(): another part is seen.
        samples_needed(float, int): single samples from this second on; answer with `set_samples`.
    """

    seek_requested = Signal(float)
    selection_changed = Signal(object)
    marker_requested = Signal(float)
    menu_requested = Signal(object, float)
    view_changed = Signal()
    samples_needed = Signal(float, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.axis = TimeAxis()
        self._scene = Scene()
        self._note = ""
        self._failed = False
        self._asked: tuple[int, int] | None = None
        self._press: QPointF | None = None
        self._anchor = 0.0
        self._drag = ""
        self._follows = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        name_widget(self, tr("Waveform"))

    # ------------------------------------------------------------------ what is shown

    @property
    def peaks(self) -> Peaks | None:
        return self._scene.peaks

    @property
    def selection(self) -> Span | None:
        """The stretch that is selected, in seconds."""
        return self._scene.selection

    @property
    def playhead(self) -> float:
        """Seconds."""
        return self._scene.playhead

    @property
    def markers(self) -> Sequence[Marker]:
        return self._scene.markers

    def set_peaks(self, peaks: Peaks) -> None:
        """Show a sound; another one is shown whole and from its start."""
        other = self._scene.peaks is None or self._scene.peaks.frames != peaks.frames
        self._scene.peaks, self._scene.gain = peaks, gain_for(peaks)
        self._note, self._failed = "", False
        if other:
            self._scene.fine, self._asked = None, None
        if not peaks.loudest and peaks.frames:
            self._note = tr("This recording is silent.")
        self.axis.set_sound(peaks.duration, peaks.rate)
        self.blockSignals(True)
        self.setRange(0, round(peaks.duration * 1000))
        self.blockSignals(False)
        self._describe()
        self._moved()

    def clear(self) -> None:
        """Show nothing."""
        self._scene = Scene()
        self._note, self._failed, self._asked = "", False, None
        self.axis = TimeAxis()
        self.axis.set_width(self.width())
        self._describe()
        self.update()

    def show_loading(self, share: float | None = None) -> None:
        """The outline is being computed; `share` is how much of it, when known."""
        done = f" {percent(share)}" if share is not None else ""
        self._note, self._failed = tr("Reading the sound…") + done, False
        self._describe()
        self.update()

    def show_failure(self, sentence: str) -> None:
        """The file cannot be shown, and why."""
        self._scene.peaks = None
        self._note, self._failed = sentence, True
        self._describe()
        self.update()

    def set_playhead(self, seconds: float) -> None:
        """Move the playhead; the page turns with it unless the user looks elsewhere."""
        if seconds == self._scene.playhead:
            return
        inside = self.axis.start <= self._scene.playhead <= self.axis.end
        self._scene.playhead = seconds
        if not self.isSliderDown():
            self.blockSignals(True)
            self.setValue(round(seconds * 1000))
            self.blockSignals(False)
        if self._follows and inside and not self._drag and self.axis.reveal(seconds):
            self._moved()
        self.update()

    def set_follows(self, follows: bool) -> None:
        """Whether the page turns with the playhead."""
        self._follows = follows

    def set_markers(self, markers: Sequence[Marker]) -> None:
        """Named places, in order."""
        self._scene.markers = tuple(sorted(markers))
        self.update()

    def marker_near(self, seconds: float) -> Marker | None:
        """The marker that stands where a second is seen."""
        reach = MARKER_PIXELS * self.axis.scale
        near = [one for one in self._scene.markers if abs(one.seconds - seconds) <= reach]
        return min(near, key=lambda one: abs(one.seconds - seconds), default=None)

    def set_selection(self, selection: Span | None) -> None:
        """Select a stretch without telling about it."""
        self._scene.selection = selection
        self._describe()
        self.update()

    def set_samples(self, samples: Samples, first: int) -> None:
        """What `samples_needed` asked for."""
        self._scene.fine = Fine(samples, first)
        self._asked = None
        self.update()

    # ------------------------------------------------------------------ zoom and pan

    def zoom_by(self, factor: float, at: float | None = None) -> None:
        """Zoom in (more than 1) or out around a second, the playhead or the middle."""
        if at is None:
            head = self._scene.playhead
            at = head if self.axis.start <= head <= self.axis.end else self.axis.start + self.axis.span / 2
        self.axis.zoom(factor, at)
        self._moved()

    def fit(self) -> None:
        """Show the whole sound."""
        self.axis.fit()
        self._moved()

    def show_span(self, span: Span) -> None:
        """Show a stretch as large as it gets."""
        self.axis.show_span(span.start, span.end)
        self._moved()

    def pan(self, pixels: float) -> None:
        self.axis.pan(pixels)
        self._moved()

    def _moved(self) -> None:
        self._want_samples()
        self.view_changed.emit()
        self.update()

    def _want_samples(self) -> None:
        """Below the finest level the samples themselves are needed, with some beside what is seen."""
        peaks = self._scene.peaks
        if peaks is None or self.axis.scale * peaks.rate * PITCH >= BASE:
            return
        start, end = self.axis.start * peaks.rate, min(self.axis.end * peaks.rate, peaks.frames)
        fine, asked = self._scene.fine, self._asked
        if (fine is not None and fine.covers(start, end)) or (
            asked is not None and asked[0] <= max(start, 0) and end <= asked[1]
        ):
            return
        margin = (end - start) * FINE_MARGIN
        first = max(int(start - margin), 0)
        self._asked = (first, int(end + margin) + 2)
        self.samples_needed.emit(first / peaks.rate, self._asked[1] - first)

    # ------------------------------------------------------------------ input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self._press = at
        if event.button() == Qt.MouseButton.MiddleButton:
            self._drag = "pan"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton and self._scene.peaks is not None:
            edge = self._edge_at(at.x())
            selection = self._scene.selection
            if edge is not None and selection is not None:
                self._drag, self._anchor = "select", selection.end if edge == 0 else selection.start
            elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._drag, self._anchor = "select", self._scene.playhead
                self._select_to(self.axis.seconds_at(at.x()))
            else:
                self._drag, self._anchor = "press", self.axis.seconds_at(at.x())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag == "pan" and self._press is not None:
            self.pan(self._press.x() - at.x())
            self._press = at
        elif self._drag == "press" and self._press is not None:
            if abs(at.x() - self._press.x()) >= DRAG_PIXELS:
                self._drag = "select"
        elif not self._drag:
            over = self._edge_at(at.x()) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if over else Qt.CursorShape.IBeamCursor)
        if self._drag == "select":
            if not 0 <= at.x() <= self.width():
                # Beyond the edge the page moves along.
                self.axis.pan(at.x() - max(min(at.x(), self.width()), 0))
                self._moved()
            self._select_to(self.axis.seconds_at(at.x()))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, ""
        self.setCursor(Qt.CursorShape.IBeamCursor)
        if drag == "press":
            if self._scene.selection is not None:
                self._select(None)
            self._seek(self._anchor)
        elif drag == "select" and self._scene.selection is not None:
            self._seek(self._scene.selection.start)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos(), self.axis.seconds_at(event.pos().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        sideways = turn.x() or (turn.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            self.pan(-sideways)
        elif turn.y():
            self.zoom_by(STEP ** (turn.y() / 120), self.axis.seconds_at(event.position().x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = self._command(Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier)
        if command is None or self._scene.peaks is None:
            # Not the slider's own keys: they would move it past the player.
            event.ignore()
            return
        command()
        event.accept()

    def _command(self, key: Qt.Key, held: Qt.KeyboardModifier) -> Callable[[], object] | None:
        keys, mods = Qt.Key, Qt.KeyboardModifier
        step = min(STEP_SECONDS, self.axis.span / 20)
        head, end = self._scene.playhead, self.axis.duration
        places = {
            keys.Key_Left: head - step,
            keys.Key_Right: head + step,
            keys.Key_Home: 0.0,
            keys.Key_End: end,
        }
        if key in places and held in (mods.NoModifier, mods.ShiftModifier):
            return lambda: self._step_to(places[key], select=held == mods.ShiftModifier)
        if held == mods.ControlModifier:
            stops = [0.0, *(marker.seconds for marker in self._scene.markers), end]
            return {
                keys.Key_A: lambda: self._select(Span(0.0, end)),
                keys.Key_Left: lambda: self._step_to(max(_before(stops, head), default=0.0), select=False),
                keys.Key_Right: lambda: self._step_to(min(_after(stops, head), default=end), select=False),
            }.get(key)
        if key == keys.Key_Escape and self._scene.selection is None:
            return None
        return {
            keys.Key_PageUp: lambda: self.pan(-self.width() * 0.9),
            keys.Key_PageDown: lambda: self.pan(self.width() * 0.9),
            keys.Key_Plus: lambda: self.zoom_by(STEP),
            keys.Key_Equal: lambda: self.zoom_by(STEP),
            keys.Key_Minus: lambda: self.zoom_by(1 / STEP),
            keys.Key_0: self.fit,
            keys.Key_Z: lambda: self.show_span(self._scene.selection or Span(0.0, end)),
            keys.Key_M: lambda: self.marker_requested.emit(head),
            keys.Key_Escape: lambda: self._select(None),
        }.get(key)

    def _step_to(self, seconds: float, *, select: bool) -> None:
        seconds = min(max(seconds, 0.0), self.axis.duration)
        if select:
            selection, head = self._scene.selection, self._scene.playhead
            if selection is None or head not in selection:
                self._anchor = head
            else:
                self._anchor = selection.end if head == selection.start else selection.start
            self._select_to(seconds)
        self._seek(seconds)
        if self.axis.reveal(seconds):
            self._moved()

    def _seek(self, seconds: float) -> None:
        self._scene.playhead = seconds
        self.blockSignals(True)
        self.setValue(round(seconds * 1000))
        self.blockSignals(False)
        self.update()
        self.seek_requested.emit(seconds)

    def _select_to(self, seconds: float) -> None:
        self._select(Span(min(self._anchor, seconds), max(self._anchor, seconds)))

    def _select(self, selection: Span | None) -> None:
        if selection is not None and selection.duration <= 0:
            selection = None
        if selection != self._scene.selection:
            self.set_selection(selection)
            self.selection_changed.emit(selection)

    def _edge_at(self, x: float) -> int | None:
        """0 or 1 for the edge of the selection that is under a pixel."""
        if self._scene.selection is None:
            return None
        for number, seconds in enumerate(self._scene.selection):
            if abs(self.axis.x_of(seconds) - x) <= EDGE_PIXELS:
                return number
        return None

    def sliderChange(self, change: QSlider.SliderChange) -> None:
        super().sliderChange(change)
        if change == QSlider.SliderChange.SliderValueChange and not self.signalsBlocked():
            # A screen reader moved it.
            self._scene.playhead = self.value() / 1000
            self.seek_requested.emit(self.value() / 1000)

    # ------------------------------------------------------------------ looks

    def _describe(self) -> None:
        words = [self._note] if self._note else []
        if self._scene.peaks is not None:
            words.append(tr("{length} long", length=clock(self.axis.duration)))
        if self._scene.selection is not None:
            start, end = (precise_time(seconds) for seconds in self._scene.selection)
            words.append(tr("selected {start} to {end}", start=start, end=end))
        self.setAccessibleDescription(", ".join(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.axis.set_width(event.size().width())
        self._moved()

    def ring_radius(self) -> float:
        return Radius.SMALL

    def sizeHint(self) -> QSize:
        return QSize(4 * LEAST_WIDTH, Theme.current().px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_WIDTH, Theme.current().px(LEAST_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        box = wave_box(self.width(), self.height())
        if self._scene.peaks is not None:
            paint_scene(painter, self.axis, self.height(), self._scene)
        else:
            line = QRectF(0, box.center().y() - 1, self.width(), 2)
            paint_box(painter, line, faded(t.text3, 0.35), None, 1)
        if self._note:
            self._paint_note(painter, theme, box)
        if self.ring_visible:
            paint_box(painter, QRectF(self.rect()), None, t.focus, Radius.SMALL, FOCUS_BORDER)

    def _paint_note(self, painter: QPainter, theme: Theme, box: QRectF) -> None:
        t = theme.tokens
        height = theme.line_height() + Space.SM
        place = QRectF(box.x(), box.center().y() - height / 2, box.width(), height)
        ink = t.bad if self._failed else t.text2
        width = min(theme.line_height() * len(self._note) * 0.55 + Space.XL, box.width())
        plate = QRectF(place.center().x() - width / 2, place.y(), width, height)
        paint_box(painter, plate, t.surface, None, Radius.CONTROL)
        paint_text(painter, place, self._note, theme.font(), ink, Qt.AlignmentFlag.AlignHCenter)


def _before(places: Sequence[float], at: float) -> list[float]:
    return [place for place in places if place < at - SAME_PLACE]


def _after(places: Sequence[float], at: float) -> list[float]:
    return [place for place in places if place > at + SAME_PLACE]
