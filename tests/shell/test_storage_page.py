"""Preferences, Storage, in the window."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.library import LibraryQuery
from studio.domain.storage import LOW_SPACE, DiskUse, Place, Used
from studio.library import disk_use
from studio.services.storage import CLEARABLE
from studio.shell.preferences import PreferencesSheet, open_preferences
from studio.shell.storage_page import StoragePage, groups, names
from studio.ui.widgets.buttons import Button
from tests.library.test_backup import fill
from tests.shell.support import make_window, running, until
from tests.shell.test_preferences import Table, named


class Recorder(Table):
    """Commands with what they were told."""

    def __init__(self) -> None:
        super().__init__()
        self.arguments: list[str] = []

    def run(self, command_id: str, argument: str = "") -> None:
        super().run(command_id, argument)
        self.arguments.append(argument)


def page_of(sheet: PreferencesSheet) -> StoragePage:
    page = sheet.pages["storage"]
    assert isinstance(page, StoragePage)
    return page


def test_every_kind_has_a_name_and_a_place() -> None:
    assert set(names()) == set(Place)
    assert sorted(place for _title, places in groups() for place in places) == sorted(Place)


async def test_it_counts_opens_and_clears(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    window, table = make_window(qapp), Recorder()
    async with running(tmp_path) as services:
        await services.library.rebuild()
        await services.storage.make_thumbnails()
        sheet = open_preferences(window, services, table, "storage")
        page = page_of(sheet)
        await until(lambda: page.total.text().startswith("Nectary takes"))
        assert page.places[Place.PICTURES].note.text() == "One file."
        assert page.places[Place.TRASH].clear.isEnabled()
        assert not page.places[Place.QUARANTINE].clear.isEnabled()
        assert page.places[Place.PICTURES].clear.isHidden()
        assert page.places[Place.PIECES].note.text() == "Of transcripts that were given up."
        # Thumbnails go without a question, and are there again.
        thumbs = services.paths.library / ".nectary/thumbs"
        (before,) = thumbs.glob("*/*.jpg")
        mark = before.with_name("mark")
        mark.touch()
        page.places[Place.THUMBNAILS].clear.click()
        await until(lambda: before.exists() and not mark.exists())
        # What would be lost is asked about.
        for answer, left in (("Cancel", 1), ("Clear", 0)):
            page.places[Place.TRASH].clear.click()
            button = await until(lambda answer=answer: visible(window, answer))
            QTest.keyClick(button, Qt.Key.Key_Space)  # type: ignore[arg-type]
            await until(lambda: not page.places[Place.TRASH].clear.loading)
            await until(lambda answer=answer: not visible(window, answer))
            if not left:
                await until(lambda: page.places[Place.TRASH].amount.text() == "–")
            assert await services.library.count(LibraryQuery(trash=True)) == left
        page.places[Place.LOGS].open.click()
        assert (table.ran[-1], table.arguments[-1]) == ("folder.open", str(services.paths.logs))
        QTest.keyClick(named(page, Button, "Back up"), Qt.Key.Key_Space)
        assert table.ran[-1] == "backup.make"
        assert not sheet.isVisible()
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


def visible(window: Any, name: str) -> Any:
    """The button of a question, not those of the rows."""
    found = (w for w in window.findChildren(Button) if w.accessibleName() == name and w.isVisible())
    return next(found, None)


async def test_a_disk_that_is_nearly_full_and_paid_pieces_are_told(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_use.shutil, "disk_usage", lambda _path: SimpleNamespace(free=LOW_SPACE - 1))
    window = make_window(qapp)
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, Table(), "storage")
        page = page_of(sheet)
        await until(lambda: not page.low.isHidden())
        assert "nearly full" in page.low.text()
        pieces = Used(place=Place.PIECES, folder=tmp_path, files=3, bytes=2_000_000, paid=2)
        page.show_use(DiskUse(used=(pieces,), free=None))
        assert page.places[Place.PIECES].note.text() == "2 answers in it are paid for."
        assert page.total.text() == "Nectary takes 2.0 MB."
        monkeypatch.undo()
        # A kind that is in use says why it stays.
        await services.session.use_sandbox()
        page._clear(Place.SANDBOX)
        await until(lambda: any("in use" in notice.text for notice in services.notices.recent))
        # Closed while it clears: that goes on.
        page._clear(Place.OUTLINES)
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
        assert Place.OUTLINES in CLEARABLE
    window.close()
