"""A conversation as one JSON object, for taking away and bringing back: all branches, versioned.

    {"format": "nectary-chat", "version": 1, "exported_at": …, "program": …,
     "conversation": {…}, "messages": [{…}, …], "assets": [{"id", "kind", "mime", "name", "size", "sha256",
     "file"}, …]}

Conversation and messages are the values of `studio.domain.conversation`, parents first. `assets` names each
attached file once; `file` is its path in the ZIP archive around the JSON, absent when the file is not along.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.json_text import parse_json
from studio.domain.codec import from_json, to_json
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    ChatParameters,
    Conversation,
    Message,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.journal import interrupted
from studio.domain.media import MediaKind

FORMAT = "nectary-chat"
VERSION = 1
MOST_MESSAGES = 200_000
_LINE = 200
_NOT_RUN = tr("The call was not carried out.")
_WAYS_ON = frozenset({"retry", "continue", "open_link"})
_KEYS = frozenset({"format", "version", "exported_at", "program", "conversation", "messages", "assets"})
_PIECES: dict[str, type[Any]] = {
    "text": TextPiece,
    "reasoning": ReasoningPiece,
    "attachment": AttachmentPiece,
    "tool_call": ToolCallPiece,
    "block": BlockPiece,
}
_NO_CHAT = tr("The file is no conversation of Nectary.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFileAsset:
    """An attached file.

    Args:
        size: bytes; sha256: of the file as it lay in the library when it was written.
        file: path in the archive, with forward slashes; "" when the file is not along.
    """

    id: str
    kind: MediaKind
    mime: str = ""
    name: str = ""
    size: int = 0
    sha256: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFile:
    """What a file holds.

    Args:
        messages: parents first.
        unknown: names of fields that this version does not know and left out.
    """

    conversation: Conversation
    messages: tuple[Message, ...] = ()
    assets: tuple[ChatFileAsset, ...] = ()
    exported_at: datetime | None = None
    program: str = ""
    unknown: tuple[str, ...] = ()


def encode(chat: ChatFile) -> bytes:
    """The file's bytes: UTF-8 JSON with a line per message, so that versions of it can be compared."""
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION, "program": chat.program}
    if chat.exported_at is not None:
        head["exported_at"] = chat.exported_at.isoformat()
    head["conversation"] = to_json(replace(chat.conversation, deleted_at=None, unread=False))
    lines = [f"{_dump(name)}: {_dump(value)}" for name, value in head.items()]
    for name, values in (("messages", chat.messages), ("assets", chat.assets)):
        inside = ",\n".join(_dump(to_json(value)) for value in values)
        lines.append(f"{_dump(name)}: [\n{inside}\n]" if inside else f"{_dump(name)}: []")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def decode(data: bytes) -> ChatFile:
    """What a file's bytes hold. Fields this version does not know are named in `unknown`; pieces of a kind it
    does not know are kept as blocks.

    Raises:
        InputError: it is no such file, written by a newer version, or damaged.
    """
    try:
        value = parse_json(data)
    except ValueError as error:
        raise InputError(_NO_CHAT, tr("It is no JSON."), field="path") from error
    if not isinstance(value, dict) or cast("dict[str, Any]", value).get("format") != FORMAT:
        raise InputError(_NO_CHAT, tr("Choose a JSON or ZIP file that Nectary exported."), field="path")
    top = cast("dict[str, Any]", value)
    version = top.get("version")
    if type(version) is not int or version < 1:
        raise _damaged(tr("Its version is missing."))
    if version > VERSION:
        raise InputError(
            tr("The file was written by a newer version of Nectary."),
            tr("Update Nectary to open it."),
            field="path",
        )
    unknown = [*_unknown(top, _KEYS, "")]
    try:
        return _decoded(top, unknown)
    except ValueError as error:
        raise _damaged(str(error)[:200]) from error


def renewed(chat: ChatFile, assets: Mapping[str, str]) -> ChatFile:
    """The same conversation under new ids, so that it can stand beside the one it was written from.

    Args:
        assets: where an attached file is another asset here: its id in the file to its id here.
    """
    conversation_id = new_id()
    ids = {message.id: new_id() for message in chat.messages} | {"": ""}

    def moved(message: Message) -> Message:
        pieces = tuple(
            replace(piece, asset_id=assets.get(piece.asset_id, piece.asset_id))
            if isinstance(piece, AttachmentPiece)
            else piece
            for piece in message.pieces
        )
        out = replace(
            message,
            id=ids[message.id],
            conversation_id=conversation_id,
            parent_id=ids[message.parent_id],
            pieces=pieces,
        )
        return _harmless(interrupted(out) if out.state is MessageState.STREAMING else out)

    old = chat.conversation
    seen = {ids[parent]: ids[child] for parent, child in old.seen.items() if parent in ids and child in ids}
    conversation = replace(
        old,
        id=conversation_id,
        title=_line(old.title),
        model=_line(old.model),
        # Whether pictures are made unasked is for the user here to say.
        image_permission="",
        leaf_id=ids.get(old.leaf_id, ""),
        seen=seen,
        folder_id="",
        forked_from=None,
        temporary=False,
        archived=False,
        unread=False,
        deleted_at=None,
    )
    return replace(
        chat, conversation=conversation, messages=tuple(moved(message) for message in chat.messages)
    )


