"""Writes changed preferences in a thread, a moment later: the many steps of one slider are one write."""

from __future__ import annotations

import asyncio

from studio.core.errors import StorageError
from studio.core.settings import Preferences, Settings
from studio.services.notices import NoticeCentre
from studio.services.tasks import TaskSupervisor

DELAY_SECONDS = 0.5


class SettingsWriter:
    """Takes the writing of `settings` over until it is closed."""

    def __init__(self, settings: Settings, tasks: TaskSupervisor, notices: NoticeCentre) -> None:
        self._settings = settings
        self._tasks = tasks
        self._notices = notices
        settings.saves_at_once = False
        self._connection = settings.changed.connect(self._changed)

    async def flush(self) -> None:
        """Write now what is not written yet; a disk that does not take it is told."""
        try:
            await asyncio.to_thread(self._settings.save)
        except StorageError as error:
            self._notices.report(error)

    async def close(self) -> None:
        """Write the rest. Later changes are written at once again."""
        self._connection.disconnect()
        self._settings.saves_at_once = True
        await self.flush()

    def _changed(self, _values: Preferences) -> None:
        self._tasks.spawn(self._write_soon(), name="write the preferences", owner=self, group="write")

    async def _write_soon(self) -> None:
        await asyncio.sleep(DELAY_SECONDS)
        await self.flush()
