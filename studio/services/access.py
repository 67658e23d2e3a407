"""One calm question when the service refuses the key, and word in time before a key ends.

Many requests are refused at once when a key ends. Whoever listens to `refused` hears of it once for each key;
jobs wait in the queue, answers wait in `wait_for_key`, and both go on when a key is accepted.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Literal, cast

from studio.api.errors import SIGN_IN, ApiAuthError
from studio.core.clock import steady
from studio.core.errors import Action, StorageError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.domain.job import Job, JobState
from studio.services.account import AccountService, AccountState, KeySource
from studio.services.jobs import JobService
from studio.services.notices import NoticeCentre, Severity
from studio.services.profile import ProfileService
from studio.services.session import Session, SessionState
from studio.services.tasks import TaskSupervisor

log = logging.getLogger(__name__)
RENEW: Final = Action("account.renew", tr("Renew"))
SOON_SECONDS: Final = 86_400.0
LOOK_SECONDS: Final = 60.0
USUAL_SECONDS: Final = {"image": 20.0, "video": 150.0, "speech": 15.0, "music": 60.0, "transcription": 60.0}
"""What a job takes before the first of its model was made."""
TOPIC: Final = "key-expiry"
Danger = Literal["", "soon", "queue"]


class Reason(StrEnum):
    """Why a key is refused, as far as it can be known."""

    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A key that the service does not accept any more.

    Args:
        account: its name in the keyring; `who`: the name people know it by, which may be empty.
        source: where the key came from.
    """

    account: str
    who: str
    reason: Reason
    source: KeySource


