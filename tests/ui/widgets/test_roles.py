"""What painted widgets are for a screen reader."""

from __future__ import annotations

import gc

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAccessible, QFocusEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.roles import Role, set_role


def test_a_painted_widget_says_what_it_is_and_keeps_its_name(qapp: QApplication) -> None:
    widget = QWidget()
    set_role(widget, Role.Chart)
    widget.setAccessibleName("Spending by day")
    gc.collect()
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    assert interface.role() is Role.Chart
    assert interface.text(QAccessible.Text.Name) == "Spending by day"
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_others_keep_their_own(qapp: QApplication) -> None:
    widget = QWidget()
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    assert interface.role() is Role.Client
    widget.deleteLater()


def test_the_focus_of_a_group_is_at_its_chosen_part(qapp: QApplication) -> None:
    window = QWidget()
    group = Segmented("Size", [("a", "1:1"), ("b", "4:3")], "b", window)
    window.show()
    interface = QAccessible.queryAccessibleInterface(group)
    assert interface is not None
    assert interface.role() is Role.Grouping
    QApplication.sendEvent(group, QFocusEvent(QEvent.Type.FocusIn))
    assert window.focusWidget() is group.part("b")
    window.deleteLater()
