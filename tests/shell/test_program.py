"""The program from its first page to its second start, in its own window, against a real sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.door import NOTE
from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.domain.library import LibraryQuery
from studio.panes.create.job_cards import BatchCard
from studio.services.notices import Notice, NoticeCentre
from studio.shell.main_window import MainWindow
from studio.shell.program import Program
from studio.shell.tour import Tour
from studio.ui.asset_browser import AssetBrowser
from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import EmptyState
from tests.shell.support import UNTIL_SECONDS, running, until


@dataclass
class Running:
    window: MainWindow
    program: Program
    settings: Settings
    notices: NoticeCentre
    done: asyncio.Task[int]

    def control(self, name: str) -> Any:
        """The visible control with this accessible name."""
        return next(
            w for w in self.window.findChildren(QWidget) if w.accessibleName() == name and w.isVisible()
        )

    def press(self, name: str) -> None:
        QTest.mouseClick(self.control(name), Qt.MouseButton.LeftButton)


@asynccontextmanager
async def started(
    folder: Path, qapp: QApplication, first: str = "", files: Sequence[Path] = ()
) -> AsyncIterator[Running]:
    """The program as `studio.app` starts it, quit at the end."""
    paths = portable_paths(folder)
    settings = Settings(paths.settings)
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    window = MainWindow(theme, settings, window_state=paths.window_state, first=first)
    window.show()
    window.activateWindow()
    notices = NoticeCentre()
    program = Program(window, settings, notices, paths, environment={}, files=files)
    done = asyncio.get_running_loop().create_task(program.run())
    try:
        yield Running(window, program, settings, notices, done)
        program.request_quit()
        assert await done == 0
        assert notices.bugs == []
    finally:
        if not done.done():
            done.cancel()
        window.hide()
        window.deleteLater()


def browser(at: Running, pane: str) -> AssetBrowser:
    found = at.window.pane(pane).findChild(AssetBrowser)
    assert found is not None
    return found


async def test_from_the_first_page_to_a_picture_that_is_there_after_a_restart(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with started(tmp_path, qapp) as at:
        await until(lambda: at.window.services_ready)
        at.press("Open the sandbox")
        busy: Button = at.control("Open the sandbox")
        await until(lambda: busy.loading)
        await until(lambda: at.window.current_pane == "create")
        tour = await until(lambda: shown(at.window, Tour))
        assert isinstance(tour, Tour)
        QTest.keyClick(tour.next, Qt.Key.Key_Escape)
        await until(lambda: not shown(at.window, Tour))
        assert at.settings.values.help.tour_seen
        prompt = at.control("Prompt")
        QTest.keyClicks(prompt, "a heron in the reeds at dawn")
        button: Button = at.control("Generate")
        await until(lambda: button.isEnabled() and "sandbox" in button.note)
        QTest.keyClick(prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: [c for c in at.window.findChildren(BatchCard) if c.isVisible()])
        gallery = browser(at, "create")
        await until(lambda: gallery.model.rowCount() == 1)
        await until(lambda: gallery.view.currentIndex().isValid())
        await until(lambda: not [c for c in at.window.findChildren(BatchCard) if c.isVisible()])
    assert at.settings.values.connection.mode == "sandbox"
    (picture,) = [p for p in (tmp_path / "library").glob("20*/**/*") if p.suffix in (".jpg", ".png", ".webp")]
    assert picture.with_name(f"{picture.name}.json").exists()
    at.settings.change("connection", mode="offline")
    async with started(tmp_path, qapp, "library") as again:
        await until(lambda: again.window.services_ready)
        await until(lambda: browser(again, "library").model.rowCount() == 1)
        again.window.open_pane("create")
        again.press("Generate")
        told = again.notices.recent[-1]
        assert told.text == "Sign in or open the sandbox to make something."
        assert [action.label for action in told.actions] == ["Sign in", "Open the sandbox"]
        again.window.show_welcome()
        again.window.choose_way_in("session.offline")
        await until(lambda: again.window.current_pane == "library")
        assert not shown(again.window, Tour), "once is enough"


async def test_a_picture_from_the_command_line_is_offered_once_the_library_is_open(
    tmp_path: Path, qapp: QApplication
) -> None:
    picture = tmp_path / "holiday – 1.png"
    Image.new("RGB", (8, 8), "teal").save(picture)
    async with started(tmp_path / "profile", qapp, files=(picture,)) as at:
        told = await until(lambda: next(iter(at.notices.recent), None))
        assert isinstance(told, Notice)
        assert told.text == "This picture does not say how it was made."
        assert [action.argument for action in told.actions] == [str(picture)]


async def test_a_file_from_the_command_line_that_is_gone_is_told_in_words(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with started(tmp_path / "profile", qapp, files=(tmp_path / "gone.png",)) as at:
        told = await until(lambda: next(iter(at.notices.recent), None))
        assert isinstance(told, Notice)
        assert told.text == "The file cannot be read."


@pytest.mark.qt_log_ignore("does not support (raise|propagate)")
async def test_a_second_start_brings_the_first_window_forward_with_its_files(
    tmp_path: Path, qapp: QApplication
) -> None:
    file = tmp_path / "heron.png"
    Image.radial_gradient("L").convert("RGB").save(file)
    async with started(tmp_path / "home", qapp) as first:
        await until((tmp_path / "home/library" / NOTE).exists)
        first.window.showMinimized()
        second = MainWindow(Theme.current(), first.settings, window_state=tmp_path / "second", first="")
        program = Program(
            second, first.settings, NoticeCentre(), portable_paths(tmp_path / "home"), environment={},
            files=[file],
        )  # fmt: skip
        assert await program.run() == 0
        second.deleteLater()
        assert not first.window.isMinimized()
        told = await until(lambda: [n for n in first.notices.recent if n.topic == "dropped"])
        assert [action.id for action in told[0].actions] == ["file.keep"]  # type: ignore[index]
    assert not (tmp_path / "home/library" / NOTE).exists(), "nothing is left of it"


async def test_files_of_a_first_start_are_taken_in(tmp_path: Path, qapp: QApplication) -> None:
    files = [tmp_path / f"{n}.png" for n in range(2)]
    for n, file in enumerate(files):
        Image.radial_gradient("L").resize((64 + n, 64)).convert("RGB").save(file)
    async with started(tmp_path / "home", qapp, files=[*files, tmp_path / "not there.png"]) as at:
        await until(lambda: at.window.services_ready)
        library = at.window._need_services().library
        async with asyncio.timeout(UNTIL_SECONDS):
            while len(await library.row_ids(LibraryQuery())) < 2:
                await asyncio.sleep(0.01)
        # One of three was not there: the report is a sheet, or a notice where nobody looked.
        await until(lambda: [n for n in at.notices.recent if n.topic == "intake"] or sheets(at.window))
        for sheet in sheets(at.window):
            sheet.dismiss()


def sheets(window: QWidget) -> list[Sheet]:
    return [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]


async def test_a_second_program_that_nobody_hears_waits_on_a_page(tmp_path: Path, qapp: QApplication) -> None:
    async with running(tmp_path), started(tmp_path, qapp) as second:
        page = await until(lambda: shown(second.window, EmptyState))
        assert isinstance(page, EmptyState)
        assert page.title.text()
        assert not second.window.services_ready
        page.button.click()
        await asyncio.sleep(0)
        assert await until(lambda: shown(second.window, EmptyState))


async def test_a_page_that_keeps_the_program_from_starting_can_be_tried_again(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with running(tmp_path) as first:
        Theme("light", 1.0, True).apply(qapp)
        other = Program(
            second := MainWindow(
                Theme.current(), first.settings, window_state=tmp_path / "second.ini", first=""
            ),
            first.settings, NoticeCentre(), portable_paths(tmp_path), environment={},
        )  # fmt: skip
        second.show()
        waiting = asyncio.get_running_loop().create_task(other.run())
        page = await until(lambda: shown(second, EmptyState))
        assert isinstance(page, EmptyState)
    page.button.click()
    await until(lambda: second.services_ready)
    assert second.top_bar.isVisible()
    other.request_quit()
    assert await waiting == 0
    second.deleteLater()


def shown(window: QWidget, kind: type[Any]) -> Any:
    return next((widget for widget in window.findChildren(kind) if widget.isVisible()), None)
