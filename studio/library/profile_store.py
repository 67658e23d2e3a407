"""`<profile>/studio.sqlite`: what cannot be rebuilt from files, flushed to the disk with every commit.

All repositories may be called from any thread; a call is short but waits for the disk, so keep it off the
thread that paints.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from studio.domain.codec import from_json, to_json
from studio.domain.job import Job, JobState
from studio.domain.spending import LedgerLine, start_of
from studio.library.conversations import ConversationRepository
from studio.library.database import Database, Storage
from studio.library.message_search import MessageSearch
from studio.library.messages import MessageRepository
from studio.library.migrations import PROFILE

log = logging.getLogger(__name__)

_FINAL = tuple(state.value for state in JobState if state.is_final)
PROMPTS_KEPT = 2_000
DAY = timedelta(days=1)
FOREVER = 1e12  # seconds; a moment after everything


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One piece of spending.

    Args:
        id: of the entry; writing it again replaces it, so an estimate becomes the billed amount.
        estimate, cost: in `currency`; `cost` is None until it is known.
        sandbox: pretended money.
    """

    id: str
    time: datetime
    job_id: str = ""
    model: str = ""
    estimate: Decimal | None = None
    cost: Decimal | None = None
    cost_source: str = ""
    currency: str = "pollen"
    account: str = ""
    sandbox: bool = False

    @property
    def amount(self) -> Decimal:
        """What counts against a budget: the billed amount, or the estimate until then."""
        if self.cost is not None:
            return self.cost
        return self.estimate if self.estimate is not None else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Sums of one day and model; `day` is local, ISO 8601. `open` counts costs that are estimates."""

    day: str
    model: str
    amount: Decimal
    entries: int
    open: int = 0


class JobRepository:
    """The job journal: a job is one row, written before its request is sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job) -> None:
        """Write a new job down; it is on the disk when this returns."""
        self.add_all((job,))

    def add_all(self, jobs: Sequence[Job]) -> None:
        """Write the jobs of a batch down in one transaction: all of them or none."""
        with self._database.write() as connection:
            connection.executemany(
                "insert into jobs (id, kind, state, batch, created_at, updated_at, json)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                [_job_row(job) for job in jobs],
            )

    def update(self, *jobs: Job) -> None:
        """Replace jobs in one transaction: all of them or none.

        Raises:
            KeyError: one was never added.
        """
        with self._database.write() as connection:
            for job in jobs:
                identity, _kind, state, _batch, _created, updated, text = _job_row(job)
                done = connection.execute(
                    "update jobs set state = ?, updated_at = ?, json = ? where id = ?",
                    (state, updated, text, identity),
                )
                if done.rowcount == 0:
                    raise KeyError(job.id)

    def remove(self, job_ids: Sequence[str]) -> None:
        with self._database.write() as connection:
            connection.executemany("delete from jobs where id = ?", [(i,) for i in job_ids])

    def by_id(self, job_id: str) -> Job | None:
        found = self._select("where id = ?", (job_id,))
        return found[0] if found else None

    def unfinished(self) -> list[Job]:
        """Jobs that are not in a final state, oldest first."""
        marks = ", ".join("?" * len(_FINAL))
        return self._select(f"where state not in ({marks}) order by created_at, id", _FINAL)

    def recent(self, limit: int = 200) -> list[Job]:
        """The newest jobs, newest first."""
        return self._select("order by created_at desc, id desc limit ?", (limit,))

    def of_batch(self, batch: str) -> list[Job]:
        return self._select("where batch = ? order by created_at, id", (batch,))

    def _select(self, clause: str, arguments: Sequence[Any]) -> list[Job]:
        cursor = self._database.reader().execute(
            f"select json from jobs {clause}",  # noqa: S608 - `clause` is one of the literals above
            arguments,
        )
        jobs: list[Job] = []
        for (text,) in cursor:
            try:
                jobs.append(from_json(Job, json.loads(text)))
            except ValueError as error:
                # Written by another version of the program; it stays in the file for that one.
                log.warning("a job cannot be read: %s", error)
        return jobs


