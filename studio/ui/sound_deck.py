"""One player for many places that show sounds: strips in messages, the inspector, the viewer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.ui.player import Player, PlayerState

if TYPE_CHECKING:
    from studio.domain.peaks import Peaks

KEPT = 64


class PeaksSource(Protocol):
    """Where outlines come from: `services.sound.SoundService`."""

    async def peaks(self, path: Path, sha256: str = "") -> Peaks: ...


class Spawner(Protocol):
    """What is needed of `services.tasks.TaskSupervisor`."""

    def spawn(self, coro: Coroutine[Any, Any, Any], *, name: str, owner: object) -> object: ...

    def cancel_owner(self, owner: object) -> None: ...


@dataclass(frozen=True, slots=True)
class SoundStatus:
    """What a place that shows a sound paints.

    Args:
        position, duration: seconds; a duration of 0 is not known yet.
        problem: one sentence why it is not heard; empty when all is well.
        peaks: its outline, None while it is computed or when there is none.
    """

    state: PlayerState = PlayerState.STOPPED
    position: float = 0.0
    duration: float = 0.0
    problem: str = ""
    peaks: Peaks | None = None

    @property
    def playing(self) -> bool:
        return self.state in (PlayerState.PLAYING, PlayerState.LOADING)


class SoundDeck(QObject):
    """Plays any of many sounds with one player, and knows their outlines.

    Everything is keyed by the file's path. Only the loaded file has a position; where another one was left is
    remembered, so that going back to it goes on there.

    Signals:
        changed(Path): ask for `status` again; while playing about 30 times a second.
    """

    changed = Signal(object)

    def __init__(self, sounds: PeaksSource, tasks: Spawner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sounds = sounds
        self._tasks = tasks
        self._peaks: OrderedDict[Path, Peaks | None] = OrderedDict()
        self._left: dict[Path, float] = {}
        self._problems: dict[Path, str] = {}
        self._current: Path | None = None
        self.player = Player(self)
        self.player.position.connect(self._tell)
        self.player.duration.connect(self._tell)
        self.player.state.connect(self._tell)
        self.player.failed.connect(self._failed)

    # ------------------------------------------------------------------ asking

    @property
    def current(self) -> Path | None:
        """The file whose turn it is."""
        return self._current

    def status(self, path: Path, duration: float = 0.0) -> SoundStatus:
        """What to paint for a file now.

        Args:
            duration: seconds, as far as known from elsewhere; used until the file itself has told.
        """
        peaks = self._peaks.get(path)
        length = peaks.duration if peaks is not None else duration
        problem = self._problems.get(path, "")
        if path != self._current:
            return SoundStatus(PlayerState.STOPPED, self._left.get(path, 0.0), length, problem, peaks)
        player = self.player
        return SoundStatus(
            player.current_state, player.current_position, length or player.current_duration, problem, peaks
        )

    def want_peaks(self, path: Path, sha256: str = "") -> None:
        """Have the outline computed or read if that has not happened; `changed` tells when it is there."""
        if path in self._peaks:
            self._peaks.move_to_end(path)
            return
        self._peaks[path] = None
        while len(self._peaks) > KEPT:
            self._peaks.popitem(last=False)
        self._tasks.spawn(self._read_peaks(path, sha256), name="outline of a sound", owner=self)

    async def _read_peaks(self, path: Path, sha256: str) -> None:
        try:
            peaks = await self._sounds.peaks(path, sha256)
        except StudioError as error:
            self._problems[path] = error.title
        else:
            self._peaks[path] = peaks
        self.changed.emit(path)

    # ------------------------------------------------------------------ commands

    def toggle(self, path: Path) -> None:
        """Play a file, or pause it if it is the one that plays."""
        if path == self._current and self.player.current_state is not PlayerState.EMPTY:
            self.player.toggle()
        else:
            self.play(path)

    def play(self, path: Path, start: float | None = None) -> None:
        """Play a file from `start` seconds, or from where it was left."""
        self.cue(path)
        if start is not None:
            self.player.seek(start)
        self.player.play()

    def seek(self, path: Path, seconds: float) -> None:
        """Go to a place of a file; it plays on if it was playing, and waits there if it was not."""
        if path == self._current:
            self.player.seek(seconds)
        else:
            self._left[path] = seconds
            self.changed.emit(path)

    def cue(self, path: Path) -> None:
        """Load a file without playing it, where it was left."""
        if path == self._current and self.player.path == path:
            return
        before, self._current = self._current, None
        if before is not None:
            self._left[before] = self.player.current_position
            self.player.close()
            self.changed.emit(before)
        self._problems.pop(path, None)
        self._current = path
        self.player.load(path)
        left = self._left.pop(path, 0.0)
        if left:
            self.player.seek(left)

    def pause(self) -> None:
        """Silence, where it is."""
        self.player.pause()

    def stop(self) -> None:
        """Silence, the file and the sound device let go, and nothing more is computed."""
        self._tasks.cancel_owner(self)
        self._peaks = OrderedDict((path, peaks) for path, peaks in self._peaks.items() if peaks is not None)
        self.player.close()
        before, self._current = self._current, None
        if before is not None:
            self.changed.emit(before)

    # ------------------------------------------------------------------ the player

    @Slot()
    def _tell(self) -> None:
        if self._current is None:
            return
        if self.player.playing:
            self._problems.pop(self._current, None)
        self.changed.emit(self._current)

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        if self._current is not None:
            self._problems[self._current] = sentence or tr("This sound cannot be played.")
            self.changed.emit(self._current)
