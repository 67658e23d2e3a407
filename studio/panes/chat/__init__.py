"""Chat: conversations with AI models, kept on the user's disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.i18n import tr
from studio.ui.pane import Pane, PaneSpec

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.ui.theme import Theme


def _build(theme: Theme, parent: QWidget | None) -> Pane:
    from studio.panes.chat.view import ChatView

    return ChatView(theme, parent)


PANE = PaneSpec("chat", tr("Chat"), "chat", 30, _build)
