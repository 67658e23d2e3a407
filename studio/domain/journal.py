"""What is written down of an answer while it still comes, and how it becomes the message again.

An entry is cheap: for text only what is new since the entry before. Laid onto the message as it was when it
began, in order, they give everything that was received until the last of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from studio.core.json_text import parse_json
from studio.domain.codec import from_json, to_json
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Message,
    MessageState,
    Piece,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)

PieceKind = Literal["text", "reasoning", "tool_call", "attachment", "block"]
_WHOLE: dict[str, type[Any]] = {
    "tool_call": ToolCallPiece,
    "attachment": AttachmentPiece,
    "block": BlockPiece,
}


@dataclass(frozen=True, slots=True)
class JournalPiece:
    """News of one piece of a running answer.

    Args:
        index: place of the piece in `Message.pieces`.
        kind: the piece's `type`.
        text: of text and reasoning: what came since the last entry. Of the others: the whole piece as it is
            now, as JSON (see `whole_piece`), in place of what was known of it.
    """

    index: int
    kind: PieceKind
    text: str


def whole_piece(index: int, piece: Piece) -> JournalPiece:
    """The entry that tells all of a piece."""
    if isinstance(piece, TextPiece | ReasoningPiece):
        return JournalPiece(index, piece.type, piece.text)
    return JournalPiece(index, piece.type, json.dumps(to_json(piece)))


def fold(message: Message, entries: Iterable[JournalPiece]) -> Message:
    """The message with everything that its journal tells; an entry that cannot be read is left out."""
    pieces: dict[int, Piece] = dict(enumerate(message.pieces))
    news: dict[int, list[str]] = {}
    for entry in entries:
        if entry.kind not in _WHOLE:
            news.setdefault(entry.index, []).append(entry.text)
            if entry.index not in pieces:
                pieces[entry.index] = (
                    ReasoningPiece(text="") if entry.kind == "reasoning" else TextPiece(text="")
                )
        elif (piece := _read(entry)) is not None:
            pieces[entry.index] = piece
    for index, texts in news.items():
        piece = pieces[index]
        if isinstance(piece, TextPiece | ReasoningPiece):
            pieces[index] = replace(piece, text=piece.text + "".join(texts))
    return replace(message, pieces=tuple(pieces[index] for index in sorted(pieces)))


def interrupted(message: Message) -> Message:
    """A message whose program ended before the answer did: what was running failed, of a sound that was never
    filed its words are left, the rest is as it was."""
    pieces = tuple(given_up(piece) for piece in message.pieces)
    return replace(message, pieces=pieces, state=MessageState.INTERRUPTED)


def given_up(piece: Piece) -> Piece:
    """A piece that nobody works on any more."""
    if isinstance(piece, ToolCallPiece) and piece.state is ToolState.RUNNING:
        return replace(piece, state=ToolState.FAILED, result="The call was not carried out.")
    if isinstance(piece, AttachmentPiece) and not piece.asset_id:
        return TextPiece(text=piece.transcript)
    return piece


def _read(entry: JournalPiece) -> Piece | None:
    try:
        return cast(Piece, from_json(_WHOLE[entry.kind], parse_json(entry.text)))
    except ValueError:
        return None