class LedgerRepository:
    """What was spent on this machine, beside the service's own account of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, entry: LedgerEntry) -> None:
        """Write or replace an entry."""
        with self._database.write() as connection:
            connection.execute(
                "insert or replace into ledger (id, time, day, job_id, model, estimate, cost, cost_source,"
                " currency, account, sandbox) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.id,
                    entry.time.timestamp(),
                    entry.time.astimezone().date().isoformat(),
                    entry.job_id,
                    entry.model,
                    None if entry.estimate is None else str(entry.estimate),
                    None if entry.cost is None else str(entry.cost),
                    entry.cost_source,
                    entry.currency,
                    entry.account,
                    int(entry.sandbox),
                ),
            )

    def remove(self, entry_id: str) -> None:
        with self._database.write() as connection:
            connection.execute("delete from ledger where id = ?", (entry_id,))

    def entries(self, *, since: str = "", until: str = "", sandbox: bool = False) -> list[LedgerEntry]:
        """Entries of the local days `since` to `until` (ISO 8601, both included), oldest first.

        The days are those of the machine's time zone now, wherever it was when they were written.
        """
        first = start_of(date.fromisoformat(since)).timestamp() if since else 0.0
        after = start_of(date.fromisoformat(until) + DAY).timestamp() if until else FOREVER
        cursor = self._database.reader().execute(
            "select id, time, job_id, model, estimate, cost, cost_source, currency, account, sandbox"
            " from ledger where sandbox = ? and time >= ? and time < ? order by time, id",
            (int(sandbox), first, after),
        )
        return [
            LedgerEntry(
                id=row[0],
                time=datetime.fromtimestamp(row[1], UTC),
                job_id=row[2],
                model=row[3],
                estimate=None if row[4] is None else Decimal(row[4]),
                cost=None if row[5] is None else Decimal(row[5]),
                cost_source=row[6],
                currency=row[7],
                account=row[8],
                sandbox=bool(row[9]),
            )
            for row in cursor
        ]

    def lines(
        self, *, since: datetime | None = None, until: datetime | None = None, sandbox: bool = False
    ) -> list[LedgerLine]:
        """Entries from `since` on and before `until`, oldest first, with what is known of their jobs.

        A line of a chat is told by its message. What the journal does not know any more stays empty.
        """
        cursor = self._database.reader().execute(
            "select l.id, l.time, l.job_id, l.model, l.estimate, l.cost, l.cost_source, l.account,"
            " coalesce(j.kind, iif(m.id is null, '', 'text')), coalesce(j.state, m.state, ''),"
            " json_extract(j.json, '$.finished_at', '$.error.title', '$.error.request_id')"
            " from ledger l left join jobs j on j.id = l.job_id left join messages m on m.id = l.job_id"
            " where l.sandbox = ? and l.time >= ? and l.time < ? order by l.time, l.id",
            (
                int(sandbox),
                since.timestamp() if since is not None else 0.0,
                until.timestamp() if until is not None else FOREVER,
            ),
        )
        return [_ledger_line(row, sandbox) for row in cursor]

    def first(self, *, sandbox: bool = False) -> datetime | None:
        """When the oldest entry was written; None without any."""
        found = (
            self._database.reader()
            .execute("select min(time) from ledger where sandbox = ?", (int(sandbox),))
            .fetchone()
        )
        return None if found[0] is None else datetime.fromtimestamp(found[0], UTC)

    def settle(self, costs: Mapping[str, Decimal]) -> int:
        """Put what the service billed in place of estimates, by the entries' ids; how many were estimates."""
        with self._database.write() as connection:
            before = connection.total_changes
            connection.executemany(
                "update ledger set cost = ?, cost_source = 'service' where id = ? and cost is null",
                [(str(cost), entry_id) for entry_id, cost in costs.items()],
            )
            return connection.total_changes - before

    def spending(self, *, since: str = "", until: str = "", sandbox: bool = False) -> list[Spending]:
        """Sums per day and model, oldest day first; exact, since prices are added as decimals."""
        sums: dict[tuple[str, str], list[LedgerEntry]] = {}
        for entry in self.entries(since=since, until=until, sandbox=sandbox):
            key = (entry.time.astimezone().date().isoformat(), entry.model)
            sums.setdefault(key, []).append(entry)
        return [
            Spending(
                day=day,
                model=model,
                amount=sum((e.amount for e in entries), Decimal(0)),
                entries=len(entries),
                open=sum(e.cost is None for e in entries),
            )
            for (day, model), entries in sorted(sums.items())
        ]

    def total(self, *, since: str = "", until: str = "", sandbox: bool = False) -> Decimal:
        entries = self.entries(since=since, until=until, sandbox=sandbox)
        return sum((entry.amount for entry in entries), Decimal(0))


class DraftRepository:
    """Half-written things by key: a chat's message, a form, a script."""

    def __init__(self, database: Storage) -> None:
        self._database = database

    def put(self, key: str, value: object) -> None:
        """Keep `value` (anything JSON can hold) under `key`."""
        with self._database.write() as connection:
            connection.execute(
                "insert or replace into drafts (key, json, updated_at) values (?, ?, ?)",
                (key, json.dumps(value, ensure_ascii=False), time.time()),
            )

    def get(self, key: str) -> Any:
        """The value kept under `key`, or None."""
        found = self._database.reader().execute("select json from drafts where key = ?", (key,)).fetchone()
        return None if found is None else json.loads(found[0])

    def remove(self, key: str) -> None:
        with self._database.write() as connection:
            connection.execute("delete from drafts where key = ?", (key,))


