"""What can be done with the jobs of the queue, for the tray and its rows."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from studio.core.errors import Action
from studio.core.i18n import tr, trn
from studio.domain.job import Job
from studio.domain.job_order import Step
from studio.shell.host import Run
from studio.ui import dialogs

if TYPE_CHECKING:
    from studio.services.context import Services


class JobCommands:
    """What can be done with jobs. Says once that the service goes on with what was sent."""

    def __init__(self, services: Services, run: Run, window: QWidget) -> None:
        self._services = services
        self._window = window
        self._said = False
        self.run = run

    def cancel(self, jobs: Sequence[Job]) -> None:
        """Stop waiting for these jobs, after the first time has been explained."""
        self._services.tasks.spawn(self._cancel(jobs), name="cancel jobs", owner=self)

    def retry(self, job_ids: Sequence[str]) -> None:
        """Send the identical requests of failed or cancelled jobs again."""
        self._do(self._services.jobs.retry(job_ids), "try jobs again")

    def retry_failed(self) -> None:
        """The same for everything that failed."""
        self._do(self._services.jobs.retry_failed(), "try jobs again")

    def hold(self, jobs: Sequence[Job]) -> None:
        """Pause these alone, as far as they have not left."""
        self._do(self._services.jobs.hold([job.id for job in jobs]), "pause jobs")

    def release(self, jobs: Sequence[Job]) -> None:
        """Let these go on."""
        self._do(self._services.jobs.release([job.id for job in jobs]), "resume jobs")

    def move(self, jobs: Sequence[Job], step: Step) -> None:
        """Move jobs in the queue."""
        self._do(self._services.jobs.move([job.id for job in jobs], step), "move jobs")

    def move_before(self, jobs: Sequence[Job], before: str | None) -> None:
        """Move jobs in front of another one; None: behind all."""
        self._do(self._services.jobs.move_before([job.id for job in jobs], before), "move jobs")

    def _do(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._services.tasks.spawn(work, name=name, owner=self)

    def dismiss(self, job_ids: Sequence[str]) -> None:
        """Take finished jobs off the list."""
        for job_id in job_ids:
            self._services.jobs.dismiss(job_id)

    def pause(self) -> None:
        """Start nothing new."""
        self._services.jobs.pause("user")

    def resume(self) -> None:
        """Let the queue go on."""
        self._services.tasks.spawn(self._services.jobs.resume(), name="resume the queue", owner=self)

    def act(self, action: Action, job: Job) -> None:
        """Carry out a way on that an error of a job offers."""
        if action.id in ("retry", "job.retry"):
            self.retry([job.id])
        else:
            self.run(action.id, action.argument or job.id)

    async def _cancel(self, jobs: Sequence[Job]) -> None:
        sent = [job for job in jobs if job.state.was_sent]
        if sent and not self._said:
            self._said = True
            go_on = await dialogs.confirm(
                self._window,
                trn("Stop waiting for it?", "Stop waiting for {n} jobs?", len(jobs)),
                tr("What was sent goes on at the service, which may bill it. Nectary does not fetch the "
                   "result. You will not be asked again until the next start."),
                action=tr("Stop waiting"),
                cancel=tr("Keep waiting"),
            )  # fmt: skip
            if not go_on:
                return
        await self._services.jobs.cancel([job.id for job in jobs])
