"""Every step the two databases took since the first release. The order is the truth: append, never edit."""

from __future__ import annotations

import sqlite3

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


INDEX: tuple[Migration, ...] = (m001_index,)
PROFILE: tuple[Migration, ...] = (m001_profile,)


def _run(connection: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.execute(statement)
