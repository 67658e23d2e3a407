"""The tour (studio/shell/tour.py) in the real window: what it points at, its keys; it changes nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.keyring_store import KeyringUnavailableError
from studio.domain.library import LibraryQuery
from studio.sandbox.server import SandboxServer
from studio.shell.tour import Tour, arrow, beside, open_tour, steps
from studio.ui.dialogs import Sheet
from studio.ui.theme import Size, Theme
from tests.panes.support import Desk, desk
from tests.shell.support import until

LTR, RTL = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft


def begin(at: Desk) -> Tour:
    tour = open_tour(at.window, at.window, at.services.settings)
    assert tour is not None
    return tour


def named(window: QWidget, name: str) -> QWidget | None:
    return next((widget for widget in window.findChildren(QWidget, name) if widget.isVisible()), None)


def callout(tour: Tour) -> QRect:
    edge = Size.SHADOW
    return tour.panel.geometry().adjusted(edge, edge, -edge, -edge)


@pytest.mark.parametrize(("size", "scale"), [((1440, 900), 1.0), ((1000, 700), 1.0), ((1280, 800), 1.5)])
async def test_every_step_points_at_its_control_and_lies_in_the_window(
    tmp_path: Path, qapp: QApplication, size: tuple[int, int], scale: float
) -> None:
    async with desk(tmp_path, qapp, first="create", size=size) as at:
        Theme.current().set_font_scale(scale)
        tour = begin(at)
        for step in steps():
            await until(lambda step=step: tour.title.text() == step.title)
            for name in step.targets:
                target = await until(lambda name=name: named(at.window, name))
                assert isinstance(target, QWidget)
                await until(lambda: not tour._target().isEmpty())
                room = QRect(target.mapTo(at.window, target.rect().topLeft()), target.size())
                assert tour._target().contains(room.intersected(at.window.rect().adjusted(2, 2, -2, -2)))
            assert at.window.rect().contains(callout(tour))
            assert not step.pane or at.window.current_pane == step.pane
            await until(lambda: at.window.focusWidget() is tour.next)
            assert step.text in tour.accessibleDescription()
            tour.next.click()
        assert not tour.isVisible()
        assert at.window.current_pane == "create", "back where it began"


async def test_keys_go_on_and_back_and_leave(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, first="create") as at:
        prompt = await until(lambda: named(at.window, "prompt"))
        assert isinstance(prompt, QWidget)
        prompt.setFocus()
        tour = begin(at)

        def place() -> int:
            return [step.title for step in steps()].index(tour.title.text())

        QTest.keyClick(tour.next, Qt.Key.Key_Left)
        assert place() == 0, "there is nothing before the first"
        QTest.keyClick(tour.next, Qt.Key.Key_Right)
        QTest.keyClick(tour.next, Qt.Key.Key_Return)
        assert place() == 2
        QTest.keyClick(tour.next, Qt.Key.Key_Left)
        assert place() == 1
        tour.setLayoutDirection(RTL)
        QTest.keyClick(tour.next, Qt.Key.Key_Left)
        assert place() == 2
        QTest.keyClick(tour.next, Qt.Key.Key_Tab)
        assert tour.isAncestorOf(at.window.focusWidget())
        tour.go(+1)
        assert at.window.current_pane == "library"
        QTest.keyClick(tour.next, Qt.Key.Key_Escape)
        assert not tour.isVisible()
        assert at.window.current_pane == "create"
        assert at.window.focusWidget() is prompt, "the focus is given back"


async def test_it_follows_its_control_when_the_window_changes(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, first="create") as at:
        tour = begin(at)
        before = tour._target()
        at.window.resize(1100, 640)
        await until(lambda: tour._target() != before and tour._hole == tour._target())
        assert at.window.rect().contains(callout(tour))
        Theme.current().set_font_scale(1.4)
        await until(lambda: tour._hole == tour._target())
        await until(lambda: at.window.rect().contains(callout(tour)))
        tour.dismiss()


async def test_it_never_stands_over_a_question(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, first="create") as at:
        sheet = Sheet(at.window, "A question")
        sheet.present()
        assert open_tour(at.window, at.window, at.services.settings) is None
        assert not at.services.settings.values.help.tour_seen
        sheet.dismiss()
        at.commands.run("help.tour")
        tour = next(one for one in at.window.findChildren(Tour) if one.isVisible())
        assert open_tour(at.window, at.window, at.services.settings) is None, "nor over itself"
        tour.dismiss()


async def test_nothing_is_asked_of_the_service(tmp_path: Path, qapp: QApplication) -> None:
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, first="create", server=server) as at:
            with suppress(KeyringUnavailableError):
                await at.services.session.use_cloud("")
            seen = len(server.requests())
            tour = begin(at)
            for _step in steps():
                tour.next.click()
                await at.services.library.row_ids(LibraryQuery())
            assert len(server.requests()) == seen
            assert not at.services.jobs.all()


SIDES = st.integers(0, 1200)


@given(SIDES, SIDES, st.integers(1, 1000), st.integers(1, 700), st.sampled_from([LTR, RTL]))
def test_the_callout_is_always_in_the_room(
    x: int, y: int, width: int, height: int, direction: Qt.LayoutDirection
) -> None:
    room = QRect(0, 0, 1280, 800)
    hole = QRect(x, y, width, height).intersected(room)
    place = beside(hole, room, 340, 160, direction)
    assert room.contains(place)
    triangle = arrow(place, hole) if not hole.isEmpty() else arrow(place, place)
    assert triangle.size() in (0, 3)
    if place.intersects(hole):
        assert triangle.size() == 0


async def test_it_names_the_keys_that_the_user_gave(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        for changed, words in (
            ("", "Press Ctrl+K and"),
            ("app.palette Ctrl+P", "Press Ctrl+P and"),
            ("app.palette", "Press it and"),
        ):
            at.services.settings.change("shortcuts", changed=changed)
            tour = open_tour(at.window, at.window, at.services.settings)
            assert tour is not None
            assert tour._steps[-1].text.startswith(words)
            tour.dismiss()
