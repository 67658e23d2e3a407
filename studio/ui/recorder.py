"""Listening to a microphone. With `loudspeaker` and `player` the only module that imports QtMultimedia, and
only when something is first to be recorded."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import (
    QCoreApplication,
    QIODevice,
    QMicrophonePermission,
    QObject,
    Qt,
    QTimer,
    Signal,
    Slot,
)

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.pcm import Level, PcmConverter, SampleKind, level_of
from studio.domain.sound import PcmFormat
from studio.qt_models.bridge import bridge
from studio.services.recording import RecordingService, RecordingState
from studio.ui.loudspeaker import SoundDevice, device_id

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice, QAudioFormat, QAudioSource, QMediaDevices

    from studio.domain.asset import Asset

log = logging.getLogger(__name__)
FRAME_MS = 40
"""How often level and time are told: no eye reads a meter faster."""
SILENT_FOR_MS = 2000
"""A device may be opened and never send anything, and sound servers do not always tell that it is gone."""
RATES = (16_000, 48_000)
UNHEARD = 0.001
"""Amplitude of -60 dBFS: no room is as quiet as that before a microphone that works."""
UNHEARD_FRAMES = round(4000 / FRAME_MS)


class Spawner(Protocol):
    """What is needed of `services.tasks.TaskSupervisor`."""

    def spawn(self, coro: Coroutine[Any, Any, Any], *, name: str, owner: object) -> object: ...


class Recorder(QObject):
    """Records from a microphone into the program's one recording.

    When the microphone is unplugged, recording goes on with the one the system uses then, and pauses if there
    is none; what was recorded is safe in any case. Recording is mono, which is what speech models take.

    Signals:
        devices_changed(): ask for `devices` again.
        changed(): another `state`. ticked(Level): how loud it is, about 25 times a second while it records.
        told(str): one calm sentence about what happened; "" when it no longer matters.
        finished(Asset): the recording is in the library. discarded(Step): it is in the trash.
    """

    devices_changed = Signal()
    changed = Signal()
    ticked = Signal(object)
    told = Signal(str)
    finished = Signal(object)
    discarded = Signal(object)

    def __init__(self, recording: RecordingService, tasks: Spawner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recording = recording
        self._tasks = tasks
        self._devices: QMediaDevices | None = None
        self._source: QAudioSource | None = None
        self._stream: QIODevice | None = None
        self._converter = PcmConverter(SampleKind.S16, 1)
        self._chosen = ""
        self._used = ""
        self._mine = False
        self._loudest = Level()
        self._unheard = 0
        self._tick = QTimer(self, interval=FRAME_MS)
        self._tick.timeout.connect(self._ticked)
        self._silent = QTimer(self, interval=SILENT_FOR_MS, singleShot=True)
        self._silent.timeout.connect(self._stands_still)
        bridge(recording.changed, self._followed, self)
        bridge(recording.failed, self._disk_refused, self)

    # ------------------------------------------------------------------ what it does now

    @property
    def state(self) -> RecordingState:
        """Of the recording, as far as it is this recorder's."""
        return self._recording.state if self._mine else RecordingState.IDLE

    @property
    def busy(self) -> bool:
        """Whether another recorder is at work."""
        return self._recording.active and not self._mine

    @property
    def elapsed(self) -> float:
        """Seconds that were recorded."""
        return self._recording.elapsed if self._mine else 0.0

    def devices(self) -> list[SoundDevice]:
        """The microphones that are plugged in now."""
        if not self._backend():
            return []
        from PySide6.QtMultimedia import QMediaDevices

        usual = QMediaDevices.defaultAudioInput()
        return [
            SoundDevice(device_id(device), device.description(), device == usual)
            for device in QMediaDevices.audioInputs()
        ]

    @property
    def chosen(self) -> str:
        """The microphone that was chosen, "" for the one the system uses."""
        return self._chosen

    @property
    def used(self) -> str:
        """The id of the microphone that is heard, or was heard last."""
        return self._used

    # ------------------------------------------------------------------ commands

    def choose(self, device: str) -> None:
        """Use another microphone from now on, also in the middle of a recording."""
        self._chosen = device
        if self._source is not None:
            self._listen()

    def start(self) -> None:
        """Begin to record, after asking the system for the microphone where it wants to be asked."""
        if self._recording.active:
            return
        self.told.emit("")
        permission = QMicrophonePermission()
        app = QCoreApplication.instance()
        status = app.checkPermission(permission) if app is not None else Qt.PermissionStatus.Granted
        if app is not None and status is Qt.PermissionStatus.Undetermined:
            app.requestPermission(permission, self, self._permitted)
        else:
            self._answered(status)

    def pause(self) -> None:
        """Stop listening; `resume` goes on in the same recording."""
        if self.state is RecordingState.RECORDING:
            self._read()
            self._recording.pause()
            self._hush()

    def resume(self) -> None:
        """Go on after a pause."""
        if self.state is RecordingState.PAUSED and self._listen():
            self._recording.resume()

    def finish(self) -> None:
        """End the recording; `finished` follows when it is in the library."""
        if self.state in (RecordingState.RECORDING, RecordingState.PAUSED):
            self._read()
            self._hush()
            self._tasks.spawn(self._stop(), name="file a recording", owner=self._recording)

    def discard(self) -> None:
        """End the recording and put it into the trash; `discarded` follows."""
        if self.state in (RecordingState.RECORDING, RecordingState.PAUSED):
            self._read()
            self._hush()
            self._tasks.spawn(self._throw_away(), name="discard a recording", owner=self._recording)

    def close(self) -> None:
        """Let go of the microphone; the recording is filed when the services close."""
        self._read()
        self._hush()

    # ------------------------------------------------------------------ beginning and ending

    @Slot(object)
    def _permitted(self, permission: QMicrophonePermission) -> None:
        app = QCoreApplication.instance()
        if app is not None:
            self._answered(app.checkPermission(permission))

    def _answered(self, status: Qt.PermissionStatus) -> None:
        if status is Qt.PermissionStatus.Denied:
            self.told.emit(
                tr("The system does not let Nectary use the microphone. Allow it in the system's settings.")
            )
            return
        if not self._recording.active:
            self._tasks.spawn(self._begin(), name="start a recording", owner=self)

    async def _begin(self) -> None:
        device = self._device()
        if device is None or self._recording.active:
            return
        self._mine = True
        try:
            await self._recording.start(PcmFormat(_rate_for(device)))
        except StudioError as error:
            self._mine = False
            self.told.emit(_sentence(error))
            return
        if self.state is not RecordingState.RECORDING:
            return  # it was paused or ended before its file was there
        if not self._listen():
            await self._recording.stop()
            self._mine = False
            self.changed.emit()

    async def _stop(self) -> None:
        try:
            asset: Asset | None = await self._recording.stop()
        except StudioError as error:
            self.told.emit(_sentence(error))
            return
        if asset is None:
            self.told.emit(tr("Nothing was recorded."))
        else:
            self.finished.emit(asset)

    async def _throw_away(self) -> None:
        try:
            step = await self._recording.discard()
        except StudioError as error:
            self.told.emit(_sentence(error))
            return
        if step is not None:
            self.discarded.emit(step)

    @Slot(object)
    def _followed(self, _state: RecordingState) -> None:
        # What is told may be over by now.
        if self.state is not RecordingState.RECORDING and self._source is not None:
            self._hush()
        if not self._recording.active:
            self._mine = False
        self.changed.emit()

    @Slot(object)
    def _disk_refused(self, error: StudioError) -> None:
        if self._mine:
            self.told.emit(tr("{problem} The recording is paused.", problem=error.title))

    # ------------------------------------------------------------------ the device

    def _backend(self) -> bool:
        """QtMultimedia, brought in when it is first needed; False when it cannot be."""
        if self._devices is not None:
            return True
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError as error:
            log.warning("QtMultimedia cannot be loaded: %s", error)
            return False
        self._devices = QMediaDevices(self)
        self._devices.audioInputsChanged.connect(self._inputs_changed)
        return True

    def _device(self) -> QAudioDevice | None:
        """The microphone to use; None after saying why there is none."""
        if not self._backend():
            self.told.emit(tr("Sound cannot be recorded: this computer lacks the library for it."))
            return None
        from PySide6.QtMultimedia import QMediaDevices

        found = next((one for one in QMediaDevices.audioInputs() if device_id(one) == self._chosen), None)
        device = found if found is not None else QMediaDevices.defaultAudioInput()
        if device.isNull():
            self.told.emit(tr("No microphone was found. Connect one to record."))
            return None
        return device

    def _listen(self) -> bool:
        """Open the microphone for the recording that is under way; False after saying why it cannot be."""
        self._read()
        self._hush()
        device = self._device()
        if device is None:
            return False
        form = _format_for(device, self._recording.format.rate)
        if form is None:
            self.told.emit(tr("{device} cannot go on with this recording.", device=device.description()))
            return False
        from PySide6.QtMultimedia import QAudioSource

        source = QAudioSource(device, form, self)
        stream = source.start()
        if stream is None:
            log.warning("the microphone does not open: %s", source.error())
            source.deleteLater()
            self.told.emit(tr("{device} cannot be opened. Another program may have it.",
                              device=device.description()))  # fmt: skip
            return False
        self._source, self._stream, self._used = source, stream, device_id(device)
        self._converter = PcmConverter(_kind_of(form), form.channelCount())
        stream.readyRead.connect(self._read)
        self._unheard = 0
        self._tick.start()
        self._silent.start()
        return True

    def _hush(self) -> None:
        """Let go of the microphone."""
        source, self._source, self._stream = self._source, None, None
        self._tick.stop()
        self._silent.stop()
        self._loudest = Level()
        if source is not None:
            source.stop()
            source.deleteLater()

    @Slot()
    def _read(self) -> None:
        """Take what the microphone has heard since the last time."""
        if self._stream is None:
            return
        pcm = self._converter.feed(bytes(self._stream.readAll().data()))
        if not pcm:
            return
        self._silent.start()
        self._recording.feed(pcm)
        now, before = level_of(pcm), self._loudest
        self._loudest = Level(
            max(now.peak, before.peak), max(now.rms, before.rms), now.clipped or before.clipped
        )

    @Slot()
    def _ticked(self) -> None:
        if self._has_stopped():
            self._lost(tr("The microphone was disconnected. The recording is paused."), again=True)
            return
        level, self._loudest = self._loudest, Level()
        if level.peak < UNHEARD:
            self._unheard += 1
            if self._unheard == UNHEARD_FRAMES:
                self.told.emit(tr("Nothing is heard. Is this the right microphone?"))
        else:
            if self._unheard >= UNHEARD_FRAMES:
                self.told.emit("")
            self._unheard = 0
        self.ticked.emit(level)

    def _has_stopped(self) -> bool:
        """Whether the device gave up. Asked for, because PySide cannot deliver the signal that tells it."""
        if self._source is None:
            return False
        from PySide6.QtMultimedia import QtAudio

        return self._source.state() is QtAudio.State.StoppedState

    @Slot()
    def _stands_still(self) -> None:
        self._lost(tr("The microphone does not answer any more. The recording is paused."), again=False)

    @Slot()
    def _inputs_changed(self) -> None:
        from PySide6.QtMultimedia import QMediaDevices

        self.devices_changed.emit()
        present = any(device_id(device) == self._used for device in QMediaDevices.audioInputs())
        if self._source is not None and not present:
            self._lost(tr("The microphone was disconnected. The recording is paused."), again=True)

    def _lost(self, sentence: str, *, again: bool) -> None:
        """The microphone is gone: go on with the one there is, or pause."""
        from PySide6.QtMultimedia import QMediaDevices

        gone = self._used
        usual = QMediaDevices.defaultAudioInput()
        if again and not usual.isNull() and device_id(usual) != gone and self._listen():
            self.told.emit(
                tr("The microphone was disconnected. Recording goes on with {device}.",
                   device=usual.description())
            )  # fmt: skip
            return
        self.pause()
        self.told.emit(sentence)


def _sentence(error: StudioError) -> str:
    return f"{error.title} {error.detail}".strip()


def _rate_for(device: QAudioDevice) -> int:
    """Frames per second to record with: the device's own, within what speech and the service have use for."""
    return min(max(device.preferredFormat().sampleRate(), RATES[0]), RATES[1])


def _format_for(device: QAudioDevice, rate: int) -> QAudioFormat | None:
    """How to open a device at a rate; None when it cannot be."""
    from PySide6.QtMultimedia import QAudioFormat

    usual = device.preferredFormat()
    for channels in (1, usual.channelCount()):
        for sample in (QAudioFormat.SampleFormat.Int16, usual.sampleFormat()):
            form = QAudioFormat()
            form.setSampleRate(rate)
            form.setChannelCount(channels)
            form.setSampleFormat(sample)
            if device.isFormatSupported(form):
                return form
    return None


def _kind_of(form: QAudioFormat) -> SampleKind:
    from PySide6.QtMultimedia import QAudioFormat

    kinds = QAudioFormat.SampleFormat
    return {
        kinds.UInt8: SampleKind.U8, kinds.Int32: SampleKind.S32, kinds.Float: SampleKind.F32
    }.get(form.sampleFormat(), SampleKind.S16)  # fmt: skip
