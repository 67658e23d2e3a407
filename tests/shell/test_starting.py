"""Starts that are not like the others, in the real window: after a crash, in safe mode, with damage."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio import app
from studio.core.paths import portable_paths
from studio.core.restart import Again
from studio.core.settings import Settings
from studio.core.start_guard import NAME
from studio.domain.library import LibraryQuery
from studio.library import restore, swap
from studio.library.files import LibraryFolder
from studio.library.store import Library
from studio.services.notices import NoticeCentre
from studio.shell import program as program_module
from studio.shell import starting
from studio.shell.main_window import MainWindow
from studio.shell.program import Program
from studio.ui.theme import Theme
from tests.library.makers import store
from tests.library.test_backup import ALL, fill, sources
from tests.shell.support import until

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Running:
    window: MainWindow
    program: Program
    settings: Settings
    notices: NoticeCentre
    done: asyncio.Task[int]

    def press(self, name: str) -> None:
        QTest.mouseClick(self.named(name), Qt.MouseButton.LeftButton)

    def named(self, name: str) -> Any:
        """The visible control with this accessible name, or None."""
        found = (w for w in self.window.findChildren(QWidget) if w.accessibleName() == name)
        return next((w for w in found if w.isVisible()), None)

    @property
    def services(self) -> Any:
        return self.program._services

    def told(self) -> str:
        return " ".join(f"{notice.text} {notice.detail}" for notice in self.notices.recent)


@asynccontextmanager
async def starts(folder: Path, qapp: QApplication, *, safe_mode: bool = False) -> AsyncIterator[Running]:
    """A start as `studio.app` makes it, quit at the end if it has not ended by itself."""
    options = app.parse(["--profile", str(folder), *(["--safe-mode"] if safe_mode else [])])
    guard = app._begin(options)
    settings = Settings(options.paths.settings)
    if safe_mode:
        settings.use_plainly()
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    state = Path(os.devnull) if safe_mode else options.paths.window_state
    window = MainWindow(theme, settings, window_state=state, first="library")
    window.show()
    window.activateWindow()
    notices = NoticeCentre()
    program = Program(
        window, settings, notices, options.paths, environment={}, guard=guard, safe_mode=safe_mode
    )
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


def crashed(folder: Path) -> None:
    """The mark of a start whose process is no more."""
    pid = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    (folder / NAME).write_text(f"{pid.stdout.strip()} 0 starting\n", encoding="ascii")


def used(folder: Path) -> None:
    """A profile that somebody works with: two pictures, a chat's prompt, chosen preferences."""
    fill(folder)
    library = Library(folder / "library")
    store(library, 5)
    library.close()
    (folder / "settings.toml").write_text(
        '[look]\ntheme = "dark"\n[connection]\nmode = "offline"\n[money]\nday_budget = 2.0\n',
        encoding="utf-8",
    )


async def pictures(at: Running) -> int:
    await until(lambda: at.window.services_ready)
    await until(lambda: not at.services.library.needs_rebuild)
    return await at.services.library.count(LibraryQuery())


async def test_after_a_crash_the_start_goes_on_when_it_is_to(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_module, "SETTLED_AFTER_SECONDS", 0.0)
    crashed(tmp_path)
    async with starts(tmp_path, qapp) as at:
        await until(lambda: at.named("Start normally"))
        assert not at.window.services_ready
        at.press("Start normally")
        await until(lambda: at.window.services_ready)
        await until(lambda: not (tmp_path / NAME).exists())
        assert at.program.again is None
    async with starts(tmp_path, qapp) as at:
        await until(lambda: at.window.services_ready)


async def test_after_a_crash_safe_mode_is_one_press_away(tmp_path: Path, qapp: QApplication) -> None:
    crashed(tmp_path)
    async with starts(tmp_path, qapp) as at:
        await until(lambda: at.named("Start in safe mode"))
        at.press("Start in safe mode")
        assert await at.done == 0
        assert at.program.again == Again(safe_mode=True)
        assert not at.window.services_ready
    crashed(tmp_path)
    async with starts(tmp_path, qapp) as at:
        await until(lambda: at.named("Start in safe mode"))
        at.window.close()
        assert await at.done == 0
        assert at.program.again is None


async def test_safe_mode_takes_nothing_up_and_keeps_nothing(tmp_path: Path, qapp: QApplication) -> None:
    used(tmp_path)
    kept = (tmp_path / "settings.toml").read_bytes()
    async with starts(tmp_path, qapp, safe_mode=True) as at:
        assert await pictures(at) == 2
        await until(lambda: at.services.session.state.mode == "offline")
        assert at.services.jobs.paused_because == "user"
        assert at.services.jobs.all() == []
        values = at.settings.values
        assert (values.look.theme, values.money.day_budget, values.legacy.enabled) == ("system", 2.0, False)
        at.settings.change("look", theme="light")
        assert "Safe mode" in at.named("Start normally").parentWidget().label.text()
        at.press("Start normally")
        assert await at.done == 0
        assert at.program.again == Again(safe_mode=False)
    assert (tmp_path / "settings.toml").read_bytes() == kept
    assert not (tmp_path / "window.state").exists() or (tmp_path / "window.state").read_bytes()


