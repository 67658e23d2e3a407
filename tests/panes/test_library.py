from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QWidget

from studio.core.secrets import Secret
from studio.domain.library import FacetValue, LibraryQuery
from studio.panes.library.presenter import LibraryPresenter
from studio.panes.library.side_bar import SideBar, at_least
from studio.panes.library.view import LibraryView
from studio.sandbox.server import SandboxServer
from studio.ui.asset_browser import AssetBrowser
from studio.ui.asset_inspector import AssetInspector
from studio.ui.dialogs import Sheet
from studio.ui.export_sheet import ExportForm
from tests.panes.support import Desk, desk, fill
from tests.shell.support import running, until


class Pane:
    """The Library pane and what a user sees of it."""

    def __init__(self, at: Desk) -> None:
        self.view: Any = at.window.pane("library")
        assert isinstance(self.view, LibraryView)
        assert isinstance(self.view._presenter, LibraryPresenter)
        assert isinstance(self.view.side_bar, SideBar)
        self.browser = part(self.view, AssetBrowser)
        self.inspector = part(self.view, AssetInspector)
        self.gallery = self.browser.view

    async def shows(self, count: int) -> None:
        await until(lambda: self.browser.model.rowCount() == count and not self.browser.model.loading)


def part(parent: QWidget, kind: type[Any]) -> Any:
    found = parent.findChild(kind)
    assert found is not None
    return found


def press(parent: QWidget, name: str) -> None:
    """Press the button with this accessible name that shows."""
    buttons = [b for b in parent.findChildren(QPushButton) if b.accessibleName() == name and b.isVisible()]
    QTest.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)


async def test_trash_undo_restore_and_delete_for_good(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=4) as at:
        pane = Pane(at)
        await pane.shows(4)
        await until(lambda: pane.inspector.asset is not None)
        QTest.keyClick(pane.gallery, Qt.Key.Key_Delete)
        await pane.shows(3)
        at.commands.run("edit.undo")
        await pane.shows(4)
        pane.gallery.selectAll()
        press(pane.inspector, "Move all to the trash")
        await pane.shows(0)
        bar = pane.view.side_bar
        bar._all.click()
        assert bar._all.isChecked(), "pressed again it stays marked"
        bar._trash.click()
        await pane.shows(4)
        await until(lambda: bar._trash.isChecked() and not bar._all.isChecked())
        pane.gallery.setCurrentIndex(pane.browser.model.index(0))
        await until(lambda: pane.inspector.asset is not None and pane.inspector.asset.trashed_at is not None)
        press(pane.inspector, "Restore")
        await pane.shows(3)
        pane.gallery.setCurrentIndex(pane.browser.model.index(0))
        await until(lambda: pane.inspector.asset is not None and pane.inspector.asset.trashed_at is not None)
        press(pane.inspector, "Delete for good")
        press(await sheet(at), "Delete for good")
        await pane.shows(2)
        press(pane.view, "Empty trash")
        press(await sheet(at), "Empty trash")
        await pane.shows(0)
        pane.view.side_bar.everything.emit()
        await pane.shows(1)
        assert len(list((tmp_path / "library").glob("20*/**/*.png"))) == 1


async def sheet(at: Desk) -> QWidget:
    """The question that stands before the window."""
    found = await until(lambda: next((s for s in at.window.findChildren(Sheet) if s.isVisible()), None))
    assert isinstance(found, QWidget)
    return found


async def test_ratings_tags_and_notes_are_kept_and_can_be_taken_back(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, pictures=2) as at:
        pane = Pane(at)
        await pane.shows(2)
        await until(lambda: pane.inspector.asset is not None)
        asset_id = pane.inspector.asset.id

        async def becomes(**wanted: object) -> None:
            async with asyncio.timeout(20):
                while True:
                    asset = await at.services.library.asset(asset_id)
                    assert asset is not None
                    if all(getattr(asset, name) == value for name, value in wanted.items()):
                        return
                    await asyncio.sleep(0.01)

        QTest.keyClick(pane.gallery, Qt.Key.Key_4)
        await becomes(rating=4)
        field = pane.inspector.tags.field
        QTest.keyClicks(field, "coast, dusk")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await becomes(tags=("coast", "dusk"))
        await until(lambda: pane.inspector.tags.tags() == ["coast", "dusk"])
        press(pane.inspector.tags, "Remove the tag coast")
        await becomes(tags=("dusk",))
        QTest.keyClicks(pane.inspector.note.editor, "For the cover")
        pane.gallery.setCurrentIndex(pane.browser.model.index(1))
        await becomes(note="For the cover")
        await until(lambda: pane.inspector.asset.id != asset_id)
        assert pane.inspector.note.text() == ""
        for wanted in ({"note": ""}, {"tags": ("coast", "dusk")}, {"tags": ("coast",)}):
            at.commands.run("edit.undo")
            await becomes(**wanted)
        # The two tags were entered one after the other: the comma took the first.
        at.commands.run("edit.undo")
        await becomes(tags=())
        at.commands.run("edit.undo")
        await becomes(rating=0)
        assert at.services.curator.undo.next_label == ""


