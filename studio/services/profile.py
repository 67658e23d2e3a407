"""The profile's database from asyncio: job journal, ledger, drafts, prompt history.

One thread does all of it, in order: a write is on the disk when the await returns, and readers never meet a
half-written state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import ParamSpec, TypeVar

from studio.core.errors import StorageError
from studio.core.i18n import tr
from studio.domain.job import Job
from studio.domain.spending import LedgerLine
from studio.library.profile_rescue import Rescue, open_profile, snapshot_if_due
from studio.library.profile_store import LedgerEntry, ProfileStore, Spending

T = TypeVar("T")
P = ParamSpec("P")


class ProfileService:
    """What cannot be rebuilt from the library's files.

    Args:
        folder: of the profile.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="profile")
        self._store: ProfileStore | None = None
        self._today: dict[str, LedgerEntry] = {}

    async def open(self) -> Rescue | None:
        """Open or make the database; tells if a damaged one had to be replaced.

        Raises:
            StorageError: it is newer than this program, or the folder cannot be written.
        """
        self._store, rescue = await self._call(open_profile, self._folder)
        today = datetime.now().astimezone().date().isoformat()
        for sandbox in (False, True):
            for entry in await self._call(self.store.ledger.entries, since=today, sandbox=sandbox):
                self._today[entry.id] = entry
        return rescue

    async def close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            await self._call(store.close)
        self._executor.shutdown(wait=True)

    @property
    def store(self) -> ProfileStore:
        """The open store.

        Raises:
            StorageError: it is not open.
        """
        if self._store is None:
            raise StorageError(tr("The profile is not open."))
        return self._store

    # ------------------------------------------------------------------ job journal

    async def add(self, jobs: Sequence[Job]) -> None:
        """Write the jobs of a batch down: all of them or none."""
        await self._call(self.store.jobs.add_all, jobs)

    async def update(self, *jobs: Job) -> None:
        """Replace jobs: all of them or none."""
        await self._call(self.store.jobs.update, *jobs)

    async def unfinished(self) -> list[Job]:
        """Jobs that are not in a final state, oldest first."""
        return await self._call(self.store.jobs.unfinished)

    async def job(self, job_id: str) -> Job | None:
        """A job of the journal, finished or not."""
        return await self._call(self.store.jobs.by_id, job_id)

    async def recent(self, limit: int) -> list[Job]:
        return await self._call(self.store.jobs.recent, limit)

    async def of_batch(self, batch: str) -> list[Job]:
        """The jobs of one batch, oldest first, finished or not."""
        return await self._call(self.store.jobs.of_batch, batch)

    # ------------------------------------------------------------------ ledger

    async def note_spending(self, entry: LedgerEntry) -> None:
        """Write or replace an entry; an estimate becomes the billed amount."""
        await self._call(self.store.ledger.put, entry)
        self._today[entry.id] = entry

    async def forget_spending(self, entry_id: str) -> None:
        """Take back an entry for what was certainly not billed."""
        await self._call(self.store.ledger.remove, entry_id)
        self._today.pop(entry_id, None)

    def spent_on(self, day: str, sandbox: bool, *, without: Collection[str] = ()) -> Decimal:
        """What was spent on a local day (ISO 8601), today or later: known without asking the disk.

        Args:
            without: ids of entries that do not count.
        """
        for entry_id in [key for key, entry in self._today.items() if _day_of(entry) < day]:
            del self._today[entry_id]
        return sum(
            (entry.amount for key, entry in self._today.items()
             if entry.sandbox == sandbox and key not in without and _day_of(entry) == day),
            Decimal(0),
        )  # fmt: skip

    async def spending(self, *, since: str = "", until: str = "", sandbox: bool = False) -> list[Spending]:
        """Sums per local day (ISO 8601) and model."""
        return await self._call(self.store.ledger.spending, since=since, until=until, sandbox=sandbox)

    async def ledger_lines(
        self, *, since: datetime | None = None, until: datetime | None = None, sandbox: bool = False
    ) -> list[LedgerLine]:
        """Lines from `since` on and before `until`, oldest first, with what is known of their jobs."""
        return await self._call(self.store.ledger.lines, since=since, until=until, sandbox=sandbox)

    async def first_spending(self, *, sandbox: bool = False) -> datetime | None:
        """When the oldest line was written; None without any."""
        return await self._call(self.store.ledger.first, sandbox=sandbox)

    async def settle_spending(self, costs: Mapping[str, Decimal]) -> int:
        """Put what the service billed in place of estimates; how many there were."""
        return await self._call(self.store.ledger.settle, costs)

    # ------------------------------------------------------------------ prompts and drafts

    async def remember_prompt(self, text: str) -> None:
        await self._call(self.store.prompts.add, "create", text)

    async def prompts(self, containing: str = "", limit: int = 100) -> list[str]:
        """Prompts sent before, newest first."""
        return await self._call(self.store.prompts.recent, "create", limit, containing)

    async def set_draft(self, key: str, value: object) -> None:
        await self._call(self.store.drafts.put, key, value)

    async def draft(self, key: str) -> object:
        """What was kept under `key`, or None."""
        return await self._call(self.store.drafts.get, key)

    # ------------------------------------------------------------------ uploads

    async def upload_of(self, sha256: str, *, account: str) -> str:
        """Where a file of this content lies in media storage; "" when it does not, or its time is over."""
        return await self._call(self.store.uploads.get, sha256, account=account)

    async def remember_upload(
        self, sha256: str, url: str, *, expires_at: datetime | None, account: str
    ) -> None:
        await self._call(self.store.uploads.put, sha256, url, expires_at=expires_at, account=account)

    async def forget_upload(self, sha256: str, *, account: str) -> None:
        await self._call(self.store.uploads.remove, sha256, account=account)

    # ------------------------------------------------------------------ the database itself

    async def snapshot_if_due(self) -> bool:
        """Copy the database once a day, so that a damaged one can be replaced; whether it was done now."""
        return await self._call(snapshot_if_due, self.store)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function`, which uses the store, on the profile's thread, after everything asked before."""
        return await self._call(function, *args, **kwargs)

    async def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        # Shielded: a cancelled caller must not leave it open whether its write happened.
        future = asyncio.get_running_loop().run_in_executor(self._executor, lambda: function(*args, **kwargs))
        return await asyncio.shield(future)


def _day_of(entry: LedgerEntry) -> str:
    return entry.time.astimezone().date().isoformat()
