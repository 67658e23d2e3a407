"""A grid over the whole window: its table, what it lacks, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.grid import Grid, Place
from studio.domain.money import pollen, pollen_range
from studio.qt_models.grid_table import GridTableModel, cell_words
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.services.grids import CellState, CellStatus, GridPlan
from studio.ui.grid_table import STEP, GridTable, aspect_of_rows
from studio.ui.theme import Space, Weight
from studio.ui.widgets.base import fill_rect, name_widget, painter_for
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.text import ElidedLabel, Label


class GridView(Overlay):
    """Shows what it is told with `show_states`; asks whoever opened it for everything else.

    Signals:
        make_wanted(), resume_wanted(): the missing cells shall be made; the waiting ones go on.
        change_wanted(): another grid over the same form.
        export_wanted()
    """

    make_wanted = Signal()
    resume_wanted = Signal()
    change_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, owner: QWidget, grid: Grid, thumbnails: ThumbnailLoader) -> None:
        super().__init__(owner)
        name_widget(self, tr("Grid: {title}", title=grid.title))
        self.grid = grid
        self.model = GridTableModel(grid, self)
        self.table = GridTable(self.model, thumbnails, self)
        self.table.selectionModel().currentChanged.connect(self._current)
        self._fitted = self._chosen = False
        self._title = Label(grid.title, weight=Weight.SEMIBOLD)
        self._counts = Label("", tone="text2", tabular=True)
        self._prompt = ElidedLabel(grid.prompt, "caption", "text2")
        self._words = ElidedLabel("", "caption", "text2", tabular=True)
        self.make = Button("", "primary", "create", name=tr("Make the missing"))
        self.make.clicked.connect(self.make_wanted)
        self.resume = Button(tr("Resume"), "secondary", "play")
        self.resume.clicked.connect(self.resume_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.LG, Space.MD, Space.LG, Space.MD)
        column.setSpacing(Space.SM)
        column.addLayout(self._head())
        column.addWidget(self._prompt)
        column.addWidget(self.table, 1)
        column.addWidget(self._words)
        self.make.hide()
        self.resume.hide()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addWidget(self._title)
        row.addSpacing(Space.SM)
        row.addWidget(self._counts)
        row.addStretch(1)
        row.addWidget(self.resume)
        row.addWidget(self.make)
        self.export = Button(tr("Export…"), "secondary", "export", name=tr("Export the grid"))
        self.export.clicked.connect(self.export_wanted)
        self.change = Button(tr("Change…"), "secondary", "sliders", name=tr("Change the grid"))
        self.change.clicked.connect(self.change_wanted)
        row.addWidget(self.change)
        row.addWidget(self.export)
        for icon, name, run in (
            ("zoom-out", tr("Zoom out"), lambda: self.table.zoom(1 / STEP)),
            ("fit", tr("Fit to window"), self.table.fit),
            ("zoom-in", tr("Zoom in"), lambda: self.table.zoom(STEP)),
            ("close", tr("Close"), self.dismiss),
        ):
            button = IconButton(icon, name, size="normal")
            button.clicked.connect(lambda _on=False, run=run: run())
            row.addWidget(button)
        return row

    def open(self, place: Place | None = None) -> None:
        """Show it, with this cell in focus; it deletes itself when it is closed."""
        self.dismissed.connect(self.deleteLater)
        self.present(self.table)
        self._chosen = place is not None
        at = place or Place(0)
        self.table.choose(at.column, at.row)
        QTimer.singleShot(0, self, self._fit_once)

    def _fit_once(self) -> None:
        if not self._fitted:
            self._fitted = True
            self.table.fit()

    def show_states(self, states: Sequence[CellState], missing: GridPlan, unit: str) -> None:
        """Show how the cells stand.

        Args:
            missing: what making the missing ones would take.
            unit: whose pollen it is.
        """
        self.table.set_aspect(aspect_of_rows(states) if any(s.row for s in states) else _asked(states))
        self.model.show_states(states)
        first = next((s.cell.place for s in states if s.status is not CellStatus.LEFT_OUT), None)
        if not self._chosen and first is not None:
            self._chosen = True
            self.table.choose(first.column, first.row)
        self._counts.setText(counts_words(states, unit))
        count = len(missing.cells)
        price = ""
        if missing.low is not None and missing.high is not None:
            price = f"· ≈ {pollen_range(missing.low, missing.high)} {unit}"
        failed = any(state.status is CellStatus.FAILED for state in states)
        words = trn("Make the missing one", "Make the {n} missing", count)
        if failed and all(state.status is not CellStatus.MISSING for state in states):
            words = trn("Try the failed one again", "Try the {n} failed again", count)
        self.make.setText(words)
        self.make.set_note(price)
        self.make.setAccessibleName(f"{words} {price}".strip())
        self.make.setEnabled(not missing.problem)
        self.make.setToolTip(missing.problem)
        self.make.setVisible(bool(count))
        paused = sum(state.job is not None and state.job.state == "paused" for state in states
                     if state.status is CellStatus.WAITING)  # fmt: skip
        self.resume.setVisible(bool(paused))
        self.resume.setText(trn("Resume the one that waits", "Resume {n} that wait", paused))
        self.resume.setAccessibleName(self.resume.text())
        self.export.setEnabled(any(state.row is not None for state in states))
        self.export.setToolTip("" if self.export.isEnabled() else tr("There is no picture yet."))
        if missing.problem and count:
            self._words.set_text(missing.problem)
        else:
            self._current(self.table.currentIndex())

    def _current(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        state = self.model.state_at(index)
        if state is not None:
            self._words.set_text(f"{self.grid.words(state.cell.place)} · {cell_words(state)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        fill_rect(painter, self.rect(), t.bg)


def counts_words(states: Sequence[CellState], unit: str) -> str:
    """ "9 of 12 · 2 left out · 0.018 pollen"."""
    made = {state.row.row: state for state in states if state.row is not None}
    done = sum(state.row is not None for state in states)
    left_out = sum(state.status is CellStatus.LEFT_OUT for state in states)
    parts = [tr("{n} of {all}", n=done, all=len(states) - left_out)]
    if left_out:
        parts.append(tr("{n} left out", n=left_out))
    failed = sum(state.status is CellStatus.FAILED for state in states)
    if failed:
        parts.append(tr("{n} failed", n=failed))
    costs = [state.row.cost for state in made.values() if state.row and state.row.cost and not state.borrowed]
    if costs:
        parts.append(f"{pollen(sum(costs[1:], costs[0]))} {unit}")
    return " · ".join(parts)


def _asked(states: Sequence[CellState]) -> float:
    """Width through height of what was asked for, until there are pictures."""
    for state in states:
        request = state.cell.request
        if request is not None and request.width and request.height:
            return request.width / request.height
    return 1.0
