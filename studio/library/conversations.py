"""Conversations, their folders and presets in `<profile>/studio.sqlite`; messages are in `messages.py`.

May be called from any thread; a call is short but waits for the disk.
"""

from __future__ import annotations

import json
import logging
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from studio.domain.codec import from_json, to_json
from studio.domain.conversation import (
    ChatDraft,
    ChatFolder,
    ChatPreset,
    Conversation,
    ConversationRow,
    MessageState,
)
from studio.library.database import Storage

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

_DRAFT_KEY = "chat/"
_ROWS = (
    "select c.id, c.title, c.updated_at, c.folder_id, c.pinned, c.archived, c.unread, c.model, c.state,"
    " c.cost, c.messages, exists (select 1 from drafts where key = 'chat/' || c.id) from conversations c"
)
_PUT = (
    "insert into conversations (id, title, folder_id, pinned, archived, unread, model, created_at,"
    " updated_at, deleted_at, json) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    # Only delete and restore say whether it is deleted: an answer that ends later must not bring it back.
    " on conflict (id) do update set title = excluded.title, folder_id = excluded.folder_id,"
    " pinned = excluded.pinned, archived = excluded.archived, unread = excluded.unread,"
    " model = excluded.model, updated_at = excluded.updated_at, json = excluded.json"
)


class ConversationRepository:
    """The list of conversations, the folders it is sorted into, presets, and the drafts of composers."""

    def __init__(self, database: Storage) -> None:
        self._database = database

    # ------------------------------------------------------------ conversations

    def rows(self, *, archived: bool = False) -> list[ConversationRow]:
        """The list, last changed first: what is in use, or what is archived. Deleted ones are in neither."""
        return self._rows(
            "where c.archived = ? and c.deleted_at is null order by c.updated_at desc, c.row desc",
            (int(archived),),
        )

    def row(self, conversation_id: str) -> ConversationRow | None:
        """None when there is none, or when it is deleted."""
        found = self._rows("where c.id = ? and c.deleted_at is null", (conversation_id,))
        return found[0] if found else None

    def titled(self, query: str) -> list[ConversationRow]:
        """Those whose title has every word of `query` somewhere, in any case and with or without accents;
        archived ones too."""
        words = _folded(query).split()
        rows = self._rows("where c.deleted_at is null order by c.updated_at desc, c.row desc", ())
        return [row for row in rows if _has_all(_folded(row.title), words)]

    def get(self, conversation_id: str) -> Conversation | None:
        """A conversation, also one that is deleted but not purged."""
        found = (
            self._database.reader()
            .execute("select json, folder_id, deleted_at from conversations where id = ?", (conversation_id,))
            .fetchone()
        )
        if found is None:
            return None
        try:
            conversation = from_json(Conversation, json.loads(found[0]))
        except ValueError as error:
            log.warning("a conversation cannot be read: %s", error)
            return None
        deleted = None if found[2] is None else datetime.fromtimestamp(found[2], UTC)
        return replace(conversation, folder_id=found[1], deleted_at=deleted)

    def put(self, conversation: Conversation) -> None:
        """Add a conversation, or replace what is known of it; its messages and whether it is deleted stay."""
        with self._database.write() as connection:
            put_conversation(connection, conversation)

    def delete(self, conversation_ids: Iterable[str]) -> None:
        """Out of the list and the search, until `restore` or `purge`."""
        self._set_deleted(conversation_ids, time.time())

    def restore(self, conversation_ids: Iterable[str]) -> None:
        self._set_deleted(conversation_ids, None)

    def deleted(self, before: datetime) -> list[str]:
        """Ids of conversations that were deleted before that moment."""
        cursor = self._database.reader().execute(
            "select id from conversations where deleted_at < ? order by deleted_at", (before.timestamp(),)
        )
        return [identity for (identity,) in cursor]

    def purge(self, conversation_ids: Iterable[str]) -> None:
        """Forget conversations with their messages and drafts for good."""
        with self._database.write() as connection:
            for identity in conversation_ids:
                of_it = "(select seq from messages where conversation_id = ?)"
                connection.execute(
                    "delete from message_journal where message_id in"
                    " (select id from messages where conversation_id = ?)",
                    (identity,),
                )
                for table in ("message_texts", "message_bodies"):
                    connection.execute(f"delete from {table} where seq in {of_it}", (identity,))  # noqa: S608 - literals
                connection.execute("delete from messages where conversation_id = ?", (identity,))
                connection.execute("delete from conversations where id = ?", (identity,))
                connection.execute("delete from drafts where key = ?", (_DRAFT_KEY + identity,))

    def _set_deleted(self, conversation_ids: Iterable[str], moment: float | None) -> None:
        with self._database.write() as connection:
            connection.executemany(
                "update conversations set deleted_at = ? where id = ?",
                [(moment, identity) for identity in conversation_ids],
            )

    def _rows(self, clause: str, arguments: Sequence[Any]) -> list[ConversationRow]:
        cursor = self._database.reader().execute(f"{_ROWS} {clause}", arguments)
        return [_row(values) for values in cursor]

    # ------------------------------------------------------------ folders

    def folders(self) -> list[ChatFolder]:
        """All folders, by position and name."""
        cursor = self._database.reader().execute(
            "select id, name, parent_id, position from chat_folders order by position, name, id"
        )
        return [ChatFolder(id=i, name=name, parent_id=parent, position=at) for i, name, parent, at in cursor]

    def put_folder(self, folder: ChatFolder) -> None:
        """Add or replace a folder.

        Raises:
            ValueError: it would lie inside itself.
        """
        with self._database.write() as connection:
            above = folder.parent_id
            seen: set[str] = set()
            while above and above not in seen:
                if above == folder.id:
                    raise ValueError(f"folder {folder.id} would lie inside itself")
                seen.add(above)
                found = connection.execute(
                    "select parent_id from chat_folders where id = ?", (above,)
                ).fetchone()
                above = found[0] if found else ""
            connection.execute(
                "insert or replace into chat_folders (id, name, parent_id, position) values (?, ?, ?, ?)",
                (folder.id, clean_text(folder.name), folder.parent_id, folder.position),
            )

    def remove_folder(self, folder_id: str) -> None:
        """Remove a folder; what lay in it moves to the folder around it."""
        with self._database.write() as connection:
            found = connection.execute(
                "select parent_id from chat_folders where id = ?", (folder_id,)
            ).fetchone()
            if found is None:
                return
            connection.execute("delete from chat_folders where id = ?", (folder_id,))
            connection.execute(
                "update chat_folders set parent_id = ? where parent_id = ?", (found[0], folder_id)
            )
            connection.execute(
                "update conversations set folder_id = ? where folder_id = ?", (found[0], folder_id)
            )

    # ------------------------------------------------------------ presets

    def presets(self) -> list[ChatPreset]:
        """All presets, by name."""
        cursor = self._database.reader().execute("select json from chat_presets order by name, id")
        presets: list[ChatPreset] = []
        for (text,) in cursor:
            try:
                presets.append(from_json(ChatPreset, json.loads(text)))
            except ValueError as error:
                log.warning("a preset cannot be read: %s", error)
        return presets

    def put_preset(self, preset: ChatPreset) -> None:
        with self._database.write() as connection:
            connection.execute(
                "insert or replace into chat_presets (id, name, json) values (?, ?, ?)",
                (preset.id, clean_text(preset.name), json_text(preset)),
            )

    def remove_preset(self, preset_id: str) -> None:
        with self._database.write() as connection:
            connection.execute("delete from chat_presets where id = ?", (preset_id,))

    # ------------------------------------------------------------ drafts

    def draft(self, conversation_id: str) -> ChatDraft:
        """What stands in the composer; an empty draft when nothing does."""
        found = (
            self._database.reader()
            .execute("select json from drafts where key = ?", (_DRAFT_KEY + conversation_id,))
            .fetchone()
        )
        if found is None:
            return ChatDraft()
        try:
            return from_json(ChatDraft, json.loads(found[0]))
        except ValueError as error:
            log.warning("a draft cannot be read: %s", error)
            return ChatDraft()

    def keep_draft(self, conversation_id: str, draft: ChatDraft) -> None:
        """Keep what stands in the composer; an empty draft is forgotten."""
        key = _DRAFT_KEY + conversation_id
        with self._database.write() as connection:
            if draft:
                connection.execute(
                    "insert or replace into drafts (key, json, updated_at) values (?, ?, ?)",
                    (key, json_text(draft), time.time()),
                )
            else:
                connection.execute("delete from drafts where key = ?", (key,))


