"""What everything is heard with: which loudspeaker, how loud, muted or not. The same for all players."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice, QAudioOutput, QMediaDevices

log = logging.getLogger(__name__)


class SoundDevice(NamedTuple):
    """A loudspeaker or microphone. `id` is the system's handle; `default` marks the one the system uses."""

    id: str
    name: str
    default: bool = False


class Loudspeaker(QObject):
    """One for the program. QtMultimedia is brought in when devices are first asked for.

    When the chosen device is unplugged, the one the system uses is heard until it is there again.

    Signals:
        changed(): another device, volume or mute.
        devices_changed(): something was plugged in or out; ask for `devices` again.
    """

    changed = Signal()
    devices_changed = Signal()

    _shared: ClassVar[Loudspeaker | None] = None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media: QMediaDevices | None = None
        self._device = ""
        self._volume = 1.0
        self._muted = False

    @classmethod
    def shared(cls) -> Loudspeaker:
        """The program's own."""
        made = cls._shared
        if made is None or not shiboken6.isValid(made):
            made = cls._shared = cls(QCoreApplication.instance())
        return made

    @property
    def device(self) -> str:
        """The chosen device, "" for the one the system uses."""
        return self._device

    @property
    def volume(self) -> float:
        """0 to 1, as the ear hears it."""
        return self._volume

    @property
    def muted(self) -> bool:
        return self._muted

    def set_device(self, device_id: str) -> None:
        """Hear with another device from now on."""
        self._set(device_id, self._volume, self._muted)

    def set_volume(self, volume: float) -> None:
        """How loud, 0 to 1. Whoever turns it up wants to hear something."""
        self._set(self._device, volume, self._muted and volume <= self._volume)

    def set_muted(self, muted: bool) -> None:
        self._set(self._device, self._volume, muted)

    def set_all(self, device_id: str, volume: float, muted: bool) -> None:
        """As it was remembered."""
        self._set(device_id, volume, muted)

    def _set(self, device_id: str, volume: float, muted: bool) -> None:
        wanted = (device_id, min(max(volume, 0.0), 1.0), muted)
        if wanted != (self._device, self._volume, self._muted):
            self._device, self._volume, self._muted = wanted
            self.changed.emit()

    # ------------------------------------------------------------------ devices

    def devices(self) -> list[SoundDevice]:
        """What is plugged in now."""
        if not self._backend():
            return []
        from PySide6.QtMultimedia import QMediaDevices

        usual = QMediaDevices.defaultAudioOutput()
        return [
            SoundDevice(device_id(one), one.description(), one == usual)
            for one in QMediaDevices.audioOutputs()
        ]

    def available(self) -> bool:
        """Whether there is anything to hear with."""
        return self._backend() and not self._current().isNull()

    def apply(self, output: QAudioOutput) -> None:
        """Make an output sound like this."""
        device = self._current()
        if not device.isNull() and output.device() != device:
            output.setDevice(device)
        # Loudness grows with about the cube of the amplitude's scale.
        output.setVolume(self._volume**3)
        output.setMuted(self._muted)

    def _current(self) -> QAudioDevice:
        from PySide6.QtMultimedia import QMediaDevices

        found = (one for one in QMediaDevices.audioOutputs() if device_id(one) == self._device)
        return next(found, QMediaDevices.defaultAudioOutput())

    def _backend(self) -> bool:
        if self._media is not None:
            return True
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError as error:
            log.warning("QtMultimedia cannot be loaded: %s", error)
            return False
        self._media = QMediaDevices(self)
        self._media.audioOutputsChanged.connect(self.devices_changed)
        return True


def device_id(device: QAudioDevice) -> str:
    """The system's handle of a device, as text."""
    return bytes(device.id().data()).decode("utf-8", "replace")
