"""Sounds to listen to before anything is exported: one file per paragraph, joined from its takes."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.domain.asset import Asset
from studio.domain.script import Script
from studio.domain.sound import EncodeOptions, SoundFormat
from studio.panes.audio.speech_presenter import Row
from studio.services.context import Services


class Previews(QObject):
    """Joins takes when they are first looked at. A paragraph of one take is that take's own file.

    Signals:
        ready(): one more can be heard.
    """

    ready = Signal()

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._folder = services.paths.cache / "speech"
        self._made: dict[Path, float] = {}
        self._wanted: dict[Path, tuple[Script, Row]] = {}
        self._working = False

    def path_of(self, script: Script, row: Row) -> Path | None:
        """Where the sound of a paragraph lies, or will; None while a take of it is missing."""
        takes = row.takes_at_hand
        if not takes or len(takes) < len(row.takes):
            return None
        if len(takes) == 1:
            return self._services.library.file_path(takes[0])
        names = [take.sha256 for take in takes] + [f"{script.sentence_pause:g}"]
        return self._folder / f"{hashlib.sha256(' '.join(names).encode()).hexdigest()[:32]}.wav"

    def length_of(self, script: Script, row: Row) -> float:
        """Seconds of a paragraph's sound, as far as known."""
        path = self.path_of(script, row)
        if path in self._made:
            return self._made[path]
        return sum(take.duration or 0.0 for take in row.takes_at_hand)

    def is_ready(self, path: Path, row: Row) -> bool:
        """Whether the sound can be heard now."""
        return len(row.takes) == 1 or (path in self._made and path.exists())

    def want(self, script: Script, row: Row) -> None:
        """Have the sound of a paragraph joined; `ready` tells."""
        path = self.path_of(script, row)
        if path is None or self.is_ready(path, row) or path in self._wanted:
            return
        self._wanted[path] = (script, row)
        if not self._working:
            self._working = True
            self._services.tasks.spawn(self._work(), name="join takes", owner=self)

    async def _work(self) -> None:
        try:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            while self._wanted:
                # The last one that was asked for is the one that is looked at.
                path, (script, row) = self._wanted.popitem()
                with contextlib.suppress(StudioError):  # a damaged take is told where it is played
                    await self._join(path, script, row)
        finally:
            self._working = False

    async def _join(self, path: Path, script: Script, row: Row) -> None:
        takes: Sequence[Asset] = row.takes_at_hand
        parts = await self._services.audio.parts(script, row.lines, takes, level=False)
        joined = await self._services.audio.join(parts, path, EncodeOptions(format=SoundFormat.WAV))
        self._made[path] = joined.frames / joined.rate
        self.ready.emit()

    def stop(self) -> None:
        """Give up, and remove what was joined: it is made again when it is looked at."""
        self._services.tasks.cancel_owner(self)
        shutil.rmtree(self._folder, ignore_errors=True)
