from __future__ import annotations

from datetime import date

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.theme import Theme
from studio.ui.widgets.dates import CalendarPopover, DateField, MonthGrid

FIRST, LAST = date(2026, 1, 15), date(2026, 11, 20)


def field(qapp: QApplication) -> tuple[QWidget, DateField, list[date]]:
    Theme("light", 1.0, True).apply(qapp)
    window = QWidget()
    window.resize(600, 500)
    shown = DateField("From", date(2026, 11, 18), FIRST, LAST)
    shown.setParent(window)
    window.show()
    told: list[date] = []
    shown.changed.connect(told.append)
    return window, shown, told


def test_a_day_is_typed_and_stepped(qapp: QApplication) -> None:
    window, shown, told = field(qapp)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down):
        QTest.keyClick(shown, key)
    assert [day.day for day in told] == [19, 20, 19]
    shown.clear()
    QTest.keyClicks(shown, "2026-02-30")
    assert shown.error.startswith("Write a day")
    shown.clear()
    QTest.keyClicks(shown, "2025-12-31")
    assert shown.error == "Choose a day from 2026-01-15 to 2026-11-20."
    shown.clear()
    QTest.keyClicks(shown, "2026-02-28")
    assert (shown.error, shown.day) == ("", date(2026, 2, 28))
    shown.setText("half a d")
    QTest.keyClick(shown, Qt.Key.Key_Return)
    assert shown.text() == "2026-02-28"
    window.close()
    window.deleteLater()


async def test_a_day_is_picked_from_the_calendar(qapp: QApplication) -> None:
    window, shown, told = field(qapp)
    shown.open()
    popover = shown.popover
    assert isinstance(popover, CalendarPopover)
    grid = popover.grid
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp):
        QTest.keyClick(grid, key)
    assert grid.month == date(2026, 10, 1)
    assert grid.accessibleDescription() == "13 October 2026"
    assert not popover.grab().isNull()
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert told == [date(2026, 10, 13)]
    assert shown.popover is None
    window.close()
    window.deleteLater()


def test_a_month_has_its_days_and_no_others(qapp: QApplication) -> None:
    Theme("dark", 1.5, True).apply(qapp)
    grid = MonthGrid(date(2026, 2, 1), FIRST, LAST)
    grid.resize(grid.sizeHint())
    grid.show()
    chosen: list[date] = []
    grid.chosen.connect(chosen.append)
    side = grid.width() // 7
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(side // 2, side // 2))
    assert chosen == [], "the names of the days are no days"
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(6 * side + 5, side + 5))
    assert chosen == [date(2026, 2, 1)]
    grid.show_month(-1)
    grid.show_month(-1)
    assert grid.month == date(2026, 1, 1), "before the first day there is nothing"
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(5, side + 5))
    assert len(chosen) == 1
    grid.close()
    grid.deleteLater()
