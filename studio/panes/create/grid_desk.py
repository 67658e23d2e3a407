"""Grids in the Create pane: put together, ordered, looked at, completed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QImage, QImageWriter
from PySide6.QtWidgets import QWidget

from studio.core.errors import Action, InputError, StudioError
from studio.core.i18n import tr, trn
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.compare import MOST
from studio.domain.grid import Cell, Grid, Place
from studio.domain.library import AssetRow
from studio.panes.create.grid_axes import offers_of
from studio.panes.create.grid_cells import base_of, cells_of, form_of
from studio.panes.create.grid_sheet import GridSheet, GridTools, GridWish, open_earlier
from studio.qt_models.bridge import bridge
from studio.qt_models.picture import png_of
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.services import undo
from studio.services.frames import keep_frame
from studio.services.grids import CellState, CellStatus, GridPlan, grid_of
from studio.ui import dialogs
from studio.ui.asset_browser import gallery_style
from studio.ui.asset_menu import asset_menu
from studio.ui.grid_large import LargeCells
from studio.ui.grid_picture import SheetLook, grid_picture
from studio.ui.grid_table import aspect_of_rows
from studio.ui.grid_view import GridView
from studio.ui.pane import PaneContext

if TYPE_CHECKING:
    from studio.panes.create.form import Form
    from studio.panes.create.presenter import CreatePresenter

REFRESH_MS = 150
JPEG_QUALITY = 92
VERBS = (
    ("use_all", tr("Use all"), "use-all"),
    ("vary", tr("Vary"), "vary"),
    ("edit", tr("Edit"), "edit"),
    ("animate", tr("Animate"), "animate"),
    ("reference", tr("Use as reference"), "picture"),
    ("use_prompt", tr("Use prompt"), "quote"),
    ("use_seed", tr("Use seed"), "dice"),
    ("show_in_gallery", tr("Show in the library"), "library"),
)


class GridDesk(QObject):
    """Opens the sheet and the tables; one table at a time.

    Args:
        ask: puts a sum to the user that is more than they want to spend unasked: pollen low and high, how
            many; True goes on.
    """

    submitted = Signal(object)
    """The jobs that were written down."""

    def __init__(
        self,
        owner: QWidget,
        presenter: CreatePresenter,
        context: PaneContext,
        ask: Callable[[GridPlan], Awaitable[bool]],
    ) -> None:
        super().__init__(owner)
        self._owner = owner
        self._presenter = presenter
        self._context = context
        self._services = context.services
        self._ask = ask
        self._view: GridView | None = None
        self._large: LargeCells | None = None
        self._thumbnails: ThumbnailLoader | None = None
        self._states: list[CellState] = []
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._look_again)
        for event in (self._services.library.changed, self._services.jobs.changed,
                      self._services.account.changed, self._services.catalogue.changed):  # fmt: skip
            bridge(event, self._something_changed, self)  # type: ignore[arg-type]  # of any content

    @property
    def view(self) -> GridView | None:
        """The table that is open."""
        return self._view

    def stop(self) -> None:
        self._refresh.stop()
        if self._large is not None:
            self._large.stop()
        if self._thumbnails is not None:
            self._thumbnails.stop()

    def _spawn(self, work: Coroutine[Any, Any, object], name: str, group: str | None = None) -> None:
        self._services.tasks.spawn(work, name=name, owner=self, group=group)

    # ------------------------------------------------------------------ putting one together

    def make(self, like: Grid | None = None) -> None:
        """Open the sheet over the form as it is, or to change an earlier grid."""
        self._spawn(self._make(like), "make a grid", "grid sheet")

    async def _make(self, like: Grid | None) -> None:
        if like is None and not await self._presenter.settle_large():
            return
        form = form_of(like) if like is not None else self._presenter.form
        book = self._services.prompt_book
        await book.read_wildcards()
        if not form.prompt.strip():
            self._presenter.refused.emit("prompt")
            raise InputError(tr("Write a prompt first."), field="prompt")
        models = self._presenter.models_for(form.kind)
        offers = offers_of(form, models, book.styles, book.wildcards)
        sheet = GridSheet(self._owner, form, offers, self._tools(form), self._unit())
        sheet.earlier_wanted.connect(
            lambda anchor: self._spawn(self._earlier(sheet, anchor), "earlier grids")
        )
        sheet.show_axes(like.x if like is not None else None, like.y if like is not None else None)
        wish = await sheet.result(sheet.across.select)
        if isinstance(wish, Grid):
            self.open(wish)
        elif isinstance(wish, GridWish):
            await self._order(wish)

    async def _earlier(self, sheet: GridSheet, anchor: QWidget) -> None:
        open_earlier(anchor, await self._services.grids.recent(), sheet.finish)

    def _tools(self, form: Form) -> GridTools:
        services = self._services
        base = base_of(form, services.prompt_book.wildcards)

        def look_up(cells: Sequence[Cell], tell: Callable[[frozenset[Place]], None]) -> None:
            async def look() -> None:
                tell(frozenset(await services.grids.at_hand(cells)))

            self._spawn(look(), "look for cells", "grid cells")

        return GridTools(
            base=lambda: dict(base), cells=self._cells, plan=services.grids.plan, look_up=look_up,
            recent=services.grids.recent,
        )  # fmt: skip

    def _cells(self, grid: Grid) -> list[Cell]:
        return cells_of(grid, self._services.catalogue.find)

    async def _order(self, wish: GridWish) -> None:
        """Write the jobs down and show the table that they fill."""
        services = self._services
        made = Grid(id=new_id(), x=wish.grid.x, y=wish.grid.y, base=wish.grid.base)
        plan = services.grids.plan(wish.cells)
        if plan.cells:
            if plan.ask_first and not await self._ask(plan):
                return
            self.submitted.emit(await services.grids.submit(made, plan))
        else:
            await services.grids.remember(made)
        self.open(made)

    # ------------------------------------------------------------------ the table

    def open_asset(self, asset: Asset) -> None:
        """Open the grid that a picture is a cell of, at that cell."""
        found = grid_of(asset)
        if found is None:
            self._services.notices.tell(tr("This was not made in a grid."), topic="grid")
        else:
            self.open(*found)

    def open_last(self) -> None:
        """Open the grid that was made last."""
        self._spawn(self._open_last(), "open the last grid")

    async def _open_last(self) -> None:
        recent = await self._services.grids.recent()
        if not recent:
            raise InputError(tr("No grid was made yet."), tr("Make one with the button beside Generate."))
        self.open(recent[0])

    def open(self, grid: Grid, place: Place | None = None) -> None:
        """Show a grid as a table, with this cell in focus."""
        if self._view is not None:
            self._view.dismiss()
        services = self._services
        if self._thumbnails is None:
            self._thumbnails = ThumbnailLoader(services.library, parent=self)
        view = GridView(self._owner, grid, self._thumbnails)
        self._view = view
        self._states = []
        view.dismissed.connect(lambda: self._closed(view))
        view.make_wanted.connect(lambda: self._spawn(self._complete(grid), "complete a grid"))
        view.resume_wanted.connect(lambda: self._context.run("queue.resume", ""))
        view.change_wanted.connect(lambda: self._change(grid))
        view.export_wanted.connect(lambda: self._spawn(self._export(grid), "export a grid"))
        table = view.table
        table.opened.connect(self._open_cell)
        table.rated.connect(lambda stars: self._with_chosen(
            lambda ids: services.curator.rate(ids, stars)))  # fmt: skip
        table.trashed.connect(lambda: self._with_chosen(self._trash))
        table.compared.connect(self._compare)
        table.menu_wanted.connect(self._open_menu)
        view.show_states([], services.grids.plan([]), self._unit())
        view.open(place)
        self._look_again()

    def _closed(self, view: GridView) -> None:
        if self._view is view:
            self._view = None

    def _change(self, grid: Grid) -> None:
        if self._view is not None:
            self._view.dismiss()
        self.make(grid)

    def _something_changed(self, _what: object) -> None:
        if self._view is not None and not self._refresh.isActive():
            self._refresh.start()

    def _look_again(self) -> None:
        if self._view is not None:
            self._spawn(self._look(self._view), "look at a grid", "grid")

    async def _look(self, view: GridView) -> None:
        states = await self._services.grids.states(view.grid, self._cells(view.grid))
        if view is self._view:
            self._states = states
            missing = self._services.grids.plan(state.cell for state in states if state.to_make)
            view.show_states(states, missing, self._unit())

    async def _complete(self, grid: Grid) -> None:
        """Make what is missing."""
        plan = self._services.grids.plan(state.cell for state in self._states if state.to_make)
        if plan.ask_first and not await self._ask(plan):
            return
        self.submitted.emit(await self._services.grids.make(grid, self._states))
        self._look_again()

    def _unit(self) -> str:
        return tr("sandbox pollen") if self._presenter.in_sandbox else tr("pollen")

    # ------------------------------------------------------------------ its pictures

    def _rows(self) -> list[AssetRow]:
        chosen = self._view.table.chosen() if self._view is not None else []
        return list({state.row.row: state.row for state in chosen if state.row is not None}.values())

    def _with_chosen(self, work: Callable[[Sequence[str]], Coroutine[Any, Any, object]]) -> None:
        ids = [row.id for row in self._rows()]
        if ids:
            self._spawn(work(ids), "change cells")

    async def _trash(self, ids: Sequence[str]) -> None:
        step = await self._services.curator.trash(ids)
        self._services.notices.tell(
            trn("Moved to the trash.", "{n} things moved to the trash.", len(ids)),
            topic=undo.TOPIC,
            actions=(Action("edit.undo_step", tr("Undo"), step.id),),
        )

    def _open_cell(self, state: CellState) -> None:
        """The picture large; a cell without one says what there is to say, or is made."""
        if state.row is not None:
            self._show_large(state.row)
        elif state.status is CellStatus.WAITING and state.job is not None:
            self._context.run("queue.show", "")

    def _show_large(self, row: AssetRow) -> None:
        view = self._view
        if view is None:
            return
        rows = list(dict.fromkeys(state.row.row for state in self._states if state.row is not None))
        services = self._services
        large = LargeCells(
            self._owner, services.library, services.tasks, gallery_style(self._context.theme), rows, row.row
        )
        large.moved.connect(self._follow)
        large.rated.connect(lambda number, stars: self._spawn(self._rate_row(number, stars), "rate"))
        large.frame_taken.connect(lambda one, image, at: self._spawn(self._frame(one, image, at), "frame"))
        large.outside_wanted.connect(
            lambda one: QDesktopServices.openUrl(QUrl.fromLocalFile(str(services.library.file_path(one))))
        )
        self._large = large
        large.ended.connect(self._back_from_large)

    def _back_from_large(self) -> None:
        self._large = None
        if self._view is not None:
            self._view.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self, number: int) -> None:
        """The table's focus goes along with the viewer."""
        for state in self._states:
            if state.row is not None and state.row.row == number and self._view is not None:
                self._view.table.choose(state.cell.place.column, state.cell.place.row)
                return

    async def _rate_row(self, number: int, stars: int) -> None:
        rows = await self._services.library.rows([number])
        await self._services.curator.rate([row.id for row in rows], stars)

    async def _frame(self, row: AssetRow, image: QImage, seconds: float) -> None:
        film = await self._services.library.asset(row.id)
        if film is not None:
            png = await asyncio.to_thread(png_of, image)
            await keep_frame(self._services.library, film, png, seconds)
            self._services.notices.tell(tr("The frame is in the library."), topic="frame")

    def _compare(self) -> None:
        rows = self._rows()
        if 2 <= len(rows) <= MOST:
            self._spawn(self._show_compared(rows), "compare cells")
        else:
            self._services.notices.tell(
                tr("Choose two to {most} pictures to compare.", most=MOST), topic="compare"
            )

    async def _show_compared(self, rows: Sequence[AssetRow]) -> None:
        from studio.qt_models.pictures import PictureLoader
        from studio.ui.compare_view import CompareView

        library = self._services.library
        found = [await library.asset(row.id) for row in rows]
        assets = [asset for asset in found if asset is not None]
        if self._view is not None and len(assets) == len(rows):
            pictures = PictureLoader(library)
            compared = CompareView(self._view, assets, rows, pictures)
            compared.dismissed.connect(pictures.stop)
            compared.open()

    def _open_menu(self, at: QPoint) -> None:
        view, rows = self._view, self._rows()
        if view is None or not rows:
            return
        asset_menu(
            view, VERBS, lambda verb: self._spawn(self._do(verb, rows), verb), chosen=len(rows), trashed=False
        ).popup(at)

    async def _do(self, verb: str, rows: Sequence[AssetRow]) -> None:
        if verb == "trash":
            await self._trash([row.id for row in rows])
            return
        if verb == "compare":
            self._compare()
            return
        if verb == "open":
            self._show_large(rows[0])
            return
        asset = await self._services.library.asset(rows[0].id)
        if asset is None:
            return
        if verb == "show_file":
            folder = self._services.library.file_path(asset).parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
            return
        if self._view is not None:
            self._view.dismiss()
        if verb in ("show_in_gallery", "export", "collect", "copy_picture"):
            # What the library does with an asset is done there.
            self._context.open_with("library", "show", asset)
        else:
            self._presenter.use(asset, verb.removeprefix("use_"))

    # ------------------------------------------------------------------ one picture of it all

    async def _export(self, grid: Grid) -> None:
        suggested = Path.home() / f"{tr('Grid')} {datetime.now().astimezone():%Y-%m-%d %H-%M}.png"
        kinds = [("PNG", ["*.png"]), ("JPEG", ["*.jpg", "*.jpeg"])]
        target = await dialogs.pick_save(self._owner, tr("Export the grid"), suggested, kinds)
        if target is None:
            return
        await self.export_to(grid, target)
        show = Action("file.show", tr("Show in folder"), str(target))
        self._services.notices.tell(tr("The grid is exported."), topic="export", actions=(show,))

    async def export_to(self, grid: Grid, target: Path) -> None:
        """Write the table as one picture, with its headers.

        Raises:
            StudioError: the file cannot be written.
        """
        library, theme = self._services.library, self._context.theme
        files = {
            state.cell.place: library.thumbnail_path(state.row)
            if state.row.kind == "video"
            else library.file_path(state.row)
            for state in self._states
            if state.row is not None
        }
        ordered = [files.get(place) for place in grid.places()]
        t = theme.tokens
        look = SheetLook(t.bg, t.text, t.text2, theme.font())
        aspect = aspect_of_rows(self._states)
        words = " ".join(grid.prompt.split())

        def draw() -> str:
            image = grid_picture(grid, ordered, look, aspect=aspect, words=words)
            if image.isNull():
                return tr("There is not enough memory for it.")
            writer = QImageWriter(str(target))
            if target.suffix.lower() in (".jpg", ".jpeg"):
                writer.setQuality(JPEG_QUALITY)
            return "" if writer.write(image) else writer.errorString()

        problem = await asyncio.to_thread(draw)
        if problem:
            raise StudioError(tr("The grid could not be exported."), problem)