def _harmless(message: Message) -> Message:
    """A message that somebody else may have written: what it offers to do is no more than an answer of one's
    own could, and nothing in it waits for a yes with a price that the file made up."""
    pieces = tuple(
        replace(piece, state=ToolState.FAILED, result=_NOT_RUN)
        if isinstance(piece, ToolCallPiece) and piece.state in (ToolState.ASKED, ToolState.RUNNING)
        else replace(piece, name=_line(piece.name))
        if isinstance(piece, AttachmentPiece)
        else piece
        for piece in message.pieces
    )
    error = message.error
    if error is not None:
        ways = tuple(action for action in error.actions if action[0] in _WAYS_ON)
        error = replace(error, title=_line(error.title), actions=ways)
    return replace(
        message,
        pieces=pieces,
        error=error,
        model=_line(message.model),
        model_title=_line(message.model_title),
        name=_line(message.name),
        cost=message.cost if message.cost is None or message.cost >= 0 else None,
    )


def _line(text: str) -> str:
    """Text for one line; a window that measures a title of a megabyte stands still."""
    return text if len(text) <= _LINE and text.isprintable() else " ".join(text[: 4 * _LINE].split())[:_LINE]


def _dump(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair stays as an escape
        return json.dumps(value, separators=(",", ":"))
    return text


def _decoded(top: dict[str, Any], unknown: list[str]) -> ChatFile:
    conversation = _object(top.get("conversation"), "conversation")
    unknown += _unknown(conversation, _names(Conversation), "conversation.")
    parameters = conversation.get("parameters")
    if isinstance(parameters, dict):
        unknown += _unknown(cast("dict[str, Any]", parameters), _names(ChatParameters), "parameters.")
    messages = _list(top.get("messages"), "messages")
    if len(messages) > MOST_MESSAGES:
        raise ValueError("it has too many messages")
    assets = [_object(item, "assets") for item in _list(top.get("assets", []), "assets")]
    for asset in assets:
        unknown += _unknown(asset, _names(ChatFileAsset), "asset.")
    read = from_json(Conversation, conversation)
    head = {name: top[name] for name in ("exported_at",) if top.get(name)}
    chat = ChatFile(
        conversation=read,
        messages=_parents_first([_message(_object(item, "messages"), unknown) for item in messages], read.id),
        assets=tuple(from_json(ChatFileAsset, asset) for asset in assets),
        program=top["program"] if isinstance(top.get("program"), str) else "",
        exported_at=from_json(_Moment, head).exported_at,
    )
    return replace(chat, unknown=tuple(dict.fromkeys(unknown)))


@dataclass(frozen=True, slots=True)
class _Moment:
    exported_at: datetime | None = None


def _message(data: dict[str, Any], unknown: list[str]) -> Message:
    unknown += _unknown(data, _names(Message), "message.")
    pieces: list[Any] = []
    for item in _list(data.get("pieces", []), "pieces"):
        piece = _object(item, "pieces")
        kind = _PIECES.get(str(piece.get("type")))
        if kind is None:
            piece = {"type": "block", "block": piece}
        else:
            unknown += _unknown(piece, _names(kind), f"{piece['type']}.")
        pieces.append(piece)
    return from_json(Message, data | {"pieces": pieces})


def _parents_first(messages: Sequence[Message], conversation_id: str) -> tuple[Message, ...]:
    """The messages in an order that a tree can take, siblings as they stood; the conversation's own alone."""
    children: dict[str, list[Message]] = {}
    known: set[str] = set()
    for message in messages:
        if not message.id or message.id in known:
            raise ValueError("two messages have the same id")
        if message.conversation_id != conversation_id:
            raise ValueError("a message is of another conversation")
        known.add(message.id)
        children.setdefault(message.parent_id, []).append(message)
    for parent in children:
        if parent and parent not in known:
            raise ValueError("a message answers one that is not there")
    ordered = list(children.get("", ()))
    for message in ordered:  # grows while it is walked: level by level
        ordered += children.get(message.id, ())
    if len(ordered) != len(messages):
        raise ValueError("messages answer each other in a circle")
    by_id = {message.id: number for number, message in enumerate(messages)}
    in_order = all(by_id.get(m.parent_id, -1) < by_id[m.id] for m in messages)
    return tuple(messages) if in_order else tuple(ordered)


def _unknown(data: Mapping[str, Any], known: Iterable[str], prefix: str) -> list[str]:
    return [f"{prefix}{name}"[:80] for name in data if name not in known]


def _names(kind: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in dataclasses.fields(kind))


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name}: an object was expected")  # noqa: TRY004 - the caller tells all as one kind
    return cast("dict[str, Any]", value)


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name}: a list was expected")  # noqa: TRY004 - the caller tells all as one kind
    return cast("list[Any]", value)


def _damaged(detail: str) -> InputError:
    return InputError(tr("The conversation in the file is damaged."), detail, field="path")
