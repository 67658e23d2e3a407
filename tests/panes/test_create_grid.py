"""Grids as a user makes them, against a real sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.grid import Place, read_grid
from studio.panes.create.grid_desk import GridDesk
from studio.panes.create.grid_sheet import GridSheet
from studio.qt_models.grid_table import cell_words
from studio.services.grids import CellState, CellStatus
from studio.ui.grid_view import GridView
from tests.panes.support import Desk
from tests.panes.test_create import Pane, creating, visible
from tests.shell.support import until


async def sheet_of(at: Desk, pane: Pane, prompt: str) -> Any:
    """Write a prompt and open the sheet by its command."""
    await pane.ready(prompt)
    at.commands.run("create.grid")
    await until(lambda: visible(at.window, GridSheet))
    return visible(at.window, GridSheet)[0]


def desk_of(pane: Pane) -> Any:
    assert isinstance(pane.view._grids, GridDesk)
    return pane.view._grids


def check(sheet: Any, *labels: str) -> None:
    for choice, box, _row in sheet.across.listed_rows():
        box.setChecked(choice.label in labels)


async def made(at: Desk, pane: Pane) -> GridView:
    desk = desk_of(pane)
    await until(lambda: desk.view is not None)
    await until(lambda: not at.services.jobs.active())
    await until(lambda: desk._states and all(s.status not in BUSY for s in desk._states))
    assert isinstance(desk.view, GridView)
    return desk.view


BUSY = (CellStatus.WAITING, CellStatus.RUNNING)


async def test_a_grid_is_priced_made_completed_and_opened_from_its_picture(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        sheet = await sheet_of(at, pane, "a lighthouse, {oil|ink}")
        check(sheet, "FLUX.1 Schnell", "Z-Image Turbo")
        sheet.down.show_parameter("choice:0")
        sheet.judge()
        assert sheet.words.text.startswith("2 × 2 = 4 cells. Leaves ")
        assert sheet.make.text() == "Make 4"
        assert sheet.make.note.startswith("· ≈ 0.012")
        sheet.make.click()
        view = await made(at, pane)
        assert view._counts.text().startswith("4 of 4 · 0.012")
        desk = desk_of(pane)
        assert [state.row.title.split(", ")[1] for state in desk._states] == ["oil", "oil", "ink", "ink"]
        # One is thrown away: just that one is offered, and the library's own word opens the grid again.
        first = desk._states[0].row.id
        await at.services.library.trash([first])
        await until(view.make.isVisible)
        assert view.make.text() == "Make the missing one"
        view.make.click()
        await until(lambda: not view.make.isVisible())
        QTest.keyClick(view.table, Qt.Key.Key_Escape)
        assert desk.view is None
        asset = await at.services.library.asset(desk._states[3].row.id)
        assert asset is not None
        assert read_grid(asset.provenance.grid) is not None
        pane.view._context.open_with("create", "grid", asset)
        again = await made(at, pane)
        assert again.table.current_state().cell.place == Place(1, 1)
        assert at.services.jobs.all()[-1].grid["column"] == 0
        await at.services.curator.rate([asset.id], 0)


async def test_what_a_model_does_not_take_is_left_out_with_its_reason(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        sheet = await sheet_of(at, pane, "a heron")
        check(sheet, "FLUX.1 Schnell", "GPT Image 2.5 Flare")
        sheet.down.show_parameter("quality")
        sheet.judge()
        assert "4 are left out: FLUX.1 Schnell does not take “Quality”." in sheet.words.text
        words = [sheet.map.words_at(point) for point in (sheet.map.rect().topLeft(),)]
        assert words[0].endswith(("Is made", "does not take “Quality”"))
        sheet.down.show_parameter("replace")
        sheet.judge()
        assert not sheet.make.isEnabled()
        sheet.down._find.setText("heron")
        sheet.down._lines.set_text("crane\nstork")
        sheet.judge()
        assert sheet.make.text() == "Make 6"
        sheet.down.show_parameter("seed")
        sheet.down._field.setText("1-90")
        sheet.judge()
        assert not sheet.make.isEnabled()
        sheet.across.show_parameter("seed")
        sheet.down._field.setText("1")
        sheet.judge()
        assert sheet.words.text == "Choose two different parameters."
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not visible(at.window, GridSheet))
        assert at.services.jobs.all() == []


async def test_what_is_in_the_library_is_used_unless_the_user_wants_it_anew(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron")
        at.services.settings.change("create", seed=5, seed_locked=True)
        pane.view._presenter.edit(seed=5, seed_locked=True)
        pane.form.generate.emit()
        await until(lambda: at.services.jobs.all() and not at.services.jobs.active())
        sheet = await sheet_of(at, pane, "a heron")
        sheet.down.show_parameter("seed")
        sheet.down._field.setText("5, 6")
        sheet.judge()
        await until(sheet.reuse.isVisible)
        assert sheet.reuse.text() == "Use the one that is in the library"
        assert sheet.make.text() == "Make 1"
        sheet.reuse.click()
        assert sheet.make.text() == "Make 2"
        sheet.reuse.click()
        sheet.make.click()
        view = await made(at, pane)
        assert len(at.services.jobs.all()) == 2
        states = desk_of(pane)._states
        assert [state.borrowed for state in states] == [True, False]
        assert "was in the library already" in cell_words(states[0])
        # Large, and back; and as one picture.
        view.table.setFocus()
        view.table.choose(0, 0)
        QTest.keyClick(view.table, Qt.Key.Key_Return)
        desk = desk_of(pane)
        await until(lambda: desk._large is not None and desk._large.viewer.isVisible())
        QTest.keyClick(desk._large.viewer, Qt.Key.Key_Right)
        state = view.table.current_state()
        assert isinstance(state, CellState)
        assert state.cell.place == Place(0, 1)
        QTest.keyClick(desk._large.viewer, Qt.Key.Key_4)
        await until(lambda: desk._states[1].row.rating == 4)
        QTest.keyClick(desk._large.viewer, Qt.Key.Key_Escape)
        assert desk.view is view
        for name in ("sheet.png", "sheet.jpg"):
            await desk.export_to(view.grid, tmp_path / name)
            image = QImage(str(tmp_path / name))
            assert image.height() > image.width() > 512


async def test_earlier_grids_open_again_and_can_be_changed(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        at.commands.run("create.last_grid")
        await until(lambda: any("No grid" in one.text for one in at.services.notices.recent))
        sheet = await sheet_of(at, pane, "a heron")
        sheet.down.show_parameter("seed")
        sheet.down._field.setText("5, 6")
        sheet.judge()
        sheet.make.click()
        view = await made(at, pane)
        view.dismiss()
        at.commands.run("create.last_grid")
        view = await made(at, pane)
        view.change.click()
        await until(lambda: visible(at.window, GridSheet))
        (again,) = visible(at.window, GridSheet)
        assert again.down._field.text() == "5, 6"
        assert again.across.axis().labels == ("FLUX.1 Schnell",)
