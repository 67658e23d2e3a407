"""A job's state in words, the same wherever a job is shown."""

from __future__ import annotations

from datetime import UTC, datetime

from studio.core.i18n import tr
from studio.domain.job import Job, JobState
from studio.services.job_logs import JobLog
from studio.services.job_pace import Waiting


def clock(seconds: float) -> str:
    """Seconds as "00:06", or "1:02:03".

    >>> clock(6), clock(3723)
    ('00:06', '1:02:03')
    """
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, seconds_left = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds_left:02}"
    return f"{minutes:02}:{seconds_left:02}"


def elapsed(job: Job, now: datetime | None = None) -> float:
    """Seconds since the request first left, until it ended or until now; 0 before."""
    if job.sent_at is None:
        return 0.0
    end = job.finished_at or now or datetime.now(UTC)
    return max(0.0, (end - job.sent_at).total_seconds())


def duration(seconds: float) -> str:
    """How long, for the eye: "12 s", "3 min", "2 h".

    >>> duration(0.4), duration(95), duration(1799), duration(9000)
    ('1 s', '95 s', '30 min', '2 h')
    """
    whole = max(1, round(seconds))
    if whole < 100:
        return tr("{n} s", n=whole)
    if whole < 120 * 60:
        return tr("{n} min", n=round(whole / 60))
    return tr("{n} h", n=round(whole / 3600))


def state_words(job: Job, now: datetime | None = None, wait: Waiting | None = None) -> str:
    """One short sentence on where the job stands.

    Args:
        wait: what keeps it from leaving, see `JobService.waiting`.
    """
    if wait is not None and wait.reason != "place" and job.state in (JobState.QUEUED, JobState.WAITING):
        return pace_words(wait)
    if job.state is JobState.WAITING:
        return waiting_words(job, now)
    if job.state is JobState.PAUSED:
        return {
            "restart": tr("Waits since the last start. Resume when you like."),
            "account": tr("Waits for your account."),
            "offline": tr("Goes out when the connection is back."),
            "price": tr("It became dearer while it waited. Resume to make it all the same."),
            "storage": tr("Waits for room on the disk."),
            "busy": tr("Waits until the service takes more requests."),
            "day_budget": tr("Waits: it would pass today's budget."),
            "batch_budget": tr("Waits: it would pass the budget of its batch."),
            "interrupted": tr("Goes on when its service is connected again. You pay once."),
        }.get(job.note, tr("Paused."))
    if job.state is JobState.FAILED and job.error is not None:
        return f"{job.error.title} {job.error.detail}".strip()
    return {
        JobState.QUEUED: tr("Waits for its turn."),
        JobState.RUNNING: tr("Being made."),
        JobState.STORING: tr("Being saved."),
        JobState.DONE: tr("Done."),
        JobState.CANCELLED: tr("Cancelled."),
        JobState.FAILED: tr("It did not work."),
    }[job.state]


def log_words(log: JobLog) -> str:
    """Where a job stands by its service's own word: status, place in its queue, last line of its log."""
    known = {"starting": tr("The model is started."), "processing": tr("The model works on it.")}
    place = tr("Place {n} in the service's queue.", n=log.position) if log.position is not None else ""
    return " ".join(word for word in (known.get(log.status, ""), place, log.last_line) if word)


def pace_words(wait: Waiting) -> str:
    """Why requests do not leave as fast as they could: "The service asks for 12 s."."""
    time = duration(wait.seconds or 0.0)
    if wait.reason == "asked":
        return tr("The service asks for {time}.", time=time)
    return tr("This model takes only so many requests a minute. Next in {time}.", time=time)


def waiting_words(job: Job, now: datetime | None = None) -> str:
    """Why it waits, when the same request goes out again, and that this costs nothing more."""
    if job.note == "interrupted":
        return tr("It was interrupted. Asking again; you pay once.")
    seconds = 0.0
    if job.retry_at is not None:
        seconds = max(0.0, (job.retry_at - (now or datetime.now(UTC))).total_seconds())
    return tr(
        "{reason} Trying the same request again in {seconds} s. You pay once.",
        reason=job.note or tr("The model is busy."),
        seconds=round(seconds),
    )
