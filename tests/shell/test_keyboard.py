"""Every pane by keyboard alone: Tab reaches each control once, as it is read, and shows where it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.secrets import Secret
from studio.panes.create.axis_editor import CheckList
from studio.panes.create.view import CreateView
from studio.sandbox.server import SandboxServer
from studio.shell.main_window import MainWindow
from studio.ui import tab_order
from studio.ui.widgets.overlay import Overlay
from tests.panes.support import Desk, desk
from tests.shell.support import until

PANES = ("create", "library", "chat", "audio", "account")


def said(widget: QWidget | None) -> str:
    """A control for a message: what it is, what it is called, where it stands."""
    if widget is None:
        return "nothing"
    at = widget.mapTo(widget.window(), QPoint(0, 0))
    return f"{type(widget).__name__} {widget.accessibleName()!r} at {at.x()}, {at.y()}"


def focused(window: QWidget) -> QWidget:
    widget = window.focusWidget()
    assert widget is not None
    return widget


def round_trip(window: QWidget, key: Qt.Key) -> list[QWidget]:
    """Where Tab goes from here, until it is back."""
    start = focused(window)
    ways: list[QWidget] = []
    for _ in range(300):
        QTest.keyClick(focused(window), key)
        ways.append(focused(window))
        if ways[-1] is start:
            return ways
    raise AssertionError(f"no way back to {said(start)}: {[said(w) for w in ways[:40]]}")


def around(widget: QWidget) -> QImage:
    """What is painted at a control, with room for its ring."""
    window = widget.window()
    rect = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-4, -4, 4, 4)
    return window.grab(rect.intersected(window.rect())).toImage()


def unmarked(window: QWidget, stops: list[QWidget]) -> list[str]:
    """Those of the stops that look the same with the keyboard as without."""
    found: list[str] = []
    for _ in stops:
        QTest.keyClick(focused(window), Qt.Key.Key_Tab)
        stop = focused(window)
        QApplication.sendPostedEvents()
        here = around(stop)
        QTest.keyClick(stop, Qt.Key.Key_Tab)
        QApplication.sendPostedEvents()
        unlike = around(stop)
        QTest.keyClick(focused(window), Qt.Key.Key_Backtab)
        if unlike == here:
            found.append(said(stop))
    return found


def left_out(window: QWidget, stops: list[QWidget]) -> list[str]:
    """Controls in sight that Tab does not come to, neither to them nor to the group they are part of."""
    reached = set(stops)
    return [
        said(widget)
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget not in reached and not tab_order.stands_back(widget)
        and not any(part.isAncestorOf(widget) for part in reached)
    ]  # fmt: skip


@pytest.mark.parametrize("name", PANES)
async def test_tab_goes_through_a_pane_and_back(tmp_path: Path, qapp: QApplication, name: str) -> None:
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server, first=name, pictures=3) as at:
            await settled(at, server)
            window = at.window
            first = tab_order.stops(window)[0]
            first.setFocus(Qt.FocusReason.TabFocusReason)
            forwards = round_trip(window, Qt.Key.Key_Tab)
            backwards = round_trip(window, Qt.Key.Key_Backtab)
            assert [said(w) for w in backwards] == [said(w) for w in [*forwards[-2::-1], forwards[-1]]]
            assert len(set(forwards)) == len(forwards)
            assert left_out(window, forwards) == []
            assert unmarked(window, forwards) == []


async def settled(at: Desk, server: SandboxServer) -> None:
    """Signed in, and what the pane asks for has come."""
    at.services.account.keep_in_memory(Secret(server.key), "default")
    await at.services.session.use_cloud("default")
    at.window.activateWindow()
    await until(at.window.isActiveWindow)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


async def wanting(at: Desk, prompt: str) -> None:
    """The form of pictures has its models and a prompt."""
    await until(lambda: bool(at.services.catalogue.models))
    view = at.window.pane("create")
    assert isinstance(view, CreateView)
    view.form.prompt.set_text(prompt)
    view.form.edited.emit({"prompt": prompt})
    await until(view.form.button.isEnabled)


def sheet_of(window: MainWindow) -> Overlay:
    return next(sheet for sheet in reversed(window.findChildren(Overlay)) if sheet.isVisible())


SHEETS = {
    "Preferences": ("create", "preferences"),
    "Keyboard shortcuts": ("create", "app.shortcuts"),
    "Make a grid": ("create", "create.grid"),
    "Command palette": ("library", "app.palette"),
    "Notices": ("library", "notices.show"),
}


@pytest.mark.parametrize("name", SHEETS)
async def test_tab_stays_in_a_sheet_and_escape_gives_the_focus_back(
    tmp_path: Path, qapp: QApplication, name: str
) -> None:
    pane, command = SHEETS[name]
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server, first=pane, pictures=3) as at:
            await settled(at, server)
            window = at.window
            await wanting(at, "a heron in the reeds")
            before = tab_order.stops(window)[1]
            before.setFocus(Qt.FocusReason.TabFocusReason)
            at.commands.run(command, "")
            await until(lambda: any(sheet.isVisible() for sheet in window.findChildren(Overlay)))
            sheet = sheet_of(window)
            assert sheet.accessibleName() == name
            stops = tab_order.stops(sheet)
            if len(stops) > 1:
                ways = round_trip(window, Qt.Key.Key_Tab)
                assert set(ways) == set(stops)
                assert unmarked(window, ways) == []
            QTest.keyClick(focused(window), Qt.Key.Key_Escape)
            assert not sheet.isVisible()
            assert window.focusWidget() is before


async def test_the_values_of_a_grid_are_one_stop_with_arrows_inside(
    tmp_path: Path, qapp: QApplication
) -> None:
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server, first="create", pictures=1) as at:
            await settled(at, server)
            await wanting(at, "a heron in the reeds")
            at.commands.run("create.grid", "")
            await until(lambda: bool(at.window.findChildren(CheckList)))
            listed = at.window.findChildren(CheckList)[0]
            boxes = [box for _choice, box, row in listed.rows if row.isVisible()]
            assert len(boxes) > 10
            assert [box for box in tab_order.stops(sheet_of(at.window)) if box in boxes] == boxes[:1]
            boxes[0].setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(boxes[0], Qt.Key.Key_Down)
            assert focused(at.window) is boxes[1]
            QTest.keyClick(boxes[1], Qt.Key.Key_Space)
            assert boxes[1].isChecked()
            QTest.keyClick(boxes[1], Qt.Key.Key_Tab)
            QTest.keyClick(focused(at.window), Qt.Key.Key_Backtab)
            assert focused(at.window) is boxes[1], "Tab comes back to where it was"
            QTest.keyClick(boxes[1], Qt.Key.Key_End)
            assert focused(at.window) is boxes[-1]
            assert not boxes[-1].visibleRegion().isEmpty(), "brought into sight"


@pytest.mark.parametrize("name", PANES)
async def test_f6_goes_through_the_parts_of_the_window(tmp_path: Path, qapp: QApplication, name: str) -> None:
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server, first=name, pictures=3) as at:
            await settled(at, server)
            window = at.window
            tab_order.stops(window.top_bar)[0].setFocus()
            start = focused(window)
            parts: list[QWidget] = []
            for _ in range(12):
                QTest.keyClick(focused(window), Qt.Key.Key_F6)
                parts.append(focused(window))
                if parts[-1] is start:
                    break
            assert parts[-1] is start, [said(part) for part in parts]
            assert 3 <= len(parts) == len(set(parts)), [said(part) for part in parts]
            QTest.keyClick(start, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
            assert focused(window) is parts[-2]