class AccessService:
    """Watches whether the key in use is accepted, and for how long it will be."""

    def __init__(
        self,
        account: AccountService,
        session: Session,
        jobs: JobService,
        profile: ProfileService,
        notices: NoticeCentre,
        tasks: TaskSupervisor,
    ) -> None:
        self.refused: Event[Refusal] = Event("access.refused")
        self.refusal: Refusal | None = None
        self._account = account
        self._session = session
        self._jobs = jobs
        self._profile = profile
        self._notices = notices
        self._tasks = tasks
        self._last = account.state
        self._waiting: set[asyncio.Future[None]] = set()
        self._told: tuple[str, Danger] = ("", "")
        account.changed.connect(self._account_changed)
        session.changed.connect(self._go_on)
        jobs.queue_changed.connect(self._queue_changed)
        jobs.changed.connect(self._job_changed)

    # ------------------------------------------------------------------ refused

    @property
    def answers_waiting(self) -> int:
        """How many answers of chats wait for a key."""
        return len(self._waiting)

    async def wait_for_key(self) -> None:
        """Return once a key is accepted.

        Raises:
            ApiAuthError: the user put it off, signed out, or went to another service.
        """
        if not len(self.refused):
            raise _refused()  # nobody is there to ask
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(done)
        try:
            await done
        finally:
            self._waiting.discard(done)

    def put_off(self) -> None:
        """The user decides later: the queue goes on waiting, answers end and can be asked for again."""
        for future in tuple(self._waiting):
            if not future.done():
                future.set_exception(_refused())

    def _account_changed(self, state: AccountState) -> None:
        before, self._last = self._last, state
        if state.rejected and not before.rejected:
            self._tasks.spawn(
                self._tell_refused(before), name="the key is refused", owner=self, group="refused"
            )
        elif state.source is KeySource.NONE:
            self.refusal = None
            self.put_off()
        elif before.rejected and not state.rejected:
            self._go_on(self._session.state)
        if state.key is not None and not state.rejected and state.key != before.key:
            self._tasks.spawn(self._remember(state), name="remember when the key ends", owner=self)
        self._look()

    def _go_on(self, state: SessionState) -> None:
        """A service that answers with a key that is not refused: whoever waited goes on."""
        account = self._account.state
        if not state.online or state.connecting or not account.signed_in or account.key is None:
            return
        had, self.refusal = self.refusal, None
        for future in tuple(self._waiting):
            if not future.done():
                future.set_result(None)
        if had is not None and self._jobs.paused_because in ("", "account"):
            self._tasks.spawn(self._jobs.resume("account"), name="go on with the new key", owner=self)

    def _queue_changed(self, because: str) -> None:
        """Who lets the queue go on although the key is refused hears of it again."""
        if not because and self._account.state.rejected and self.refusal is not None:
            self._jobs.pause("account")
            self.refused.emit(self.refusal)

    async def _tell_refused(self, before: AccountState) -> None:
        account, known = before.account, before.key is not None
        left = before.seconds_left(datetime.now(UTC), steady())
        if left is None:
            known, left = await self._remembered(account, known)
        reason = Reason.REVOKED if known else Reason.UNKNOWN
        if left is not None and left <= 0:
            reason = Reason.EXPIRED
        profile = before.profile
        who = (profile.name or profile.github_username) if profile else ""
        refusal = Refusal(account=account, who=who or account, reason=reason, source=before.source)
        if self._account.state.rejected:
            self.refusal = refusal
            self._jobs.pause("account")
            self.refused.emit(refusal)

    async def _remember(self, state: AccountState) -> None:
        """When a key ends is known at the next start, when it can only be refused."""
        if state.source is not KeySource.SANDBOX:
            left = state.seconds_left(datetime.now(UTC), steady())
            end = None if left is None else datetime.now(UTC).timestamp() + left
            try:
                await self._profile.set_draft(f"account.end:{state.account}", {"end": end})
            except StorageError as error:
                log.warning("the key's end could not be kept: %s", error)

    async def _remembered(self, account: str, known: bool) -> tuple[bool, float | None]:
        try:
            kept = await self._profile.draft(f"account.end:{account}")
        except StorageError:
            return known, None
        end = cast("dict[str, object]", kept).get("end") if isinstance(kept, dict) else None
        left = end - datetime.now(UTC).timestamp() if isinstance(end, int | float) else None
        return known or isinstance(kept, dict), left

    # ------------------------------------------------------------------ ending soon

    async def watch(self) -> None:
        """Look at the key's end every minute, until cancelled: time goes by without any event."""
        while True:
            self._look()
            await asyncio.sleep(LOOK_SECONDS)

    def _job_changed(self, job: Job) -> None:
        if job.state is JobState.QUEUED:
            self._look()

    def _look(self) -> None:
        """Say once for each key that it ends soon, and once that it ends before the queue does."""
        state = self._account.state
        if state.source in (KeySource.NONE, KeySource.SANDBOX) or state.rejected or state.key is None:
            return
        left = state.seconds_left(datetime.now(UTC), steady())
        danger = danger_of(left, queue_seconds(self._jobs))
        key = f"{state.account} {state.key.expires_at} {state.key.name}"
        if not danger or left is None or self._told in ((key, danger), (key, "queue")):
            return
        self._told = (key, danger)
        if danger == "queue":
            self._notices.tell(
                tr("Your key ends before the queue does."),
                tr("Renew it now, and everything goes on without a break."),
                severity=Severity.WARNING, topic=TOPIC, actions=(RENEW,),
            )  # fmt: skip
        else:
            self._notices.tell(
                tr("Your key ends within a day."), tr("Renew it, and nothing has to wait."),
                severity=Severity.WARNING, topic=TOPIC, actions=(RENEW,),
            )  # fmt: skip


def _refused() -> ApiAuthError:
    title, detail = tr("The service does not accept your key."), tr("Sign in again to go on.")
    return ApiAuthError(title, detail, (SIGN_IN,), status=401)


def danger_of(left: float | None, queue: float) -> Danger:
    """What a key with `left` seconds threatens, with `queue` seconds of work ahead."""
    if left is None or left <= 0:
        return ""
    if queue > 0 and left < queue:
        return "queue"
    return "soon" if left < SOON_SECONDS else ""


def queue_seconds(jobs: JobService) -> float:
    """About how long the queue still takes: 0 when it is empty."""
    work = sum(
        jobs.usual_seconds(job.model) or USUAL_SECONDS.get(job.kind, 30.0)
        for job in jobs.active()
        if job.state is not JobState.PAUSED
    )
    return work / max(jobs.parallel, 1)
