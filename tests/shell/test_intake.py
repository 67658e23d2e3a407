"""Files dropped on the window: the veil, the progress, the report, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.library import LibraryQuery
from studio.shell import intake
from studio.shell.intake import IntakeSheet
from studio.ui.dialogs import Sheet
from studio.ui.drop_veil import DropVeil, files_in, wanted
from tests.library import hostile
from tests.library.makers import encoded
from tests.panes.support import Desk, desk
from tests.panes.test_library import Pane, press
from tests.shell.support import until

NONE, LEFT, COPY = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction


def dropping(target: QWidget, paths: Sequence[Path]) -> None:
    """Drag over the widget and let go, as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    entering = QDragEnterEvent(QPoint(40, 40), COPY, data, LEFT, NONE)
    QApplication.sendEvent(target, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(40, 40), COPY, data, LEFT, NONE))


def sheets(at: Desk, kind: type[Any] = Sheet) -> list[Any]:
    return [found for found in at.window.findChildren(kind) if found.isVisible()]


@pytest.mark.qt_log_ignore("qt.gui.imageio", "libpng", "JPEG", "QImage")
async def test_a_folder_that_means_no_good_dropped_on_the_library(tmp_path: Path, qapp: QApplication) -> None:
    hostile.build(tmp_path / "in", tmp_path / "outside")
    async with desk(tmp_path / "p", qapp, pictures=1) as at:
        pane = Pane(at)
        await pane.shows(1)
        dropping(pane.view, [tmp_path / "in"])
        await until(lambda: any("added" in s.title.text() for s in sheets(at)))
        report = next(s for s in sheets(at) if "added" in s.title.text())
        press(report, "Copy report")
        await until(lambda: "Not taken in" in QApplication.clipboard().text())
        assert "900 megapixels.png" in QApplication.clipboard().text()
        added = int(QApplication.clipboard().text().partition(" ")[0])
        await pane.shows(1 + added)
        for position in range(0, 1 + added, 7):
            pane.gallery.setCurrentIndex(pane.browser.model.index(position))
            wanted_id = pane.browser.model.row_at(position)
            await until(
                lambda row=wanted_id: (
                    row is None or (pane.inspector.asset is not None and pane.inspector.asset.id == row.id)
                )
            )
        assert not at.services.notices.bugs
        at.commands.run("edit.undo")
        await pane.shows(1)
        assert await at.services.library.count(LibraryQuery(trash=True)) == added


async def test_one_good_file_is_told_without_a_sheet(tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "one.png"
    path.write_bytes(encoded("PNG"))
    async with desk(tmp_path / "p", qapp) as at:
        pane = Pane(at)
        dropping(pane.view, [path])
        await pane.shows(1)
        await until(lambda: any("One file added" in n.text for n in at.services.notices.recent))
        assert not sheets(at)
        at.commands.run("library.report")
        await until(lambda: bool(sheets(at)))
        press(sheets(at)[0], "Close")
        dropping(pane.view, [path])
        await until(lambda: any("Nothing was added" in n.text for n in at.services.notices.recent))


async def test_files_go_into_the_collection_that_is_open(tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "one.png"
    path.write_bytes(encoded("PNG"))
    async with desk(tmp_path / "p", qapp) as at:
        pane = Pane(at)
        made = await at.services.curator.shelving.create("sea")
        pane.view._presenter.open_collection(made.id)
        dropping(pane.view, [path])
        await pane.shows(1)
        assert len(await at.services.library.members(made.id)) == 1


async def test_it_shows_how_far_it_is_and_can_be_stopped(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "QUIET_MS", 0)
    monkeypatch.setattr("studio.library.importing.BATCH", 2)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.png").write_bytes(encoded("PNG", number))
    async with desk(tmp_path / "p", qapp) as at:
        pane = Pane(at)
        dropping(pane.view, [folder])
        await until(lambda: bool(sheets(at, IntakeSheet)))
        sheet = sheets(at, IntakeSheet)[0]
        await until(lambda: "of 400 files" in sheet.words.text())
        press(sheet, "Stop")
        await until(lambda: not sheets(at, IntakeSheet))
        there = await at.services.library.count(LibraryQuery())
        assert 0 < there < 400
        at.commands.run("library.report")
        await until(lambda: bool(sheets(at)))
        press(sheets(at)[0], "Copy report")
        await until(lambda: "Not looked at" in QApplication.clipboard().text())


async def test_it_goes_on_in_the_background(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "QUIET_MS", 0)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number}.png").write_bytes(encoded("PNG", number))
    (folder / "torn.png").write_bytes(encoded("PNG")[:90])
    async with desk(tmp_path / "p", qapp) as at:
        pane = Pane(at)
        dropping(pane.view, [folder])
        await until(lambda: bool(sheets(at, IntakeSheet)))
        press(sheets(at, IntakeSheet)[0], "Go on in the background")
        await pane.shows(150)
        await until(lambda: any("150 files added" in n.text for n in at.services.notices.recent))
        assert not sheets(at), "who sent it away is not interrupted"


async def test_own_pictures_dragged_about_are_no_import(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path / "p", qapp, pictures=1) as at:
        pane = Pane(at)
        await pane.shows(1)
        veil = pane.view.findChild(DropVeil)
        assert veil is not None
        data = QMimeData()
        data.setText("words")
        event = QDragEnterEvent(QPoint(40, 40), COPY, data, LEFT, NONE)
        event.ignore()
        QApplication.sendEvent(pane.view, event)
        assert veil.isHidden()
        assert files_in(data) == []
        assert wanted([Path("/a\nb")], "c") == '{"paths": ["/a\\nb"], "collection": "c"}'
