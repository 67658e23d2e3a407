from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget
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


class Picture(QWidget):
    """As high as it is wide, like a picture that keeps its shape."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.setFixedHeight(event.size().width())


def test_content_that_is_lower_when_narrower_comes_to_rest(qtbot: QtBot) -> None:
    area = ScrollColumn()
    qtbot.addWidget(area)
    area.column.addWidget(Picture())
    area.show()
    qtbot.waitExposed(area)
    for height in range(180, 240):
        area.resize(200, height)
        qtbot.waitUntil(lambda: area.bar.isVisible() == (area.verticalScrollBar().maximum() > 0))
    area.verticalScrollBar().setValue(3)
    assert area.bar.value() == area.verticalScrollBar().value()