async def test_damaged_preferences_are_kept_and_told(tmp_path: Path, qapp: QApplication) -> None:
    used(tmp_path)
    (tmp_path / "settings.toml").write_bytes(b"[look\ntheme = \x00\xff")
    async with starts(tmp_path, qapp) as at:
        assert await pictures(at) == 2
        assert "Your preferences could not be read." in at.told()
    assert (tmp_path / "settings.unreadable.toml").read_bytes().startswith(b"[look\n")


async def test_a_damaged_profile_is_replaced_by_its_copy_and_kept(tmp_path: Path, qapp: QApplication) -> None:
    used(tmp_path)
    async with starts(tmp_path, qapp) as at:
        assert await pictures(at) == 2
        await until(lambda: list((tmp_path / "snapshots").glob("*.sqlite")))
    (tmp_path / "studio.sqlite").write_bytes(b"scribbled over" * 1000)
    async with starts(tmp_path, qapp) as at:
        assert await pictures(at) == 2
        assert "Your profile was damaged" in at.told()
        assert await at.services.profile.prompts() == ["a lighthouse 1"]
    assert list(tmp_path.glob("studio-damaged-*.sqlite"))


async def test_a_damaged_index_is_made_again_by_itself(tmp_path: Path, qapp: QApplication) -> None:
    used(tmp_path)
    (tmp_path / "library" / ".nectary" / "index.sqlite").write_bytes(b"scribbled over" * 1000)
    async with starts(tmp_path, qapp) as at:
        assert await pictures(at) == 2
        await until(lambda: "The index is rebuilt" in at.told())
        rows = await at.services.library.rows(await at.services.library.row_ids(LibraryQuery()))
        assert sorted(row.rating for row in rows) == [0, 4]


async def test_what_was_restored_is_shown_and_told(tmp_path: Path, qapp: QApplication) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "b.zip"
    used(old)
    from studio.library.backup import make_backup

    make_backup(sources(old), file, ALL)
    fill(new, 7)
    (new / "settings.toml").write_text('[connection]\nmode = "offline"\n', encoding="utf-8")
    swap.write_plan(new, restore.stage(file, new, new / "library").plan)
    async with starts(new, qapp) as at:
        assert await pictures(at) == 2
        await until(lambda: "is in place" in at.told())
        notice = next(one for one in at.notices.recent if "is in place" in one.text)
        assert str(new / "before-") in notice.detail
        assert notice.actions[0].argument == "storage"
        assert at.settings.values.look.theme == "dark"
    async with starts(new, qapp) as at:
        assert await pictures(at) == 2
        assert "is in place" not in at.told()


async def test_a_library_in_use_keeps_a_restore_waiting_until_it_is_given_up(
    tmp_path: Path, qapp: QApplication
) -> None:
    fill(tmp_path)
    from studio.library.backup import make_backup

    make_backup(sources(tmp_path), tmp_path / "b.zip", ALL)
    swap.write_plan(tmp_path, restore.stage(tmp_path / "b.zip", tmp_path, tmp_path / "library").plan)
    other = LibraryFolder(tmp_path / "library")
    other.open()
    async with starts(tmp_path, qapp) as at:
        await until(lambda: at.named("Try again"))
        at.press("Try again")
        await until(lambda: at.named("Leave everything as it was"))
        other.close()
        at.press("Leave everything as it was")
        assert await at.done == 0
        assert at.program.again == Again()
    assert swap.pending(tmp_path) is None
    async with starts(tmp_path, qapp) as at:
        assert await pictures(at) == 1


async def test_giving_up_twice_offers_safe_mode(tmp_path: Path, qapp: QApplication) -> None:
    other = LibraryFolder(tmp_path / "library")
    other.open()
    for _start in range(2):
        async with starts(tmp_path, qapp) as at:
            await until(lambda: at.named("Try again"))
            at.window.close()
            await at.done
    other.close()
    async with starts(tmp_path, qapp) as at:
        await until(lambda: at.named("Start in safe mode"))
        at.press("Start normally")
        await until(lambda: at.window.services_ready)


def test_the_program_itself_starts_in_safe_mode_and_ends_cleanly(tmp_path: Path) -> None:
    used(tmp_path)
    kept = (tmp_path / "settings.toml").read_bytes()
    (tmp_path / "window.state").write_bytes(b"mine")
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", "--profile", str(tmp_path), "--safe-mode", "--verbose"], cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "safe mode" in line:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert (tmp_path / "settings.toml").read_bytes() == kept
    assert (tmp_path / "window.state").read_bytes() == b"mine"
    assert not (tmp_path / NAME).exists()
    assert portable_paths(tmp_path).library.is_dir()


def test_moments_that_are_none_are_shown_as_they_are() -> None:
    assert starting._local("whenever") == "whenever"
