"""The sheet on which a grid is put together: two sides, how many cells that is, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QMargins, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.grid import MOST_CELLS, Axis, Cell, Grid, Place
from studio.domain.money import pollen_range
from studio.panes.create.axis_editor import AxisEditor
from studio.panes.create.form import Form
from studio.panes.create.grid_axes import Offer
from studio.panes.create.grid_map import GridMap, MapCell
from studio.qt_models.money_words import leaves_words
from studio.services.grids import GridPlan
from studio.ui.dialogs import Sheet
from studio.ui.tab_order import step
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.options import Option
from studio.ui.widgets.popover import ChoosePopover
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.text import Paragraph

WIDTH = 760
SETTLE_MS = 60
TOLD = 3
DRAFT = "draft"


class GridWish(NamedTuple):
    """What is to be made: `cells` of `grid`; what is in the library already is not among them if the user
    wants to have that."""

    grid: Grid
    cells: Sequence[Cell]


class GridTools(NamedTuple):
    """What the sheet needs of those who know the catalogue, the prices and the library.

    Args:
        cells: of a grid; plan: of cells; look_up: pictures that are there, then the callback.
    """

    base: Callable[[], dict[str, object]]
    cells: Callable[[Grid], list[Cell]]
    plan: Callable[[Sequence[Cell]], GridPlan]
    look_up: Callable[[Sequence[Cell], Callable[[frozenset[Place]], None]], None]
    recent: Callable[[], Awaitable[Sequence[Grid]]]


class GridSheet(Sheet):
    """`await sheet.result()` is a `GridWish`, or a `Grid` of those made before that shall be opened."""

    earlier_wanted = Signal(object)

    def __init__(
        self, owner: QWidget, form: Form, offers: Sequence[Offer], tools: GridTools, unit: str
    ) -> None:
        super().__init__(
            owner,
            tr("Make a grid"),
            tr("One picture for each pair of values. Everything else is as in the form.")
            if form.kind == "image"
            else tr("One film for each pair of values. Everything else is as in the form."),
        )
        self._tools = tools
        self._unit = unit
        self._grid: Grid | None = None
        self._cells: list[Cell] = []
        self._at_hand: frozenset[Place] = frozenset()
        self._ended = False
        self.dismissed.connect(self._end)
        self.across = AxisEditor(tr("Columns"), offers, form, optional=False)
        self.down = AxisEditor(tr("Rows"), offers, form, optional=True)
        self.map = GridMap()
        self.words = Paragraph("", tone="text2", width=WIDTH // 2)
        self.reuse = Switch(tr("Use what is in the library already"), checked=True)
        self.reuse.setVisible(False)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self.judge)
        self._arrange_parts()
        self.earlier = Button(tr("Earlier grids"), "quiet", "history")
        self.earlier.clicked.connect(lambda: self.earlier_wanted.emit(self.earlier))
        self._buttons.insertWidget(0, self.earlier)
        self.add_button(tr("Cancel"), None)
        self.make = self.add_button(tr("Make"), self._wish, "primary", default=True)
        for editor in (self.across, self.down):
            editor.changed.connect(self._settle.start)
        self.reuse.toggled.connect(lambda _on: self._show_plan())

    def focusNextPrevChild(self, forwards: bool) -> bool:
        # The values of an axis are made anew with each choice.
        return step(self, forwards)

    def _arrange_parts(self) -> None:
        sides = QWidget()
        row = QHBoxLayout(sides)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XL)
        row.addWidget(self.across, 1)
        row.addWidget(self.down, 1)
        foot = QWidget()
        line = QHBoxLayout(foot)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(Space.LG)
        line.addWidget(self.map)
        told = QVBoxLayout()
        told.setSpacing(Space.SM)
        told.addWidget(self.words)
        told.addWidget(self.reuse)
        told.addStretch(1)
        line.addLayout(told, 1)
        self._area = ScrollColumn(QMargins(0, 0, Space.MD, 0))
        self._area.column.addWidget(sides)
        self._area.column.addWidget(foot)
        self.add_content(self._area)

    def show_axes(self, x: Axis | None, y: Axis | None) -> None:
        """Begin with these sides, or with models by seeds."""
        if x is None:
            self.across.show_parameter("model")
            self.down.show_parameter("seed")
        else:
            self.across.show_axis(x)
            if y is None:
                self.down.show_parameter("")
            else:
                self.down.show_axis(y)
        self.judge()

    def arrange(self) -> None:
        edge = 2 * Size.SHADOW
        room = self.size() - self.size() / 12
        width = min(Theme.current().px(WIDTH), room.width()) + edge
        inside = self._area.column.sizeHint().height()
        beside = self.panel.sizeHint().height() - self._area.sizeHint().height()
        height = min(inside + Space.SM + beside, room.height() + edge)
        self.panel.setGeometry(
            (self.width() - width) // 2, round((self.height() - height) * 0.42), width, height
        )

    # ------------------------------------------------------------------ judging

    def judge(self) -> None:
        """Work out the cells of what is entered, their price, and whether they are there already."""
        self._settle.stop()
        self._at_hand = frozenset()
        self._grid, self._cells, problem = None, [], ""
        try:
            x, y = self.across.axis(), self.down.axis()
            if x is None:
                problem = tr("Choose what the columns are.")
            elif y is not None and y.parameter == x.parameter and y.parameter != "replace":
                problem = tr("Choose two different parameters.")
            else:
                problem = self._take(x, y)
        except ValueError:
            pass  # told beside its field
        self._show_plan(problem)
        if self._cells:
            grid = self._grid
            self._tools.look_up(self._cells, lambda found: self._found(grid, found))

    def _take(self, x: Axis, y: Axis | None) -> str:
        grid = Grid(id=DRAFT, x=x, y=y, base=self._tools.base())
        if grid.columns * grid.rows > MOST_CELLS:
            return tr(
                "{n} cells are too many: a grid has at most {most}.",
                n=grid.columns * grid.rows, most=MOST_CELLS,
            )  # fmt: skip
        self._grid, self._cells = grid, self._tools.cells(grid)
        return ""

    def _end(self) -> None:
        self._ended = True
        self._settle.stop()

    def _found(self, grid: Grid | None, found: frozenset[Place]) -> None:
        if grid is self._grid and not self._ended:
            self._at_hand = found
            self._show_plan()

    def wanted(self) -> list[Cell]:
        """The cells that would be made."""
        skip = self._at_hand if self.reuse.isChecked() else frozenset[Place]()
        return [cell for cell in self._cells if cell.place not in skip]

    def _wish(self) -> GridWish | None:
        return GridWish(self._grid, self.wanted()) if self._grid is not None else None

    # ------------------------------------------------------------------ showing

    def _show_plan(self, problem: str = "") -> None:
        grid, reuses = self._grid, self.reuse.isChecked()
        self.map.show_cells(
            grid, [MapCell(reuses and cell.place in self._at_hand, cell.problem) for cell in self._cells]
        )
        self.reuse.setVisible(bool(self._at_hand))
        self.reuse.setText(
            trn(
                "Use the one that is in the library",
                "Use the {n} that are in the library",
                len(self._at_hand),
            )
        )
        self.reuse.setAccessibleName(self.reuse.text())
        if grid is None:
            self.words.set_text(problem or tr("Some values are missing."))
            self._show_button(0, "", enabled=False)
            self.arrange()
            return
        plan = self._tools.plan(self.wanted())
        price = ""
        if plan.low is not None and plan.high is not None:
            price = f"· ≈ {pollen_range(plan.low, plan.high)} {self._unit}"
        words = summary(grid, self._cells, plan, self._unit)
        self.words.set_text(words)
        self.map.setAccessibleDescription(words)
        # All of it may be there: then there is nothing to pay, and the table is worth looking at.
        usable = bool(plan.cells) or (reuses and bool(self._at_hand))
        self._show_button(len(plan.cells), price, enabled=usable and not plan.problem)
        self.arrange()

    def _show_button(self, count: int, price: str, *, enabled: bool) -> None:
        words = trn("Make {n}", "Make {n}", count) if count else tr("Show the grid")
        if not enabled and not count:
            words = tr("Make")
        self.make.setText(words)
        self.make.set_note(price if count else "")
        self.make.setAccessibleName(words)
        self.make.setEnabled(enabled)


def summary(grid: Grid, cells: Sequence[Cell], plan: GridPlan, unit: str) -> str:
    """What happens, in sentences: "4 × 3 = 12 cells. 2 left out: Flux takes no …"."""
    count = len(cells)
    parts = [
        tr("{x} × {y} = {n} cells.", x=grid.columns, y=grid.rows, n=count)
        if grid.y is not None
        else trn("One cell.", "{n} cells.", count)
    ]
    problems = Counter(cell.problem for cell in cells if cell.problem)
    if problems:
        told = "; ".join(problem for problem, _n in problems.most_common(TOLD))
        more = tr(", and more") if len(problems) > TOLD else ""
        parts.append(
            trn("One is left out: {why}{more}.", "{n} are left out: {why}{more}.", sum(problems.values()),
                why=told, more=more)
        )  # fmt: skip
    distinct = {cell.key for cell in cells if cell.request is not None}
    repeated = count - sum(problems.values()) - len(distinct)
    if repeated:
        parts.append(trn("One is the same as another and made once.",
                         "{n} are the same as others and made once.", repeated))  # fmt: skip
    if plan.unknown:
        parts.append(trn("The price of one is not known.", "The price of {n} is not known.", plan.unknown))
    if plan.problem:
        parts.append(plan.problem)
    elif plan.leaves is not None and plan.cells:
        parts.append(leaves_words(plan.quote, unit))
    return " ".join(parts)


def open_earlier(anchor: QWidget, grids: Sequence[Grid], choose: Callable[[Grid], object]) -> None:
    """The grids made last, under their button."""
    by_id = {grid.id: grid for grid in grids}
    options = [
        Option(grid.id, grid.title, detail=f"{grid.columns} × {grid.rows}",
               note=" ".join(grid.prompt.split())[:120], icon="table")
        for grid in grids
    ]  # fmt: skip
    if not options:
        options = [Option("", tr("Grids you make are kept here."), enabled=False)]
    popover = ChoosePopover(anchor, options, search=len(options) > 1)
    popover.chosen.connect(lambda value: choose(by_id[value]) if value in by_id else None)
    popover.open()
