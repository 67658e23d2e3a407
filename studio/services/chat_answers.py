"""One request for one answer: written down before it leaves, journalled while it comes, ended once.

    STREAMING (row, then the request) -> COMPLETE | STOPPED | FAILED | INTERRUPTED (one update)

What comes lives in `LiveAnswer` alone; once a second it is in the journal. A stream is never sent again by
itself: whoever wants the answer again asks for it again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from studio.api.client import ApiClient
from studio.api.errors import (
    RETRY,
    ApiAuthError,
    ApiClosed,
    ApiInterrupted,
    ApiOffline,
    ApiPaymentError,
    ApiRefused,
    ApiTimeout,
    ApiTooLarge,
)
from studio.core.errors import Action, StorageError, StudioError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.chat import BalanceNotice, ChatRequest, ChatUsage
from studio.domain.conversation import (
    UNSENT,
    Conversation,
    Message,
    MessageError,
    MessageState,
    Piece,
    ToolCallPiece,
)
from studio.domain.journal import given_up
from studio.domain.models import ModelInfo
from studio.domain.pricing import Known, billed, estimate
from studio.domain.service import Usage
from studio.services.chat_attachments import Attachments
from studio.services.chat_context import Weight
from studio.services.chat_files import AnswerFiles
from studio.services.chat_live import LiveAnswer
from studio.services.chat_request import chat_request
from studio.services.chat_store import ChatStore
from studio.services.chat_words import message_error
from studio.services.job_records import is_unbilled
from studio.services.profile import LedgerEntry, ProfileService

log = logging.getLogger(__name__)
JOURNAL_SECONDS = 0.8
MOST_CHARACTERS = 10_000_000
CONTINUE = Action("continue", tr("Continue"))
MAY_BE_BILLED = tr("What the model had made until then may be billed.")
_NOTICES = {
    "balance": tr("Your balance is too low for this."),
    "key_budget": tr("The budget of your key is too low for this."),
    "permission": tr("Your key may not use this model."),
}


@dataclass(slots=True, eq=False)
class Run:
    """One request under way.

    Args:
        message: as it was stored when the request was about to leave.
        path: the messages that go along.
        entry_id: of the ledger.
        weight: of the request, to learn from what it is counted as.
        unbilled: the service refused it before it did any work.
        ended: it has its final state; whatever still comes is not looked at.
    """

    conversation: Conversation
    message: Message
    live: LiveAnswer
    path: Sequence[Message]
    model: ModelInfo | None
    tools: Sequence[dict[str, Any]]
    weight: Weight
    sandbox: bool
    account: str
    prompt: str = ""
    continues: bool = False
    entry_id: str = field(default_factory=new_id)
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    request: ChatRequest | None = None
    task: asyncio.Task[None] | None = None
    unbilled: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    message: Message
    notice: BalanceNotice | None = None


class Answers:
    """Carries runs out.

    Args:
        client: of the service a run belongs to; raises ApiClosed while another one is connected.
        check: raises InputError when the day's budget does not cover an estimate (pollen, sandbox).
        wait_for_key: returns once the service accepts a key again; raises ApiAuthError when nobody signs in.
        learn: told the weight of a request and the tokens it was counted as.
    """

    def __init__(
        self,
        store: ChatStore,
        profile: ProfileService,
        attachments: Attachments,
        files: AnswerFiles,
        client: Callable[[bool], ApiClient],
        check: Callable[[Decimal, bool], Awaitable[None]],
        learn: Callable[[str, Weight, int], None],
        wait_for_key: Callable[[], Awaitable[None]],
    ) -> None:
        self.running: dict[str, Run] = {}
        self._store = store
        self._profile = profile
        self._attachments = attachments
        self._files = files
        self._client = client
        self._check = check
        self._learn = learn
        self._wait_for_key = wait_for_key

    # ------------------------------------------------------------ streaming

    async def carry_out(self, run: Run) -> Ended | None:
        """Ask and take the answer; how it ended, or None when somebody else ended it (`end_now`)."""
        error: StudioError | None = None
        try:
            await self._stream_with_a_key(run)
        except StudioError as problem:
            error = problem
            run.unbilled = run.live.is_empty and is_unbilled(problem)
        if run.ended:
            return None
        run.ended = True
        return await self.finish(run, *self._verdict(run, error))

    async def _stream_with_a_key(self, run: Run) -> None:
        """A request that was refused for its key was not acted on: it leaves again with the next key."""
        while True:
            try:
                await self._stream(run)
                return
            except ApiAuthError:
                if run.ended or not run.live.is_empty:
                    raise
                await self._profile.forget_spending(run.entry_id)
                run.live.waiting_for = tr("Waits for a key.")
                run.live.version += 1
                await self._wait_for_key()
                run.live.waiting_for = ""

    async def _stream(self, run: Run) -> None:
        client = self._client(run.sandbox)
        parts = await self._attachments.contents(run.path, run.model, client, run.account)
        request = chat_request(
            run.conversation, run.path, run.model, lambda piece: parts.get(piece.asset_id, ()),
            tools=run.tools, continues=run.continues, model_name=run.message.model,
        )  # fmt: skip
        await self._check(run.message.estimate or Decimal(0), run.sandbox)
        await self._note(run, None, "estimate")
        run.request = request

        # The account may have left for another service while files were read.
        client = self._client(run.sandbox)
        async with aclosing(client.text.stream_batches(request, on_retry=run.live.wait)) as batches:
            async for events in batches:
                if run.ended:
                    return
                run.live.take(events)
                if run.live.characters > MOST_CHARACTERS:
                    raise ApiTooLarge(tr("The answer is too long."), tr("What arrived is kept."), (RETRY,))

    def _verdict(self, run: Run, error: StudioError | None) -> tuple[MessageState, MessageError | None]:
        live = run.live
        if live.notice is not None:
            notice = live.notice
            actions = (("open_link", tr("Open the account page"), notice.url), ("retry", RETRY.label, ""))
            title = _NOTICES.get(notice.kind, _NOTICES["balance"])
            return MessageState.FAILED, MessageError(title=title, actions=actions, kind="BalanceNotice")
        if error is not None:
            return _failure(error, is_empty=live.is_empty and not live.lead)
        if live.finish_reason == "content_filter":
            refused = ApiRefused(
                tr("The provider's filter ended the answer."), tr("Ask in other words."), (RETRY,)
            )
            return MessageState.FAILED, message_error(refused)
        if live.finish_reason in ("length", "max_tokens"):
            title = tr("The answer reached its greatest length.")
            actions = ((CONTINUE.id, CONTINUE.label, ""),)
            return MessageState.COMPLETE, MessageError(title=title, actions=actions, kind="length")
        if live.left_out:
            title = tr("The answer held too much: {n} tool calls or files were left out.", n=live.left_out)
            again = ((RETRY.id, RETRY.label, ""),)
            detail = tr("No tool was carried out.")
            return MessageState.COMPLETE, MessageError(
                title=title, detail=detail, actions=again, kind="left_out"
            )
        if live.is_empty:
            empty = MessageError(title=tr("The answer is empty."), actions=(("retry", RETRY.label, ""),))
            return MessageState.FAILED, replace(empty, kind="ApiBadAnswer")
        return MessageState.COMPLETE, None

    # ------------------------------------------------------------ journal

    async def keep_journal(self) -> None:
        """Write down what came, about once a second, as long as anything runs."""
        while self.running:
            await asyncio.sleep(JOURNAL_SECONDS)
            for run in tuple(self.running.values()):
                if not run.ended:
                    await self.write_journal(run)

    async def write_journal(self, run: Run) -> None:
        """Write down what came since the last time. What cannot be written goes with the next entry."""
        mark = run.live.journal_mark
        pieces = run.live.unjournalled()
        if not pieces:
            return
        try:
            await self._store.journal(run.message.id, pieces)
        except StorageError as error:
            log.warning("the journal of an answer could not be written: %s", error)
            run.live.rewind_journal(mark)

    # ------------------------------------------------------------ ending

    def end_now(self, run: Run, state: MessageState, error: MessageError | None) -> Message:
        """The message as it stands, ended; at once, nothing is written yet. The connection may go."""
        run.ended = True
        return self._message(run, state, error, run.live.contents())

    async def finish(self, run: Run, state: MessageState, error: MessageError | None) -> Ended:
        """File what came beside text, and settle the ledger. The message is not stored yet.

        Returns:
            the message in its final state, and the notice if that is what came.
        """
        live = run.live
        notice = live.notice
        # What asks for money is no answer; the one that was to be continued stays as it was.
        pieces = live.lead if notice is not None else live.contents()
        message = self._message(run, state, error, pieces)
        message = replace(message, pieces=await self._files.file(message, live, run.prompt))
        await self._settle(run, message)
        if live.usage is not None and live.usage.prompt_tokens and not run.continues:
            self._learn(run.message.model, run.weight, live.usage.prompt_tokens)
        if notice is None and error is not None and error.kind == ApiPaymentError.__name__:
            links = [argument for command, _, argument in error.actions if command == "open_link"]
            notice = BalanceNotice(text=error.title, url=links[0] if links else "")
        return Ended(message, notice)

    def _message(
        self, run: Run, state: MessageState, error: MessageError | None, pieces: Sequence[Piece]
    ) -> Message:
        live = run.live
        if state is not MessageState.COMPLETE or error is not None:
            # A sound is filed all the same.
            pieces = tuple(given_up(p) if isinstance(p, ToolCallPiece) else p for p in pieces)
        cost, source = self._cost(run, state)
        before = run.message
        if before.cost is not None:
            cost = before.cost + (cost or Decimal(0))
        first = live.first_token_at
        return replace(
            before,
            state=state,
            pieces=tuple(pieces),
            citations=live.citations or before.citations,
            finish_reason=live.finish_reason,
            usage=both(before.usage, live.usage),
            cost=cost,
            cost_source=source or before.cost_source,
            error=error,
            model_used=live.head.model_used or live.model or before.model_used,
            request_id=live.head.request_id,
            finished_at=datetime.now(UTC),
            first_token_s=None if first is None else round(first - live.started_at, 3),
            total_s=round(time.monotonic() - live.started_at, 3),
        )

    def _cost(self, run: Run, state: MessageState) -> tuple[Decimal | None, str]:
        """What the answer cost and how that is known; an estimate where the service did not say."""
        live = run.live
        if live.usage is not None and live.usage.pollen_cost is not None:
            return live.usage.pollen_cost, "usage"
        if run.model is None or run.request is None:
            return None, ""
        used = Usage.from_headers(live.head.headers)
        for usage, source in ((live.usage and live.usage.by_price_key(), "catalogue"), (used, "header")):
            amount = billed(run.model, usage, run.request) if usage else None
            if amount is not None:
                return amount, source
        if live.usage is not None and not live.usage.total_tokens:
            return Decimal(0), "usage"
        if live.is_empty and state is not MessageState.COMPLETE:
            return None, ""
        ratio = 4
        known = Known(
            prompt_tokens=run.weight.tokens(ratio), completion_tokens=max(live.characters // ratio, 1)
        )
        guess = estimate(run.model, run.request, known)
        return guess.high, "estimate" if guess.high is not None else ""

    async def _settle(self, run: Run, message: Message) -> None:
        """The ledger: the billed amount in place of the estimate, or nothing when nothing was done."""
        try:
            if run.request is None or run.unbilled or run.live.notice is not None:
                await self._profile.forget_spending(run.entry_id)
                return
            cost, source = self._cost(run, message.state)
            await self._note(run, None if source == "estimate" else cost, source, guess=cost)
        except StorageError as error:
            log.warning("the ledger could not be written: %s", error)

    async def _note(self, run: Run, cost: Decimal | None, source: str, guess: Decimal | None = None) -> None:
        entry = LedgerEntry(
            id=run.entry_id, time=run.sent_at, job_id=run.message.id, model=run.message.model,
            estimate=guess if source == "estimate" and guess is not None else run.message.estimate,
            cost=cost, cost_source=source, account=run.account, sandbox=run.sandbox,
        )  # fmt: skip
        await self._profile.note_spending(entry)


def _failure(error: StudioError, *, is_empty: bool) -> tuple[MessageState, MessageError]:
    """The state for an error: broken off, or refused. Text that came makes the difference in the ways on."""
    if isinstance(error, ApiClosed):
        told = MessageError(
            title=tr("The connection was closed."),
            detail=tr("Another service is in use now.") + f" {MAY_BE_BILLED}",
            actions=_ways(is_empty), kind="ApiClosed",
        )  # fmt: skip
        return MessageState.INTERRUPTED, told
    if isinstance(error, ApiInterrupted | ApiTimeout):
        # Its own words speak of work that is joined; a stream that is asked for again is paid again.
        detail = tr("What arrived is kept.") + f" {MAY_BE_BILLED}" if not is_empty else MAY_BE_BILLED
        told = MessageError(
            title=error.title, detail=detail, actions=_ways(is_empty), kind=type(error).__name__
        )
        return MessageState.INTERRUPTED, told
    if isinstance(error, ApiOffline) and is_empty:
        return MessageState.FAILED, _unsent(error)
    return MessageState.FAILED, message_error(error, *(() if is_empty else (CONTINUE,)), RETRY)


def _unsent(error: ApiOffline) -> MessageError:
    """Nothing left this computer. What else could be at fault than the network, as a proxy, is named."""
    others = tuple(action for action in error.actions if action.id != RETRY.id)
    told = message_error(error, *others)
    return replace(
        told, title=tr("Not sent: no connection."), kind=UNSENT,
        detail=error.title if others else tr("Your question is kept here."),
        actions=((RETRY.id, tr("Send now"), ""), *(one for one in told.actions if one[0] != RETRY.id)),
    )  # fmt: skip


def _ways(is_empty: bool) -> tuple[tuple[str, str, str], ...]:
    again = (RETRY.id, RETRY.label, "")
    return (again,) if is_empty else ((CONTINUE.id, CONTINUE.label, ""), again)


def both(before: ChatUsage | None, now: ChatUsage | None) -> ChatUsage | None:
    """The usage of an answer that came in two requests."""
    if before is None or now is None:
        return now or before
    names = [name for name in ChatUsage.__slots__ if name != "pollen_cost"]
    sums = {name: getattr(before, name) + getattr(now, name) for name in names}
    costs = [usage.pollen_cost for usage in (before, now) if usage.pollen_cost is not None]
    return ChatUsage(**sums, pollen_cost=sum(costs, Decimal(0)) if costs else None)


def stopped() -> MessageError:
    """The footer of an answer that the user stopped."""
    return MessageError(
        title=tr("You stopped this answer."), detail=MAY_BE_BILLED, actions=_ways(False), kind="stopped"
    )


def broken(*, is_empty: bool) -> MessageError:
    """The footer of an answer that the program itself could not take; the report of the error has more."""
    return MessageError(
        title=tr("Something went wrong in the program while this came."), detail=MAY_BE_BILLED,
        actions=_ways(is_empty), kind="bug",
    )  # fmt: skip


def ended_early() -> MessageError:
    """The footer of an answer that was coming when the program was closed."""
    return MessageError(
        title=tr("The program was closed while this came."), detail=MAY_BE_BILLED, actions=_ways(False),
        kind="closed",
    )  # fmt: skip
