"""Every step the two databases took since the first release. The order is the truth: append, never edit."""

from __future__ import annotations

import json
import sqlite3

from studio.domain.stacks import stack_key
from studio.library.database import Migration

_INDEX_001: tuple[str, ...] = (
    """
    create table assets (
        row integer primary key autoincrement,
        id text not null unique,
        kind text not null,
        path text not null,
        name text not null,
        mime text not null,
        sha256 text not null,
        content_sha256 text not null,
        size integer not null,
        mtime_ns integer not null,
        sidecar_mtime_ns integer not null,
        created_at real not null,
        day integer not null,
        title text not null,
        width integer,
        height integer,
        duration real,
        rating integer not null,
        cost text,
        cost_nano integer not null,
        model text not null,
        seed integer,
        job_id text not null,
        batch text not null,
        trashed integer not null
    )
    """,
    "create index assets_trashed on assets (trashed, kind)",
    "create index assets_path on assets (path)",
    "create index assets_name on assets (name collate nocase)",
    "create index assets_sha256 on assets (sha256)",
    "create index assets_content on assets (content_sha256)",
    "create index assets_job on assets (job_id) where job_id <> ''",
    "create index assets_batch on assets (batch) where batch <> ''",
    "create table details (row integer primary key, json text not null)",
    "create table tags (row integer not null, tag text not null, primary key (row, tag)) without rowid",
    "create index tags_tag on tags (tag, row)",
    """
    create table members (
        row integer not null, collection text not null, primary key (row, collection)
    ) without rowid
    """,
    "create index members_collection on members (collection, row)",
    """
    create table parents (
        row integer not null, parent text not null, primary key (row, parent)
    ) without rowid
    """,
    "create index parents_parent on parents (parent)",
    """
    create table texts (
        row integer primary key,
        prompt text not null, negative text not null, title text not null, note text not null,
        tags text not null, model text not null, name text not null
    )
    """,
    """
    create virtual table search using fts5 (
        prompt, negative, title, note, tags, model, name,
        content='texts', content_rowid='row',
        tokenize="unicode61 remove_diacritics 2", prefix='2 3'
    )
    """,
    """
    create trigger texts_added after insert on texts begin
        insert into search (rowid, prompt, negative, title, note, tags, model, name)
        values (new.row, new.prompt, new.negative, new.title, new.note, new.tags, new.model, new.name);
    end
    """,
    """
    create trigger texts_removed after delete on texts begin
        insert into search (search, rowid, prompt, negative, title, note, tags, model, name)
        values ('delete', old.row, old.prompt, old.negative, old.title, old.note, old.tags, old.model,
                old.name);
    end
    """,
    """
    create trigger texts_changed after update on texts begin
        insert into search (search, rowid, prompt, negative, title, note, tags, model, name)
        values ('delete', old.row, old.prompt, old.negative, old.title, old.note, old.tags, old.model,
                old.name);
        insert into search (rowid, prompt, negative, title, note, tags, model, name)
        values (new.row, new.prompt, new.negative, new.title, new.note, new.tags, new.model, new.name);
    end
    """,
)


def m001_index(connection: sqlite3.Connection) -> None:
    """Assets, their texts with full-text search, labels, and lineage."""
    _run(connection, _INDEX_001)


def m002_stacks(connection: sqlite3.Connection) -> None:
    """Which results differ only in their seed, and which the sandbox made; both stand in the sidecars."""
    connection.execute("alter table assets add column sandbox integer not null default 0")
    connection.execute("alter table assets add column stack integer not null default 0")
    connection.create_function("stack_of", 1, _stack_of, deterministic=True)
    connection.execute(
        """
        update assets set (sandbox, stack) = (
            select ifnull(json_extract(json, '$.provenance.sandbox'), 0),
                stack_of(json_extract(json, '$.provenance.request'))
            from details where details.row = assets.row
        ) where row in (select row from details)
        """
    )


def _stack_of(request: str | None) -> int:
    return stack_key(json.loads(request)) if request else 0


