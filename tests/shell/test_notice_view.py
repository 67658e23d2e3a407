from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.errors import Action
from studio.services.notices import NoticeCentre, Severity
from studio.shell.notice_view import NoticeHistory, NoticeView
from studio.ui.widgets.buttons import Button
from tests.shell.support import make_window


def test_what_was_told_before_the_window_is_shown_once_per_topic(qtbot: QtBot, qapp: QApplication) -> None:
    notices = NoticeCentre()
    notices.tell("One")
    notices.tell("Old", topic="t")
    notices.tell("New", topic="t")
    window = make_window(qapp)
    qtbot.addWidget(window)
    view = NoticeView(window, notices, lambda *_: None)
    assert [toast.text for toast in view.toasts()] == ["One", "New"]


def test_a_topic_takes_the_place_of_the_notice_before(qtbot: QtBot, qapp: QApplication) -> None:
    notices = NoticeCentre()
    window = make_window(qapp)
    qtbot.addWidget(window)
    view = NoticeView(window, notices, lambda *_: None)
    for text in ("Offline", "Still offline", "Back"):
        notices.tell(text, topic="net")
    qtbot.waitUntil(lambda: [toast.text for toast in view.toasts()] == ["Back"])


def test_errors_stay_and_the_rest_goes(qtbot: QtBot, qapp: QApplication) -> None:
    notices = NoticeCentre()
    window = make_window(qapp)
    qtbot.addWidget(window)
    view = NoticeView(window, notices, lambda *_: None)
    notices.tell("Saved", severity=Severity.SUCCESS)
    notices.tell("Broken", severity=Severity.ERROR)
    qtbot.waitUntil(lambda: len(view.toasts()) == 2)
    saved, broken = view.toasts()
    assert saved.counting
    assert not broken.counting


def test_actions_run_commands_by_keyboard(qtbot: QtBot, qapp: QApplication) -> None:
    notices = NoticeCentre()
    ran: list[tuple[str, str]] = []
    window = make_window(qapp)
    qtbot.addWidget(window)
    view = NoticeView(window, notices, lambda *what: ran.append(what))
    both = (Action("a.one", "One"), Action("a.two", "Two", "x"))
    notices.tell("Two ways", actions=both, severity=Severity.ERROR)
    notices.tell("One way", actions=both[:1])
    qtbot.waitUntil(lambda: len(view.toasts()) == 2)
    buttons = {button.text(): button for button in view.findChildren(Button) if button.text()}
    QTest.keyClick(buttons["Two"], Qt.Key.Key_Return)
    last = next(b for b in view.toasts()[-1].findChildren(Button) if b.text() == "One")
    QTest.keyClick(last, Qt.Key.Key_Return)
    assert ran == [("a.two", "x"), ("a.one", "")]
    assert not view.toasts()


def test_many_past_notices_come_and_go_a_few_at_a_time(qtbot: QtBot, qapp: QApplication) -> None:
    notices = NoticeCentre()
    window = make_window(qapp)
    qtbot.addWidget(window)
    view = NoticeView(window, notices, lambda *_what: None)
    for number in range(50):
        notices.tell(f"Number {number}")
    view.open_history(window)
    history = window.findChild(NoticeHistory)

    def listed() -> list[str]:
        names = [w.accessibleName() for w in history.findChildren(type(window))]
        return [name for name in names if name.startswith("Number")]

    assert 0 < len(listed()) < 40, "the window has its turn meanwhile"
    qtbot.waitUntil(lambda: len(listed()) == 40)
    placed = [history._column.itemAt(n).widget() for n in range(history._column.count() - 1)]
    told = [widget.accessibleName() for widget in placed if widget.accessibleName().startswith("Number")]
    assert told == [f"Number {n}" for n in range(49, 9, -1)], "newest first"
    history.dismiss()
    qtbot.waitUntil(lambda: not window.findChildren(NoticeHistory))


def test_past_notices_are_listed_newest_first_and_still_act(qtbot: QtBot, qapp: QApplication) -> None:
    notices = NoticeCentre()
    ran: list[tuple[str, str]] = []
    window = make_window(qapp)
    qtbot.addWidget(window)
    view = NoticeView(window, notices, lambda *what: ran.append(what))
    view.open_history(window)
    empty = window.findChild(NoticeHistory)
    empty.dismiss()
    notices.tell("First")
    notices.tell("Second", actions=(Action("a.b", "Do it"),))
    qtbot.waitUntil(lambda: len(view.toasts()) == 2)
    view.open_history(window)
    history = next(h for h in window.findChildren(NoticeHistory) if h.isVisible())
    names = [w.accessibleName() for w in history.findChildren(type(window)) if w.accessibleName()]
    assert names.index("Second") < names.index("First")
    QTest.keyClick(next(iter(history.findChildren(Button))), Qt.Key.Key_Return)
    assert ran == [("a.b", "")]
