"""Pictures against each other: one zoom, a slider, turns, and the parameters that differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.compare_canvas import CompareCanvas, CompareMode
from studio.ui.compare_view import CompareView, ParameterTable
from studio.ui.linked_zoom import CLOSEST, LinkedZoom
from tests.panes.support import Desk, desk
from tests.panes.test_library import Pane, press
from tests.shell.support import until

PLACE = QRectF(10, 20, 400, 300)
SIDES = st.integers(1, 5000)


@given(SIDES, SIDES, st.lists(st.tuples(st.floats(0.2, 5), st.floats(10, 410), st.floats(20, 320))))
def test_a_picture_cannot_be_lost(width: int, height: int, steps: list[tuple[float, float, float]]) -> None:
    zoom, size = LinkedZoom(), QSize(width, height)
    for factor, x, y in steps:
        zoom.zoom_by(factor, QPointF(x, y), size, PLACE)
        zoom.pan(QPointF(x - 200, y - 150), size, PLACE)
        target = zoom.target(size, PLACE)
        assert 1 <= zoom.factor <= CLOSEST
        assert target.adjusted(-1, -1, 1, 1).contains(PLACE.intersected(target))
        assert not target.intersected(PLACE).isEmpty()


def test_zooming_keeps_the_point_under_the_pointer_and_shows_pixels() -> None:
    zoom, size, at = LinkedZoom(), QSize(4000, 3000), QPointF(150, 120)
    before = zoom.target(size, PLACE)
    zoom.zoom_by(4, at, size, PLACE)
    after = zoom.target(size, PLACE)
    assert (at.x() - after.x()) / after.width() == pytest.approx((at.x() - before.x()) / before.width())
    zoom.show_pixels(1.0, size, PLACE)
    assert zoom.target(size, PLACE).width() == pytest.approx(4000)
    zoom.fit()
    assert zoom.target(size, PLACE) == PLACE


async def opened(at: Desk, count: int) -> CompareView:
    pane = Pane(at)
    await pane.shows(count)
    pane.gallery.selectAll()
    QTest.keyClick(pane.gallery, Qt.Key.Key_C)
    view = await until(lambda: next((v for v in at.window.findChildren(CompareView) if v.isVisible()), None))
    assert isinstance(view.canvas, CompareCanvas)
    await until(lambda: all(picture is not None for picture in view.canvas.pictures))
    return view


async def test_two_are_compared_in_three_ways(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=2) as at:
        view = await opened(at, 2)
        canvas = view.canvas
        left, right = canvas.places()
        assert left.right() < right.left()
        assert isinstance(view.table, ParameterTable)
        shown = {row.name for row, labels in view.table.rows if labels[0].isVisible()}
        assert {"Prompt", "Seed"} <= shown
        assert "Model" not in shown
        view.different.click()
        assert {row.name for row, labels in view.table.rows if labels[0].isVisible()} > shown
        QTest.keyClick(canvas, Qt.Key.Key_2)
        assert canvas.mode is CompareMode.SLIDER
        line = QPoint(canvas.width() // 2, 60)
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=line)
        QTest.mouseMove(canvas, QPoint(canvas.width() // 4, 60))
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton)
        assert canvas.divider == pytest.approx(0.25, abs=0.01)
        QTest.keyClick(canvas, Qt.Key.Key_Right)
        assert canvas.divider == pytest.approx(0.27, abs=0.01)
        view.grab()
        QTest.keyClick(canvas, Qt.Key.Key_3)
        assert canvas._flicker.isActive()
        first = canvas.grab().toImage()
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        assert not canvas._flicker.isActive()
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        assert canvas.turn == 1
        assert canvas.grab().toImage() != first
        QTest.keyClick(canvas, Qt.Key.Key_Plus)
        assert canvas.zoom.factor > 1
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        await until(lambda: not at.window.findChildren(CompareView))


async def test_four_stand_in_two_rows_and_five_are_not_compared(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=4) as at:
        view = await opened(at, 4)
        assert len({place.top() for place in view.canvas.places()}) == 2
        assert not view.modes.isVisible()
        press(view, "Zoom in")
        assert view.canvas.zoom.factor > 1
        press(view, "Close")
    async with desk(tmp_path / "five", qapp, pictures=5) as at:
        pane = Pane(at)
        await pane.shows(5)
        pane.gallery.selectAll()
        QTest.keyClick(pane.gallery, Qt.Key.Key_C)
        assert not pane.inspector.selection.buttons["compare"].isVisible()
        assert not at.window.findChildren(CompareView)
