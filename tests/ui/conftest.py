"""A window in the program's look, with motion off so that nothing is half way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.ui.theme import Theme


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Theme:
    made = Theme("light", reduced_motion=True)
    made.apply(qapp)
    return made


@pytest.fixture
def window(qtbot) -> Callable[..., QWidget]:
    """`window(widget, ...)` shows the widgets in a window that has the focus."""

    def make(*widgets: QWidget, width: int = 800, height: int = 600) -> QWidget:
        made = QWidget()
        made.resize(width, height)
        column = QVBoxLayout(made)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        qtbot.addWidget(made)
        with qtbot.waitExposed(made):
            made.show()
        made.activateWindow()
        return made

    return make
