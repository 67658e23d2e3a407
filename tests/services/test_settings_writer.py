"""Preferences reach the disk from a thread, and a disk that does not take them is told."""

from __future__ import annotations

import threading
from pathlib import Path

from studio.core.settings import Settings
from studio.services.notices import NoticeCentre
from studio.services.settings_writer import SettingsWriter
from studio.services.tasks import TaskSupervisor


class Watched(Settings):
    """Notes which threads write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.writers: list[threading.Thread] = []

    def _write(self) -> None:
        self.writers.append(threading.current_thread())
        super()._write()


async def test_many_steps_are_one_write_in_a_thread_and_the_last_one_is_kept(tmp_path: Path) -> None:
    settings, tasks = Watched(tmp_path / "settings.toml"), TaskSupervisor()
    writer = SettingsWriter(settings, tasks, NoticeCentre())
    for width in range(64, 128):
        settings.change("create", width=width)
    assert settings.writers == [], "nobody waits for the disk"
    await tasks.shutdown()
    await writer.close()
    assert len(settings.writers) == 1
    assert settings.writers[0] is not threading.main_thread()
    assert Settings(settings.path).values.create.width == 127


async def test_after_closing_a_change_is_written_at_once(tmp_path: Path) -> None:
    settings, tasks = Watched(tmp_path / "settings.toml"), TaskSupervisor()
    await SettingsWriter(settings, tasks, NoticeCentre()).close()
    settings.change("create", width=640)
    assert Settings(settings.path).values.create.width == 640


async def test_a_folder_that_cannot_be_written_is_told_and_tried_again(tmp_path: Path) -> None:
    blocked = tmp_path / "profile"
    blocked.write_text("a file where the folder should be")
    settings, tasks, notices = Settings(tmp_path / "settings.toml"), TaskSupervisor(), NoticeCentre()
    settings.path = blocked / "settings.toml"
    writer = SettingsWriter(settings, tasks, notices)
    settings.change("create", width=640)
    await writer.flush()
    assert len(notices.recent) == 1
    blocked.unlink()
    await tasks.shutdown()
    await writer.close()
    assert Settings(settings.path).values.create.width == 640
