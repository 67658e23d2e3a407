"""A sound to listen to closely: its waveform, play, time, speed, loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.sound import Span
from studio.qt_models.asset_list import clock
from studio.qt_models.bridge import bridge
from studio.ui.sound_bars import precise_time
from studio.ui.sound_deck import SoundDeck, SoundStatus, Spawner
from studio.ui.theme import BORDER, Radius, Space, Weight
from studio.ui.volume import VolumeControl
from studio.ui.waveform import WaveformView
from studio.ui.waveform_paint import Marker
from studio.ui.widgets.base import Themed, name_widget, paint_box, painter_for
from studio.ui.widgets.buttons import RoundButton
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.surfaces import Pill
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.core.events import Event
    from studio.domain.peaks import Peaks, Samples

RATES: Final = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class SoundSource(Protocol):
    """What is needed of `services.sound.SoundService`."""

    outlining: Event[tuple[Path, float]]

    async def peaks(self, path: Path, sha256: str = "") -> Peaks: ...

    async def samples(self, path: Path, start: float, count: int) -> tuple[Samples, int]: ...

    async def marks(self, sha256: str) -> list[float]: ...

    async def set_marks(self, sha256: str, marks: Sequence[float]) -> None: ...


class SoundPanel(Themed, QWidget):
    """The waveform of one sound with its player. Space plays and pauses, L loops the selection or the whole,
    M in the waveform marks the place or takes the mark away; marks of the library's files are kept.

    Signals:
        shown_changed(): another sound, or nothing, is shown.
    """

    shown_changed = Signal()

    def __init__(
        self, deck: SoundDeck, sounds: SoundSource, tasks: Spawner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._deck, self._sounds, self._tasks = deck, sounds, tasks
        self._path: Path | None = None
        self._sha256 = ""
        self._duration = 0.0
        self.waveform = WaveformView()
        self.play = RoundButton("play", tr("Play"))
        self.at = Label(precise_time(0), weight=Weight.SEMIBOLD, tabular=True)
        self.length = Label("", tone="text2", tabular=True)
        self.problem = Label("", tone="bad")
        self.speed = Pill(_rate_text(1.0), menu=True, name=tr("Speed"))
        self.loop = Pill(tr("Loop"), "loop")
        self.loop.setCheckable(True)
        self.volume = VolumeControl()
        name_widget(self, tr("Sound"))
        self._lay_out()
        self.play.clicked.connect(self.toggle)
        self.speed.clicked.connect(self._choose_speed)
        self.loop.toggled.connect(self._set_loop)
        self.waveform.seek_requested.connect(self._seek)
        self.waveform.selection_changed.connect(lambda _span: self._set_loop())
        self.waveform.samples_needed.connect(self._load_samples)
        self.waveform.marker_requested.connect(self.mark)
        self.waveform.menu_requested.connect(self._open_menu)
        deck.changed.connect(self._changed)
        bridge(sounds.outlining, self._outlining, self)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.LG, Space.LG, Space.LG, Space.LG)
        column.setSpacing(Space.MD)
        column.addWidget(self.waveform, 1)
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addWidget(self.play)
        row.addSpacing(Space.XS)
        row.addWidget(self.at)
        row.addWidget(self.length)
        row.addSpacing(Space.SM)
        row.addWidget(self.problem, 1)
        row.addStretch(1)
        row.addWidget(self.speed)
        row.addWidget(self.loop)
        row.addWidget(self.volume)
        column.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    # ------------------------------------------------------------------ commands

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return self._path

    def show_sound(self, path: Path, sha256: str = "", duration: float | None = None, name: str = "") -> None:
        """Show a file, silent; the arguments are those of `SoundStrip.show_sound`."""
        if path == self._path:
            return
        self.leave()
        self._path, self._sha256, self._duration = path, sha256, duration or 0.0
        self.setAccessibleName(name or tr("Sound"))
        self.waveform.show_loading()
        self._deck.want_peaks(path, sha256)
        self._tasks.spawn(self._read_marks(path, sha256), name="marks of a sound", owner=self)
        self._refresh()
        self.shown_changed.emit()

    def stops(self) -> tuple[QWidget, ...]:
        """Its controls in the order of Tab."""
        return (self.play, self.waveform, self.speed, self.loop, *self.volume.stops())

    def leave(self) -> None:
        """Show nothing, and be silent if the sound was heard."""
        if self._path is None:
            return
        if self._deck.current == self._path:
            self._deck.pause()
        self._tasks.cancel_owner(self)
        self._path = None
        self.waveform.clear()
        self.shown_changed.emit()

    def toggle(self) -> None:
        """Play or pause."""
        if self._path is not None:
            self._set_loop()
            self._deck.toggle(self._path)

    # ------------------------------------------------------------------ marks

    def mark(self, seconds: float) -> None:
        """Mark a place, or take away the mark that is there."""
        if self._path is None:
            return
        near = self.waveform.marker_near(seconds)
        marks = [one.seconds for one in self.waveform.markers if one is not near]
        self._show_marks(marks if near is not None else [*marks, seconds])
        kept = [one.seconds for one in self.waveform.markers]
        self._tasks.spawn(self._sounds.set_marks(self._sha256, kept), name="keep marks", owner=self._sounds)

    def _show_marks(self, marks: Sequence[float]) -> None:
        self.waveform.set_markers([Marker(at, str(n)) for n, at in enumerate(sorted(marks), start=1)])

    async def _read_marks(self, path: Path, sha256: str) -> None:
        marks = await self._sounds.marks(sha256)
        if path == self._path:
            self._show_marks(marks)

    @Slot(object, float)
    def _open_menu(self, at: QPoint, seconds: float) -> None:
        """What can be done at a place of the waveform."""
        wave, menu = self.waveform, Menu(self)
        if wave.peaks is None:
            return
        words = tr("Set a mark here") if wave.marker_near(seconds) is None else tr("Remove this mark")
        menu.add(words, lambda: self.mark(seconds), "pin", shortcut="M")
        menu.add(tr("Play from here"), lambda: self._play_from(seconds), "play")
        menu.add(tr("Zoom to the selection"), lambda: wave.show_span(wave.selection or Span(0, 0)), "zoom-in",
                 shortcut="Z", enabled=wave.selection is not None)  # fmt: skip
        menu.add(tr("Show all"), wave.fit, "fit", shortcut="0")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _play_from(self, seconds: float) -> None:
        if self._path is not None:
            self._set_loop()
            self._deck.play(self._path, seconds)

    # ------------------------------------------------------------------ inside

    def _seek(self, seconds: float) -> None:
        if self._path is not None:
            self._deck.seek(self._path, seconds)

    def _set_loop(self, _on: bool = False) -> None:
        if self._path is None:
            return
        selection: Span | None = self.waveform.selection
        chosen = (selection.start, selection.end) if selection is not None else True
        self._deck.player.set_loop(chosen if self.loop.isChecked() else False)

    def _choose_speed(self) -> None:
        menu = Menu(self)
        for rate in RATES:
            menu.add(
                _rate_text(rate),
                lambda rate=rate: self._set_speed(rate),
                checked=rate == self._deck.player.rate,
            )
        menu.popup_under(self.speed)

    def _set_speed(self, rate: float) -> None:
        self._deck.player.set_rate(rate)
        self.speed.set_text(_rate_text(rate))

    @Slot(float, int)
    def _load_samples(self, start: float, count: int) -> None:
        if self._path is not None:
            self._tasks.spawn(
                self._read_samples(self._path, start, count), name="samples of a sound", owner=self
            )

    async def _read_samples(self, path: Path, start: float, count: int) -> None:
        try:
            samples, first = await self._sounds.samples(path, start, count)
        except StudioError:
            return  # the coarse outline stays
        if path == self._path:
            self.waveform.set_samples(samples, first)

    def _outlining(self, progress: tuple[Path, float]) -> None:
        path, share = progress
        if path == self._path and self.waveform.peaks is None:
            self.waveform.show_loading(share)

    @Slot(object)
    def _changed(self, path: Path) -> None:
        if path == self._path:
            self._refresh()

    def _refresh(self) -> None:
        if self._path is None:
            return
        status = self._deck.status(self._path, self._duration)
        if status.peaks is not None and status.peaks is not self.waveform.peaks:
            self.waveform.set_peaks(status.peaks)
        elif status.peaks is None and status.problem:
            self.waveform.show_failure(status.problem)
        self.waveform.set_playhead(status.position)
        self.at.setText(precise_time(status.position))
        self.length.setText(f"/ {clock(status.duration)}" if status.duration else "")
        # Said once: in the waveform when there is none, else beside the button.
        problem = status.problem if status.peaks is not None else ""
        if self.problem.text() != problem:
            self.problem.setText(problem)
        self._show_state(status)

    def _show_state(self, status: SoundStatus) -> None:
        name = tr("Pause") if status.playing else tr("Play")
        if self.play.accessibleName() != name:
            self.play.set_icon("pause" if status.playing else "play", name)
        broken = status.peaks is None and bool(status.problem)
        self.play.setEnabled(not broken)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.toggle()
        elif event.key() == Qt.Key.Key_L:
            self.loop.toggle()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(hint.width(), self.waveform.sizeHint().width()), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self, turned=False)
        paint_box(painter, self.rect().toRectF(), t.surface, t.border, Radius.CARD, BORDER)


def _rate_text(rate: float) -> str:
    return f"{rate:g}×"
