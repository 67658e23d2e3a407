from __future__ import annotations

from datetime import date
from decimal import Decimal

from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from studio.domain.library import DayRun
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
    assert fold.button.accessibleName() == "Hide the inspector"
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
    told: list[bool] = []
    fold.wanted.connect(told.append)
    host.resize(1200, 600)
    fold.button.click()
    assert (panel.isVisible(), told) == (False, [False])
    host.resize(700, 600)
    fold.button.click()
    assert panel.isVisible(), "over the gallery it is for the moment"
    host.resize(1200, 600)
    assert (panel.isVisible(), told) == (False, [False])
    host.deleteLater()


def test_no_days_have_no_headings() -> None:
    assert headings([], date(2026, 1, 1)) == []


def test_real_and_pretend_money_stand_apart() -> None:
    runs = [DayRun(day="2026-01-01", count=3, cost=Decimal("0.3"), sandbox_cost=Decimal("0.1")),
            DayRun(day="2025-12-01", count=1)]  # fmt: skip
    assert [(s.title, s.detail) for s in headings(runs, date(2026, 1, 1))] == [
        ("Today", "3 · 0.200 pollen · 0.100 sandbox pollen"),
        ("1 December 2025", "1"),
    ]
