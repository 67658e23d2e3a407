"""Playing sounds and films. With `loudspeaker` and `recorder` the only module that imports QtMultimedia, and
only when something is first to be played."""

from __future__ import annotations

import logging
import weakref
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import shiboken6
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, QUrl, Signal, Slot

from studio.core.i18n import tr
from studio.ui.loudspeaker import Loudspeaker

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer, QVideoFrame, QVideoSink

log = logging.getLogger(__name__)

RATES = (0.25, 4.0)
TICK_MS = 33
USUAL_FRAME_RATE, MOST_FRAMES = 25.0, 240.0
STUCK_MS = 5000
"""A sound server may accept a stream and never play it; then the position stands still."""


class PlayerState(StrEnum):
    """What a player does now. STOPPED: at the start, ready; EMPTY: nothing is loaded."""

    EMPTY = "empty"
    LOADING = "loading"
    STOPPED = "stopped"
    PLAYING = "playing"
    PAUSED = "paused"
    FAILED = "failed"


class Player(QObject):
    """Plays one sound file at a time. At most one player is heard: starting one pauses another.

    Positions and durations are seconds of the file. With no sound device, or without the system's sound
    library, `failed` says so in one sentence and nothing is played; everything else goes on.

    Signals:
        position(float): where it plays, about 30 times a second while it does.
        duration(float): the length, as soon as it is known.
        state(str): a `PlayerState`.
        failed(str): one sentence for the user.
        source(object): the `Path` that is loaded now, or None.
    """

    position = Signal(float)
    duration = Signal(float)
    state = Signal(str)
    failed = Signal(str)
    source = Signal(object)

    _heard: ClassVar[weakref.ref[Player] | None] = None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player: QMediaPlayer | None = None
        self._output: QAudioOutput | None = None
        self._speaker = Loudspeaker.shared()
        self._path: Path | None = None
        self._state = PlayerState.EMPTY
        self._duration = 0.0
        self._base = 0.0  # the position that the backend told last
        self._since = QElapsedTimer()
        self._wanted = False
        self._rate = 1.0
        self._loop: tuple[float, float] | None = None
        self._repeat = False
        self._pending: float | None = None  # a seek that waits for the file to be loaded
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._ticked)
        self._stuck = QTimer(self, interval=STUCK_MS, singleShot=True)
        self._stuck.timeout.connect(self._stands_still)

    # ------------------------------------------------------------------ what it does now

    @property
    def path(self) -> Path | None:
        """The file that is loaded."""
        return self._path

    @property
    def current_state(self) -> PlayerState:
        return self._state

    @property
    def playing(self) -> bool:
        return self._state is PlayerState.PLAYING

    @property
    def current_duration(self) -> float:
        """Seconds; 0 until it is known."""
        return self._duration

    @property
    def current_position(self) -> float:
        """Seconds. The backend tells it a few times a second; in between the clock goes on."""
        at = self._base
        if self._state is PlayerState.PLAYING and self._since.isValid():
            at += min(self._since.elapsed(), 4 * TICK_MS) / 1000 * self._rate
        return min(at, self._duration) if self._duration else at

    @property
    def rate(self) -> float:
        return self._rate

    @property
    def loop(self) -> tuple[float, float] | bool:
        """The stretch that is repeated, True for the whole file, False for none."""
        return self._loop if self._loop is not None else self._repeat

    # ------------------------------------------------------------------ commands

    def load(self, path: Path) -> None:
        """Make a file ready, at its start and silent. Loading the loaded file again only stops it."""
        if path == self._path and self._state not in (PlayerState.FAILED, PlayerState.EMPTY):
            self.stop()
            return
        self.close()
        player = self._backend()
        self._path = path
        self.source.emit(path)
        if player is None:
            return
        if not path.is_file():
            self._fail(self.gone())
            return
        self._enter(PlayerState.LOADING)
        player.setSource(QUrl.fromLocalFile(str(path)))

    def play(self) -> None:
        """Play from where it is; from the start when it had ended."""
        player = self._backend()
        if player is None or self._path is None:
            return
        if not self._may_play():
            return
        if self._state is PlayerState.FAILED:
            path, self._path = self._path, None
            self.load(path)
            if self._state is PlayerState.FAILED:
                return
        self._hush_others()
        self._wanted = True
        if self._state is not PlayerState.LOADING:
            player.play()

    def pause(self) -> None:
        """Stop where it is."""
        self._wanted = False
        if self._player is not None and self._state is PlayerState.PLAYING:
            self._base = self.current_position
            self._player.pause()

    def toggle(self) -> None:
        """Play, or pause."""
        if self._state is PlayerState.PLAYING or self._wanted:
            self.pause()
        else:
            self.play()

    def stop(self) -> None:
        """Back to the start, silent."""
        self._wanted = False
        self._pending = None
        if self._player is not None and self._state in (PlayerState.PLAYING, PlayerState.PAUSED):
            self._player.stop()
            self._told(0)

    def seek(self, seconds: float) -> None:
        """Go to a place of the file, playing or not."""
        seconds = max(0.0, min(seconds, self._duration or seconds))
        if self._player is None or self._state in (PlayerState.EMPTY, PlayerState.FAILED):
            return
        if self._state is PlayerState.LOADING:
            self._pending = seconds
            return
        if self._state is PlayerState.STOPPED:
            # A stopped backend forgets where it was sent.
            self._player.pause()
        self._player.setPosition(round(seconds * 1000))
        self._told(round(seconds * 1000))

    def set_rate(self, rate: float) -> None:
        """Speed from 0.25 to 4, at the same pitch where the backend can."""
        self._rate = min(max(rate, RATES[0]), RATES[1])
        if self._player is not None:
            self._player.setPlaybackRate(self._rate)

    def set_loop(self, loop: tuple[float, float] | bool) -> None:
        """Repeat a stretch (start and end in seconds), the whole file (True), or nothing (False)."""
        if isinstance(loop, bool):
            self._loop, self._repeat = None, loop
        else:
            self._loop, self._repeat = (min(loop), max(loop)), False

    def has_device(self) -> bool:
        """Whether there is anything to hear with now."""
        return self._backend() is not None and self._speaker.available()

    def close(self) -> None:
        """Let go of the file and of the sound device; the player can be used again."""
        self._wanted = False
        self._pending = None
        self._tick.stop()
        self._stuck.stop()
        self._base, self._duration, self._path = 0.0, 0.0, None
        if self._state is not PlayerState.EMPTY:
            # First, so that what the backend says while it lets go is of no interest.
            self._enter(PlayerState.EMPTY)
        if self._player is not None:
            self._player.stop()
            self._player.setSource(QUrl())

    # ------------------------------------------------------------------ the backend

    def _backend(self) -> QMediaPlayer | None:
        """QtMultimedia, brought in when it is first needed; None with the reason told when it cannot be."""
        if self._player is not None:
            return self._player
        try:
            from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer
        except ImportError as error:
            log.warning("QtMultimedia cannot be loaded: %s", error)
            self._fail(tr("Sound cannot be played: this computer lacks the library for it."))
            return None
        player = QMediaPlayer(self)
        if not player.isAvailable():
            player.deleteLater()
            self._fail(tr("Sound cannot be played: Qt's sound library is not complete."))
            return None
        self._player, self._output = player, QAudioOutput(self)
        player.setAudioOutput(self._output)
        if hasattr(player, "setPitchCompensation"):
            player.setPitchCompensation(True)
        self.set_rate(self._rate)
        self._speaker.apply(self._output)
        player.positionChanged.connect(self._told)
        player.durationChanged.connect(self._length_told)
        player.playbackStateChanged.connect(self._follow)
        player.mediaStatusChanged.connect(self._status_changed)
        player.errorOccurred.connect(self._backend_failed)
        self._speaker.changed.connect(self._follow_speaker)
        self._speaker.devices_changed.connect(self._devices_changed)
        return player

    @staticmethod
    def hush() -> None:
        """Pause whatever is heard."""
        heard = Player._heard() if Player._heard is not None else None
        if heard is not None and shiboken6.isValid(heard):
            heard.pause()

    def _hush_others(self) -> None:
        other = Player._heard() if Player._heard is not None else None
        if other is not None and other is not self:
            other.pause()
        Player._heard = weakref.ref(self)

    @Slot()
    def _follow_speaker(self) -> None:
        if self._output is not None:
            self._speaker.apply(self._output)

    @Slot()
    def _devices_changed(self) -> None:
        """Headphones were plugged in or pulled out: go on with what there is now."""
        self._follow_speaker()
        if self.playing and not self._speaker.available():
            self.pause()
            self.failed.emit(tr("The loudspeaker or the headphones were disconnected."))

    @Slot("qlonglong")
    def _told(self, milliseconds: int) -> None:
        if self._path is None:
            return
        moved = milliseconds / 1000 != self._base
        self._base = milliseconds / 1000
        self._since.start()
        if moved and self.playing:
            self._stuck.start()
        self.position.emit(self._base)

    @Slot("qlonglong")
    def _length_told(self, milliseconds: int) -> None:
        if self._path is not None and milliseconds > 0:
            self._duration = milliseconds / 1000
            self.duration.emit(self._duration)

    @Slot()
    def _ticked(self) -> None:
        at = self.current_position
        if self._loop is not None and at >= self._loop[1]:
            self.seek(self._loop[0])
        else:
            self.position.emit(at)

    @Slot()
    def _stands_still(self) -> None:
        if self.playing:
            self.pause()
            self._fail(self.stuck())

    @Slot()
    def _follow(self) -> None:
        """Take over the backend's state."""
        if self._player is None or self._path is None or self._state is PlayerState.FAILED:
            return
        from PySide6.QtMultimedia import QMediaPlayer

        kinds = QMediaPlayer.PlaybackState
        state = {
            kinds.PlayingState: PlayerState.PLAYING,
            kinds.PausedState: PlayerState.PAUSED,
        }.get(self._player.playbackState(), PlayerState.STOPPED)
        if state is PlayerState.PLAYING:
            self._since.start()
            self._tick.start()
            self._stuck.start()
        else:
            self._tick.stop()
            self._stuck.stop()
        self._enter(state)

    @Slot()
    def _status_changed(self) -> None:
        if self._player is None or self._path is None:
            return
        from PySide6.QtMultimedia import QMediaPlayer

        status, kinds = self._player.mediaStatus(), QMediaPlayer.MediaStatus
        if status is kinds.LoadedMedia and self._state is PlayerState.LOADING:
            self._loaded(self._player)
        elif status is kinds.EndOfMedia:
            self._ended(self._player)
        elif status is kinds.InvalidMedia and self._state is not PlayerState.FAILED:
            self._fail(self.damaged())

    def _loaded(self, player: QMediaPlayer) -> None:
        problem = self.refusal(player)
        if problem:
            self._fail(problem)
            return
        self._enter(PlayerState.STOPPED)
        if self._pending is not None:
            seconds, self._pending = self._pending, None
            self.seek(seconds)
        if self._wanted:
            player.play()

    def _ended(self, player: QMediaPlayer) -> None:
        if (self._repeat or self._loop is not None) and self._wanted:
            player.setPosition(round(self._loop[0] * 1000) if self._loop else 0)
            player.play()
            return
        self._wanted = False
        self._told(0)

    @Slot()
    def _backend_failed(self) -> None:
        if self._player is None or self._path is None or self._state is PlayerState.FAILED:
            return
        log.info("cannot play %s: %s", self._path.name, self._player.errorString())
        self._fail(self.damaged())

    # ------------------------------------------------------------------ what kind of file it is for

    def _may_play(self) -> bool:
        """Whether playing makes sense now; False after saying why not."""
        if not self.has_device():
            self._fail(tr("No loudspeaker or headphones were found. Connect some and play again."))
            return False
        return True

    def refusal(self, player: QMediaPlayer) -> str:
        """Why a file that was opened is of no use here; empty when it is."""
        return "" if player.hasAudio() else tr("This file has no sound in it.")

    def gone(self) -> str:
        """The sentence for a file that is missing."""
        return tr("The sound file is not there any more.")

    def damaged(self) -> str:
        """The sentence for a file that cannot be read."""
        return tr("This sound file cannot be played. It may be damaged.")

    def stuck(self) -> str:
        """The sentence for a position that does not move."""
        return tr("The sound device does not answer. Choose another one in the system's settings.")

    def _fail(self, sentence: str) -> None:
        self._wanted = False
        self._tick.stop()
        self._stuck.stop()
        self._enter(PlayerState.FAILED)
        self.failed.emit(sentence)

    def _enter(self, state: PlayerState) -> None:
        if state is not self._state:
            self._state = state
            self.state.emit(state.value)


