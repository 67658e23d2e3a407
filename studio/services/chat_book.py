"""The shelf of conversations: the list, folders, presets, drafts, and the trees that are open.

Everything here is writing and telling; nothing is sent. `studio.services.chat` adds the talking.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from studio.core.errors import InputError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.settings import Settings
from studio.domain.conversation import (
    ChatDraft,
    ChatFolder,
    ChatParameters,
    ChatPreset,
    Conversation,
    ConversationRow,
    Message,
    MessageHit,
    MessageState,
    MessageTree,
)
from studio.services.chat_store import ChatStore
from studio.services.chat_words import NoticeOf, RowsChanged, node_of
from studio.services.undo import Step, UndoStack

PATH_PART = 200
"""Messages of a branch that are read in one go."""
READ_KEPT = 4
"""Conversations whose messages are kept in memory."""


class ChatBook:
    """The store with a memory for what is open, and events for what changes.

    Events are emitted on the loop's thread. `rows_changed` is for the list; `path_changed` carries the id of
    a conversation whose messages were added, removed or switched; `message_changed` a whole message whose
    state or pieces changed, never a token.
    """

    def __init__(self, store: ChatStore, settings: Settings, undo: UndoStack) -> None:
        self.rows_changed: Event[RowsChanged] = Event("chat.rows_changed")
        self.folders_changed: Event[str] = Event("chat.folders_changed")
        self.presets_changed: Event[str] = Event("chat.presets_changed")
        self.conversation_changed: Event[Conversation] = Event("chat.conversation_changed")
        self.path_changed: Event[str] = Event("chat.path_changed")
        self.message_changed: Event[Message] = Event("chat.message_changed")
        self.balance_notice: Event[NoticeOf] = Event("chat.balance_notice")
        self.undo = undo
        self._store = store
        self._settings = settings
        self._conversations: dict[str, Conversation] = {}
        self._trees: dict[str, MessageTree] = {}
        self._read: dict[str, dict[str, Message]] = {}
        self._parameters = ChatParameters()
        self._watched = ""

    # ------------------------------------------------------------------ asking

    async def rows(self, *, archived: bool = False) -> list[ConversationRow]:
        """The list, newest first."""
        return await self._store.rows(archived=archived)

    async def folders(self) -> list[ChatFolder]:
        return await self._store.folders()

    async def presets(self) -> list[ChatPreset]:
        return await self._store.presets()

    async def search(self, query: str, limit: int = 50, *, archived: bool = True) -> list[MessageHit]:
        """Messages of all conversations, newest first."""
        return await self._store.search(query, limit, archived=archived)

    async def titles(self, query: str) -> list[ConversationRow]:
        return await self._store.titles(query)

    async def messages(self, ids: Sequence[str]) -> list[Message]:
        """Whole messages in the order asked; one that is being written has what is on the disk, and its
        newest text is in `live`."""
        return await self._store.messages(ids)

    async def conversation(self, conversation_id: str) -> Conversation:
        """Raises:
        InputError: it is gone.
        """
        known = self._conversations.get(conversation_id)
        if known is None:
            known = await self._store.conversation(conversation_id)
            if known is None:
                raise InputError(tr("This conversation is not there any more."))
            # Somebody else may have opened and changed it meanwhile.
            known = self._conversations.setdefault(conversation_id, known)
        return known

    async def tree(self, conversation_id: str) -> MessageTree:
        """The shape of the conversation, kept up to date; after messages were removed it is another object,
        so ask again on `path_changed`."""
        known = self._trees.get(conversation_id)
        if known is None:
            nodes = await self._store.nodes(conversation_id)
            known = self._trees.setdefault(conversation_id, MessageTree(nodes))
        return known

    async def path(self, conversation: Conversation, leaf_id: str = "") -> list[Message]:
        """The messages from the first question to `leaf_id`, or to the leaf that is shown.

        Of the conversations talked in last they are kept, so that a question in a long one reads no more than
        what is new, and nothing is weighed again (`chat_context.PathWeights`).
        """
        tree = await self.tree(conversation.id)
        leaf = leaf_id or conversation.leaf_id
        if leaf not in tree:
            return []
        ids = tree.path(leaf)
        known = self._read.pop(conversation.id, {})
        self._read[conversation.id] = known
        while len(self._read) > READ_KEPT:
            del self._read[next(iter(self._read))]
        missing = [one for one in ids if one not in known]
        found: dict[str, Message] = {}
        # In parts, so that what the window waits for is not read behind all of a long conversation.
        for start in range(0, len(missing), PATH_PART):
            found |= {m.id: m for m in await self._store.messages(missing[start : start + PATH_PART])}
        for message in found.values():
            # One that was written meanwhile is there already; of one that comes the newest is on the disk.
            if message.state is not MessageState.STREAMING:
                known.setdefault(message.id, message)
        return [message for one in ids if (message := known.get(one) or found.get(one)) is not None]

    async def _message(self, message_id: str) -> Message:
        found = await self._store.messages([message_id])
        if not found:
            raise InputError(tr("This message is not there any more."))
        return found[0]

    # ------------------------------------------------------------------ the list

    async def create(self, *, folder_id: str = "", temporary: bool = False) -> Conversation:
        """A new conversation with the model and parameters used last; nothing is sent."""
        now = datetime.now(UTC)
        conversation = Conversation(
            id=new_id(), created_at=now, updated_at=now, folder_id=folder_id, temporary=temporary,
            model=self._settings.values.chat.model, parameters=self._parameters,
        )  # fmt: skip
        await self._put(conversation)
        self._trees[conversation.id] = MessageTree()
        return conversation

    async def rename(self, conversation_id: str, title: str) -> None:
        """ "" goes back to the title from the first line at the next question."""
        title = " ".join(title.split())[:200]
        await self._change(conversation_id, title=title, titled=bool(title))

    async def move(self, conversation_id: str, folder_id: str) -> None:
        await self._change(conversation_id, folder_id=folder_id)

    async def set_pinned(self, conversation_id: str, pinned: bool) -> None:
        await self._change(conversation_id, pinned=pinned)

    async def set_archived(self, conversation_id: str, archived: bool) -> None:
        await self._change(conversation_id, archived=archived)

    async def mark_read(self, conversation_id: str) -> None:
        if (await self.conversation(conversation_id)).unread:
            await self._change(conversation_id, unread=False)

    def set_watched(self, conversation_id: str) -> None:
        """Which conversation is looked at, "" for none: an answer that ends there is not unread."""
        self._watched = conversation_id

    async def delete(self, conversation_ids: Iterable[str]) -> Step:
        """Into the trash; the step brings them back."""
        ids = tuple(conversation_ids)
        await self._store.delete(ids)
        self._forget(ids)
        self.rows_changed.emit(RowsChanged(removed=ids))

        async def take_back() -> None:
            await self.restore(ids)

        return self.undo.push(
            tr("deleted a conversation") if len(ids) == 1 else tr("deleted conversations"), take_back
        )

    async def restore(self, conversation_ids: Iterable[str]) -> None:
        ids = tuple(conversation_ids)
        await self._store.restore(ids)
        await self._tell_rows(ids)

    async def tell_came(self, conversation_ids: Iterable[str]) -> None:
        """Somebody else wrote these into the store (an import): tell the list."""
        await self._tell_rows(tuple(conversation_ids))

    async def purge(self, conversation_ids: Iterable[str]) -> None:
        """Forget for good."""
        ids = tuple(conversation_ids)
        await self._store.purge(ids)
        self._forget(ids)
        self.rows_changed.emit(RowsChanged(removed=ids))

    async def set_options(
        self,
        conversation_id: str,
        *,
        model: str | None = None,
        system_prompt: str | None = None,
        parameters: ChatParameters | None = None,
        image_permission: Literal["", "always", "never"] | None = None,
    ) -> None:
        """What goes along with the next request. Model and parameters are those of new conversations, too."""
        given = {
            "model": model,
            "system_prompt": system_prompt,
            "parameters": parameters,
            "image_permission": image_permission,
        }
        if model:
            self._settings.change("chat", model=model)
        if parameters is not None:
            self._parameters = replace(parameters, seed=None)
        await self._change(
            conversation_id, **{name: value for name, value in given.items() if value is not None}
        )

    # ------------------------------------------------------------------ folders, presets, drafts

    async def add_folder(self, name: str, parent_id: str = "") -> ChatFolder:
        siblings = [folder for folder in await self.folders() if folder.parent_id == parent_id]
        position = max((folder.position for folder in siblings), default=-1) + 1
        folder = ChatFolder(id=new_id(), name=_name(name), parent_id=parent_id, position=position)
        await self.put_folder(folder)
        return folder

    async def put_folder(self, folder: ChatFolder) -> None:
        """Write a folder: its name, place or parent."""
        await self._store.put_folder(folder)
        self.folders_changed.emit(folder.id)

    async def rename_folder(self, folder_id: str, name: str) -> None:
        for folder in await self.folders():
            if folder.id == folder_id:
                await self.put_folder(replace(folder, name=_name(name)))

    async def remove_folder(self, folder_id: str) -> None:
        """Its conversations move to the folder around it."""
        await self._store.remove_folder(folder_id)
        inside = [known.id for known in self._conversations.values() if known.folder_id == folder_id]
        for conversation_id in inside:
            del self._conversations[conversation_id]
        self.folders_changed.emit(folder_id)
        self.rows_changed.emit(RowsChanged(upserted=tuple(await self.rows())))

    async def put_preset(self, preset: ChatPreset) -> None:
        await self._store.put_preset(preset)
        self.presets_changed.emit(preset.id)

    async def remove_preset(self, preset_id: str) -> None:
        await self._store.remove_preset(preset_id)
        self.presets_changed.emit(preset_id)

    async def use_preset(self, conversation_id: str, preset: ChatPreset) -> None:
        """Give a conversation the preset's model, system prompt and parameters."""
        await self.set_options(
            conversation_id, model=preset.model or None, system_prompt=preset.system_prompt,
            parameters=preset.parameters,
        )  # fmt: skip

    async def draft(self, conversation_id: str) -> ChatDraft:
        return await self._store.draft(conversation_id)

    async def keep_draft(self, conversation_id: str, draft: ChatDraft) -> None:
        had = (await self._store.draft(conversation_id)) != ChatDraft()
        await self._store.keep_draft(conversation_id, draft)
        if bool(draft) != had:
            await self._tell_rows((conversation_id,))

    # ------------------------------------------------------------------ inside

    async def _change(self, conversation_id: str, **changes: object) -> Conversation:
        changed = replace(await self.conversation(conversation_id), **changes)  # type: ignore[arg-type]
        await self._put(changed)
        return changed

    async def _put(self, conversation: Conversation) -> None:
        with self._held(conversation):
            await self._store.put_conversation(conversation)
        await self._tell_conversation(conversation.id)

    @contextmanager
    def _held(self, conversation: Conversation) -> Generator[None]:
        """Whoever changes the conversation while this state of it is written starts from this state: writes
        are made in the order they are asked for, so none takes another's change back. One that could not be
        made is forgotten."""
        self._conversations[conversation.id] = conversation
        try:
            yield
        except BaseException:
            # Cancelled or failed: the disk knows.
            if self._conversations.get(conversation.id) is conversation:
                del self._conversations[conversation.id]
            raise

    async def _tell_conversation(self, conversation_id: str) -> None:
        """Tell of the conversation as it is by now."""
        conversation = self._conversations.get(conversation_id)
        if conversation is None:
            return
        self.conversation_changed.emit(conversation)
        await self._tell_rows((conversation.id,))

    async def _tell_rows(self, ids: Iterable[str]) -> None:
        rows = [await self._store.row(conversation_id) for conversation_id in ids]
        self.rows_changed.emit(RowsChanged(upserted=tuple(row for row in rows if row is not None)))

    async def _add(self, messages: Sequence[Message], conversation: Conversation) -> None:
        """Write messages together with the conversation that shows them."""
        tree = await self.tree(conversation.id)
        with self._held(conversation):
            await self._store.add(messages, conversation)
        for message in messages:
            tree.put(node_of(message))
        await self._tell_conversation(conversation.id)
        self.path_changed.emit(conversation.id)

    async def _update(self, message: Message, conversation: Conversation | None = None) -> None:
        """Write a message that is there, with the conversation if that changed too, and tell of them."""
        if conversation is None:
            await self._store.update(message)
        else:
            with self._held(conversation):
                await self._store.update(message, conversation)
        self._show(message)
        if conversation is not None:
            await self._tell_conversation(conversation.id)

    def _show(self, message: Message) -> None:
        known = self._read.get(message.conversation_id, {})
        known.pop(message.id, None)
        if message.state is not MessageState.STREAMING:
            known[message.id] = message
        tree = self._trees.get(message.conversation_id)
        if tree is not None and message.id in tree:
            tree.put(node_of(message))
        self.message_changed.emit(message)

    def _forget(self, ids: Iterable[str]) -> None:
        for conversation_id in ids:
            self._conversations.pop(conversation_id, None)
            self._trees.pop(conversation_id, None)
            self._read.pop(conversation_id, None)


def _name(name: str) -> str:
    name = " ".join(name.split())[:120]
    if not name:
        raise InputError(tr("Give the folder a name."), field="name")
    return name
