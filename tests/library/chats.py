"""Conversations and messages for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from studio.domain.conversation import AttachmentPiece, Conversation, Message, TextPiece
from studio.domain.media import MediaKind

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


def conversation(identity: str = "c1", **changes: Any) -> Conversation:
    return Conversation(**({"id": identity, "created_at": NOW, "updated_at": NOW, "title": "Talk"} | changes))


def question(
    identity: str, conversation_id: str = "c1", parent: str = "", text: str = "Why?", **changes: Any
) -> Message:
    return message(identity, conversation_id, parent, "user", text, **changes)


def answer(
    identity: str, parent: str, conversation_id: str = "c1", text: str = "Because.", **changes: Any
) -> Message:
    return message(identity, conversation_id, parent, "assistant", text, **changes)


def message(
    identity: str, conversation_id: str, parent: str, role: str, text: str, **changes: Any
) -> Message:
    values: dict[str, Any] = {
        "id": identity,
        "conversation_id": conversation_id,
        "parent_id": parent,
        "role": role,
        "created_at": NOW,
        "pieces": (TextPiece(text=text),) if text else (),
    }
    return Message(**(values | changes))


def photo(asset_id: str = "asset1", **changes: Any) -> AttachmentPiece:
    values: dict[str, Any] = {
        "asset_id": asset_id,
        "kind": MediaKind.IMAGE,
        "mime": "image/png",
        "name": "pier.png",
        "size": 4,
        "sha256": "ab" * 32,
    }
    return AttachmentPiece(**(values | changes))
