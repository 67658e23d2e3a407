"""Recording in one compact bar: Record and the microphone; then time, level, pause, stop and discard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.qt_models.asset_list import clock
from studio.services.recording import RecordingState
from studio.ui.device_options import USUAL, options_of
from studio.ui.icons import paint_icon
from studio.ui.level_meter import LevelMeter
from studio.ui.player import Player
from studio.ui.theme import Size, Space, Theme, Weight
from studio.ui.widgets.base import Themed, name_widget, painter_for
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.core.settings import Settings
    from studio.domain.pcm import Level
    from studio.ui.recorder import Recorder


class DeviceSelect(Select):
    """The microphones. They are looked for when the list is opened, which loads Qt's sound library."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(tr("Microphone"), placeholder=tr("Default microphone"), search=False)
        self._recorder = recorder
        recorder.devices_changed.connect(self.look)

    @Slot()
    def look(self) -> None:
        """Offer what is plugged in now."""
        found = self._recorder.devices()
        chosen = self._recorder.chosen
        self.set_options(options_of(found))
        self.set_value(chosen if any(one.id == chosen for one in found) else USUAL)

    def open(self) -> None:
        self.look()
        super().open()


class RecordMark(Themed, QWidget):
    """A red dot while it records, two bars while it pauses."""

    def __init__(self) -> None:
        super().__init__()
        self._paused = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_paused(self, paused: bool) -> None:
        self._paused = paused
        self.update()

    def sizeHint(self) -> QSize:
        side = Theme.current().px(Size.ICON)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        icon, ink = ("pause", t.text2) if self._paused else ("record", t.bad)
        paint_icon(painter, icon, QRectF(self.rect()), ink)


class RecordBar(QWidget):
    """The controls of a `Recorder`. What it says stands under them; what it made, it tells itself.

    Focus goes to Pause when a recording begins, so that Space pauses and resumes.

    Args:
        settings: where the chosen microphone is remembered.
    """

    def __init__(self, recorder: Recorder, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recorder = recorder
        self._settings = settings
        name_widget(self, tr("Recorder"))
        self.record = Button(tr("Record"), "outline", "record")
        self.device = DeviceSelect(recorder)
        self.mark = RecordMark()
        self.time = Label(clock(0), weight=Weight.SEMIBOLD, tabular=True)
        self.pause = IconButton("pause", tr("Pause recording"), size="normal")
        self.discard = IconButton("trash", tr("Discard recording"), size="normal")
        self.stop = Button(tr("Stop"), "secondary", "stop", name=tr("Stop recording"))
        self.meter = LevelMeter()
        self.note = Label("", "caption", "text2", wrap=True)
        self._active = QWidget()
        self._had_focus = False
        self.device.setToolTip(tr("Microphone"))
        self._remember(settings.values.sound.input, settings.values.sound.input_name)
        self._arrange()
        self._join()
        self._follow()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        controls = QHBoxLayout()
        controls.setSpacing(Space.SM)
        controls.addWidget(self.mark)
        controls.addWidget(self.time)
        controls.addStretch(1)
        for button in (self.discard, self.pause, self.stop):
            controls.addWidget(button)
        inside = QVBoxLayout(self._active)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.SM)
        inside.addLayout(controls)
        inside.addWidget(self.meter)
        column.addWidget(self._active)
        self._row = QGridLayout()
        self._row.setHorizontalSpacing(Space.SM)
        self._row.addWidget(self.record, 0, 0)
        self._row.addWidget(self.device, 0, 1)
        self._row.setColumnStretch(1, 1)
        column.addLayout(self._row)
        column.addWidget(self.note)
        self.note.hide()

    def _join(self) -> None:
        recorder = self.recorder
        self.record.clicked.connect(self.start)
        self.pause.clicked.connect(self.toggle_pause)
        self.stop.clicked.connect(recorder.finish)
        self.discard.clicked.connect(recorder.discard)
        self.device.changed.connect(self._choose)
        recorder.changed.connect(self._follow)
        recorder.ticked.connect(self._ticked)
        recorder.told.connect(self.say)

    # ------------------------------------------------------------------ commands

    def start(self) -> None:
        """Begin to record; whatever plays falls silent, or it would be recorded too."""
        if self.recorder.busy:
            self.say(tr("Another recording is under way."))
            return
        Player.hush()
        self.recorder.start()

    def toggle(self) -> None:
        """Begin, or end what is recorded."""
        if self.recorder.state in (RecordingState.RECORDING, RecordingState.PAUSED):
            self.recorder.finish()
        else:
            self.start()

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        if self.recorder.state is RecordingState.PAUSED:
            self.recorder.resume()
        else:
            self.recorder.pause()

    def stops(self) -> tuple[QWidget, ...]:
        """Its controls in the order of Tab."""
        return (self.record, self.discard, self.pause, self.stop, self.device)

    # ------------------------------------------------------------------ inside

    def _remember(self, device: str, name: str) -> None:
        if device:
            self.recorder.choose(device)
            self.device.stand_in(name or device, "microphone")
        else:
            self.device.stand_in(tr("Default"), "microphone")

    def _choose(self, value: str) -> None:
        device = "" if value == USUAL else value
        self.recorder.choose(device)
        chosen = self.device.chosen()
        name = chosen.label if chosen is not None and device else ""
        self._settings.change("sound", input=device, input_name=name)

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence under the controls; "" for none."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    @Slot(object)
    def _ticked(self, level: Level) -> None:
        self.meter.show_level(level)
        self._show_time()

    def _show_time(self) -> None:
        words = clock(self.recorder.elapsed)
        if words != self.time.text():
            self.time.setText(words)

    @Slot()
    def _follow(self) -> None:
        state = self.recorder.state
        active = state is not RecordingState.IDLE
        paused, saving = state is RecordingState.PAUSED, state is RecordingState.SAVING
        began = active and not self._active.isVisibleTo(self)
        # Asked before anything is disabled: that takes the focus away.
        self._had_focus |= any(one.hasFocus() for one in self.stops())
        self._active.setVisible(active)
        self.record.setVisible(not active)
        self.mark.set_paused(paused)
        name = tr("Resume recording") if paused else tr("Pause recording")
        if self.pause.accessibleName() != name:
            self.pause.set_icon("record" if paused else "pause")
            name_widget(self.pause, name, name)
        self.stop.set_loading(saving)
        for button in (self.pause, self.discard, self.stop, self.device):
            button.setEnabled(not saving)
        if state is not RecordingState.RECORDING:
            self.meter.clear()
        if active:
            self._show_time()
        if began:
            self.device.look()
            self.pause.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not active:
            if self._had_focus:
                self.record.setFocus(Qt.FocusReason.OtherFocusReason)
            self._had_focus = False