class FilmPlayer(Player):
    """Plays films, with their sound where there is one and something to hear it with.

    Signals:
        frame(QImage): the picture to show now, at the film's own size. The first one comes by itself when
            the file is loaded.
    """

    frame = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sink: QVideoSink | None = None
        self._shown = False

    @property
    def frame_rate(self) -> float:
        """Frames per second; 25 while the file does not tell."""
        if self._player is None:
            return USUAL_FRAME_RATE
        from PySide6.QtMultimedia import QMediaMetaData

        rate = self._player.metaData().value(QMediaMetaData.Key.VideoFrameRate)
        return float(rate) if isinstance(rate, int | float) and 1 <= rate <= MOST_FRAMES else USUAL_FRAME_RATE

    @property
    def has_sound(self) -> bool:
        """Whether the loaded film has a sound track."""
        return self._player is not None and self._path is not None and self._player.hasAudio()

    def step(self, frames: int) -> None:
        """Hold, and go so many frames on, or back."""
        self.pause()
        rate = self.frame_rate
        # Positions are whole milliseconds, so a frame's own may lie a little before its beginning.
        now = int(self.current_position * rate + 0.1)
        last = max(0, int(self.current_duration * rate) - 1)
        self.seek((max(0, min(now + frames, last)) + 0.25) / rate)

    def close(self) -> None:
        super().close()
        self._shown = False

    def _backend(self) -> QMediaPlayer | None:
        player = super()._backend()
        if player is not None and self._sink is None:
            from PySide6.QtMultimedia import QVideoSink

            self._sink = QVideoSink(self)
            self._sink.videoFrameChanged.connect(self._frame_came)
            player.setVideoOutput(self._sink)
        return player

    @Slot(object)
    def _frame_came(self, frame: QVideoFrame) -> None:
        if self._path is None or not frame.isValid():
            return
        image: QImage = frame.toImage()
        if not image.isNull():
            self._shown = True
            self.frame.emit(image)

    def load(self, path: Path) -> None:
        if path != self._path:
            self._choose_output()
        super().load(path)

    def _choose_output(self) -> None:
        """Without anything to hear with a film runs silently. Only between two films: a player that is given
        another output while it holds one loses its place."""
        self.close()
        heard = self.has_device()
        if self._player is not None and (self._player.audioOutput() is not None) != heard:
            self._player.setAudioOutput(self._output if heard else None)  # type: ignore[arg-type]  # None is silence

    def _may_play(self) -> bool:
        return True

    def refusal(self, player: QMediaPlayer) -> str:
        return "" if player.hasVideo() else self.stuck()

    def _loaded(self, player: QMediaPlayer) -> None:
        super()._loaded(player)
        if self._state is PlayerState.STOPPED and not self._wanted:
            player.pause()  # a stopped backend shows nothing

    def _ended(self, player: QMediaPlayer) -> None:
        if not self._shown:
            self._fail(self.stuck())
        else:
            super()._ended(player)

    def gone(self) -> str:
        return tr("The film is not there any more.")

    def damaged(self) -> str:
        return tr("This film cannot be played. It may be damaged.")

    def stuck(self) -> str:
        """AV1, for one, has no decoder here: such a film ends without a single frame."""
        return tr("This film cannot be shown here. Open it in another program.")
