"""What the pill and the tray say of the whole queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from studio.core.errors import Action
from studio.core.i18n import tr, trn
from studio.domain.job import Job, JobError, JobState
from studio.domain.money import pollen
from studio.qt_models.job_groups import is_kept
from studio.services.job_notices import BUDGETS, DAY_BUDGET
from studio.services.jobs import BY_HAND, INTERRUPTED, OFFLINE, PRICE


@dataclass(frozen=True, slots=True)
class PausedWords:
    """Why the queue stands, what helps, and the way on."""

    title: str
    help: str
    action: Action


def resume_action() -> Action:
    return Action("queue.resume", tr("Resume"))


def pill_words(jobs: Sequence[Job], paused_because: str) -> tuple[str, bool]:
    """What the pill says, and whether its circle turns; "" when there is nothing to say."""
    active = [job for job in jobs if not job.state.is_final]
    moving = any(job.state.was_sent for job in active)
    standing = bool(paused_because) or all(job.state is JobState.PAUSED for job in active)
    if active and not moving and all(is_kept(job) for job in active):
        return trn("{n} waits", "{n} wait", len(active)), False
    if active and standing and not moving:
        return trn("{n} paused", "{n} paused", len(active)), False
    if active:
        return trn("{n} job", "{n} jobs", len(active)), True
    failed = sum(job.state is JobState.FAILED for job in jobs)
    return (trn("{n} failed", "{n} failed", failed), False) if failed else ("", False)


def stands(jobs: Sequence[Job], paused_because: str) -> bool:
    """Whether there is something to resume with one press: the queue, or what was not paused job by job."""
    paused = [job for job in jobs if job.state is JobState.PAUSED]
    active = [job for job in jobs if not job.state.is_final]
    return (
        bool(paused_because) or any(job.note != BY_HAND for job in paused) or 0 < len(active) == len(paused)
    )


def summary(jobs: Sequence[Job]) -> str:
    """ "2 running, 3 waiting"."""
    running = sum(job.state.was_sent for job in jobs)
    waiting = sum(job.state in (JobState.QUEUED, JobState.PAUSED) for job in jobs)
    failed = sum(job.state is JobState.FAILED for job in jobs)
    parts = [
        tr("{n} running", n=running) if running else "",
        tr("{n} waiting", n=waiting) if waiting else "",
        tr("{n} failed", n=failed) if failed else "",
    ]
    return ", ".join(part for part in parts if part)


def waiting_price(jobs: Sequence[Job]) -> str:
    """ "12 wait · ≈ 0.090 pollen": what has not left, and what it will probably cost."""
    waiting = [job for job in jobs if job.state in (JobState.QUEUED, JobState.PAUSED)]
    if not waiting:
        return ""
    words = trn("{n} waits", "{n} wait", len(waiting))
    price = sum((job.estimate for job in waiting if job.estimate is not None), Decimal(0))
    unit = tr("sandbox pollen") if waiting[0].sandbox else tr("pollen")
    told = tr("≈ {amount} {unit}", amount=pollen(price), unit=unit) if price else tr("price not known")
    return f"{words} · {told}"


def paused_words(active: Sequence[Job], paused_because: str) -> PausedWords | None:
    """Why nothing new starts, in words with what helps; None while the queue goes on."""
    held = [job for job in active if job.state is JobState.PAUSED and job.note != INTERRUPTED]
    if paused_because != OFFLINE:
        # What waits for the network has its own heading.
        held = [job for job in held if not is_kept(job)]
        active = [job for job in active if not is_kept(job)]
    if paused_because == "account":
        error = next((job.error for job in held if job.note == "account" and job.error), None)
        return _account_words(error)
    if paused_because == OFFLINE:
        return PausedWords(
            tr("The service does not answer."),
            tr("The queue goes on by itself as soon as it does."),
            Action("session.refresh", tr("Try now")),
        )
    if paused_because == "storage":
        return PausedWords(
            tr("The disk is full or cannot be written."),
            tr("Make room, then resume. What the service finished is fetched without paying again."),
            resume_action(),
        )
    if paused_because == "busy":
        error = next((job.error for job in held if job.note == "busy" and job.error), None)
        return PausedWords(
            error.title if error else tr("The service has too many requests."),
            tr("It was asked again several times, each time after the wait it named. Resume later."),
            resume_action(),
        )
    if any(job.note == "restart" for job in held):
        left = [job for job in held if job.note == "restart"]
        return PausedWords(
            waiting_price(left),
            tr("Since the last start. Nothing of it is sent before you resume."),
            resume_action(),
        )
    dearer = [job for job in held if job.note == PRICE]
    if dearer and not paused_because:
        return PausedWords(
            trn("One job became dearer while it waited.",
                "{n} jobs became dearer while they waited.", len(dearer)),
            tr("{waiting}. It leaves when you resume.", waiting=waiting_price(dearer)),
            resume_action(),
        )  # fmt: skip
    stopped = [job for job in held if job.note in BUDGETS]
    if stopped and not paused_because:
        return _budget_words(stopped)
    if paused_because or (held and len(held) == len(active)):
        price = waiting_price(active)
        goes_on = tr("What runs already goes on.")
        return PausedWords(
            tr("The queue is paused."), f"{price}. {goes_on}" if price else goes_on, resume_action()
        )
    return None


def _account_words(error: JobError | None) -> PausedWords:
    """Which purse is empty, or what is wrong with the key, and where that is mended."""
    if error is None:
        return PausedWords(
            tr("The service asks for money or another key."),
            tr("Once that is settled, resume. Nothing is paid twice."),
            resume_action(),
        )
    # The service's own page goes before the ones that the program knows.
    ways = [action for action in error.actions if action.id not in ("retry", "job.retry", "choose_model")]
    known = {
        "balance": Action("account.top_up", tr("Top up")),
        "quest_only": Action("account.top_up", tr("Top up")),
        "key_budget": Action("pane.account", tr("Show the key")),
    }
    action = ways[0] if ways else known.get(error.kind, resume_action())
    help_words = error.detail or tr("Once that is settled, resume. Nothing is paid twice.")
    return PausedWords(error.title, help_words, action)


def _budget_words(stopped: Sequence[Job]) -> PausedWords:
    of_day = any(job.note == DAY_BUDGET for job in stopped)
    price = waiting_price(stopped)
    return PausedWords(
        tr("Today's budget is used up.") if of_day else tr("The budget of this batch is used up."),
        tr("{waiting}. Raise the budget, then resume.", waiting=price),
        Action("preferences", tr("Raise the budget"), "money"),
    )
