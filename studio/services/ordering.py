"""Ordering, the same for all that is made: what it costs and leaves, the budgets, writing the jobs down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from studio.core.errors import Action, InputError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.settings import Settings
from studio.domain.codec import to_json
from studio.domain.job import Job, JobState
from studio.domain.models import ModelInfo
from studio.domain.money import pollen
from studio.domain.pricing import Estimate
from studio.services.account import AccountService
from studio.services.job_notices import BATCH_BUDGET, DAY_BUDGET
from studio.services.jobs import JobService
from studio.services.profile import ProfileService
from studio.services.session import Session

RAISE_BUDGET = Action("preferences", tr("Raise the budget"), "money")
WAYS_ON = {
    "budget": (RAISE_BUDGET,),
    "session": (
        Action("account.sign_in", tr("Sign in")),
        Action("session.sandbox", tr("Open the sandbox")),
    ),
}
TITLE_CHARACTERS = 120
Purse = Literal["wallet", "key", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to be made.

    Args:
        kind: of the job, see `Job`.
        request: the request, or the task it is part of, as JSON.
        batch: what its results are filed under; `batch_index` of `batch_size`.
        template, style: the prompt as it was written and the text around it, see `Job`.
        parents: ids of assets it is made from.
        grid: of a cell of a grid, see `studio.domain.grid.grid_json`.
    """

    kind: str
    request: dict[str, Any]
    model: ModelInfo
    title: str
    price: Estimate | None = None
    batch: str = ""
    batch_index: int = 0
    batch_size: int = 1
    template: str = ""
    style: str = ""
    parents: tuple[str, ...] = ()
    grid: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What several orders cost together, in pollen.

    Args:
        leaves: what one could spend afterwards, at the upper end and with what is in the queue already; None
            when the one or the other is unknown.
        before: what there is now in the purse that is emptied first.
        purse: which one: "wallet", "key" (the key's own budget) or "day" (today's budget).
        queued: what the queue will take before.
        ask_first: it costs more than the user wants to spend without a question.
    """

    high: Decimal | None = None
    leaves: Decimal | None = None
    before: Decimal | None = None
    purse: Purse = "wallet"
    queued: Decimal = Decimal(0)
    ask_first: bool = False


UNKNOWN = Quote()
"""Of what has no price in the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What every plan of orders says beside what it would make.

    Args:
        quote: where it is paid from, what is left there, and whether to ask first.
        sandbox: the service it was priced for, and the only one it may go to, whatever is chosen meanwhile.
        problem: why it cannot be done now, in one sentence; empty if it can.
        field: what keeps it from being done: a field of the form, "session" or "budget".
        actions: ways on beside the problem.
    """

    quote: Quote = UNKNOWN
    sandbox: bool = False
    problem: str = ""
    field: str = ""
    actions: tuple[Action, ...] = ()

    @property
    def leaves(self) -> Decimal | None:
        """What one could spend afterwards, at the upper end."""
        return self.quote.leaves

    @property
    def ask_first(self) -> bool:
        """It costs more than the user wants to spend without a question."""
        return self.quote.ask_first


class Ordering:
    """Whether something can be ordered now, and ordering it."""

    def __init__(
        self,
        jobs: JobService,
        account: AccountService,
        session: Session,
        profile: ProfileService,
        settings: Settings,
    ) -> None:
        self._jobs = jobs
        self._account = account
        self._session = session
        self._profile = profile
        self._settings = settings

    @property
    def is_sandbox(self) -> bool:
        """Whether what is ordered now goes to the sandbox."""
        return self._session.state.is_sandbox

    @property
    def is_away(self) -> bool:
        """Whether the service cannot be reached, so that what is ordered now waits until it can."""
        return self._session.state.is_away

    def quote(self, high: Decimal | None) -> Quote:
        """What orders of together `high` pollen leave; pure, and quick enough for every key press."""
        if high is None:
            return UNKNOWN
        above = amount_of(self._settings.values.money.confirm_above)
        quote = Quote(high=high, ask_first=0 < above < high, queued=self._queued())
        purse = min(self._purses(), key=lambda purse: purse[1], default=None)
        if purse is None:
            return quote
        return replace(quote, purse=purse[0], before=purse[1], leaves=purse[1] - quote.queued - high)

    def _purses(self) -> Iterable[tuple[Purse, Decimal]]:
        """What is in each purse that all of this is paid from, as far as it is known."""
        state = self._account.state
        wallet = [state.balance.balance, state.balance.account_total] if state.balance is not None else []
        known = [amount for amount in wallet if amount is not None]
        if known:
            yield "wallet", min(known)
        if state.key is not None and state.key.pollen_budget is not None:
            yield "key", state.key.pollen_budget
        most = amount_of(self._settings.values.money.day_budget)
        if most > 0:
            yield "day", most - self.spent_today(self.is_sandbox)

    def _queued(self) -> Decimal:
        """What the queue will take by itself; what is paused waits for the user's word."""
        queued = (job for job in self._jobs.active() if job.state is not JobState.PAUSED)
        return sum((expected(job) for job in queued if job.sandbox == self.is_sandbox), Decimal(0))

    def unready(self) -> tuple[str, str] | None:
        """What keeps anything from being ordered: (sentence, "session" or ""); None when nothing does."""
        if self._session.connected and self._account.state.signed_in:
            return None
        if self._session.state.connecting:
            return tr("Connecting."), ""
        return tr("Sign in or open the sandbox to make something."), "session"

    def too_dear(self, quote: Quote) -> tuple[str, str]:
        """What money keeps from being ordered: (sentence, field); empty when nothing does."""
        if quote.leaves is not None and quote.before is not None and quote.leaves < 0:
            left = pollen(max(quote.before - quote.queued, Decimal(0)))
            if quote.purse == "day":
                return tr("Your budget for today has {left} pollen left.", left=left), "budget"
            if quote.leaves + quote.queued >= 0:
                return tr("With what waits in the queue, this costs more than you have left."), "count"
            return tr("This costs more than you have left."), "count"
        most = amount_of(self._settings.values.money.batch_budget)
        if most > 0 and quote.high is not None and quote.high > most:
            return tr("Your budget for one batch is {most} pollen.", most=pollen(most)), "budget"
        return "", ""

    async def check_day(self, cost: Decimal, sandbox: bool) -> None:
        """Today's spending by this program's own records, with what still waits in the queue.

        Raises:
            InputError: `cost` more would pass the budget of the day.
        """
        left = self.left_today(sandbox)
        if left is not None and cost > left:
            raise InputError(
                tr("Your budget for today has {left} pollen left.", left=pollen(max(left, Decimal(0)))),
                field="budget",
                actions=(RAISE_BUDGET,),
            )

    def left_today(self, sandbox: bool) -> Decimal | None:
        """What today's budget has left when everything in the queue is made; None without such a budget."""
        most = amount_of(self._settings.values.money.day_budget)
        if most <= 0:
            return None
        waiting = [job for job in self._jobs.active() if job.sandbox == sandbox]
        return most - self.spent_today(sandbox) - sum((expected(job) for job in waiting), Decimal(0))

    def spent_today(self, sandbox: bool) -> Decimal:
        """What today's results cost, and what failed but may be billed; without what is in the queue."""
        in_queue = {job.id for job in self._jobs.active()}
        today = date.today().isoformat()  # noqa: DTZ011 - the user's own day
        return self._profile.spent_on(today, sandbox, without=in_queue)

    def stops(self, job: Job) -> str:
        """The budget that `job` would pass if it left now, see `BUDGETS`; "" when there is none.

        What is under way counts with its estimate, so that however many leave at once, none is one too many.
        """
        money = self._settings.values.money
        cost = expected(job)
        of_day, of_batch = amount_of(money.day_budget), amount_of(money.batch_budget)
        if of_day > 0:
            sent = [other for other in self._jobs.active() if other.sandbox == job.sandbox]
            gone = self.spent_today(job.sandbox) + self._committed(sent)
            if gone + cost > of_day or gone >= of_day:
                return DAY_BUDGET
        if of_batch > 0 and job.batch_size > 1:
            gone = self._committed(self._jobs.batch_of(job))
            if gone + cost > of_batch or gone >= of_batch:
                return BATCH_BUDGET
        return ""

    def _committed(self, jobs: Iterable[Job]) -> Decimal:
        """What these cost or may still cost, as far as they have left."""
        left = (job for job in jobs if job.cost is not None or job.attempts or self._jobs.in_hand(job.id))
        return sum((job.cost if job.cost is not None else expected(job) for job in left), Decimal(0))

    async def submit(self, orders: Sequence[Order], *, sandbox: bool) -> list[Job]:
        """Write the jobs down and start them.

        Args:
            sandbox: the service they were priced for, and the only one they may go to.

        Raises:
            StorageError: the jobs could not be written down; nothing was sent.
        """
        now = datetime.now(UTC)
        snapshots = {order.model.name: to_json(order.model) for order in orders}
        jobs = [
            Job(
                id=new_id(),
                kind=order.kind,
                request=order.request,
                created_at=now,
                title=" ".join(order.title.split())[:TITLE_CHARACTERS],
                template=order.template,
                style=order.style,
                model=order.model.name,
                model_info=snapshots[order.model.name],
                estimate=order.price.high if order.price is not None else None,
                batch=order.batch,
                batch_index=order.batch_index,
                batch_size=order.batch_size,
                parents=order.parents,
                grid=order.grid,
                sandbox=sandbox,
                account=self._account.state.account,
            )
            for order in orders
        ]
        await self._jobs.submit(jobs)
        return jobs


def expected(job: Job) -> Decimal:
    """What a job probably costs; nothing when the catalogue had no price."""
    return job.estimate if job.estimate is not None else Decimal(0)


def amount_of(preference: float) -> Decimal:
    """An amount of the preferences, as exact as it was typed."""
    return Decimal(str(preference))
