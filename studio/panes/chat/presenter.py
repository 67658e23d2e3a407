"""State and commands of the open conversation: its options, its plan, what is sent and what is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import Action, InputError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.conversation import ChatDraft, ChatParameters, ChatPreset, Conversation, Message
from studio.domain.models import ModelInfo
from studio.panes.chat.attachment_chips import Attached
from studio.panes.chat.drafts import DraftKeeper
from studio.panes.chat.feed import TranscriptFeed
from studio.panes.chat.model_words import in_order
from studio.qt_models.bridge import bridge
from studio.qt_models.transcript import TranscriptModel
from studio.services.chat_words import ChatPlan, RowsChanged
from studio.services.context import Services
from studio.services.notices import Severity

Ask = Callable[[ChatPlan], Awaitable[bool]]
LONG_PATH = 400
"""Messages of a branch that is read for the plan only when its end is shown: reading takes as long."""
READ_AFTER_SECONDS = 0.15


class ChatPresenter(QObject):
    """Holds which conversation is open.

    Args:
        ask: puts a plan to the user that costs more than they want to spend unasked; True goes on.

    Signals:
        opened(Conversation | None): another one is shown.
        changed(Conversation): its title, model, prompt or parameters are different.
        plan_changed(ChatPlan), streaming_changed(bool), shape_changed: messages came or went.
        text_wanted(str), attached_changed(attachments): the composer shows these.
        editing_changed(bool): an earlier question is in the composer.
        presets_changed(presets), notice_came(NoticeOf), refused(field).
        hit_wanted(message id, words): bring a found message into view.
    """

    opened = Signal(object)
    changed = Signal(object)
    plan_changed = Signal(object)
    streaming_changed = Signal(bool)
    shape_changed = Signal()
    text_wanted = Signal(str)
    attached_changed = Signal(object)
    editing_changed = Signal(bool)
    presets_changed = Signal(object)
    notice_came = Signal(object)
    refused = Signal(str)
    hit_wanted = Signal(str, str)

    def __init__(self, services: Services, model: TranscriptModel, parent: QObject, ask: Ask) -> None:
        super().__init__(parent)
        self._services = services
        self._chat = services.chat
        self._ask = ask
        self._conversation: Conversation | None = None
        self._path: list[Message] = []
        self._presets: Sequence[ChatPreset] = ()
        self._temporary = False
        self._visible = False
        self._sending = False
        self._streaming = False
        self._opening: asyncio.Task[Any] | None = None
        # Held while one conversation gives way to another: nothing begins a new one in between.
        self._changing = asyncio.Lock()
        self.feed = TranscriptFeed(services, model, self)
        self.drafts = DraftKeeper(services, self, self._ensure)
        self._replan_soon = QTimer(self)
        self._replan_soon.setSingleShot(True)
        self._replan_soon.setInterval(0)
        self._replan_soon.timeout.connect(self._replan)
        self._join()

    def _join(self) -> None:
        services, chat = self._services, self._chat
        self.feed.path_changed.connect(self._path_shown)
        self.drafts.changed.connect(self._draft_changed)
        self.drafts.text_wanted.connect(self.text_wanted)
        self.drafts.editing_changed.connect(self._editing_changed)
        bridge(chat.conversation_changed, self._take_conversation, self)
        bridge(chat.message_changed, self._take_message, self)
        bridge(chat.rows_changed, self._rows_changed, self)
        bridge(chat.presets_changed, lambda _id: self.load_presets(), self)
        bridge(chat.balance_notice, self.notice_came.emit, self)
        bridge(services.catalogue.changed, lambda _models: self._replan_soon.start(), self)
        bridge(services.account.changed, lambda _state: self._replan_soon.start(), self)
        bridge(services.session.changed, lambda _state: self._replan_soon.start(), self)
        bridge(services.settings.changed, lambda _values: self._replan_soon.start(), self)

    # ------------------------------------------------------------------ state

    @property
    def conversation(self) -> Conversation | None:
        return self._conversation

    @property
    def conversation_id(self) -> str:
        return self._conversation.id if self._conversation is not None else ""

    @property
    def model(self) -> ModelInfo | None:
        """The model of the next question."""
        return self._services.catalogue.find(self.draft_conversation().model)

    @property
    def streaming(self) -> bool:
        return self._streaming

    @property
    def is_empty(self) -> bool:
        """Whether there is no message yet."""
        return not self.feed.path

    @property
    def presets(self) -> Sequence[ChatPreset]:
        return self._presets

    def models(self) -> list[ModelInfo]:
        """Models to chat with, favourites first."""
        return in_order(self._services.catalogue.models, self.favourites)

    @property
    def favourites(self) -> list[str]:
        return self._services.settings.values.chat.favourites.splitlines()

    def set_favourites(self, names: Sequence[str]) -> None:
        self._services.settings.change("chat", favourites="\n".join(names))

    def model_title(self) -> str:
        """The name of the chosen model, also when the catalogue is not there."""
        name = self.draft_conversation().model
        return self._services.catalogue.title(name) if name else ""

    def draft_conversation(self) -> Conversation:
        """The open conversation, or what a new one would be."""
        if self._conversation is not None:
            return self._conversation
        now = datetime.now(UTC)
        return Conversation(
            id="", created_at=now, updated_at=now, temporary=self._temporary, model=self._usual_model()
        )

    def _usual_model(self) -> str:
        """The model used last, while the service has it; else the usual one (CONTRACT 4.1)."""
        catalogue = self._services.catalogue
        kept = self._services.settings.values.chat.model
        if catalogue.find(kept) is not None or not catalogue.models:
            return kept
        offered = in_order(catalogue.models, ())
        usual = next((one for one in offered if one.answers_to("openai")), next(iter(offered), None))
        return usual.name if usual is not None else kept

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        self.load_presets()
        last = self._services.settings.values.chat.last
        self.spawn(self._open_last(last), "last chat", group="open")

    async def _open_last(self, last: str) -> None:
        # Who has begun to write already goes on writing there.
        if last and self._conversation is None and not self.drafts.draft:
            try:
                await self._open(last)
                return
            except InputError:
                self._services.settings.change("chat", last="")
        if self._conversation is None:
            self._show(None)
            self.shape_changed.emit()
            self._replan()

    def stop(self) -> None:
        self._replan_soon.stop()
        self.drafts.stop()
        self.feed.stop()
        self._services.tasks.cancel_owner(self)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str, *, group: str | None = None) -> None:
        """Run work of this pane; what goes wrong is told."""
        task = self._services.tasks.spawn(work, name=name, owner=self, group=group)
        if group == "open":
            self._opening = task

    async def _opened(self) -> None:
        """Wait until the chat that was chosen last is the open one: nothing is sent into another."""
        if self._opening is not None:
            await asyncio.wait([self._opening])

    # ------------------------------------------------------------------ opening

    def open(self, conversation_id: str, message_id: str = "", query: str = "") -> None:
        """Show a conversation, on its branch with `message_id` and with `query` marked."""
        self.spawn(self._open(conversation_id, message_id, query), "open chat", group="open")

    def open_message(self, message_id: str) -> None:
        """Show a message in its conversation, on its branch."""

        async def find() -> None:
            found = await self._chat.messages([message_id]) if message_id else []
            try:
                if not found or (await self._chat.conversation(found[0].conversation_id)).deleted_at:
                    raise InputError(tr("This message is not there any more."))
                await self._open(found[0].conversation_id, message_id)
            except InputError as error:
                self._services.notices.tell(error.title, error.detail, topic="chat")

        self.spawn(find(), "open message", group="open")

    async def _open(self, conversation_id: str, message_id: str = "", query: str = "") -> None:
        if conversation_id != self.conversation_id:
            await self.drafts.leave()
            async with self._changing:
                conversation = await self._chat.conversation(conversation_id)
                await self._clean_up()
                self._show(conversation)
            await self.feed.show(conversation_id)
            await self.drafts.open(conversation_id)
            self.shape_changed.emit()
        await self._chat.mark_read(conversation_id)
        if message_id:
            await self._chat.show_branch(message_id)
            await self.feed.show(conversation_id)
            self.hit_wanted.emit(message_id, query)

    def _show(self, conversation: Conversation | None, *, temporary: bool = False) -> None:
        """Make it the open one; without one, whether the next one is kept."""
        self._conversation = conversation
        self._path = []
        self._temporary = temporary
        self._watch()
        if conversation is None or not conversation.temporary:
            self._services.settings.change("chat", last=self.conversation_id)
        self.opened.emit(conversation)
        self._tell_streaming()

    def set_visible(self, visible: bool) -> None:
        """Whether the pane is looked at: an answer that ends meanwhile is read."""
        self._visible = visible
        self._watch()
        if visible and self.conversation_id:
            self.spawn(self._chat.mark_read(self.conversation_id), "mark read")

    def _watch(self) -> None:
        self._chat.set_watched(self.conversation_id if self._visible else "")

    def new(self, *, temporary: bool = False) -> None:
        """An empty place to write in. The conversation itself begins with its first word."""
        self.spawn(self._leave(temporary=temporary), "new chat", group="open")

    async def _leave(self, *, temporary: bool = False) -> None:
        await self.drafts.leave()
        async with self._changing:
            await self._clean_up()
            self._show(None, temporary=temporary)
        await self.feed.show("")
        await self.drafts.open("")
        self.shape_changed.emit()
        self._replan()

    @property
    def will_be_temporary(self) -> bool:
        """Whether what is written next begins a temporary chat."""
        return self._temporary

    async def _clean_up(self) -> None:
        """A conversation that nothing was written in leaves no trace."""
        old = self._conversation
        if old is None or old.titled or self.feed.path or self.drafts.draft:
            return
        if not len(self.feed.tree):
            self._conversation = None
            await self._chat.purge([old.id])

    async def _ensure(self) -> Conversation:
        """The open conversation; one begins where there is none."""
        async with self._changing:
            if self._conversation is None:
                model = self._usual_model()
                made = await self._chat.create(temporary=self._temporary)
                if made.model != model:
                    await self._chat.set_options(made.id, model=model)
                    made = await self._chat.conversation(made.id)
                self._show(made)
                await self.feed.show(made.id)
                self.shape_changed.emit()
            assert self._conversation is not None  # noqa: S101 - just made
            return self._conversation

    def gone(self, conversation_ids: Sequence[str]) -> None:
        """These left the list: the open one is left as well."""
        if self.conversation_id in conversation_ids:
            self._conversation = None
            self.drafts.forget()
            self.new()

    # ------------------------------------------------------------------ what happens elsewhere

    def _take_conversation(self, conversation: Conversation) -> None:
        if conversation.id == self.conversation_id:
            self._conversation = conversation
            self.changed.emit(conversation)
            self._replan_soon.start()

    def _take_message(self, message: Message) -> None:
        if message.conversation_id != self.conversation_id:
            return
        for at in range(len(self._path) - 1, -1, -1):
            if self._path[at].id == message.id:
                self._path[at] = message
                break
        self._tell_streaming()
        self._replan_soon.start()

    def _rows_changed(self, change: RowsChanged) -> None:
        if self.conversation_id in change.removed:
            self.gone(change.removed)
        self._tell_streaming()

    def _path_shown(self, _ids: Sequence[str]) -> None:
        self.shape_changed.emit()
        self._tell_streaming()
        self.spawn(self._load_path(), "path", group="path")

    async def _load_path(self) -> None:
        """The messages that the plan counts."""
        conversation = self._conversation
        if conversation is not None:
            if len(self.feed.path) > LONG_PATH and not self._path:
                await asyncio.sleep(READ_AFTER_SECONDS)
            path = await self._chat.path(conversation)
            if conversation.id != self.conversation_id:
                return
            self._path = path
        self._replan()

    def _tell_streaming(self) -> None:
        streaming = bool(self.conversation_id) and self._chat.is_streaming(self.conversation_id)
        if streaming != self._streaming:
            self._streaming = streaming
            self.streaming_changed.emit(streaming)
            self._replan_soon.start()

    # ------------------------------------------------------------------ the plan

    def plan(self) -> ChatPlan:
        """What Send would do now."""
        return self._chat.plan(self.draft_conversation(), self._planned_path(), self.drafts.draft)

    def _planned_path(self) -> Sequence[Message]:
        """What goes before the question: everything, or what stands before the one that is edited."""
        edited = self.drafts.edited
        if edited is None:
            return self._path
        ids = [message.id for message in self._path]
        return self._path[: ids.index(edited.id)] if edited.id in ids else self._path

    def _replan(self) -> None:
        plan = self.plan()
        self.plan_changed.emit(plan)
        self.attached_changed.emit([self._judged(one, plan) for one in self.drafts.attached])

    def _judged(self, one: Attached, plan: ChatPlan) -> Attached:
        """An attachment with why the model cannot take it, or that it goes by a public link."""
        if one.piece is None:
            return one
        refusal = self._chat.refusal(plan.model, one.piece)
        return replace(one, refusal=refusal, public=one.piece.asset_id in plan.public)

    def _draft_changed(self) -> None:
        self._replan_soon.start()

    def _editing_changed(self, editing: bool) -> None:
        self.editing_changed.emit(editing)
        self._replan_soon.start()

    # ------------------------------------------------------------------ options

    def set_options(
        self,
        *,
        model: str | None = None,
        system_prompt: str | None = None,
        parameters: ChatParameters | None = None,
        image_permission: Literal["", "always", "never"] | None = None,
    ) -> None:
        """What goes along with the next question."""

        async def change() -> None:
            await self._opened()
            conversation = await self._ensure()
            await self._chat.set_options(
                conversation.id, model=model, system_prompt=system_prompt, parameters=parameters,
                image_permission=image_permission,
            )  # fmt: skip

        # Not "latest wins": each change is of another field.
        self.spawn(change(), "chat options")

    def rename(self, title: str) -> None:
        if self._conversation is not None:
            self.spawn(self._chat.rename(self._conversation.id, title), "rename chat")

    def load_presets(self) -> None:
        async def load() -> None:
            self._presets = await self._chat.presets()
            self.presets_changed.emit(self._presets)

        self.spawn(load(), "presets", group="presets")

    def use_preset(self, preset_id: str) -> None:
        preset = next((one for one in self._presets if one.id == preset_id), None)

        async def use(preset: ChatPreset) -> None:
            conversation = await self._ensure()
            await self._chat.use_preset(conversation.id, preset)

        if preset is not None:
            self.spawn(use(preset), "use preset")

    def keep_preset(self, name: str) -> None:
        """The open conversation's options under a name; one of that name is replaced."""
        now = self.draft_conversation()
        same = next((one for one in self._presets if one.name.lower() == name.lower()), None)
        preset = ChatPreset(
            id=same.id if same is not None else new_id(), name=name, model=now.model,
            system_prompt=now.system_prompt, parameters=now.parameters,
        )  # fmt: skip
        self.spawn(self._chat.put_preset(preset), "keep preset")

    def remove_preset(self, preset_id: str) -> None:
        self.spawn(self._chat.remove_preset(preset_id), "remove preset")

    def preset_in_use(self) -> str:
        """The preset that the open conversation's options are the same as; "" for none."""
        now = self.draft_conversation()
        same = (
            preset.id
            for preset in self._presets
            if preset.model in ("", now.model)
            and preset.system_prompt == now.system_prompt
            and preset.parameters == now.parameters
        )
        return next(same, "")

    # ------------------------------------------------------------------ sending

    def send(self) -> None:
        """Ask what stands in the composer. Pressing twice quickly asks once."""
        if self._sending or self._streaming:
            return
        if any(one.piece is None for one in self.drafts.attached):
            self._refuse(tr("A file is still being added."), "attachments", ())
            return
        plan = self.plan()
        if plan.problem:
            # The sentence stands in the composer already, with its way on.
            self.refused.emit(plan.field)
            return
        self._sending = True
        drafts = self.drafts
        self.spawn(self._send(plan, drafts.conversation_id, drafts.draft, drafts.edited), "send")

    async def _send(
        self, plan: ChatPlan, conversation_id: str, draft: ChatDraft, edited: Message | None
    ) -> None:
        """Ask what stood in the composer when it was pressed, in the conversation it was written in: another
        one may be opened by now."""
        try:
            if plan.ask_first and not await self._ask(plan):
                return
            if edited is not None:
                await self._chat.edit(edited.id, draft)
                if self.drafts.edited is edited:
                    self.drafts.end_editing()
                return
            if not conversation_id:
                # Before the chat of last time had come: it belongs there, if that is where the words are now.
                await self._opened()
                if self.drafts.draft != draft:
                    return
                conversation_id = (await self._ensure()).id
            await self._chat.send(conversation_id, draft)
            # Only now: what could not be written down stays where it was typed.
            await self.drafts.sent(conversation_id, draft)
        except InputError as error:
            self._refuse(error.title, error.field, error.actions)
        finally:
            self._sending = False

    def save_only(self) -> None:
        """Keep the new words of an edited message without asking for an answer."""
        edited, draft = self.drafts.edited, self.drafts.draft
        if edited is None:
            return

        async def save(message_id: str) -> None:
            await self._chat.save_edit(message_id, draft)
            self.drafts.end_editing()

        self.spawn(save(edited.id), "save edit")

    def stop_answer(self) -> None:
        if self.conversation_id:
            self.spawn(self._chat.stop(self.conversation_id), "stop answer")

    def _refuse(self, sentence: str, field: str, actions: tuple[Action, ...]) -> None:
        if field != "message":
            self._services.notices.tell(sentence, severity=Severity.WARNING, topic="chat", actions=actions)
        self.refused.emit(field)

    # ------------------------------------------------------------------ messages

    def act(self, verb: str, message_id: str, argument: object = None) -> bool:
        """A command of the transcript; False when it is not one of the conversation's."""
        chat = self._chat
        work: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "continue": lambda: self._again(chat.continue_answer, message_id),
            "retry": lambda: self._again(chat.retry, message_id),
            "regenerate": lambda: self._again(chat.regenerate, message_id, model=str(argument or "")),
            "version": lambda: self._show_version(message_id, argument),
            "fork": lambda: self._fork(message_id, whole=argument == "whole"),
            "include": lambda: chat.set_included(message_id, self._flag(argument, message_id, "included")),
            "pin": lambda: chat.set_pinned_message(message_id, self._flag(argument, message_id, "pinned")),
            "remove": lambda: self._remove(message_id),
            "edit": lambda: self._edit(message_id),
            "permit": lambda: self._permit(message_id, argument),
        }
        if verb not in work:
            return False
        self.spawn(self._guarded(work[verb]()), f"{verb} message")
        return True

    async def _guarded(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except InputError as error:
            self._refuse(error.title, error.field, error.actions)

    async def _again(self, ask: Callable[..., Awaitable[None]], message_id: str, **model: str) -> None:
        """Another answer costs money, too: above the usual amount the user is asked."""
        plan = await self._chat.plan_again(message_id, **model)
        if not plan.ask_first or await self._ask(plan):
            await ask(message_id, **model)

    def _flag(self, argument: object, message_id: str, name: str) -> bool:
        """What was asked for, or the other way round from how it is."""
        if isinstance(argument, bool):
            return argument
        return not getattr(self.feed.tree[message_id], name)

    async def _show_version(self, message_id: str, step: object) -> None:
        other = self.feed.sibling(message_id, step if isinstance(step, int) else 1)
        if other:
            await self._chat.show_branch(other)

    async def _fork(self, message_id: str, *, whole: bool) -> None:
        made = await self._chat.fork(message_id, whole=whole)
        await self._open(made.id)
        self._services.notices.tell(
            tr("A copy up to here. The first chat stays as it was."), topic="chat fork"
        )

    async def _remove(self, message_id: str) -> None:
        step = await self._chat.remove_messages(message_id)
        self._services.notices.tell(
            tr("Removed, with everything below it."),
            topic="undo",
            actions=(Action("edit.undo_step", tr("Undo"), step.id),),
        )

    async def _edit(self, message_id: str) -> None:
        found = await self._chat.messages([message_id])
        if found:
            await self.drafts.edit(found[0])

    async def _permit(self, message_id: str, argument: object) -> None:
        if isinstance(argument, tuple) and len(argument) == 2:
            call_id, choice = argument
            await self._chat.permit(message_id, call_id, choice)

    def edit_last(self) -> None:
        """Edit the last question, as the up arrow in an empty field asks for."""
        tree = self.feed.tree
        last = next((one for one in reversed(self.feed.path) if tree[one].role == "user"), "")
        if last and not self._streaming:
            self.spawn(self._edit(last), "edit last")
