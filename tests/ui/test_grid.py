"""A grid on the window: keys, zoom, words, and the sheet it is exported as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.grid import Axis, Cell, Grid
from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.services.grids import CellState, CellStatus, GridPlan
from studio.ui import grid_large, grid_picture
from studio.ui.grid_picture import MOST_PIXELS, MOST_SIDE, SheetLook
from studio.ui.grid_table import LARGEST, SMALLEST, aspect_of_rows
from studio.ui.grid_view import GridView, counts_words
from studio.ui.theme import Theme

GRID = Grid(
    id="g",
    x=Axis(parameter="model", title="Model", values=("flux", "turbo", "a very long name of a model indeed")),
    y=Axis(parameter="seed", title="Seed", values=(1, 2)),
    base={"prompt": "a {red|blue} heron", "picks": ["red"]},
)
ROW = AssetRow(
    row=3, id="a", kind=MediaKind.IMAGE, path="a.png", sha256="", mime="image/png", created_at=0.0,
    width=64, height=32, cost=Decimal("0.002"),
)  # fmt: skip


class _Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file_path(self, row: AssetRow, /) -> Path:
        return self._folder / row.path

    def thumbnail_path(self, row: AssetRow, /) -> Path:
        return self._folder / f"{row.path}.thumb"


def states() -> list[CellState]:
    found = [CellState(cell=Cell(place=place), status=CellStatus.MISSING) for place in GRID.places()]
    found[0] = replace(found[0], status=CellStatus.LEFT_OUT, words="Flux takes no seed")
    found[1] = replace(found[1], status=CellStatus.DONE, row=ROW)
    found[2] = replace(found[2], status=CellStatus.FAILED, words="Refused.")
    found[3] = replace(found[3], status=CellStatus.RUNNING)
    return found


@pytest.fixture
def view(tmp_path: Path, qapp: QApplication) -> Iterator[GridView]:
    Theme("dark", 1.0, True).apply(qapp)
    QImage(64, 32, QImage.Format.Format_RGB32).save(str(tmp_path / "a.png"))
    window = QWidget()
    window.resize(1000, 700)
    loader = ThumbnailLoader(_Files(tmp_path), parent=window)
    shown = GridView(window, GRID, loader)
    window.show()
    window.activateWindow()
    cell = Cell(place=next(GRID.places()))
    shown.show_states(
        states(), GridPlan(cells=(cell,), low=Decimal("0.002"), high=Decimal("0.002")), "pollen"
    )
    shown.open()
    yield shown
    loader.stop()
    window.hide()
    window.deleteLater()


def test_what_is_missing_is_offered_with_its_price(view: GridView) -> None:
    assert view.make.isVisible()
    assert (view.make.text(), view.make.note) == ("Make the missing one", "· ≈ 0.002 pollen")
    assert counts_words(states(), "pollen") == "1 of 5 · 1 left out · 1 failed · 0.002 pollen"
    assert GRID.prompt == "a red heron"
    failed = [replace(one, status=CellStatus.DONE, row=ROW) if one.to_make else one for one in states()]
    failed[2] = states()[2]
    view.show_states(failed, GridPlan(cells=(failed[2].cell,)), "pollen")
    assert view.make.text() == "Try the failed one again"
    view.show_states(failed, GridPlan(cells=()), "pollen")
    assert not view.make.isVisible()


def test_the_table_is_worked_by_keys(view: GridView, qapp: QApplication) -> None:
    table = view.table
    heard: list[object] = []
    table.opened.connect(lambda state: heard.append(state.status))
    table.rated.connect(heard.append)
    table.compared.connect(lambda: heard.append("compare"))
    table.trashed.connect(lambda: heard.append("trash"))
    table.choose(1, 0)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_4, Qt.Key.Key_C, Qt.Key.Key_Delete):
        QTest.keyClick(table, key)
    assert heard == [CellStatus.DONE, CellStatus.DONE, 4, "compare", "trash"]
    QTest.keyClick(table, Qt.Key.Key_Right)
    state = table.current_state()
    assert state is not None
    assert state.status is CellStatus.FAILED
    before = table.columnWidth(0)
    QTest.keyClick(table, Qt.Key.Key_Plus)
    assert table.columnWidth(0) > before
    for _ in range(20):
        QTest.keyClick(table, Qt.Key.Key_Minus)
    assert table.columnWidth(0) == SMALLEST
    table.zoom(100)
    assert table.columnWidth(0) == LARGEST
    assert not table.grab().isNull()
    table.fit()
    assert 3 * table.columnWidth(0) <= table.width()
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert not view.isVisible()


def test_cells_have_the_shape_of_their_pictures(view: GridView) -> None:
    assert aspect_of_rows(states()) == 2.0
    assert view.table.columnWidth(0) == pytest.approx(2 * view.table.rowHeight(0), abs=2)
    assert aspect_of_rows([]) == 1.0


@pytest.mark.parametrize("columns", [1, 3, 24])
def test_a_sheet_has_a_size_that_every_program_opens(
    columns: int, tmp_path: Path, qapp: QApplication
) -> None:
    theme = Theme("light", 1.0, True)
    t = theme.tokens
    values = tuple(f"model number {n} with a long name" for n in range(columns))
    grid = Grid(id="g", x=Axis(parameter="model", values=values), y=Axis(parameter="seed", values=(1, 2)))
    picture = tmp_path / "a.png"
    QImage(64, 96, QImage.Format.Format_RGB32).save(str(picture))
    files = [picture, None] * columns
    look = SheetLook(t.bg, t.text, t.text2, theme.font())
    image = grid_picture.grid_picture(grid, files, look, aspect=2 / 3, words="a heron " * 50)
    assert 0 < image.width() <= MOST_SIDE
    assert 0 < image.height() <= MOST_SIDE
    assert image.width() * image.height() <= MOST_PIXELS
    assert grid_picture._cell_size(replace(grid, x=Axis(parameter="seed", values=tuple(range(140)))), 1) < 200
    assert grid_large.LargeCells is not None
