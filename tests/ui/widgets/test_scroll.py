from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.ui.widgets.scroll import ScrollColumn


def test_the_content_keeps_its_width_when_the_bar_appears(qtbot: QtBot) -> None:
    area = ScrollColumn()
    qtbot.addWidget(area)
    label = QLabel("line")
    area.column.addWidget(label)
    area.resize(200, 300)
    area.show()
    qtbot.waitExposed(area)
    without = label.width()
    label.setMinimumHeight(900)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    qtbot.waitUntil(lambda: label.width() == without)
