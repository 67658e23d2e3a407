"""Tab goes through a window as it is read, once to a group of choices, and round at the ends."""

from __future__ import annotations

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui import tab_order
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.numbers import NumberField


def seen(window: QWidget, count: int, *, forwards: bool = True) -> list[str]:
    names: list[str] = []
    for _ in range(count):
        assert tab_order.step(window, forwards)
        at = window.focusWidget()
        assert at is not None
        names.append(at.accessibleName())
    return names


def button(name: str) -> QPushButton:
    made = QPushButton(name)
    made.setAccessibleName(name)
    return made


def test_what_was_made_last_is_reached_where_it_stands(qapp: QApplication) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    foot = button("foot")
    column.addWidget(foot)
    row = QHBoxLayout()
    row.addWidget(button("left"))
    row.addWidget(NumberField("Images", 1, 9, 4))
    column.insertLayout(0, row)
    hidden, off = button("hidden"), button("off")
    hidden.hide()
    off.setEnabled(False)
    row.addWidget(hidden)
    row.addWidget(off)
    window.show()
    hidden.hide()
    foot.setFocus()
    assert seen(window, 4) == ["left", "Images", "foot", "left"]
    assert seen(window, 3, forwards=False) == ["foot", "Images", "left"]
    window.deleteLater()


def test_a_group_of_choices_is_one_stop_at_the_chosen_one(qapp: QApplication) -> None:
    window = QWidget()
    grid = QGridLayout(window)
    grid.addWidget(button("below"), 1, 0)
    group = Segmented("Size", [("a", "1:1"), ("b", "4:3")], "b")
    grid.addWidget(group, 0, 1)
    grid.addWidget(button("first"), 0, 0)
    window.show()
    assert seen(window, 4) == ["first", "4:3", "below", "first"]
    window.deleteLater()


def test_a_window_without_controls_gives_the_focus_to_nobody(qapp: QApplication) -> None:
    window = QWidget()
    window.show()
    assert not tab_order.step(window, forwards=True)
    window.deleteLater()


def test_one_stop_for_what_belongs_together_and_arrows_inside(qapp: QApplication, qtbot) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    parts = [button(name) for name in "abc"]
    for part in (button("before"), *parts, button("after")):
        column.addWidget(part)
    group = tab_order.OneStop(window)
    group.hold(parts)
    window.show()
    assert seen(window, 3) == ["before", "a", "after"]
    parts[0].setFocus()
    for key, name in (
        (Qt.Key.Key_Down, "b"),
        (Qt.Key.Key_Down, "c"),
        (Qt.Key.Key_Down, "c"),
        (Qt.Key.Key_Up, "b"),
    ):
        qtbot.keyClick(window.focusWidget(), key)
        assert window.focusWidget().accessibleName() == name
    assert seen(window, 2) == ["after", "before"]
    assert seen(window, 1) == ["b"], "where it was last"
    parts[1].hide()
    parts[2].setFocus()
    assert seen(window, 1, forwards=False) == ["before"]
    window.deleteLater()


def test_empty_lists_are_passed_and_regions_are_what_stands_side_by_side(qapp: QApplication) -> None:
    window = QWidget()
    row = QHBoxLayout(window)
    listed, items = QListView(), QStringListModel()
    listed.setAccessibleName("list")
    listed.setModel(items)
    left = QWidget()
    inside = QVBoxLayout(left)
    inside.addWidget(button("one"))
    inside.addWidget(button("two"))
    row.addWidget(left)
    row.addWidget(listed)
    window.show()
    assert seen(window, 3) == ["one", "two", "one"]
    assert [part.accessibleName() for part in tab_order.regions(window)] == ["one", "two"]
    items.setStringList(["a"])
    assert seen(window, 2) == ["two", "list"]
    assert tab_order.regions(window) == [left, listed]
    tab_order.go_on(window, tab_order.places([left, listed]), 1)
    focused = window.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "one"
    window.deleteLater()
