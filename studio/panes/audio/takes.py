"""The takes of a script's lines: read from the library, brought up to date as jobs end."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from studio.domain.asset import Asset
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryChange
from studio.domain.script import Line, Script
from studio.qt_models.bridge import bridge
from studio.services.context import Services
from studio.services.session import SessionState

AT_ONCE = 40
"""So many keys are read between two looks of the view."""


class Takes(QObject):
    """What has been rendered of which line, what is at work, and what failed.

    Signals:
        changed(): ask again.
    """

    changed = Signal()

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._takes: dict[str, list[Asset]] = {}
        self._wanted: dict[str, None] = {}
        self._failed: dict[str, str] = {}
        self._service = self._service_now()
        bridge(services.jobs.changed, self._job_changed, self)
        bridge(services.jobs.queue_changed, lambda _why: self.changed.emit(), self)
        bridge(services.library.changed, self._library_changed, self)
        bridge(services.session.changed, self._session_changed, self)

    # ------------------------------------------------------------------ asking

    def want(self, keys: Iterable[str]) -> None:
        """Have the takes of these read; `changed` tells when there are more."""
        self._wanted = {key: None for key in keys if key not in self._takes}
        if self._wanted:
            self._services.tasks.spawn(self._read(), name="takes", owner=self, group="read")

    def want_also(self, keys: Iterable[str]) -> None:
        """As `want`, beside what is being read already."""
        more = [key for key in keys if key not in self._takes and key not in self._wanted]
        if more:
            self.want([*self._wanted, *more])

    @property
    def complete(self) -> bool:
        """Whether everything that was wanted has been read."""
        return not self._wanted

    def of(self, key: str) -> list[Asset]:
        """The takes of a line, oldest first."""
        return self._takes.get(key, [])

    def chosen(self, script: Script, line: Line) -> Asset | None:
        """The take that stands for a line: the user's choice, else the newest."""
        takes = self.of(line.key)
        wanted = script.chosen.get(line.key)
        return next((take for take in takes if take.id == wanted), takes[-1] if takes else None)

    def job_of(self, key: str) -> Job | None:
        """The unfinished job that makes a take of a line."""
        return self._services.audio.at_work().get(key)

    def problem_of(self, key: str) -> str:
        """Why the last try failed; empty when there is nothing to say."""
        return self._failed.get(key, "")

    # ------------------------------------------------------------------ what happens

    async def _read(self) -> None:
        while self._wanted:
            for key in list(self._wanted)[:AT_ONCE]:
                self._takes[key] = await self._services.audio.takes(key)
                self._wanted.pop(key, None)
            self.changed.emit()

    async def _read_again(self, key: str) -> None:
        self._takes[key] = await self._services.audio.takes(key)
        self.changed.emit()

    def _job_changed(self, job: Job) -> None:
        if job.kind not in ("speech", "music"):
            return
        if job.state is JobState.FAILED and job.error is not None:
            self._failed[job.batch] = f"{job.error.title} {job.error.detail}".strip()
        else:
            self._failed.pop(job.batch, None)
        if job.state is JobState.DONE:
            self._services.tasks.spawn(self._read_again(job.batch), name="takes", owner=self)
        else:
            self.changed.emit()

    def _library_changed(self, change: LibraryChange) -> None:
        # Takes that were thrown away, or came back from the trash.
        if change.removed or change.reset:
            self._read_everything_again()

    def _session_changed(self, _state: SessionState) -> None:
        if self._service != (now := self._service_now()):
            self._service = now
            self._read_everything_again()

    def _read_everything_again(self) -> None:
        keys = [*self._takes, *self._wanted]
        self._takes.clear()
        self.want(keys)
        self.changed.emit()

    def _service_now(self) -> tuple[bool, bool]:
        session = self._services.session
        return session.connected, session.state.is_sandbox

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)
