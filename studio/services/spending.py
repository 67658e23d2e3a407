"""Spending for the eyes: sums of the program's own ledger and of the service, and the two side by side.

Sums and comparisons of thousands of rows are made in threads; what comes out is small or read row by row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from studio.api.errors import ApiPermissionError
from studio.domain.models import ModelInfo
from studio.domain.reconciliation import Reconciliation, reconcile
from studio.domain.spending import (
    FIRST_DAY,
    Cell,
    DaySpan,
    LedgerLine,
    cells_of_daily,
    cells_of_ledger,
    cells_of_usage,
)
from studio.services.account import AccountService
from studio.services.catalogue import CatalogueService
from studio.services.profile import ProfileService
from studio.services.session import Session
from studio.services.usage import UsageReader, daily_usage

FRAME_SECONDS = 1 / 60
MOST_COMPARED = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What was spent in `span`.

    Args:
        own_key_only: the key may not see the account, so these are its own requests.
        asked_at: when the service told; None for the program's own records.
    """

    span: DaySpan
    cells: tuple[Cell, ...] = ()
    own_key_only: bool = False
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The ledger beside the service's rows. `settled` estimates took over what was billed."""

    span: DaySpan
    result: Reconciliation
    settled: int = 0
    own_key_only: bool = False


class SpendingService:
    """Reads and sums up; the one thing it writes is a billed amount in place of an estimate."""

    def __init__(
        self, profile: ProfileService, session: Session, account: AccountService, catalogue: CatalogueService
    ) -> None:
        self._profile = profile
        self._session = session
        self._account = account
        self._catalogue = catalogue

    def canonical(self, name: str) -> str:
        """A model's name as the service writes it, of a name or an alias."""
        return self._namer()(name)

    def kind_of(self, name: str) -> str:
        """What a model makes, in the program's words: image, video, text, speech, music, transcription."""
        model = self._catalogue.find(name)
        return kind_of_model(model) if model is not None else ""

    async def earliest(self) -> datetime | None:
        """When the first line of the ledger was written; None without any."""
        return await self._profile.first_spending(sandbox=self._session.state.is_sandbox)

    async def lines(self, span: DaySpan, zone: tzinfo | None = None) -> list[LedgerLine]:
        """The ledger's lines of these days, oldest first."""
        first, after = span.moments(zone)
        return await self._profile.ledger_lines(
            since=first, until=after, sandbox=self._session.state.is_sandbox
        )

    async def of_ledger(self, span: DaySpan, zone: tzinfo | None = None) -> Sums:
        """The program's own records, by the days of `zone`, None being the machine's own.

        Raises:
            StorageError: the profile cannot be read.
        """
        lines = await self.lines(span, zone)
        cells = await asyncio.to_thread(cells_of_ledger, lines, zone, canonical=self._namer())
        return Sums(span=span, cells=cells)

    async def of_account(self, span: DaySpan) -> Sums:
        """What the service billed by its own days, which are UTC days; of the key alone where it may not see
        the account.

        Raises:
            ApiError: the service cannot be reached.
        """
        try:
            rows = await daily_usage(self._session.client, span)
        except ApiPermissionError:
            return await self.of_key(span)
        kinds: dict[str, str] = {}
        for row in rows:
            if row.model not in kinds:
                kinds[row.model] = self.kind_of(row.model)
        return Sums(
            span=span, cells=cells_of_daily(rows, lambda model: kinds[model]), asked_at=datetime.now(UTC)
        )

    async def of_key(self, span: DaySpan) -> Sums:
        """The same from single requests, for a key that may see its own alone.

        Raises:
            ApiError: the service cannot be reached.
        """
        reader = await self._read(span)
        cells = await asyncio.to_thread(cells_of_usage, reader.rows)
        return Sums(span=span, cells=cells, own_key_only=reader.own_key_only, asked_at=datetime.now(UTC))

    async def compare(
        self, span: DaySpan, *, tell: Callable[[int], None] | None = None, now: datetime | None = None
    ) -> Comparison:
        """Match the ledger's lines with the service's rows, and put billed amounts in place of estimates.

        Args:
            span: UTC days. `tell` hears how many rows are there. `now`: what counts as late by then.

        Raises:
            ApiError: the service cannot be reached.
            StorageError: the ledger cannot be read or written.
        """
        reader = await self._read(span, tell)
        state = self._account.state
        lines = [
            line for line in await self.lines(span, UTC)
            if line.kind != "legacy" and line.account in ("", state.account)
        ]  # fmt: skip
        own_key = state.key.name if state.key is not None else ""
        now = now or datetime.now(UTC)
        result = await asyncio.to_thread(
            reconcile, lines, reader.rows, now, canonical=self._namer(), own_key=own_key
        )
        settled = await self._profile.settle_spending(result.settlements())
        return Comparison(span=span, result=result, settled=settled, own_key_only=reader.own_key_only)

    async def _read(self, span: DaySpan, tell: Callable[[int], None] | None = None) -> UsageReader:
        reader = UsageReader(span=DaySpan(max(span.first, FIRST_DAY), span.last))
        while not reader.complete and len(reader.rows) < MOST_COMPARED:
            await reader.older(self._session.client)
            if tell is not None:
                tell(len(reader.rows))
            await asyncio.sleep(FRAME_SECONDS)  # pages that come at once would share a frame of the window
        return reader

    def _namer(self) -> Callable[[str], str]:
        """Looks names up in the catalogue as it is now; safe in a thread."""
        names = {alias: model.name for model in self._catalogue.models for alias in model.aliases}
        names |= {model.name: model.name for model in self._catalogue.models}
        return lambda name: names.get(name, name)


def kind_of_model(model: ModelInfo) -> str:
    """What a model makes, in the program's words; the catalogue's for what the program does not make."""
    if model.category != "audio":
        return model.category
    if "text" in model.output_modalities:
        return "transcription"
    return "speech" if model.voices else "music"
