"""What is asked for while no service answers: it is kept as a job and goes out by itself.

The price on the button was that of the last catalogue. Before a job leaves, it is counted again with the new
one: what became dearer waits for the user's word, the rest goes, and the budgets are asked at the moment it
leaves, as always. What may have reached the service before the connection broke goes as it is: it may be paid
already.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal

from studio.core.clock import Clock
from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.job import Job, JobState
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.pricing import Known, estimate
from studio.domain.speech import SpeechRequest
from studio.domain.transcription import TranscriptionTask
from studio.services.catalogue import CatalogueService
from studio.services.job_records import request_of
from studio.services.jobs import OFFLINE, PRICE, JobService
from studio.services.notices import Notice, NoticeCentre, Severity
from studio.services.session import Session, SessionState
from studio.services.tasks import TaskSupervisor

log = logging.getLogger(__name__)
FIRST_LOOK_SECONDS = 5.0
LOOK_SECONDS = 20.0
TOPIC = "dearer"


class Outbox:
    """Keeps jobs while the service is away, and lets them go when it is back."""

    def __init__(
        self,
        jobs: JobService,
        session: Session,
        catalogue: CatalogueService,
        notices: NoticeCentre,
        tasks: TaskSupervisor,
        clock: Clock | None = None,
    ) -> None:
        self._jobs = jobs
        self._session = session
        self._catalogue = catalogue
        self._notices = notices
        self._tasks = tasks
        self._clock = clock or Clock()
        jobs.is_away = lambda job: session.state.is_away and job.sandbox == session.state.is_sandbox
        session.changed.connect(self._session_changed)
        jobs.queue_changed.connect(self._queue_changed)

    async def watch(self) -> None:
        """While the service is away, ask for it again now and then, the first time soon."""
        away = False
        while True:
            await self._clock.sleep(FIRST_LOOK_SECONDS if not away else LOOK_SECONDS)
            away = self._session.connected and self._session.state.is_away
            if away:
                await self._session.refresh()

    async def send(self) -> None:
        """Let go what was kept, at the prices of now; nothing while the service is away."""
        if not self._session.state.online:
            return
        # What an earlier session kept is in the journal alone until now.
        await self._jobs.recover()
        before = {job.id: job for job in self._jobs.kept()}
        if before or self._jobs.paused_because == OFFLINE:
            try:
                await self._jobs.resume(OFFLINE, self._counted_anew)
            except StudioError as error:
                log.warning("what waited for the network waits on: %s", error)
                return
        dearer = [job for job_id in before if (job := self._jobs.get(job_id)) and job.note == PRICE]
        if dearer:
            self._notices.post(_dearer(dearer, before))

    def _session_changed(self, state: SessionState) -> None:
        if state.online:
            self._tasks.spawn(self.send(), name="send what waited", owner=self)

    def _queue_changed(self, because: str) -> None:
        if because == OFFLINE and self._session.state.online:
            self._session.mark_away(tr("The service does not answer."))
        elif not because and self._session.state.online and self._jobs.kept():
            # The queue stood for another reason when the network came back.
            self._tasks.spawn(self.send(), name="send what waited", owner=self)

    def _counted_anew(self, job: Job) -> Job:
        """The job at today's price; paused when that is higher than what was on the button."""
        if job.sent_at is not None:
            return job
        model = self._catalogue.find(job.model)
        now = price_now(job, model) if model is not None else None
        if now is None or now == job.estimate:
            return job
        if job.estimate is None or now > job.estimate:
            return job.to(JobState.PAUSED, estimate=now, note=PRICE)
        return replace(job, estimate=now)


def price_now(job: Job, model: ModelInfo) -> Decimal | None:
    """What a job costs at the prices of `model`, at most, in pollen; None where nobody can say."""
    if not model.pricing:
        return None
    try:
        if job.kind == "transcription":
            task = request_of(job, TranscriptionTask)
            known = Known(input_seconds=task.recording.duration)
            return estimate(model, task.request, known).high
        kinds = {
            "image": ImageRequest,
            "video": VideoRequest,
            "speech": SpeechRequest,
            "music": SpeechRequest,
        }
        kind = kinds.get(job.kind)
        return estimate(model, request_of(job, kind)).high if kind is not None else None
    except StudioError:
        return None  # its runner will say so


def _dearer(jobs: list[Job], before: dict[str, Job]) -> Notice:
    was = sum((before[job.id].estimate or Decimal(0) for job in jobs), Decimal(0))
    now = sum((job.estimate or Decimal(0) for job in jobs), Decimal(0))
    return Notice(
        text=trn(
            "One job became dearer while it waited.", "{n} jobs became dearer while they waited.", len(jobs)
        ),
        detail=tr("≈ {now} pollen instead of {was}.", now=pollen(now), was=pollen(was)),
        severity=Severity.WARNING,
        topic=TOPIC,
        actions=(
            Action("job.resume", tr("Make it all the same"), " ".join(job.id for job in jobs)),
            Action("queue.show", tr("Show jobs")),
        ),
    )