_PROFILE_001: tuple[str, ...] = (
    """
    create table jobs (
        id text primary key,
        kind text not null,
        state text not null,
        batch text not null,
        created_at real not null,
        updated_at real not null,
        json text not null
    ) without rowid
    """,
    "create index jobs_created on jobs (created_at)",
    "create index jobs_state on jobs (state)",
    "create index jobs_batch on jobs (batch) where batch <> ''",
    """
    create table ledger (
        id text primary key,
        time real not null,
        day text not null,
        job_id text not null,
        model text not null,
        estimate text,
        cost text,
        cost_source text not null,
        currency text not null,
        account text not null,
        sandbox integer not null
    ) without rowid
    """,
    "create index ledger_day on ledger (day)",
    "create index ledger_job on ledger (job_id)",
    """
    create table drafts (
        key text primary key, json text not null, updated_at real not null
    ) without rowid
    """,
    """
    create table prompts (
        id integer primary key autoincrement,
        kind text not null, text text not null, used_at real not null, uses integer not null,
        unique (kind, text)
    )
    """,
    "create index prompts_used on prompts (kind, used_at)",
    """
    create table uploads (
        sha256 text not null, account text not null, url text not null, expires_at real,
        primary key (sha256, account)
    ) without rowid
    """,
)


def m001_profile(connection: sqlite3.Connection) -> None:
    """The job journal, the ledger, drafts, prompts and uploads."""
    _run(connection, _PROFILE_001)


_PROFILE_002: tuple[str, ...] = (
    """
    create table chat_folders (
        id text primary key, name text not null, parent_id text not null, position integer not null
    ) without rowid
    """,
    "create table chat_presets (id text primary key, name text not null, json text not null) without rowid",
    # `state`, `cost` and `messages` sum up the messages, so that the list needs none of them.
    """
    create table conversations (
        row integer primary key,
        id text not null unique,
        title text not null,
        folder_id text not null,
        pinned integer not null,
        archived integer not null,
        unread integer not null,
        model text not null,
        created_at real not null,
        updated_at real not null,
        deleted_at real,
        state text not null default '',
        cost text,
        messages integer not null default 0,
        json text not null
    )
    """,
    "create index conversations_folder on conversations (folder_id) where folder_id <> ''",
    # Narrow, because the shape of a whole conversation is read at once; contents lie in `message_bodies`.
    """
    create table messages (
        seq integer primary key autoincrement,
        id text not null unique,
        conversation_id text not null,
        parent_id text not null,
        role text not null,
        state text not null,
        created_at real not null,
        length integer not null,
        cost text,
        included integer not null,
        pinned integer not null,
        removed integer not null default 0
    )
    """,
    "create index messages_conversation on messages (conversation_id)",
    "create index messages_parent on messages (parent_id) where parent_id <> ''",
    "create index messages_streaming on messages (state) where state = 'streaming'",
    "create index messages_removed on messages (removed) where removed = 1",
    "create table message_bodies (seq integer primary key, json text not null)",
    """
    create table message_journal (
        entry integer primary key autoincrement,
        message_id text not null, piece integer not null, kind text not null, text blob not null
    )
    """,
    "create index message_journal_message on message_journal (message_id)",
    "create table message_texts (seq integer primary key, words text not null)",
    """
    create virtual table message_search using fts5 (
        words, content='message_texts', content_rowid='seq',
        tokenize="unicode61 remove_diacritics 2", prefix='2 3'
    )
    """,
    """
    create trigger message_texts_added after insert on message_texts begin
        insert into message_search (rowid, words) values (new.seq, new.words);
    end
    """,
    """
    create trigger message_texts_removed after delete on message_texts begin
        insert into message_search (message_search, rowid, words) values ('delete', old.seq, old.words);
    end
    """,
    """
    create trigger message_texts_changed after update on message_texts when old.words <> new.words begin
        insert into message_search (message_search, rowid, words) values ('delete', old.seq, old.words);
        insert into message_search (rowid, words) values (new.seq, new.words);
    end
    """,
)


def m002_chat(connection: sqlite3.Connection) -> None:
    """Conversations, their folders, messages with full-text search, the journal of streams, presets."""
    _run(connection, _PROFILE_002)


INDEX: tuple[Migration, ...] = (m001_index, m002_stacks)
PROFILE: tuple[Migration, ...] = (m001_profile, m002_chat)


def _run(connection: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.execute(statement)
