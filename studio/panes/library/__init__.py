"""Library: everything ever made, with no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.i18n import tr
from studio.ui.pane import Pane, PaneSpec

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.ui.theme import Theme


def _build(theme: Theme, parent: QWidget | None) -> Pane:
    from studio.panes.library.view import LibraryView

    return LibraryView(theme, parent)


PANE = PaneSpec("library", tr("Library"), "library", 20, _build)
