"""Backup, restore, repair and reports as somebody at the window does them, on a real disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.errors import StudioError
from studio.core.restart import Again
from studio.domain.library import LibraryQuery
from studio.library import restore as restoring
from studio.library import swap
from studio.services.context import Services
from studio.shell import backup_sheet, progress_sheet, repair_sheet, report_sheet, restore_sheet
from studio.shell.upkeep_commands import Entry, UpkeepCommands
from studio.ui import dialogs
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.plain_text import PlainText
from tests.library.test_backup import fill
from tests.shell.support import make_window, running, until


@dataclass
class Bench:
    """The window with the services, and what was restarted how."""

    window: Any
    services: Services
    folder: Path
    restarts: list[tuple[Again, bool]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    async def restart(self, again: Again, *, ask: bool = True) -> None:
        self.restarts.append((again, ask))

    def command(self, command_id: str) -> Entry:
        table = UpkeepCommands(self.services, self.window, self.restart).all()
        return next(one for one in table if one.id == command_id)

    def begin(self, command_id: str) -> asyncio.Task[Any]:
        """Run a command as the window does."""
        return self.services.tasks.spawn(self.command(command_id).run(""), name=command_id, owner=self)

    def found(self, name: str) -> Any:
        named = (w for w in self.window.findChildren(QWidget) if w.accessibleName() == name)
        return next((w for w in named if w.isVisible() and w.isEnabled()), None)

    async def press(self, name: str) -> None:
        button = await until(lambda: self.found(name))
        QTest.keyClick(button, Qt.Key.Key_Space)

    def told(self) -> str:
        return " ".join(f"{notice.text} {notice.detail}" for notice in self.services.notices.recent)


@asynccontextmanager
async def bench(tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    window = make_window(qapp)
    home = tmp_path / "home"
    fill(home)
    async with running(home) as services:
        await services.library.rebuild()
        at = Bench(window, services, tmp_path)
        monkeypatch.setattr(
            "studio.shell.upkeep_commands.QDesktopServices.openUrl",
            lambda url: at.opened.append(url.toLocalFile()),
        )
        yield at
    window.close()


def answers(monkeypatch: pytest.MonkeyPatch, question: str, answer: object) -> None:
    """What the user chooses in a file dialog."""

    async def pick(*_args: object, **_named: object) -> object:
        return answer

    monkeypatch.setattr(dialogs, question, pick)


async def test_backed_up_and_put_in_place(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.zip"
    answers(monkeypatch, "pick_save", target)
    answers(monkeypatch, "pick_files", [target])
    async with bench(tmp_path, qapp, monkeypatch) as at:
        task = at.begin("backup.make")
        await until(lambda: any("About" in w.text() for w in at.window.findChildren(backup_sheet.Label)))
        trash = next(w for w in at.window.findChildren(Switch) if "trash" in w.text())
        trash.click()
        await at.press("Choose a place")
        await task
        assert "The backup is written." in at.told()
        assert restoring.look(target).trash
        # What comes afterwards is not in it.
        await at.services.profile.remember_prompt("later")
        task = at.begin("backup.restore")
        await at.press("Check and unpack")
        await at.press("Restore and start anew")
        await task
        assert at.restarts == [(Again(), False)]
        plan = swap.pending(tmp_path / "home")
        assert plan is not None
    swap.carry_out(tmp_path / "home")
    async with running(tmp_path / "home") as services:
        assert await services.profile.prompts() == ["a lighthouse 1"]
        await services.library.rebuild()
        assert await services.library.count(LibraryQuery()) == 1
        assert await services.library.count(LibraryQuery(trash=True)) == 1


async def test_thinking_better_of_it_changes_nothing(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.zip"
    answers(monkeypatch, "pick_save", None)
    answers(monkeypatch, "pick_files", [])
    async with bench(tmp_path, qapp, monkeypatch) as at:
        for ends in ("Choose a place", "Cancel"):
            task = at.begin("backup.make")
            await at.press(ends)
            await task
        await at.begin("backup.restore")
        assert not target.exists()
        await at.services.backup.make(target, backup_sheet.BackupWish(), lambda *_step: None)
        answers(monkeypatch, "pick_files", [target])
        task = at.begin("backup.restore")
        await at.press("Cancel")
        await task
        task = at.begin("backup.restore")
        await at.press("Check and unpack")
        await until(lambda: at.found("Restore and start anew"))
        await at.press("Cancel")
        await task
        assert at.restarts == []
        assert swap.leftovers(tmp_path / "home", at.services.paths.library) == []


async def test_what_cannot_be_used_is_told(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.zip").write_bytes(b"no backup")
    answers(monkeypatch, "pick_files", [tmp_path / "b.zip"])
    answers(monkeypatch, "pick_save", tmp_path / "nowhere" / "b.zip")
    async with bench(tmp_path, qapp, monkeypatch) as at:
        await at.begin("backup.restore")
        assert "is damaged or no backup" in at.told()
        task = at.begin("backup.make")
        await at.press("Choose a place")
        await task
        assert "could not be written" in at.told() or "cannot be" in at.told()


async def test_unpacked_into_a_folder_of_its_own(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, new = tmp_path / "b.zip", tmp_path / "new"
    answers(monkeypatch, "pick_files", [target])
    answers(monkeypatch, "pick_folder", new)
    async with bench(tmp_path, qapp, monkeypatch) as at:
        await at.services.backup.make(target, backup_sheet.BackupWish(library=False), lambda *_step: None)
        task = at.begin("backup.restore")
        await until(lambda: at.found("Check and unpack"))
        choice = next(w for w in at.window.findChildren(Segmented) if w.isVisible())
        choice.part("new").click()
        await at.press("Check and unpack")
        await at.press("Open it now")
        await task
        assert at.restarts == [(Again(profile=new), False)]
        assert (new / "studio.sqlite").exists()
        assert swap.pending(tmp_path / "home") is None
        shown = dict(restore_sheet.contents(restoring.look(target)))
        assert shown["Library"] == "Not in it"
        answers(monkeypatch, "pick_folder", None)
        task = at.begin("backup.restore")
        await until(lambda: at.found("Check and unpack"))
        choice = next(w for w in at.window.findChildren(Segmented) if w.isVisible())
        choice.part("new").click()
        await at.press("Check and unpack")
        await task
        assert len(at.restarts) == 1


async def test_stopping_and_failing_while_it_shows_how_far_it_is(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path, qapp, monkeypatch) as at:
        ended: list[str] = []

        async def endless(told: progress_sheet.Told) -> int:
            told(5_000_000, 10_000_000)
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("stopped")
            return 1

        async def fails(_told: progress_sheet.Told) -> int:
            raise StudioError("It will not.")

        async def works(_told: progress_sheet.Told) -> int:
            return 7

        def shows(work: Any) -> asyncio.Task[Any]:
            shown = progress_sheet.with_progress(at.window, at.services.tasks, "At it", "", work)
            return at.services.tasks.spawn(shown, name="show", owner=at)

        task = shows(endless)
        labels = progress_sheet.Label
        await until(lambda: any(w.text() == "5.0 MB of 10 MB" for w in at.window.findChildren(labels)))
        await at.press("Stop")
        assert await task is None
        assert ended == ["stopped"]
        assert await shows(works) == 7
        with pytest.raises(StudioError, match="It will not"):
            await progress_sheet.with_progress(at.window, at.services.tasks, "At it", "", fails)


async def test_repair_checks_rebuilds_and_goes_back_to_a_copy(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path, qapp, monkeypatch) as at:
        await at.services.profile.run(at.services.profile.store.snapshot)
        task = at.begin("app.repair")
        sheet = await until(lambda: at.window.findChildren(repair_sheet.RepairSheet))
        words = sheet[0]._words  # type: ignore[index]
        await at.press("Chats, jobs and spending: Check")
        await until(lambda: words["profile"].text() == "All of it is whole.")
        await at.press("Index of the library: Rebuild")
        await until(lambda: words["index"].text() == "The index is made again.")
        await at.press("Chats, jobs and spending: Use an earlier copy")
        await at.press("Use this copy")
        await task
        assert at.restarts == [(Again(), False)]
        plan = swap.pending(tmp_path / "home")
        assert plan is not None
        assert plan.kind == "snapshot"
        swap.take_back(tmp_path / "home")
        task = at.begin("app.repair")
        await at.press("Preferences: Reset")
        await at.press("Reset and start anew")
        await task
        assert len(at.restarts) == 2
        task = at.begin("app.repair")
        await at.press("Close")
        await task
        assert len(at.restarts) == 2


async def test_a_report_is_shown_before_it_is_copied_or_saved(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.txt"
    answers(monkeypatch, "pick_save", target)
    async with bench(tmp_path, qapp, monkeypatch) as at:
        task = at.begin("report.save")
        await at.press("Copy")
        text = QGuiApplication.clipboard().text()
        assert text.startswith("Nectary ")
        assert "window system: offscreen" in text
        assert "lighthouse" not in text
        shown = at.window.findChildren(PlainText)[-1].toPlainText()
        assert shown == text
        await at.press("Save")
        await task
        assert target.read_text(encoding="utf-8") == text
        answers(monkeypatch, "pick_save", tmp_path / "file" / "x.txt")
        (tmp_path / "file").touch()
        await report_sheet.save_report(at.window, at.services, "x")
        assert "x.txt could not be written" in at.told()


async def test_the_other_commands(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path, qapp, monkeypatch) as at:
        await at.begin("logs.open")
        await at.command("folder.open").run(str(tmp_path / "there"))
        assert at.opened == [str(at.services.paths.logs), str(tmp_path / "there")]
        await at.begin("app.safe_mode")
        await at.begin("app.start_normally")
        assert at.restarts == [(Again(safe_mode=True), True), (Again(safe_mode=False), True)]
        ids = {one.id for one in UpkeepCommands(at.services, at.window, None).all()}
        assert {"backup.make", "backup.restore", "report.save", "storage.show"} <= ids
        await UpkeepCommands(at.services, at.window, None)._again(safe_mode=True)