async def test_a_note_that_is_being_written_survives_the_end(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=1) as at:
        pane = Pane(at)
        await until(lambda: pane.inspector.asset is not None)
        QTest.keyClicks(pane.inspector.note.editor, "half a thought")
    async with running(tmp_path) as services:
        (row,) = await services.library.rows(await services.library.row_ids(LibraryQuery()))
        asset = await services.library.asset(row.id)
        assert asset is not None
        assert asset.note == "half a thought"


async def test_many_are_rated_and_tagged_at_once(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=5) as at:
        pane = Pane(at)
        await pane.shows(5)
        pane.gallery.selectAll()
        panel = pane.inspector.selection
        await until(panel.isVisible)
        assert panel.title.text() == "5 chosen"
        panel.stars.setFocus()
        QTest.keyClick(panel.stars, Qt.Key.Key_3)
        QTest.keyClicks(panel.field, "series")
        QTest.keyClick(panel.field, Qt.Key.Key_Return)
        async with asyncio.timeout(20):
            while await at.services.library.count(LibraryQuery(min_rating=3, tags=("series",))) < 5:
                await asyncio.sleep(0.01)
        at.commands.run("edit.undo")
        async with asyncio.timeout(20):
            while await at.services.library.count(LibraryQuery(tags=("series",))):
                await asyncio.sleep(0.01)


