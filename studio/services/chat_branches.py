"""The tree of a conversation: showing branches, forking, removing, and changing words in place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.conversation import (
    ChatDraft,
    Conversation,
    Message,
    MessageState,
    MessageTree,
    TextPiece,
)
from studio.domain.journal import given_up, interrupted
from studio.services.chat_book import ChatBook
from studio.services.undo import Step


class ChatBranches(ChatBook):
    """What the user does with messages that are there."""

    def is_streaming(self, conversation_id: str) -> bool:
        """True while an answer comes in the conversation."""
        raise NotImplementedError

    async def show_branch(self, message_id: str) -> None:
        """Show the branch through this message, down to where it was left."""
        message = await self._message(message_id)
        tree = await self.tree(message.conversation_id)
        conversation = await self.conversation(message.conversation_id)
        old = _choices(tree, conversation.leaf_id)
        seen = conversation.seen | old | _choices(tree, message_id)
        leaf = tree.leaf_below(message_id, seen)
        await self._put(replace(conversation, leaf_id=leaf, seen=seen))
        self.path_changed.emit(conversation.id)

    async def fork(self, message_id: str, *, whole: bool = False) -> Conversation:
        """A new conversation with copies of everything up to this message, or of all branches.

        The copies cost nothing, so they carry no cost; files are shared.
        """
        origin = await self._conversation_of(message_id)
        tree = await self.tree(origin.id)
        ids = [node.id for node in tree.nodes()] if whole else tree.path(message_id)
        names = {old: new_id() for old in ids}
        now = datetime.now(UTC)
        copies = [_copy(message, names) for message in await self._store.messages(ids)]
        conversation = replace(
            origin, id=new_id(), created_at=now, updated_at=now, leaf_id=names[message_id], seen={},
            pinned=False, unread=False, archived=False, deleted_at=None,
            forked_from=(origin.id, message_id), temporary=origin.temporary,
        )  # fmt: skip
        copies = [replace(copy, conversation_id=conversation.id) for copy in copies]
        await self._put(conversation)
        await self._add(copies, conversation)
        return conversation

    async def remove_messages(self, message_id: str) -> Step:
        """Remove the message with everything below it; the step brings it back.

        Raises:
            InputError: an answer comes in this conversation.
        """
        before = await self._conversation_of(message_id)
        tree = await self.tree(before.id)
        self._check_idle(before.id)
        before = await self.conversation(before.id)
        parent = tree[message_id].parent_id
        siblings = [sibling for sibling in tree.siblings(message_id) if sibling != message_id]
        leaf = before.leaf_id
        if message_id in tree.path(leaf):
            near = siblings[-1] if siblings else parent
            leaf = tree.leaf_below(near, before.seen) if siblings else near
        seen = {above: below for above, below in before.seen.items() if below != message_id}
        after = replace(before, leaf_id=leaf, seen=seen)
        with self._held(after):
            removed = await self._store.remove_messages([message_id], after)
        await self._tell_tree(after.id)

        async def take_back() -> None:
            now = await self.conversation(before.id)
            self._check_idle(before.id)
            back = replace(now, leaf_id=before.leaf_id, seen=before.seen)
            with self._held(back):
                await self._store.restore_messages(removed, back)
            await self._tell_tree(back.id)

        return self.undo.push(
            tr("removed messages") if len(removed) > 1 else tr("removed a message"), take_back
        )

    async def save_edit(self, message_id: str, draft: ChatDraft) -> Step:
        """Change the words of a message in its place; nothing is asked. The step brings the old ones back.

        Raises:
            InputError: it would be empty, or it is being written.
        """
        before = await self._message(message_id)
        if before.state is MessageState.STREAMING:
            raise InputError(tr("This answer still comes. Stop it first."))
        text = draft.text.strip("\n")
        if not text.strip() and not draft.attachments:
            raise InputError(tr("The message is empty."), tr("Write something first."), field="message")
        words = (TextPiece(text=text),) if text.strip() else ()
        if before.role == "user":
            pieces = (*words, *draft.attachments)
        else:
            others = tuple(piece for piece in before.pieces if not isinstance(piece, TextPiece))
            pieces = (*others, *words)
        await self._update(replace(before, pieces=pieces))

        async def take_back() -> None:
            await self._update(replace(await self._message(message_id), pieces=before.pieces))

        return self.undo.push(tr("edited a message"), take_back)

    async def set_included(self, message_id: str, included: bool) -> None:
        """False takes the message out of what is sent."""
        await self._update(replace(await self._settled(message_id), included=included))

    async def set_pinned_message(self, message_id: str, pinned: bool) -> None:
        """True keeps the message in what is sent when room is short."""
        await self._update(replace(await self._settled(message_id), pinned=pinned))

    # ------------------------------------------------------------------ inside

    async def _settled(self, message_id: str) -> Message:
        """A message whose contents no stream is about to replace."""
        message = await self._message(message_id)
        if message.state is MessageState.STREAMING:
            raise InputError(tr("This answer still comes."))
        return message

    async def _conversation_of(self, message_id: str) -> Conversation:
        return await self.conversation((await self._message(message_id)).conversation_id)

    def _check_idle(self, conversation_id: str) -> None:
        if self.is_streaming(conversation_id):
            raise InputError(tr("Wait for the answer, or stop it first."), field="busy")

    async def _tell_tree(self, conversation_id: str) -> None:
        self._trees.pop(conversation_id, None)
        await self._tell_conversation(conversation_id)
        self.path_changed.emit(conversation_id)


def _choices(tree: MessageTree, leaf_id: str) -> dict[str, str]:
    """Parent to child along a path, where there was a choice."""
    if leaf_id not in tree:
        return {}
    path = ["", *tree.path(leaf_id)]
    return {above: below for above, below in pairwise(path) if len(tree.children(above)) > 1}


def _copy(message: Message, names: dict[str, str]) -> Message:
    if message.state is MessageState.STREAMING:
        message = interrupted(message)
    return replace(
        message, id=names[message.id], parent_id=names.get(message.parent_id, ""), cost=None, estimate=None,
        # Whoever works on a call works for the first one.
        cost_source="", pieces=tuple(given_up(piece) for piece in message.pieces),
    )  # fmt: skip
