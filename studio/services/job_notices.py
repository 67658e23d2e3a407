"""What the queue tells of jobs: an error as the journal keeps it, and that a budget stopped some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from studio.api.errors import ApiError, ApiPaymentError
from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.domain.job import Job, JobError
from studio.services.notices import Notice, Severity

DAY_BUDGET: Final = "day_budget"
BATCH_BUDGET: Final = "batch_budget"
BUDGETS: Final = (DAY_BUDGET, BATCH_BUDGET)
"""Notes of jobs that wait because they would pass a budget."""


def describe(error: StudioError) -> JobError:
    """An error as the journal keeps it."""
    if isinstance(error, ApiError):
        return JobError(
            title=error.title, detail=error.detail, code=error.code or "", status=error.status or 0,
            request_id=error.request_id or "", actions=error.actions,
            kind=error.kind if isinstance(error, ApiPaymentError) else "",
        )  # fmt: skip
    return JobError(title=error.title, detail=error.detail, actions=error.actions)


def budget_notice(stopped: Sequence[Job]) -> Notice:
    """These jobs would have passed a budget, so they wait."""
    of_day = stopped[0].note == DAY_BUDGET
    return Notice(
        text=tr("Today's budget is used up.") if of_day else tr("The budget of this batch is used up."),
        detail=trn("{n} job waits.", "{n} jobs wait.", len(stopped)),
        severity=Severity.WARNING,
        topic="budget",
        actions=(
            Action("preferences", tr("Raise the budget"), "money"),
            Action("queue.show", tr("Show jobs")),
        ),
    )
