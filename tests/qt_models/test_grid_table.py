"""The table of a grid: what it tells of its cells, and which it says have changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.domain.grid import Axis, Cell, Grid, Place
from studio.domain.job import Job, JobError, JobState
from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.grid_table import GridRole, GridTableModel, cell_words
from studio.services.grids import CellState, CellStatus

GRID = Grid(
    id="g",
    x=Axis(parameter="model", title="Model", values=("flux", "turbo"), labels=("Flux", "Turbo")),
    y=Axis(parameter="negative_prompt", title="Negative prompt", values=("", "<b>people")),
)
ROW = AssetRow(
    row=3, id="a", kind=MediaKind.IMAGE, path="a.png", sha256="", mime="image/png", created_at=0.0,
    width=64, height=32, rating=1, cost=Decimal("0.002"),
)  # fmt: skip


def cells() -> list[CellState]:
    return [CellState(cell=Cell(place=place), status=CellStatus.MISSING) for place in GRID.places()]


def test_headers_say_something_for_every_value(qapp: QApplication) -> None:
    model = GridTableModel(GRID)
    across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    assert [model.headerData(n, across) for n in (0, 1)] == ["Flux", "Turbo"]
    assert model.headerData(0, down) == "(nothing)"
    assert model.headerData(1, down, Qt.ItemDataRole.ToolTipRole).startswith("<p")  # type: ignore[union-attr]
    assert model.headerData(0, down, Qt.ItemDataRole.AccessibleTextRole) == "Negative prompt: (nothing)"
    lone = GridTableModel(replace(GRID, y=None))
    assert (lone.rowCount(), lone.headerData(0, down)) == (1, "")


def test_only_what_is_different_is_told(qapp: QApplication) -> None:
    model = GridTableModel(GRID)
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, _last: told.append((first.row(), first.column())))
    model.show_states(cells())
    assert told == [(0, 0), (0, 1), (1, 0), (1, 1)]
    told.clear()
    changed = cells()
    changed[2] = replace(changed[2], status=CellStatus.DONE, row=ROW)
    model.show_states(changed)
    assert told == [(1, 0)]
    index = model.index(1, 0)
    assert model.data(index, GridRole.STATE) == changed[2]
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == (
        "Flux, <b>people: Picture, 64 × 32, 1 star, 0.002 pollen"
    )
    assert model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole) == "Not made yet."


def test_a_cell_says_how_it_stands() -> None:
    cell = Cell(place=Place(0))
    job = Job(
        id="j", kind="image", request={}, created_at=datetime.now(UTC), state=JobState.FAILED,
        error=JobError(title="Refused."),
    )  # fmt: skip
    assert cell_words(CellState(cell=cell, status=CellStatus.FAILED, job=job)) == "Refused."
    assert cell_words(CellState(cell=cell, status=CellStatus.LEFT_OUT, words="No")) == "Left out. No."
    waits = replace(job, state=JobState.PAUSED, note="restart", error=None)
    assert cell_words(CellState(cell=cell, status=CellStatus.WAITING, job=waits)).startswith("Waits since")
    done = CellState(cell=cell, status=CellStatus.DONE, row=replace(ROW, sandbox=True), borrowed=True)
    assert cell_words(done).endswith("sandbox pollen, was in the library already")