async def test_days_stand_over_their_pictures_and_narrow_the_view(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        await fill(at.services, 5, ["2025-03-01", "2025-03-01", "2025-03-02", "", ""])
        pane = Pane(at)
        await pane.shows(5)
        await until(lambda: len(pane.gallery._layout.sections) == 3)
        assert [(s.title, s.detail) for s in pane.gallery._layout.sections] == [
            ("Today", "2 · 0.004 pollen"),
            ("2 March 2025", "1 · 0.002 pollen"),
            ("1 March 2025", "2 · 0.004 pollen"),
        ]
        await until(lambda: "2025-03-01" in pane.view.side_bar._days._rows)
        pane.view.side_bar._days._rows["2025-03-01"].click()
        await pane.shows(2)
        pane.view._order._take("rating")
        await until(lambda: pane.gallery._layout.sections == ())


async def test_the_inspector_folds_where_there_is_no_room_and_comes_on_demand(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, pictures=1, size=(1024, 720)) as at:
        pane = Pane(at)
        await pane.shows(1)
        assert not pane.inspector.isVisible()
        press(pane.view, "Show the inspector")
        assert pane.inspector.isVisible()
        assert pane.inspector.geometry().right() <= pane.view.rect().right()
        press(pane.view, "Hide the inspector")
        assert not pane.inspector.isVisible()
        at.window.resize(1440, 900)
        await until(pane.inspector.isVisible)


async def test_everything_chosen_is_exported(tmp_path: Path, qapp: QApplication) -> None:
    target = tmp_path / "out"
    target.mkdir()
    async with desk(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await pane.shows(3)
        pane.gallery.selectAll()
        export = await until(
            lambda: next(
                (b for b in pane.inspector.findChildren(QPushButton) if b.text() == "Export all…"),
                None,
            )
        )
        await until(export.isVisible)
        export.setFocus()
        # In the inspector as in the gallery (test_gallery_view.py): a press on a button there took the focus.
        QTest.keyClick(export, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        sheet = await until(lambda: next((s for s in at.window.findChildren(Sheet) if s.isVisible()), None))
        part(sheet, ExportForm).format.part("webp").click()
        press(sheet, "Choose where to")
        dialog = await until(
            lambda: next((d for d in at.window.findChildren(QFileDialog) if d.isVisible()), None)
        )
        part(dialog, QLineEdit).setText(str(target))
        dialog.accept()
        await until(lambda: any(n.text == "3 things exported." for n in at.services.notices.recent))
    assert len(list(target.glob("*.webp"))) == 3


async def test_a_list_in_the_place_of_the_grid(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await pane.shows(3)
        pane.view._layouts.part("list").click()
        assert pane.gallery.is_list
        assert at.services.settings.values.library.layout == "list"
        tops = [pane.gallery.visualRect(pane.browser.model.index(n)).top() for n in range(3)]
        assert len(set(tops)) == 3
        pane.gallery.grab()
        await until(
            lambda: all(pane.browser.thumbnails.peek(pane.browser.model.number_at(n)) for n in range(3))
        )
        pane.gallery.grab()
        QTest.keyClick(pane.gallery, Qt.Key.Key_Down)
        assert pane.gallery.currentIndex().row() == 1
        pane.view._layouts.part("grid").click()
        assert not pane.gallery.is_list


async def test_all_that_match_are_selected_by_a_button(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=5) as at:
        pane = Pane(at)
        await pane.shows(5)
        view, model = pane.gallery, pane.browser.model
        for position in (0, 2):
            flag = QItemSelectionModel.SelectionFlag.Select
            view.selectionModel().select(model.index(position), flag)
        press(pane.inspector, "Select all 5")
        assert view.selected_positions() == [0, 1, 2, 3, 4]
        assert not pane.inspector.selection.buttons["all"].isVisible()


async def test_sandbox_and_real_costs_stand_apart(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        await fill(at.services, 2)
        await fill(at.services, 3, prompt="pretend", sandbox=True)
        pane = Pane(at)
        await pane.shows(5)
        words = "0.004 pollen · 0.006 sandbox pollen"
        await until(lambda: pane.view._count.text() == f"5 · {words}")
        await until(lambda: [s.detail for s in pane.gallery._layout.sections] == [f"5 · {words}"])


async def test_a_model_under_two_ids_is_one_row(tmp_path: Path, qapp: QApplication) -> None:
    """The catalogue gives ids of today; assets of yesterday keep theirs (CONTRACT 2)."""
    with SandboxServer() as server:
        async with desk(tmp_path, qapp, server=server) as at:
            at.services.account.keep_in_memory(Secret(server.key), "default")
            await at.services.session.use_cloud("default")
            catalogue = at.services.catalogue
            await until(lambda: catalogue.find("flux") is not None)
            found = catalogue.find("flux")
            assert found is not None
            assert found.name != "flux"
            await fill(at.services, 2, model="flux")
            await fill(at.services, 1, model=found.name, prompt="another id")
            pane = Pane(at)
            await pane.shows(3)
            rows = pane.view.side_bar._models._rows
            await until(lambda: len(rows) == 1 and next(iter(rows.values())).accessibleDescription() == "3")
            next(iter(rows.values())).click()
            await until(lambda: len(pane.view._presenter.query.models) == 2)
            await pane.shows(3)


async def test_what_was_spent_is_told_and_narrows_the_view(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp, pictures=5) as at:
        pane = Pane(at)
        await pane.shows(5)
        made = await at.services.curator.shelving.create("Herons", "", await _ids(at, 2))
        press(pane.view, "What was spent")
        found = await sheet(at)
        press(found, "Herons: 0.004 pollen")
        await pane.shows(2)
        assert pane.view._presenter.query.collection == made.id
        press(pane.view, "What was spent")
        names = [b.accessibleName() for b in (await sheet(at)).findChildren(QPushButton)]
        assert "flux: 0.004 pollen" in names
        assert "Today: 0.004 pollen" in names


async def _ids(at: Desk, count: int) -> list[str]:
    rows = await at.services.library.row_ids(LibraryQuery())
    return [row.id for row in await at.services.library.rows(rows[:count])]


async def test_a_search_that_finds_nothing_offers_a_way_back_and_shows_nothing_old(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await pane.shows(3)
        await until(lambda: pane.inspector.asset is not None)
        pane.view.search.setText("nothing has these words")
        await pane.shows(0)
        await until(lambda: pane.inspector.asset is None)
        press(pane.browser, "Show everything")
        await pane.shows(3)
        await until(lambda: pane.inspector.asset is not None)
        assert pane.view.search.text() == ""


def test_a_rating_in_the_side_bar_counts_what_choosing_it_finds() -> None:
    given = [FacetValue(value=str(stars), label="", count=stars + 1) for stars in (5, 4, 2, 0)]
    rows = [(row.value, row.label, row.count) for row in at_least(given)]
    assert rows == [("5", "★★★★★", 6), ("4", "★★★★ and more", 11), ("2", "★★ and more", 14)]


async def test_a_folded_inspector_is_folded_at_the_next_start(tmp_path: Path, qapp: QApplication) -> None:
    for first, shown in (("library", True), ("library", False), ("create", True), ("create", False)):
        async with desk(tmp_path, qapp, first=first, pictures=1) as at:
            view = at.window.pane(first)
            fold = view._fold if first == "library" else view._results.fold  # type: ignore[attr-defined]
            await until(lambda fold=fold: fold.roomy)
            assert fold.shown == shown
            if shown:
                fold.button.click()
            assert not fold.shown
            at.services.settings.save()
