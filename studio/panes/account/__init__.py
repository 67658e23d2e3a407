"""The Account pane: who pays, what one can spend, what was spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.i18n import tr
from studio.ui.pane import PaneSpec

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.ui.pane import Pane
    from studio.ui.theme import Theme


def _build(theme: Theme, parent: QWidget | None) -> Pane:
    from studio.panes.account.view import AccountPane

    return AccountPane(theme, parent)


PANE = PaneSpec("account", tr("Account"), "account", 50, _build)
