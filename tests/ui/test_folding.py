from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from studio.ui.day_headings import headings
from studio.ui.folding import SideFold
from studio.ui.inspector import Inspector
from studio.ui.theme import Theme


def test_the_panel_stands_beside_or_over_by_the_room_there_is(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    host = QWidget()
    row = QHBoxLayout(host)
    gallery, panel = QWidget(), Inspector([])
    row.addWidget(gallery, 1)
    fold = SideFold(host, row, panel)
    row.insertWidget(0, fold.button)
    host.resize(1200, 600)
    host.show()
    assert panel.isVisible()
    assert not fold.button.isVisible()
    host.resize(700, 600)
    assert not panel.isVisible()
    fold.button.click()
    assert panel.isVisible()
    assert panel.geometry().right() == host.rect().right()
    assert fold.button.accessibleName() == "Hide the inspector"
    host.resize(1200, 600)
    assert panel.isVisible()
    host.resize(700, 600)
    assert not panel.isVisible()
    host.deleteLater()


def test_no_days_have_no_headings() -> None:
    assert headings([], date(2026, 1, 1), "pollen") == []
