"""A window in the program's look, with motion off so that nothing is half way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.ui.theme import Theme


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform has no size hints and says so whenever a window is shown."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True))


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Theme:
    made = Theme("light", reduced_motion=True)
    made.apply(qapp)
    return made


@pytest.fixture
def window(qtbot) -> Callable[..., QWidget]:
    """`window(widget, ...)` shows the widgets in a window that has the focus, until the test ends."""
    kept: list[QWidget] = []

    def make(*widgets: QWidget, width: int = 800, height: int = 600) -> QWidget:
        made = QWidget()
        made.resize(width, height)
        column = QVBoxLayout(made)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        qtbot.addWidget(made)
        kept.append(made)
        with qtbot.waitExposed(made):
            made.show()
        made.activateWindow()
        qtbot.waitUntil(made.isActiveWindow)
        return made

    return make
