"""Messages for the transcript's tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from studio.domain.conversation import Message, MessageNode, MessageState, Piece, TextPiece
from studio.qt_models.transcript import TranscriptModel

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def question(message_id: str, text: str, parent: str = "", **more: Any) -> Message:
    return _message(message_id, "user", parent, (TextPiece(text=text),), more)


def answer(message_id: str, parent: str, *pieces: Piece | str, **more: Any) -> Message:
    made = tuple(TextPiece(text=piece) if isinstance(piece, str) else piece for piece in pieces)
    return _message(message_id, "assistant", parent, made, {"model_title": "Test Model"} | more)


def _message(
    message_id: str, role: Any, parent: str, pieces: tuple[Piece, ...], more: dict[str, Any]
) -> Message:
    return Message(
        id=message_id,
        conversation_id="c",
        role=role,
        created_at=NOW,
        parent_id=parent,
        pieces=(*pieces, *more.pop("pieces", ())),
        **more,
    )


def node(message: Message) -> MessageNode:
    return MessageNode(
        message.id, message.parent_id, message.role, message.state, len(message.text), message.cost,
        message.included, message.pinned,
    )  # fmt: skip


def show(
    model: TranscriptModel, messages: Sequence[Message], versions: dict[str, tuple[int, int]] | None = None
) -> None:
    """Put a whole branch into the model."""
    model.reset([node(message) for message in messages], versions or {})
    model.put(messages)


def long_talk(turns: int, words: int = 60) -> list[Message]:
    """Questions and answers in a row."""
    made: list[Message] = []
    parent = ""
    for number in range(turns):
        made.append(question(f"q{number}", f"Question {number}?", parent))
        text = f"Answer {number}. " + "word " * words
        made.append(answer(f"a{number}", f"q{number}", text))
        parent = f"a{number}"
    return made


STREAMING = MessageState.STREAMING
