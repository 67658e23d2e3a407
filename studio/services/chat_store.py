"""Conversations from asyncio: on the disk, or in memory alone for temporary ones, behind the same methods.

Writes run on the profile's thread, in the order they are asked for, and are on the disk when the await
returns. Reading and searching have a thread each, so that neither a slow disk nor a long search keeps a page
of messages waiting. Temporary conversations live in tables of the same shape, in memory.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from studio.domain.conversation import (
    ChatDraft,
    ChatFolder,
    ChatPreset,
    Conversation,
    ConversationRow,
    Message,
    MessageHit,
    MessageNode,
)
from studio.domain.journal import JournalPiece
from studio.library.conversations import ConversationRepository
from studio.library.database import MemoryDatabase
from studio.library.message_search import MessageSearch
from studio.library.messages import MessageRepository
from studio.library.migrations import PROFILE
from studio.services.profile import ProfileService

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Tables:
    """The chat's part of a database."""

    conversations: ConversationRepository
    messages: MessageRepository
    search: MessageSearch


class ChatStore:
    """What was said, and what is being said.

    All methods raise `StorageError` when the disk does not take it or the profile is not open.

    Args:
        profile: whose database it is; close the store before it.
    """

    def __init__(self, profile: ProfileService) -> None:
        self._profile = profile
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="chat-read")
        self._searching = ThreadPoolExecutor(1, thread_name_prefix="chat-search")
        # Temporary conversations: made on first use, touched on the reading thread alone.
        self._memory: MemoryDatabase | None = None
        self._temporary: set[str] = set()
        self._temporary_messages: set[str] = set()

    async def close(self) -> None:
        """Wait for what is being read and end the threads; temporary conversations are gone."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._searching, lambda: None)
        memory, self._memory = self._memory, None
        await loop.run_in_executor(self._reading, memory.close if memory else lambda: None)
        self._searching.shutdown()
        self._reading.shutdown()

    # ------------------------------------------------------------ conversations

    async def rows(self, *, archived: bool = False) -> list[ConversationRow]:
        """The list, last changed first: what is in use (temporary ones too), or what is archived.

        Deleted conversations are in neither.
        """
        return await self._everywhere(lambda tables: tables.conversations.rows(archived=archived))

    async def row(self, conversation_id: str) -> ConversationRow | None:
        """None when there is none, or when it is deleted."""
        return await self._read(
            conversation_id in self._temporary, lambda tables: tables.conversations.row(conversation_id)
        )

    async def titles(self, query: str) -> list[ConversationRow]:
        """Those whose title has every word of `query`, in any case, accents aside; archived ones too."""
        return await self._everywhere(lambda tables: tables.conversations.titled(query))

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Also one that is deleted, as long as it is not purged (`deleted_at` tells)."""
        return await self._read(
            conversation_id in self._temporary, lambda tables: tables.conversations.get(conversation_id)
        )

    async def put_conversation(self, conversation: Conversation) -> None:
        """Add a conversation, or replace what is known of it, except whether it is deleted.

        A temporary one that is put as no longer temporary is written to the disk with all its messages.

        Raises:
            ValueError: it is on the disk and cannot become temporary.
        """
        here = conversation.id in self._temporary
        if here and not conversation.temporary:
            await self._keep(conversation)
            return
        if conversation.temporary and not here:
            if await self.conversation(conversation.id) is not None:
                raise ValueError(f"conversation {conversation.id} is kept already")
            await self._open_memory()
            self._temporary.add(conversation.id)
        await self._write(conversation.temporary, lambda tables: tables.conversations.put(conversation))

    async def delete(self, conversation_ids: Sequence[str]) -> None:
        """Out of the list and the search, until `restore` or `purge`."""
        for temporary, ids in self._sorted(conversation_ids):
            await self._write(temporary, lambda tables, ids=ids: tables.conversations.delete(ids))

    async def restore(self, conversation_ids: Sequence[str]) -> None:
        """Take a deletion back."""
        for temporary, ids in self._sorted(conversation_ids):
            await self._write(temporary, lambda tables, ids=ids: tables.conversations.restore(ids))

    async def purge(self, conversation_ids: Sequence[str]) -> None:
        """Forget conversations with their messages and drafts for good."""
        for temporary, ids in self._sorted(conversation_ids):
            await self._write(temporary, lambda tables, ids=ids: tables.conversations.purge(ids))
            self._temporary.difference_update(ids)

    async def deleted(self, before: datetime) -> list[str]:
        """Ids of kept conversations that were deleted before that moment and are not purged."""
        return await self._read(False, lambda tables: tables.conversations.deleted(before))

    # ------------------------------------------------------------ folders and presets

    async def folders(self) -> list[ChatFolder]:
        """All folders, by position and name."""
        return await self._read(False, lambda tables: tables.conversations.folders())

    async def put_folder(self, folder: ChatFolder) -> None:
        """Add or replace a folder.

        Raises:
            ValueError: it would lie inside itself.
        """
        for temporary in self._databases():
            await self._write(temporary, lambda tables: tables.conversations.put_folder(folder))

    async def remove_folder(self, folder_id: str) -> None:
        """Remove a folder; what lay in it moves to the folder around it."""
        for temporary in self._databases():
            await self._write(temporary, lambda tables: tables.conversations.remove_folder(folder_id))

    async def presets(self) -> list[ChatPreset]:
        """All presets, by name."""
        return await self._read(False, lambda tables: tables.conversations.presets())

    async def put_preset(self, preset: ChatPreset) -> None:
        await self._write(False, lambda tables: tables.conversations.put_preset(preset))

    async def remove_preset(self, preset_id: str) -> None:
        await self._write(False, lambda tables: tables.conversations.remove_preset(preset_id))

    # ------------------------------------------------------------ drafts

    async def draft(self, conversation_id: str) -> ChatDraft:
        """What stands in the composer; an empty draft when nothing does."""
        return await self._read(
            conversation_id in self._temporary, lambda tables: tables.conversations.draft(conversation_id)
        )

    async def keep_draft(self, conversation_id: str, draft: ChatDraft) -> None:
        """Keep what stands in the composer; an empty draft is forgotten."""
        await self._write(
            conversation_id in self._temporary,
            lambda tables: tables.conversations.keep_draft(conversation_id, draft),
        )

    # ------------------------------------------------------------ messages

    async def nodes(self, conversation_id: str) -> list[MessageNode]:
        """Every message of a conversation without its contents, parents first."""
        return await self._read(
            conversation_id in self._temporary, lambda tables: tables.messages.nodes(conversation_id)
        )

    async def messages(self, ids: Sequence[str]) -> list[Message]:
        """Messages in the order asked for, unknown ones left out; a running one with its journal."""
        found: dict[str, Message] = {}
        for temporary, part in self._sorted(ids):
            messages = await self._read(temporary, lambda tables, part=part: tables.messages.by_ids(part))
            found |= {message.id: message for message in messages}
        return [found[identity] for identity in ids if identity in found]

    async def add(self, messages: Sequence[Message], conversation: Conversation | None = None) -> None:
        """Add messages of one conversation, parents first, with its new state, in one transaction.

        A message that was removed comes back to its place among its siblings.

        Raises:
            ValueError: a message is there already, or its parent or conversation is not.
        """
        if not messages and conversation is None:
            return
        identity = messages[0].conversation_id if messages else conversation.id if conversation else ""
        temporary = identity in self._temporary
        if temporary:
            self._temporary_messages.update(message.id for message in messages)
        await self._write(temporary, lambda tables: tables.messages.add(messages, conversation))

    async def update(self, message: Message, conversation: Conversation | None = None) -> None:
        """Replace a message's contents; its journal is part of them now and is deleted.

        A STREAMING message may be updated, too: what is journalled later goes on from these contents.

        Raises:
            KeyError: it was never added, or is purged.
        """
        await self._write(
            message.conversation_id in self._temporary,
            lambda tables: tables.messages.update(message, conversation),
        )

    async def journal(self, message_id: str, pieces: Sequence[JournalPiece]) -> None:
        """Write down what came of a running answer since the last call; it is on the disk when this returns.

        At most about once a second for each answer. That of a temporary conversation stays in memory.
        """
        await self._write(
            message_id in self._temporary_messages, lambda tables: tables.messages.journal(message_id, pieces)
        )

    async def recover(self) -> list[Message]:
        """Call once, after opening: answers that a dead program left STREAMING become INTERRUPTED with all
        that was journalled; removed messages go for good.

        Returns:
            the messages that changed.
        """
        return await self._write(False, lambda tables: tables.messages.recover())

    async def remove_messages(
        self, ids: Sequence[str], conversation: Conversation | None = None
    ) -> list[str]:
        """Remove messages of one conversation with everything below them, and put its new state.

        Returns:
            ids of all that went, for `restore_messages`.
        """
        return await self._write(
            self._are_temporary(ids), lambda tables: tables.messages.remove(ids, conversation)
        )

    async def restore_messages(self, ids: Sequence[str], conversation: Conversation | None = None) -> None:
        """Bring removed messages back to where they were; possible until the program ends."""
        await self._write(self._are_temporary(ids), lambda tables: tables.messages.restore(ids, conversation))

    async def search(self, query: str, limit: int = 50, *, archived: bool = True) -> list[MessageHit]:
        """Messages with all the words of `query`, the newest first (see `studio.library.message_search`).

        A cancelled search stops at once, so that the next one need not wait for it.

        Args:
            archived: also in archived conversations; deleted ones are never looked through.
        """
        stop = threading.Event()
        find = self._kept_tables().search.find
        try:
            kept = await asyncio.get_running_loop().run_in_executor(
                self._searching,
                lambda: [] if stop.is_set() else find(query, limit, archived=archived, stop=stop),
            )
        except asyncio.CancelledError:
            stop.set()
            raise
        if not self._temporary:
            return kept
        here = await self._read(True, lambda tables: tables.search.find(query, limit, archived=archived))
        return sorted((*here, *kept), key=lambda hit: hit.created_at, reverse=True)[:limit]

    # ------------------------------------------------------------ inside

    def _kept_tables(self) -> _Tables:
        store = self._profile.store
        return _Tables(store.conversations, store.messages, store.message_search)

    def _memory_tables(self) -> _Tables:
        memory = self._memory
        if memory is None:
            raise RuntimeError("there are no temporary conversations")
        return _Tables(ConversationRepository(memory), MessageRepository(memory), MessageSearch(memory))

    async def _read(self, temporary: bool, call: Callable[[_Tables], T]) -> T:
        tables = self._memory_tables() if temporary else self._kept_tables()
        return await asyncio.get_running_loop().run_in_executor(self._reading, lambda: call(tables))

    async def _write(self, temporary: bool, call: Callable[[_Tables], T]) -> T:
        if temporary:
            return await asyncio.shield(self._read(True, call))
        return await self._profile.run(call, self._kept_tables())

    async def _everywhere(self, call: Callable[[_Tables], list[ConversationRow]]) -> list[ConversationRow]:
        rows = await self._read(False, call)
        if self._temporary:
            rows += await self._read(True, call)
            rows.sort(key=lambda row: row.updated_at, reverse=True)
        return rows

    def _databases(self) -> tuple[bool, ...]:
        """What is the same in both: the disk first, then the memory when it is in use."""
        return (False,) if self._memory is None else (False, True)

    def _sorted(self, ids: Iterable[str]) -> list[tuple[bool, list[str]]]:
        """Ids of conversations or messages by whether they are temporary; no empty lists."""
        parts: dict[bool, list[str]] = {}
        for identity in ids:
            here = identity in self._temporary or identity in self._temporary_messages
            parts.setdefault(here, []).append(identity)
        return list(parts.items())

    def _are_temporary(self, message_ids: Sequence[str]) -> bool:
        return any(identity in self._temporary_messages for identity in message_ids)

    async def _open_memory(self) -> None:
        if self._memory is not None:
            return
        self._memory = MemoryDatabase(PROFILE)
        for folder in await self.folders():
            await self._write(True, lambda tables, folder=folder: tables.conversations.put_folder(folder))

    async def _keep(self, conversation: Conversation) -> None:
        """Write a temporary conversation to the disk; it stays in memory until all of it is there."""
        ids = [node.id for node in await self.nodes(conversation.id)]
        messages = await self.messages(ids)
        draft = await self.draft(conversation.id)
        kept = replace(conversation, temporary=False)
        await self._write(False, lambda tables: tables.messages.add(messages, kept))
        self._temporary.discard(conversation.id)
        self._temporary_messages.difference_update(ids)
        if draft:
            await self.keep_draft(conversation.id, draft)
        await self._write(True, lambda tables: tables.conversations.purge((conversation.id,)))