class PromptRepository:
    """Prompts as the user sent them, newest first, each text once per kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: str, text: str) -> None:
        """Remember a prompt; one used before moves to the front."""
        with self._database.write() as connection:
            connection.execute(
                "insert into prompts (kind, text, used_at, uses) values (?, ?, ?, 1)"
                " on conflict (kind, text) do update set used_at = excluded.used_at, uses = uses + 1",
                (kind, text, time.time()),
            )
            connection.execute(
                "delete from prompts where kind = ? and id not in"
                " (select id from prompts where kind = ? order by used_at desc limit ?)",
                (kind, kind, PROMPTS_KEPT),
            )

    def recent(self, kind: str, limit: int = 100, containing: str = "") -> list[str]:
        cursor = self._database.reader().execute(
            "select text from prompts where kind = ? and instr(lower(text), lower(?)) > 0"
            " order by used_at desc, id desc limit ?",
            (kind, containing, limit),
        )
        return [text for (text,) in cursor]

    def remove(self, kind: str, text: str) -> None:
        with self._database.write() as connection:
            connection.execute("delete from prompts where kind = ? and text = ?", (kind, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUpload:
    """A file that was sent to the service's media storage. `account` is whose storage it is for reuse."""

    sha256: str
    account: str
    url: str
    expires_at: datetime | None = None


class UploadRepository:
    """Where a file already lies in the service's media storage, so that it is not sent twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, sha256: str, url: str, *, expires_at: datetime | None = None, account: str = "") -> None:
        with self._database.write() as connection:
            connection.execute(
                "insert or replace into uploads (sha256, account, url, expires_at) values (?, ?, ?, ?)",
                (sha256, account, url, None if expires_at is None else expires_at.timestamp()),
            )

    def get(self, sha256: str, *, account: str = "", at: datetime | None = None) -> str:
        """The URL, or "" when the file was never sent or its time there is over."""
        moment = (at or datetime.now(UTC)).timestamp()
        found = (
            self._database.reader()
            .execute(
                "select url from uploads where sha256 = ? and account = ?"
                " and (expires_at is null or expires_at > ?)",
                (sha256, account, moment),
            )
            .fetchone()
        )
        return found[0] if found else ""

    def all(self) -> list[KnownUpload]:
        """Everything that was sent, also what is past its time; the one that ends last first."""
        cursor = self._database.reader().execute(
            "select sha256, account, url, expires_at from uploads"
            " order by ifnull(expires_at, 9e15) desc, sha256, account"
        )
        return [
            KnownUpload(
                sha256=sha256,
                account=account,
                url=url,
                expires_at=None if ends is None else datetime.fromtimestamp(ends, UTC),
            )
            for sha256, account, url, ends in cursor
        ]

    def remove(self, sha256: str, *, account: str = "") -> None:
        with self._database.write() as connection:
            connection.execute("delete from uploads where sha256 = ? and account = ?", (sha256, account))

    def remove_url(self, url: str) -> None:
        """Forget every entry that leads to that address."""
        with self._database.write() as connection:
            connection.execute("delete from uploads where url = ?", (url,))


class ProfileStore:
    """The profile's database and its repositories.

    Args:
        folder: the profile's folder; `studio.sqlite` and `snapshots/` lie in it.

    Raises:
        StorageError: the file is newer than this program, damaged, or cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self.database = Database(
            folder / "studio.sqlite", PROFILE, durable=True, snapshots=folder / "snapshots"
        )
        self.jobs = JobRepository(self.database)
        self.ledger = LedgerRepository(self.database)
        self.drafts = DraftRepository(self.database)
        self.prompts = PromptRepository(self.database)
        self.uploads = UploadRepository(self.database)
        self.conversations = ConversationRepository(self.database)
        self.messages = MessageRepository(self.database)
        self.message_search = MessageSearch(self.database)

    def snapshot(self) -> Path | None:
        """Copy the database beside itself; the five newest copies are kept."""
        return self.database.snapshot()

    def close(self) -> None:
        self.database.close()


def _ledger_line(row: Sequence[Any], sandbox: bool) -> LedgerLine:
    finished, error, request_id = json.loads(row[10]) if row[10] else (None, None, None)
    return LedgerLine(
        id=row[0],
        time=datetime.fromtimestamp(row[1], UTC),
        job_id=row[2],
        model=row[3],
        estimate=None if row[4] is None else Decimal(row[4]),
        cost=None if row[5] is None else Decimal(row[5]),
        cost_source=row[6],
        account=row[7],
        kind=row[8],
        state=row[9],
        error=error or "",
        request_id=request_id or "",
        finished_at=datetime.fromisoformat(finished) if finished else None,
        sandbox=sandbox,
    )


def _job_row(job: Job) -> tuple[str, str, str, str, float, float, str]:
    return (
        job.id,
        job.kind,
        job.state.value,
        job.batch,
        job.created_at.timestamp(),
        time.time(),
        json.dumps(to_json(job), ensure_ascii=False),
    )
