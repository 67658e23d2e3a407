"""Popovers, selects, menus and notices."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from studio.ui.widgets.buttons import Button
from studio.ui.widgets.options import Option, OptionListModel
from studio.ui.widgets.popover import Menu, Popover
from studio.ui.widgets.select import Select
from studio.ui.widgets.toast import MOST, ToastStack

MODELS = [
    Option("flux", "Flux Schnell", "0.002", "Fast", "model", "Favourites"),
    Option("gone", "Gone", group="All", enabled=False),
    Option("gpt", "GPT Image", "0.05", group="All", keywords="openai edit"),
]


def opened(qtbot, window, **options) -> Select:
    select = Select("Model", MODELS, "flux", **options)
    window(Button("Before"), select)
    select.setFocus()
    qtbot.keyClick(select, Qt.Key.Key_Down)
    return select


def test_a_select_is_chosen_by_keys_skipping_what_is_not_available(qtbot, window) -> None:
    select = opened(qtbot, window)
    told: list[object] = []
    select.changed.connect(told.append)
    shown = select.popover.list
    assert shown.hasFocus()
    assert shown.options.option(shown.currentIndex().row()).value == "flux"
    qtbot.keyClick(shown, Qt.Key.Key_Down)
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    assert (told, select.value()) == (["gpt"], "gpt")
    assert select.popover is None
    assert select.hasFocus()
    assert select.accessibleDescription() == "GPT Image"


def test_escape_closes_it_without_choosing_and_gives_the_focus_back(qtbot, window) -> None:
    select = opened(qtbot, window)
    qtbot.keyClick(select.popover.list, Qt.Key.Key_Escape)
    assert (select.popover, select.value()) == (None, "flux")
    assert select.hasFocus()


def test_a_click_outside_closes_it(qtbot, window) -> None:
    select = opened(qtbot, window)
    corner = select.popover.rect().bottomRight() - QPoint(2, 2)
    qtbot.mouseClick(select.popover, Qt.MouseButton.LeftButton, pos=corner)
    assert select.popover is None


def test_search_finds_keywords_and_enter_takes_the_first(qtbot, window) -> None:
    select = opened(qtbot, window, search=True)
    search = select.popover.search
    assert search.hasFocus()
    qtbot.keyClicks(search, "openai")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert select.value() == "gpt"


def test_a_search_without_a_find_says_so(qtbot, window) -> None:
    select = opened(qtbot, window, search=True)
    popover = select.popover
    qtbot.keyClicks(popover.search, "zzz")
    assert popover._nothing.isVisible()
    qtbot.keyClick(popover.search, Qt.Key.Key_Return)
    assert select.value() == "flux"
    qtbot.keyClick(popover.search, Qt.Key.Key_Escape)
    assert popover.search.text() == ""
    qtbot.keyClick(popover.search, Qt.Key.Key_Escape)
    assert select.popover is None


def test_a_choice_that_is_no_longer_offered_is_dropped(qapp) -> None:
    select = Select("Model", MODELS, "gpt")
    select.set_options(MODELS[:1])
    assert select.value() is None
    assert select.accessibleDescription() == "Choose"


def test_groups_have_headings_that_cannot_be_chosen(qapp) -> None:
    model = OptionListModel(MODELS)
    assert [model.index(row).data() for row in range(model.rowCount())] == [
        "Favourites",
        "Flux Schnell",
        "All",
        "Gone",
        "GPT Image",
    ]
    assert model.flags(model.index(0)) == Qt.ItemFlag.NoItemFlags
    assert model.row_of("flux") == 1
    assert model.row_of("gone") == 1


def test_a_popover_keeps_tab_inside_and_the_windows_shortcuts_out(qtbot, window) -> None:
    anchor = Button("Open")
    page = window(anchor, Button("Behind"))
    pressed: list[bool] = []
    QShortcut(QKeySequence("Ctrl+J"), page).activated.connect(lambda: pressed.append(True))
    popover = Popover(anchor)
    first, second = Button("First"), Button("Second")
    popover.body.addWidget(first)
    popover.body.addWidget(second)
    popover.present()
    assert first.hasFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    qtbot.keyClick(second, Qt.Key.Key_Tab)
    assert first.hasFocus()
    qtbot.keyClick(first, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert not pressed
    popover.dismiss()
    qtbot.keyClick(anchor, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert pressed


@pytest.mark.parametrize("place", [QPoint(0, 0), QPoint(700, 560), QPoint(350, 300)])
def test_a_popover_stays_inside_its_window(qtbot, window, place: QPoint) -> None:
    page = window()
    anchor = Button("Open", parent=page)
    anchor.move(place)
    anchor.show()
    popover = Popover(anchor)
    for number in range(8):
        popover.body.addWidget(Button(f"Action number {number}"))
    popover.present()
    surface = popover.panel.inner().translated(popover.panel.pos())
    assert page.rect().contains(surface)
    page.resize(500, 400)
    assert popover.size() == page.size()


@pytest.mark.qt_log_ignore("does not support (raise|grabbing|propagate)")
def test_a_menu_runs_its_actions_and_marks_the_checked(qtbot, window) -> None:
    anchor = Button("More")
    window(anchor)
    menu = Menu(anchor)
    done: list[str] = []
    menu.add("Use all", lambda: done.append("use"), "use-all", shortcut="Ctrl+U")
    shown = menu.add("Show details", checked=True)
    menu.add("Move to trash", icon="trash", danger=True, enabled=False)
    menu.popup_under(anchor)
    assert not shown.icon().isNull()
    menu.actions()[0].trigger()
    assert done == ["use"]
    menu.close()


def test_notices_stack_act_and_make_room(qtbot, window) -> None:
    page = window()
    stack = ToastStack(page)
    done: list[bool] = []
    toast = stack.notify("Moved to trash", action="Undo", on_action=lambda: done.append(True))
    qtbot.mouseClick(toast.action, Qt.MouseButton.LeftButton)
    assert done
    assert stack.toasts() == []
    assert not stack.isVisible()
    for number in range(MOST + 2):
        stack.notify(f"Notice {number}")
    assert [toast.text for toast in stack.toasts()] == [f"Notice {n}" for n in range(2, MOST + 2)]
    assert page.rect().contains(stack.geometry())
    page.resize(500, 400)
    assert page.rect().contains(stack.geometry())


def test_a_notice_goes_by_itself_and_an_error_stays(qtbot, window) -> None:
    stack = ToastStack(window())
    with qtbot.waitSignal(stack.notify("Saved", "ok", timeout_ms=1).gone):
        pass
    assert stack.toasts() == []
    assert not stack.notify("Not enough pollen", "bad").counting


def test_a_notice_waits_while_the_pointer_is_on_it(qtbot, window) -> None:
    stack = ToastStack(window())
    toast = stack.notify("Saved", "ok")
    assert toast.counting
    middle = QPointF(toast.rect().center())
    QApplication.sendEvent(toast, QEnterEvent(middle, middle, middle))
    assert not toast.counting
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast.counting
    stack.window().hide()
    assert not toast.counting


def test_long_words_on_the_buttons_of_a_notice_are_not_cut(window) -> None:
    page = window()
    toast = ToastStack(page).notify(
        "Dieses Bild sagt, wie es erstellt wurde.",
        detail="A red fox",
        more=(("Einstellungen übernehmen", lambda: None), ("Zur Bibliothek hinzufügen", lambda: None)),
    )
    QApplication.sendPostedEvents()
    first, second = [b for b in toast.findChildren(Button) if "e" in b.text()]
    for button in (first, second):
        assert button.width() >= button.sizeHint().width()
        assert toast.rect().contains(button.geometry())
    assert second.y() > first.y(), "no room beside each other"
