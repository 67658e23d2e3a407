"""Conversations with the service: sending, streaming, stopping, branches, tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.domain.asset import Asset
from studio.domain.conversation import AttachmentPiece, ChatDraft, Conversation, Message
from studio.domain.models import ModelInfo
from studio.services.chat_book import ChatBook
from studio.services.chat_live import LiveAnswer
from studio.services.chat_words import ChatPlan, PermitChoice
from studio.services.undo import Step


class ChatService(ChatBook):
    """`Services.chat`."""

    async def open(self) -> None:
        """Call it once after the store was opened: answers cut off by a crash become INTERRUPTED."""
        raise NotImplementedError

    async def close(self) -> None:
        """Keep what came of running answers; nothing is sent after this."""
        raise NotImplementedError

    def live(self, message_id: str) -> LiveAnswer | None:
        """The answer while it comes; None once it has ended."""
        raise NotImplementedError

    @property
    def streaming(self) -> frozenset[str]:
        """Ids of conversations in which an answer comes or a tool works."""
        raise NotImplementedError

    def is_streaming(self, conversation_id: str) -> bool:
        raise NotImplementedError

    def plan(self, conversation: Conversation, path: Sequence[Message], draft: ChatDraft) -> ChatPlan:
        """What Send would do. Pure and fast: call it at every key press."""
        raise NotImplementedError

    async def send(self, conversation_id: str, draft: ChatDraft) -> str:
        """Ask; the id of the question.

        Raises:
            InputError: it cannot be sent; nothing was written, the draft stays.
        """
        raise NotImplementedError

    async def stop(self, conversation_id: str) -> None:
        """End the running answer; what came is kept."""
        raise NotImplementedError

    async def retry(self, message_id: str) -> None:
        """Ask for this answer again, with the model it was asked of; an empty one is replaced."""
        raise NotImplementedError

    async def regenerate(self, message_id: str, *, model: str = "") -> None:
        """Another answer to the same question, beside this one; by `model` or the conversation's own."""
        raise NotImplementedError

    async def edit(self, message_id: str, draft: ChatDraft) -> str:
        """Ask another question in this one's place, which stays as a branch; the id of the new one."""
        raise NotImplementedError

    async def continue_answer(self, message_id: str) -> None:
        """Let the model go on where this answer ended."""
        raise NotImplementedError

    async def save_edit(self, message_id: str, draft: ChatDraft) -> Step:
        """Change the words of a message in its place; nothing is asked. The step brings the old ones back."""
        raise NotImplementedError

    async def show_branch(self, message_id: str) -> None:
        """Show the branch through this message, down to where it was left."""
        raise NotImplementedError

    async def fork(self, message_id: str, *, whole: bool = False) -> Conversation:
        """A new conversation with copies of everything up to this message, or of all branches."""
        raise NotImplementedError

    async def remove_messages(self, message_id: str) -> Step:
        """Remove the message with everything below it; the step brings it back."""
        raise NotImplementedError

    async def permit(self, message_id: str, call_id: str, choice: PermitChoice) -> None:
        """Answer a tool call that asks. `always` and `never` hold for the conversation."""
        raise NotImplementedError

    async def set_included(self, message_id: str, included: bool) -> None:
        raise NotImplementedError

    async def set_pinned_message(self, message_id: str, pinned: bool) -> None:
        raise NotImplementedError

    async def attach_file(self, path: Path) -> AttachmentPiece:
        """Raises:
        StudioError: it cannot be read, or is no picture, film, sound, PDF or text.
        """
        raise NotImplementedError

    async def attach_bytes(self, data: bytes, *, mime: str, name: str) -> AttachmentPiece:
        """What was pasted."""
        raise NotImplementedError

    async def attach_asset(self, asset: Asset) -> AttachmentPiece:
        raise NotImplementedError

    def refusal(self, model: ModelInfo | None, piece: AttachmentPiece) -> str:
        """Why the model cannot take it, in one sentence; "" if it can."""
        raise NotImplementedError
