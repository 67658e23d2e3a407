"""Every interactive widget has a name, a place in the Tab order, a ring when it gets there, and a key that
works it; none keeps a timer running once it is hidden."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractAnimation, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.ui.theme import Theme
from studio.ui.widgets.base import FocusRing
from studio.ui.widgets.buttons import Button, IconButton, RoundButton, TabButton
from studio.ui.widgets.choice import Checkbox, RatingStars, Segmented, Slider, Switch
from studio.ui.widgets.fields import PromptEdit, SearchField, TextField
from studio.ui.widgets.layout import Disclosure, DropZone
from studio.ui.widgets.numbers import DecimalField, NumberField, SeedField
from studio.ui.widgets.options import Option
from studio.ui.widgets.progress import ProgressBar, Skeleton, Spinner
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Avatar, Pill

INTERACTIVE: dict[str, Callable[[], QWidget]] = {
    "button": lambda: Button("Generate", "primary"),
    "icon button": lambda: IconButton("heart", "Favourite", icon_on="heart-fill"),
    "round button": lambda: RoundButton("play", "Play"),
    "tab": lambda: TabButton("Create", "create"),
    "text": lambda: TextField("Name"),
    "search": lambda: SearchField("Search library", shortcut="Ctrl+K"),
    "prompt": lambda: PromptEdit("Prompt"),
    "number": lambda: NumberField("Images", 1, 9, 4),
    "decimal": lambda: DecimalField("Guidance", 0, 9, 4),
    "seed": lambda: SeedField("Seed", 7),
    "select": lambda: Select("Model", [Option("a", "A"), Option("b", "B")], "a"),
    "segments": lambda: Segmented("Size", [("a", "1:1"), ("b", "4:3")], "a"),
    "switch": lambda: Switch("Enhance"),
    "check box": lambda: Checkbox("Keep"),
    "slider": lambda: Slider("Quality", 0, 10, 5),
    "stars": RatingStars,
    "pill": lambda: Pill("Model", menu=True),
    "avatar": lambda: Avatar("Ada"),
    "disclosure": lambda: Disclosure("More options"),
    "drop": lambda: DropZone("Drop, paste or choose"),
}
VALUES: dict[str, tuple[Qt.Key, Callable[[QWidget], object]]] = {
    "number": (Qt.Key.Key_Up, lambda w: w.value()),
    "decimal": (Qt.Key.Key_Up, lambda w: w.value()),
    "slider": (Qt.Key.Key_Right, lambda w: w.value()),
    "stars": (Qt.Key.Key_Right, lambda w: w.value()),
    "switch": (Qt.Key.Key_Return, lambda w: w.isChecked()),
    "check box": (Qt.Key.Key_Space, lambda w: w.isChecked()),
    "icon button": (Qt.Key.Key_Space, lambda w: w.isChecked()),
    "disclosure": (Qt.Key.Key_Return, lambda w: w.isChecked()),
    "segments": (Qt.Key.Key_Right, lambda w: w.value()),
    "text": (Qt.Key.Key_A, lambda w: w.text()),
    "search": (Qt.Key.Key_A, lambda w: w.text()),
    "prompt": (Qt.Key.Key_A, lambda w: w.text()),
    "seed": (Qt.Key.Key_4, lambda w: w.value()),
}


@pytest.mark.parametrize("kind", sorted(INTERACTIVE))
def test_it_can_be_reached_and_read(qtbot, window, kind: str) -> None:
    before, widget = Button("Before"), INTERACTIVE[kind]()
    page = window(before, widget)
    before.setFocus()
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    focused = QApplication.focusWidget()
    assert focused is widget or widget.isAncestorOf(focused)
    interface = QAccessible.queryAccessibleInterface(focused)
    assert interface.text(QAccessible.Text.Name)
    assert interface.role() != QAccessible.Role.NoRole
    rings = [ring for ring in page.findChildren(FocusRing) if ring.isVisible()]
    assert len(rings) == 1


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_a_key_changes_it(qtbot, window, kind: str) -> None:
    widget = INTERACTIVE[kind]()
    before = Button("Before")
    window(before, widget)
    before.setFocus()
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    key, value = VALUES[kind]
    old = value(widget)
    qtbot.keyClick(QApplication.focusWidget(), key)
    assert value(widget) != old


@pytest.mark.parametrize("kind", ["button", "round button", "tab", "pill", "avatar", "drop"])
@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_space_and_enter_press_it(qtbot, window, kind: str, key: Qt.Key) -> None:
    widget = INTERACTIVE[kind]()
    window(widget)
    widget.setFocus()
    with qtbot.waitSignal(widget.clicked):
        qtbot.keyClick(widget, key)


@pytest.mark.parametrize("kind", sorted(INTERACTIVE))
def test_it_paints_in_every_state_and_at_double_size(window, qapp: QApplication, kind: str) -> None:
    theme = Theme.current()
    widget = INTERACTIVE[kind]()
    window(widget)
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        for scale in (1.0, 2.0):
            theme.set_font_scale(scale)
            for enabled in (True, False):
                widget.setEnabled(enabled)
                assert not widget.grab().isNull()


def active_clocks(root: QObject) -> list[QObject]:
    timers = [timer for timer in root.findChildren(QTimer) if timer.isActive()]
    running = QAbstractAnimation.State.Running
    return timers + [a for a in root.findChildren(QAbstractAnimation) if a.state() == running]


def test_nothing_ticks_once_it_is_hidden(qtbot, window) -> None:
    Theme.current().set_reduced_motion(False)
    bar, loading = ProgressBar(), Button("Generate")
    bar.set_share(None)
    loading.set_loading(True)
    busy = Pill("2 jobs", filled=True)
    busy.set_busy(True)
    page = window(Spinner(), bar, Skeleton(2), loading, busy)
    assert len(active_clocks(page)) == 5
    page.hide()
    assert active_clocks(page) == []
    page.show()
    assert len(active_clocks(page)) == 5


def test_nothing_ticks_with_reduced_motion(window) -> None:
    bar = ProgressBar()
    page = window(Spinner(), bar, Skeleton(2))
    bar.set_share(None)
    assert active_clocks(page) == []
    assert not bar.grab().isNull()


def test_turning_motion_off_stops_what_turns(window) -> None:
    theme = Theme.current()
    theme.set_reduced_motion(False)
    page = window(Spinner())
    assert active_clocks(page)
    theme.set_reduced_motion(True)
    assert active_clocks(page) == []


def test_the_ring_does_not_keep_a_closed_window(qtbot, qapp: QApplication) -> None:
    for make in INTERACTIVE.values():
        page = QWidget()
        widget = make()
        QVBoxLayout(page).addWidget(widget)
        page.show()
        page.activateWindow()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        gone = weakref.ref(page)
        page.deleteLater()
        del page, widget
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        assert gone() is None


def test_a_click_shows_no_ring_on_a_button(qtbot, window) -> None:
    button = Button("Go")
    page = window(button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.hasFocus()
    assert not [ring for ring in page.findChildren(FocusRing) if ring.isVisible()]


def test_the_ring_follows_its_control_and_goes_with_it(qtbot, window, qapp: QApplication) -> None:
    first, field = Button("First"), TextField("Name")
    page = window(first, field)
    field.setFocus()
    ring = next(r for r in page.findChildren(FocusRing) if r.isVisible())
    assert ring.geometry().adjusted(3, 3, -3, -3) == field.geometry()
    first.hide()
    page.layout().activate()
    assert ring.geometry().adjusted(3, 3, -3, -3) == field.geometry()
    field.hide()
    assert not ring.isVisible()
    field.deleteLater()
    qapp.sendPostedEvents(None, 0)
    first.show()
    first.setFocus(Qt.FocusReason.TabFocusReason)
    assert first.ring_visible
