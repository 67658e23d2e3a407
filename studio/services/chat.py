"""Conversations with the service: sending, streaming, stopping, branches, tools.

A question and its answer are written down together before the request leaves. An answer that calls tools is
followed by their results and by another answer, each a message of its own; a conversation that has a tool at
work counts as streaming.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from studio.api.client import ApiClient
from studio.api.errors import ApiClosed
from studio.core.errors import InputError, StorageError, StudioError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.settings import Settings
from studio.domain.asset import Asset
from studio.domain.conversation import (
    AttachmentPiece,
    ChatDraft,
    Conversation,
    Message,
    MessageError,
    MessageState,
    ToolCallPiece,
)
from studio.domain.models import ModelInfo
from studio.services.access import AccessService
from studio.services.account import AccountService
from studio.services.catalogue import CatalogueService
from studio.services.chat_answers import Answers, Ended, Run, broken, ended_early, stopped
from studio.services.chat_attachments import Attachments, piece_of, refusal
from studio.services.chat_branches import ChatBranches
from studio.services.chat_context import Ratios, Weight
from studio.services.chat_files import AnswerFiles
from studio.services.chat_live import LiveAnswer
from studio.services.chat_plan import Planner, question_of
from studio.services.chat_rounds import Rounds
from studio.services.chat_store import ChatStore
from studio.services.chat_tools import PictureTool
from studio.services.chat_words import ChatPlan, NoticeOf, PermitChoice, title_from
from studio.services.create import CreateService
from studio.services.jobs import JobService
from studio.services.library import LibraryService
from studio.services.ordering import Ordering
from studio.services.profile import ProfileService
from studio.services.session import Session
from studio.services.tasks import TaskSupervisor
from studio.services.undo import Step, UndoStack

log = logging.getLogger(__name__)
RATIOS = "chat.ratios"
AGAIN_SECONDS = 3.0
DELETED_KEPT = timedelta(days=30)
CLOSE_SECONDS = 5
"""How long closing waits for answers to be written. The journal has them up to a second ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatParts:
    """What the chat service is built on."""

    store: ChatStore
    settings: Settings
    undo: UndoStack
    tasks: TaskSupervisor
    session: Session
    account: AccountService
    catalogue: CatalogueService
    profile: ProfileService
    library: LibraryService
    create: CreateService
    ordering: Ordering
    jobs: JobService
    access: AccessService


