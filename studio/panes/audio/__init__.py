"""Audio: speech from a script, and what else is made of sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.i18n import tr
from studio.ui.pane import Pane, PaneSpec

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.ui.theme import Theme


def _build(theme: Theme, parent: QWidget | None) -> Pane:
    from studio.panes.audio.view import AudioView

    return AudioView(theme, parent)


PANE = PaneSpec("audio", tr("Audio"), "audio", 40, _build)
