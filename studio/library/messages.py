"""Messages in `<profile>/studio.sqlite`: the shape of a conversation apart from its contents.

`nodes` reads narrow rows, so all of a long conversation come at once; `by_ids` reads the few that are looked
at. May be called from any thread; a call is short but waits for the disk.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast, get_args

from studio.domain.codec import from_json
from studio.domain.conversation import (
    Conversation,
    Message,
    MessageNode,
    MessageState,
)
from studio.domain.journal import JournalPiece, PieceKind, fold, interrupted
from studio.library.conversations import clean_text, json_text, put_conversation, sum_up
from studio.library.database import Storage

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

_CHUNK = 500
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_KINDS = frozenset(get_args(PieceKind))
_BELOW = """
    with recursive below (id) as (
        select id from messages where id in ({marks})
        union
        select messages.id from messages join below on messages.parent_id = below.id
    )
"""


class MessageRepository:
    """Messages, and the journal of the ones that are still being written."""

    def __init__(self, database: Storage) -> None:
        self._database = database

    # ------------------------------------------------------------ reading

    def nodes(self, conversation_id: str) -> list[MessageNode]:
        """Every message of a conversation without its contents, parents first."""
        cursor = self._database.reader().execute(
            "select id, parent_id, role, state, length, cost, included, pinned from messages"
            " where conversation_id = ? and removed = 0 order by seq",
            (conversation_id,),
        )
        states = {state.value: state for state in MessageState}
        return [
            MessageNode(
                identity,
                parent,
                role,
                states[state],
                length,
                None if cost is None else Decimal(cost),
                bool(included),
                bool(pinned),
            )
            for identity, parent, role, state, length, cost, included, pinned in cursor
        ]

    def by_ids(self, message_ids: Sequence[str]) -> list[Message]:
        """Messages in the order asked for, unknown ones left out; a running one with what its journal has."""
        reader = self._database.reader()
        found: dict[str, Message] = {}
        for part in _chunks(message_ids):
            marks = ", ".join("?" * len(part))
            cursor = reader.execute(
                "select b.json from messages m join message_bodies b on b.seq = m.seq"  # noqa: S608 - question marks
                f" where m.id in ({marks}) and m.removed = 0",
                part,
            )
            for (text,) in cursor:
                message = _message(text)
                if message is not None:
                    if message.state is MessageState.STREAMING:
                        message = fold(message, _journal(reader, message.id))
                    found[message.id] = message
        return [found[identity] for identity in message_ids if identity in found]

    # ------------------------------------------------------------ writing

    def add(self, messages: Sequence[Message], conversation: Conversation | None = None) -> None:
        """Add messages, parents first, with the new state of their conversation, in one transaction.

        A message that was removed comes back to its place among its siblings.

        Raises:
            ValueError: a message is there already, or its parent or conversation is not.
        """
        with self._database.write() as connection:
            if conversation is not None:
                put_conversation(connection, conversation)
            for message in messages:
                _add(connection, message)
            sum_up(connection, {message.conversation_id for message in messages})

    def update(self, message: Message, conversation: Conversation | None = None) -> None:
        """Replace a message's contents; its journal is part of them now and is deleted.

        Raises:
            KeyError: it was never added, or is purged.
        """
        with self._database.write() as connection:
            if conversation is not None:
                put_conversation(connection, conversation)
            _replace(connection, message)
            sum_up(connection, (message.conversation_id,))

    def journal(self, message_id: str, pieces: Sequence[JournalPiece]) -> None:
        """Write down what came of a running answer; it is on the disk when this returns."""
        with self._database.write() as connection:
            connection.executemany(
                "insert into message_journal (message_id, piece, kind, text) values (?, ?, ?, ?)",
                # A blob, because a stream may end within a surrogate pair.
                [(message_id, p.index, p.kind, p.text.encode(errors="surrogatepass")) for p in pieces],
            )

    def recover(self) -> list[Message]:
        """Finish what the last run of the program left: answers that were being written become INTERRUPTED
        with all that was received of them; removed messages go for good."""
        out: list[Message] = []
        with self._database.write() as connection:
            running = connection.execute(
                "select b.json from messages m join message_bodies b on b.seq = m.seq"
                " where m.state = 'streaming' and m.removed = 0 order by m.seq"
            ).fetchall()
            for (text,) in running:
                message = _message(text)
                if message is not None:
                    message = interrupted(fold(message, _journal(connection, message.id)))
                    _replace(connection, message)
                    out.append(message)
            for table in ("message_texts", "message_bodies"):
                connection.execute(
                    f"delete from {table} where seq in (select seq from messages where removed = 1)"  # noqa: S608 - literals
                )
            connection.execute("delete from messages where removed = 1")
            connection.execute(
                "delete from message_journal where message_id not in"
                " (select id from messages where state = 'streaming')"
            )
            sum_up(connection, {message.conversation_id for message in out})
        return out

    def remove(self, message_ids: Iterable[str], conversation: Conversation | None = None) -> list[str]:
        """Remove messages with everything below them; they can be restored until the program ends.

        Returns:
            ids of all that went, for `restore`.
        """
        with self._database.write() as connection:
            if conversation is not None:
                put_conversation(connection, conversation)
            gone: list[str] = []
            for part in _chunks(tuple(message_ids)):
                below = _BELOW.format(marks=", ".join("?" * len(part)))
                gone += (
                    identity
                    for (identity,) in connection.execute(
                        f"{below} select id from messages where id in below and removed = 0 order by seq",  # noqa: S608 - question marks
                        part,
                    ).fetchall()
                )
            _set_removed(connection, gone, True)
        return gone

    def restore(self, message_ids: Iterable[str], conversation: Conversation | None = None) -> None:
        """Bring removed messages back to where they were."""
        with self._database.write() as connection:
            if conversation is not None:
                put_conversation(connection, conversation)
            _set_removed(connection, tuple(message_ids), False)


# ---------------------------------------------------------------- inside


def searchable(message: Message) -> str:
    """The words that a search looks in: the text, and names and transcripts of attachments."""
    parts = [message.text]
    for piece in message.attachments:
        parts += (piece.name, piece.transcript)
    words = "\n".join(part for part in parts if part)
    return clean_text(_CONTROLS.sub(" ", words))


def _add(connection: sqlite3.Connection, message: Message) -> None:
    conversation = message.conversation_id
    if not connection.execute("select 1 from conversations where id = ?", (conversation,)).fetchone():
        raise ValueError(f"conversation {conversation} is not there")
    if message.parent_id:
        parent = connection.execute(
            "select 1 from messages where id = ? and conversation_id = ? and removed = 0",
            (message.parent_id, conversation),
        ).fetchone()
        if parent is None:
            raise ValueError(f"message {message.id} answers {message.parent_id}, which is not there")
    found = connection.execute("select removed from messages where id = ?", (message.id,)).fetchone()
    if found is not None:
        if not found[0]:
            raise ValueError(f"message {message.id} is there already")
        connection.execute("update messages set removed = 0 where id = ?", (message.id,))
        _replace(connection, message)
        return
    seq = connection.execute(
        "insert into messages (id, conversation_id, parent_id, role, state, created_at, length, cost,"
        " included, pinned) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (message.id, conversation, message.parent_id, message.role, *_columns(message)),
    ).lastrowid
    connection.execute("insert into message_bodies (seq, json) values (?, ?)", (seq, json_text(message)))
    connection.execute("insert into message_texts (seq, words) values (?, ?)", (seq, searchable(message)))


def _replace(connection: sqlite3.Connection, message: Message) -> None:
    found = connection.execute("select seq from messages where id = ?", (message.id,)).fetchone()
    if found is None:
        raise KeyError(message.id)
    connection.execute(
        "update messages set state = ?, created_at = ?, length = ?, cost = ?, included = ?, pinned = ?"
        " where seq = ?",
        (*_columns(message), found[0]),
    )
    connection.execute("update message_bodies set json = ? where seq = ?", (json_text(message), found[0]))
    connection.execute("update message_texts set words = ? where seq = ?", (searchable(message), found[0]))
    connection.execute("delete from message_journal where message_id = ?", (message.id,))


def _columns(message: Message) -> tuple[Any, ...]:
    """state, created_at, length, cost, included, pinned."""
    return (
        message.state.value,
        message.created_at.timestamp(),
        len(message.text),
        None if message.cost is None else str(message.cost),
        int(message.included),
        int(message.pinned),
    )


def _set_removed(connection: sqlite3.Connection, message_ids: Sequence[str], removed: bool) -> None:
    conversations: set[str] = set()
    for part in _chunks(message_ids):
        marks = ", ".join("?" * len(part))
        conversations |= {
            identity
            for (identity,) in connection.execute(
                f"update messages set removed = ? where id in ({marks}) returning conversation_id",  # noqa: S608 - question marks
                (int(removed), *part),
            ).fetchall()
        }
    sum_up(connection, conversations)


def _journal(connection: sqlite3.Connection, message_id: str) -> Iterator[JournalPiece]:
    cursor = connection.execute(
        "select piece, kind, text from message_journal where message_id = ? order by entry", (message_id,)
    )
    for piece, kind, text in cursor:
        if kind in _KINDS:
            yield JournalPiece(piece, cast(PieceKind, kind), cast(bytes, text).decode(errors="surrogatepass"))


def _message(text: str) -> Message | None:
    try:
        return from_json(Message, json.loads(text))
    except ValueError as error:
        # It stays in the file for a program that can.
        log.warning("a message cannot be read: %s", error)
        return None


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield tuple(values[start : start + _CHUNK])