class ChatService(ChatBranches):
    """`Services.chat`. See `ChatBook` for the events and the list, `ChatBranches` for the tree."""

    def __init__(self, parts: ChatParts) -> None:
        super().__init__(parts.store, parts.settings, parts.undo)
        self._parts = parts
        self._attachments = Attachments(parts.library, parts.profile)
        self._tool = PictureTool(
            parts.create, parts.jobs, parts.library, parts.profile, parts.catalogue, parts.settings
        )
        self._planner = Planner(
            parts.session, parts.account, parts.catalogue, parts.settings, self._tool.schema
        )
        self._answers = Answers(
            parts.store, parts.profile, self._attachments, AnswerFiles(parts.library), self._client,
            parts.ordering.check_day, self._learn, parts.access.wait_for_key,
        )  # fmt: skip
        self._rounds = Rounds(self, self._tool, parts.tasks, parts.profile)
        self._sending: Counter[str] = Counter()
        self._ending: set[asyncio.Task[None]] = set()
        self._unwritten: dict[str, Message] = {}
        self._closed = False

    async def open(self) -> None:
        """Call it once after the profile was opened: answers cut off by a crash become INTERRUPTED, and tools
        that were at work go on.

        Raises:
            StorageError: the conversations cannot be read.
        """
        # What was deleted cannot be taken back once the program has ended; a while later it is gone for good.
        await self._store.purge(await self._store.deleted(datetime.now(UTC) - DELETED_KEPT))
        for message in await self._store.recover():
            await self._update(replace(message, error=ended_early()))
        self._planner.ratios = Ratios.read(await self._parts.profile.draft(RATIOS))
        await self._rounds.take_up()

    async def end(self) -> None:
        """Keep what came of running answers; nothing is sent after this. Drafts can still be kept."""
        self._closed = True
        runs = tuple(self._answers.running.values())
        # Some may be ending by themselves at this moment.
        ending = {run.task for run in runs if run.ended and run.task is not None}
        for run in runs:
            await self._end(run, MessageState.INTERRUPTED)
        ending |= self._ending
        if ending:
            await asyncio.wait(ending, timeout=CLOSE_SECONDS)

    async def close(self) -> None:
        """Let the conversations go, once no task works on them any more."""
        for message in tuple(self._unwritten.values()):
            with suppress(StorageError):
                await self._store.update(message)
        await self._store.close()

    # ------------------------------------------------------------------ what comes

    def live(self, message_id: str) -> LiveAnswer | None:
        """The answer while it comes; None once it has ended."""
        run = self._answers.running.get(message_id)
        return run.live if run is not None else None

    @property
    def streaming(self) -> frozenset[str]:
        """Ids of conversations in which an answer comes or a tool works."""
        answering = {run.conversation.id for run in self._answers.running.values()}
        return frozenset(answering | self._rounds.working | self._sending.keys())

    def is_streaming(self, conversation_id: str) -> bool:
        return conversation_id in self.streaming

    def plan(self, conversation: Conversation, path: Sequence[Message], draft: ChatDraft) -> ChatPlan:
        """What Send would do. Pure and fast: call it at every key press.

        Args:
            path: the messages shown, from the first question to the leaf.
        """
        return self._planner.plan(conversation, path, draft, busy=self.is_streaming(conversation.id))

    async def plan_again(self, message_id: str, *, model: str = "") -> ChatPlan:
        """What another answer in the place of this message, or more of it, would cost.

        Raises:
            InputError: the message is gone.
        """
        message = await self._message(message_id)
        conversation = await self.conversation(message.conversation_id)
        asked = replace(conversation, model=model or message.model or conversation.model)
        return self._planner.again(asked, await self.path(conversation, message.id))

    # ------------------------------------------------------------------ asking

    async def send(self, conversation_id: str, draft: ChatDraft) -> str:
        """Ask; the id of the question. The draft that was kept is cleared.

        Raises:
            InputError: it cannot be sent; nothing was written, the draft stays.
            StorageError: it could not be written down; nothing was sent.
        """
        conversation = await self.conversation(conversation_id)
        question = await self._ask(conversation, conversation.leaf_id, draft)
        try:
            await self._store.keep_draft(conversation_id, ChatDraft())
            await self._tell_rows((conversation_id,))
        except StorageError as error:
            # The question is on its way: whoever heard of a failure now would ask, and pay, again.
            log.warning("a draft that was sent could not be cleared: %s", error)
        return question

    async def edit(self, message_id: str, draft: ChatDraft) -> str:
        """Ask another question in this one's place, which stays as a branch; the id of the new one.

        Raises:
            InputError: it cannot be sent; nothing was written.
        """
        message = await self._message(message_id)
        if message.role != "user":
            raise InputError(tr("Only questions can be asked in other words."))
        return await self._ask(await self.conversation(message.conversation_id), message.parent_id, draft)

    async def _ask(self, conversation: Conversation, parent_id: str, draft: ChatDraft) -> str:
        with self._sending_in(conversation):
            await self._until_ended()
            path = await self.path(conversation, parent_id) if parent_id else []
            plan = self._planner.plan(conversation, path, draft)
            if plan.problem:
                raise InputError(plan.problem, field=plan.field, actions=plan.actions)
            price = plan.price.high if plan.price is not None else None
            await self._parts.ordering.check_day(price or Decimal(0), plan.sandbox)
            await self._rounds.leave(path)
            question = question_of(draft, conversation.id, new_id(), parent_id)
            answer = self._new_answer(conversation, question.id, price)
            # Its title may have been changed while the path was read.
            conversation = await self.conversation(conversation.id)
            if not conversation.titled and not parent_id:
                title = title_from(draft.text) or next((piece.name for piece in draft.attachments), "")
                conversation = replace(conversation, title=title)
            await self._add([question, answer], _on_leaf(conversation, answer.id))
            kept = [message for message in path if message.id in plan.kept]
            self._start(conversation, answer, [*kept, question])
        return question.id

    async def regenerate(self, message_id: str, *, model: str = "") -> None:
        """Another answer to the same question, beside this one; by `model` or the conversation's own.

        Raises:
            InputError: it cannot be asked now.
        """
        await self._until_ended()
        message = await self._message(message_id)
        conversation = await self.conversation(message.conversation_id)
        tree = await self.tree(conversation.id)
        at = message.id
        while at and tree[at].role != "user":
            at = tree[at].parent_id
        if not at:
            raise InputError(tr("There is no question above this answer."))
        await self._answer_again(conversation, at, model or conversation.model)

    async def retry(self, message_id: str) -> None:
        """Ask for this answer again, with the model it was asked of; an empty one is replaced.

        Raises:
            InputError: it cannot be asked now.
        """
        await self._until_ended()
        message = await self._message(message_id)
        if message.role != "assistant":
            raise InputError(tr("Only an answer can be asked for again."))
        conversation = await self.conversation(message.conversation_id)
        tree = await self.tree(conversation.id)
        is_empty = not message.pieces and not tree.children(message.id)
        model = message.model or conversation.model
        await self._answer_again(conversation, message.parent_id, model, message if is_empty else None)

    async def _answer_again(
        self, conversation: Conversation, parent_id: str, model: str, place: Message | None = None
    ) -> None:
        """A new answer under `parent_id`, in the place of an empty one if that is given."""
        asked = replace(conversation, model=model)
        self._check_ready(asked)
        with self._sending_in(conversation):
            path = await self.path(conversation, parent_id)
            kept, price = self._kept(self._allowed(asked, path), path)
            answer = self._new_answer(asked, parent_id, price)
            # Somebody may have changed it while the path was read.
            conversation = await self.conversation(conversation.id)
            if place is None:
                await self._add([answer], _on_leaf(conversation, answer.id))
            else:
                answer = replace(
                    answer, id=place.id, created_at=place.created_at, cost=place.cost,
                    cost_source=place.cost_source,
                )  # fmt: skip
                await self._update(answer, _on_leaf(conversation, answer.id))
            self._start(asked, answer, kept)

    async def continue_answer(self, message_id: str) -> None:
        """Let the model go on where this answer ended: it is sent along with a short instruction, or with the
        results of its tools where they were not answered.

        Raises:
            InputError: it cannot be asked now, or there is nothing to go on from.
        """
        await self._until_ended()
        message = await self._message(message_id)
        conversation = await self.conversation(message.conversation_id)
        asked = replace(conversation, model=message.model or conversation.model)
        tree = await self.tree(conversation.id)
        if result := self._rounds.waits(tree, message):
            self._check_ready(asked)
            with self._sending_in(conversation):
                await self._update(replace(message, error=None))
                await self.go_on(conversation, result)
            return
        if message.role != "assistant" or not message.text.strip() or tree.children(message.id):
            raise InputError(tr("This answer cannot be continued."), tr("Ask for it again instead."))
        self._check_ready(asked)
        with self._sending_in(conversation):
            path = await self.path(conversation, message.id)
            kept, price = self._kept(self._allowed(asked, path), path)
            answer = replace(message, state=MessageState.STREAMING, error=None, estimate=price)
            await self._update(answer, _on_leaf(await self.conversation(conversation.id), answer.id))
            self._start(asked, answer, kept, continues=True)

    async def go_on(self, conversation: Conversation, parent_id: str) -> None:
        """The next answer after the results of tools; part of what the user asked for already."""
        if self._closed:
            return
        path = await self.path(conversation, parent_id)
        last = next((message for message in reversed(path) if message.role == "assistant"), None)
        asked = replace(conversation, model=last.model if last is not None else conversation.model)
        kept, price = self._kept(self._planner.again(asked, path), path)
        answer = self._new_answer(asked, parent_id, price)
        await self.append(answer)
        self._start(asked, answer, kept)

    # ------------------------------------------------------------------ ending

    async def stop(self, conversation_id: str) -> None:
        """End what runs in the conversation. The message is told of as stopped before anything is awaited;
        then the connection is closed and what came is written."""
        for run in tuple(self._answers.running.values()):
            if run.conversation.id == conversation_id:
                await self._end(run, MessageState.STOPPED)
        await self._rounds.stop(conversation_id)

    async def delete(self, conversation_ids: Iterable[str]) -> Step:
        ids = tuple(conversation_ids)
        # What nobody sees any more must not go on costing.
        for conversation_id in ids:
            await self.stop(conversation_id)
        return await super().delete(ids)

    async def purge(self, conversation_ids: Iterable[str]) -> None:
        ids = tuple(conversation_ids)
        for conversation_id in ids:
            await self.stop(conversation_id)
        await super().purge(ids)

    async def _end(self, run: Run, state: MessageState) -> None:
        if run.ended:
            return
        error = stopped() if state is MessageState.STOPPED else ended_early()
        message = self._answers.end_now(run, state, error)
        del self._answers.running[run.message.id]
        self._show(message)
        if run.task is not None:
            run.task.cancel()
        # A task of its own: the pane that asked for it may be closed before it is written.
        writing = self._parts.tasks.spawn(
            self._write_ended(run, state, error), name="end an answer", owner=self, finish=True
        )
        self._ending.add(writing)
        writing.add_done_callback(self._ending.discard)
        await asyncio.wait([writing])

    async def _until_ended(self) -> None:
        """An answer that was just stopped is read as it ended, not as the journal has it."""
        if self._ending:
            await asyncio.wait(tuple(self._ending))

    async def _write_ended(self, run: Run, state: MessageState, error: MessageError) -> None:
        ended = await self._answers.finish(run, state, error)
        try:
            await self._update(ended.message)
        except StorageError:
            self._write_later(ended.message)
            raise
        await self._tell_rows((run.conversation.id,))

    def _write_later(self, message: Message) -> None:
        """The disk is full, or somebody holds it: an answer that ended waits until it can be written."""
        self._unwritten[message.id] = message
        if len(self._unwritten) == 1:
            self._parts.tasks.spawn(self._write_unwritten(), name="write answers again", owner=self)

    async def _write_unwritten(self) -> None:
        while self._unwritten:
            await asyncio.sleep(AGAIN_SECONDS)
            for message in tuple(self._unwritten.values()):
                # Continued or asked for again meanwhile: the newer one is written at its end.
                if message.id not in self._answers.running:
                    try:
                        await self._update(message)
                    except StorageError:
                        break
                self._unwritten.pop(message.id, None)

    # ------------------------------------------------------------------ tools and files

    async def permit(self, message_id: str, call_id: str, choice: PermitChoice) -> None:
        """Answer a tool call that asks; one that does not ask any more is left alone. `always` and `never`
        hold for the conversation. What cannot be made after all ends as a failed call, with the reason.

        Raises:
            InputError: the message is gone.
        """
        message = await self._message(message_id)
        if choice in ("always", "never"):
            await self.set_options(message.conversation_id, image_permission=choice)
        # A refusal goes on by itself: no question may begin in the middle of that.
        with _Sending(self._sending, message.conversation_id):
            await self._rounds.permit(message, call_id, choice)
        await self._tell_rows((message.conversation_id,))

    async def attach_file(self, path: Path) -> AttachmentPiece:
        """Raises:
        StudioError: it cannot be read, or is no picture, film, sound, PDF or text.
        """
        return await self._attachments.attach_file(path)

    async def attach_bytes(self, data: bytes, *, mime: str, name: str) -> AttachmentPiece:
        """What was pasted. Raises StudioError like `attach_file`."""
        return await self._attachments.attach_bytes(data, mime=mime, name=name)

    async def attach_asset(self, asset: Asset) -> AttachmentPiece:
        """Something of the library; it is not copied."""
        return piece_of(asset)

    def refusal(self, model: ModelInfo | None, piece: AttachmentPiece) -> str:
        """Why the model cannot take it, in one sentence; "" if it can."""
        return refusal(model, piece)

    # ------------------------------------------------------------------ for the rounds of tools

    async def stored(self, message_id: str) -> Message:
        """The message as it is on the disk. Raises InputError when it is gone."""
        return await self._message(message_id)

    async def write(self, message: Message) -> None:
        """Put a message that changed in its place, and tell of it."""
        await self._update(message)

    async def append(self, message: Message) -> None:
        """Add a message; it is shown when the end of its branch is, and no other branch is left for it."""
        conversation = await self.conversation(message.conversation_id)
        is_shown = conversation.leaf_id == message.parent_id
        await self._add([message], _on_leaf(conversation, message.id) if is_shown else conversation)

    def tell_row(self, conversation_id: str) -> None:
        """A tool starts to work in the conversation."""
        tell = self._tell_rows((conversation_id,))
        self._parts.tasks.spawn(tell, name="tell a row", owner=self, finish=True)

    # ------------------------------------------------------------------ inside

    def _start(
        self, conversation: Conversation, answer: Message, path: Sequence[Message], *, continues: bool = False
    ) -> None:
        """Let the request for `answer`, which is written down, leave."""
        model = self._parts.catalogue.find(conversation.model)
        measure = self._planner.measure(conversation, path, ChatDraft(), model)
        question = next((message for message in reversed(path) if message.role == "user"), None)
        run = Run(
            conversation=conversation, message=answer, path=path, model=model, weight=measure.weight,
            live=LiveAnswer(answer.id, lead=answer.pieces if continues else ()),
            tools=self._tool.schema(conversation, model), sandbox=answer.sandbox,
            account=self._parts.account.state.account, prompt=question.text if question else "",
            continues=continues,
        )  # fmt: skip
        if not self._answers.running:
            journal = self._answers.keep_journal
            self._answers.running[answer.id] = run
            self._parts.tasks.spawn(journal(), name="chat journal", owner=self, group="journal")
        self._answers.running[answer.id] = run
        self._rounds.allow(conversation.id)
        run.task = self._parts.tasks.spawn(self._talk(run), name=f"answer {answer.id}", owner=self)

    async def _talk(self, run: Run) -> None:
        try:
            ended = await self._answers.carry_out(run)
            if ended is not None:
                await self._close_answer(run, ended)
        except StudioError:
            raise
        except Exception:
            # It is told of as what it is, a bug; but no answer may seem to come for ever.
            message = self._answers.end_now(
                run, MessageState.FAILED, broken(is_empty=run.live.is_empty and not run.live.lead)
            )
            self._answers.running.pop(run.message.id, None)
            await self._update(message)
            await self._tell_rows((run.conversation.id,))
            raise
        finally:
            self._answers.running.pop(run.message.id, None)

    async def _close_answer(self, run: Run, ended: Ended) -> None:
        """Write the final state, tell of it, and let tools begin."""
        conversation = await self.conversation(run.conversation.id)
        message = self._rounds.look_at(conversation, ended.message)
        unread = conversation.unread or self._watched != conversation.id
        conversation = replace(conversation, unread=unread, updated_at=datetime.now(UTC))
        try:
            with self._held(conversation):
                await self._store.update(message, conversation)
        except StorageError:
            self._write_later(message)
            raise
        finally:
            # Also when the disk is full: the answer is shown as it came.
            del self._answers.running[message.id]
            self._show(message)
        if not any(isinstance(piece, ToolCallPiece) for piece in message.pieces):
            await self._tell_conversation(conversation.id)
        else:
            with _Sending(self._sending, conversation.id):
                await self._tell_conversation(conversation.id)
                await self._rounds.begin(message)
            await self._tell_rows((conversation.id,))
        if ended.notice is not None:
            self.balance_notice.emit(NoticeOf(conversation.id, ended.notice))

    def _new_answer(self, conversation: Conversation, parent_id: str, price: Decimal | None) -> Message:
        return Message(
            id=new_id(), conversation_id=conversation.id, role="assistant", created_at=datetime.now(UTC),
            parent_id=parent_id, state=MessageState.STREAMING, model=conversation.model,
            model_title=self._parts.catalogue.title(conversation.model), estimate=price,
            sandbox=self._parts.session.state.is_sandbox,
        )  # fmt: skip

    def _kept(self, plan: ChatPlan, path: Sequence[Message]) -> tuple[list[Message], Decimal | None]:
        """What goes along of a path, and the highest price of the answer."""
        kept = [message for message in path if message.id in plan.kept]
        return kept, plan.price.high if plan.price is not None else None

    def _allowed(self, asked: Conversation, path: Sequence[Message]) -> ChatPlan:
        """Raises:
        InputError: another answer to `path` cannot be asked for, or costs more than there is for it.
        """
        plan = self._planner.again(asked, path)
        if plan.problem:
            raise InputError(plan.problem, field=plan.field, actions=plan.actions)
        return plan

    def _check_ready(self, asked: Conversation) -> None:
        unready = self._planner.unready(
            self._parts.catalogue.find(asked.model), busy=self.is_streaming(asked.id)
        )
        if unready is not None:
            raise InputError(unready[0], field=unready[1], actions=unready[2])

    def _sending_in(self, conversation: Conversation) -> _Sending:
        """Only one question or answer at a time is begun in a conversation.

        Raises:
            InputError: something runs in it.
        """
        if self.is_streaming(conversation.id):
            raise InputError(tr("Wait for the answer, or stop it first."), field="busy")
        if self._closed:
            raise InputError(tr("The program is closing."))
        return _Sending(self._sending, conversation.id)

    def _client(self, sandbox: bool) -> ApiClient:
        """Only the service that the answer was begun with."""
        session = self._parts.session
        if not session.connected or session.state.is_sandbox != sandbox:
            raise ApiClosed(tr("Another service is in use now."))
        return session.client

    def _learn(self, model: str, weight: Weight, prompt_tokens: int) -> None:
        ratios = self._planner.ratios
        before = ratios.of(model)
        ratios.learn(model, weight, prompt_tokens)
        if ratios.of(model) != before:
            write = self._parts.profile.set_draft(RATIOS, dict(ratios.known))
            self._parts.tasks.spawn(write, name="keep token ratios", owner=self, finish=True)


def _on_leaf(conversation: Conversation, leaf_id: str) -> Conversation:
    return replace(conversation, leaf_id=leaf_id, updated_at=datetime.now(UTC), unread=False, archived=False)


class _Sending:
    """Marks a conversation as busy until the request is on its way."""

    def __init__(self, sending: Counter[str], conversation_id: str) -> None:
        self._sending = sending
        self._id = conversation_id

    def __enter__(self) -> None:
        self._sending[self._id] += 1

    def __exit__(self, *_: object) -> None:
        self._sending[self._id] -= 1
        if not self._sending[self._id]:
            del self._sending[self._id]
