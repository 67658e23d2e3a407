"""Sound in messages: one player for the pane, and what the strips in the messages show of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.core.i18n import tr
from studio.services.context import Services
from studio.ui.sound_deck import SoundDeck, SoundStatus
from studio.ui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.domain.conversation import AttachmentPiece


class Sounds(QObject):
    """Plays what messages hold. A strip asks for its status whenever it is painted, so what it needs is known
    before: `know` is told of every sound that a message brings."""

    def __init__(self, services: Services, view: TranscriptView, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._view = view
        self._known: dict[str, tuple[Path, str, float]] = {}
        self.deck = SoundDeck(services.sound, services.tasks, self)
        self.deck.changed.connect(lambda _path: view.show_sounds())
        view.set_sounds(self.status)

    def know(self, asset: Asset) -> None:
        """A sound of the library that a message holds."""
        path = self._services.library.file_path(asset)
        self._known[asset.id] = (path, asset.sha256, asset.duration or 0.0)

    def status(self, piece: AttachmentPiece) -> SoundStatus:
        """What the strip of a sound shows now; its outline is read when it is first asked for."""
        known = self._known.get(piece.asset_id)
        if known is None:
            return SoundStatus(problem=tr("This file is not in the library any more."))
        path, sha256, duration = known
        self.deck.want_peaks(path, sha256)
        return self.deck.status(path, duration)

    def play(self, asset_id: str) -> None:
        """Play a sound, or pause the one that plays."""
        if asset_id in self._known:
            self.deck.toggle(self._known[asset_id][0])

    def seek(self, asset_id: str, share: float) -> None:
        """Go to a share (0 to 1) of a sound."""
        if asset_id in self._known:
            path, _sha256, duration = self._known[asset_id]
            self.deck.seek(path, share * self.deck.status(path, duration).duration)

    def stop(self) -> None:
        """End the player."""
        self.deck.stop()