# ---------------------------------------------------------------- shared with messages.py


def put_conversation(connection: sqlite3.Connection, conversation: Conversation) -> None:
    """Add or replace a conversation inside a transaction."""
    deleted = conversation.deleted_at
    folder = conversation.folder_id
    if folder and not connection.execute("select 1 from chat_folders where id = ?", (folder,)).fetchone():
        # The folder went while somebody still held the conversation: at the top it can be seen.
        folder = ""
    connection.execute(
        _PUT,
        (
            conversation.id,
            clean_text(conversation.title),
            folder,
            int(conversation.pinned),
            int(conversation.archived),
            int(conversation.unread),
            clean_text(conversation.model),
            conversation.created_at.timestamp(),
            conversation.updated_at.timestamp(),
            None if deleted is None else deleted.timestamp(),
            json_text(conversation),
        ),
    )


def sum_up(connection: sqlite3.Connection, conversation_ids: Iterable[str]) -> None:
    """Bring number of messages, cost and state of these conversations in line with their messages."""
    for identity in conversation_ids:
        there = "from messages where conversation_id = ? and removed = 0"
        (number,) = connection.execute(f"select count(*) {there}", (identity,)).fetchone()
        costs = connection.execute(f"select cost {there} and cost is not null", (identity,)).fetchall()
        newest = connection.execute(
            f"select state {there} and role = 'assistant' order by seq desc limit 1",
            (identity,),
        ).fetchone()
        cost = str(sum((Decimal(text) for (text,) in costs), Decimal(0))) if costs else None
        connection.execute(
            "update conversations set messages = ?, cost = ?, state = ? where id = ?",
            (number, cost, newest[0] if newest else "", identity),
        )


def json_text(value: object) -> str:
    """A dataclass as JSON text that SQLite takes; half surrogate pairs stay as escapes."""
    data = to_json(value)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text if _is_unicode(text) else json.dumps(data, separators=(",", ":"))


def clean_text(text: str) -> str:
    """Text for a column of its own: SQLite takes no half surrogate pairs."""
    return text if _is_unicode(text) else text.encode(errors="replace").decode()


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _row(values: tuple[Any, ...]) -> ConversationRow:
    return ConversationRow(
        id=values[0],
        title=values[1],
        updated_at=datetime.fromtimestamp(values[2], UTC),
        folder_id=values[3],
        pinned=bool(values[4]),
        archived=bool(values[5]),
        unread=bool(values[6]),
        model=values[7],
        state=MessageState(values[8]) if values[8] else None,
        cost=None if values[9] is None else Decimal(values[9]),
        messages=values[10],
        has_draft=bool(values[11]),
    )


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
