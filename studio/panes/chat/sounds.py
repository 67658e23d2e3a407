"""Sound in messages: one player for the pane, and the strip in the message that shows where it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.services.context import Services
from studio.services.notices import Severity
from studio.ui.player import Player
from studio.ui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from studio.domain.asset import Asset


class Sounds(QObject):
    """Plays what a message holds. The player is made when the first sound is played."""

    def __init__(self, services: Services, view: TranscriptView, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._view = view
        self._player: Player | None = None
        self._asset_id = ""

    async def play(self, asset_id: str) -> None:
        """Play a sound, or pause the one that plays."""
        player = self._ready()
        if asset_id == self._asset_id:
            player.toggle()
            return
        path = await self._path(asset_id)
        if path is not None:
            self._asset_id = asset_id
            player.load(path)
            player.play()

    async def seek(self, asset_id: str, share: float) -> None:
        """Go to a share (0 to 1) of a sound."""
        if asset_id != self._asset_id:
            await self.play(asset_id)
        if self._player is not None and self._player.current_duration:
            self._player.seek(share * self._player.current_duration)
            self._show()

    def stop(self) -> None:
        """End the player."""
        if self._player is not None:
            self._player.close()

    async def _path(self, asset_id: str) -> Path | None:
        asset: Asset | None = await self._services.library.asset(asset_id)
        return self._services.library.file_path(asset) if asset is not None else None

    def _ready(self) -> Player:
        if self._player is None:
            self._player = Player(self)
            for signal in (self._player.position, self._player.duration, self._player.state):
                signal.connect(lambda _value: self._show())
            self._player.failed.connect(self._fail)
        return self._player

    def _fail(self, sentence: str) -> None:
        self._services.notices.tell(sentence, severity=Severity.WARNING, topic="sound")

    def _show(self) -> None:
        player = self._player
        if player is not None:
            self._view.set_sound(
                self._asset_id, playing=player.playing, position=player.current_position,
                duration=player.current_duration,
            )  # fmt: skip
