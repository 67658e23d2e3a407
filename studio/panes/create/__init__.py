"""Create: pictures from a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.i18n import tr
from studio.ui.pane import Pane, PaneSpec

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.ui.theme import Theme


def _build(theme: Theme, parent: QWidget | None) -> Pane:
    from studio.panes.create.view import CreateView

    return CreateView(theme, parent)


PANE = PaneSpec("create", tr("Create"), "create", 10, _build)
