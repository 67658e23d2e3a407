"""Journal entries laid onto a message."""

from __future__ import annotations

from datetime import UTC, datetime

from studio.domain.conversation import (
    Message,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.journal import JournalPiece, fold, interrupted, whole_piece

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


def message(*pieces: TextPiece | ReasoningPiece | ToolCallPiece) -> Message:
    return Message(
        id="m",
        conversation_id="c",
        role="assistant",
        created_at=NOW,
        state=MessageState.STREAMING,
        pieces=pieces,
    )


def test_text_grows_and_other_pieces_are_replaced() -> None:
    call = ToolCallPiece(id="t", name="f", arguments="{}", state=ToolState.RUNNING)
    entries = [
        JournalPiece(1, "text", "b"),
        whole_piece(2, ToolCallPiece(id="t", name="f", arguments="{")),
        JournalPiece(1, "text", "c"),
        whole_piece(2, call),
        JournalPiece(3, "block", "no JSON"),
        JournalPiece(4, "attachment", '{"asset_id": 4}'),
    ]
    folded = fold(message(TextPiece(text="a")), [*entries, JournalPiece(0, "text", "+")])
    assert folded.pieces == (TextPiece(text="a+"), TextPiece(text="bc"), call)
    assert interrupted(folded).state is MessageState.INTERRUPTED
    assert interrupted(folded).pieces[2] == ToolCallPiece(
        id="t", name="f", arguments="{}", state=ToolState.FAILED, result="The call was not carried out."
    )


def test_whole_pieces_of_text() -> None:
    assert whole_piece(0, TextPiece(text="a")) == JournalPiece(0, "text", "a")
    assert whole_piece(1, ReasoningPiece(text="b", seconds=1.5)) == JournalPiece(1, "reasoning", "b")
    assert fold(message(), [JournalPiece(0, "reasoning", "b")]).pieces == (ReasoningPiece(text="b"),)
