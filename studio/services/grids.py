"""Grids: what one costs, what of it is there already, and ordering what is missing.

The files are the truth here, too: the state of a grid is read from the library (pictures that carry its id,
and pictures whose request is identical to a cell's, whoever ordered them) and from the queue.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, cast

from studio.core.errors import InputError, StudioError
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.codec import from_json, to_json
from studio.domain.grid import MOST_CELLS, Cell, Grid, Place, grid_json, read_grid, request_key
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.job import Job, JobState
from studio.domain.library import AssetRow, LibraryQuery
from studio.domain.pricing import estimate
from studio.domain.stacks import stack_key
from studio.services.jobs import JobService
from studio.services.library import LibraryService
from studio.services.ordering import WAYS_ON, Order, Ordering, Planned, Quote
from studio.services.profile import ProfileService
from studio.services.references import ReferenceService

log = logging.getLogger(__name__)
RECENT_KEY = "create.grids"
MOST_RECENT = 20
_LOOKED_AT = 64
"""Of so many pictures of a seed and model the requests are compared where files go along."""


class CellStatus(StrEnum):
    """Where a cell stands. `LEFT_OUT`: the model does not allow it; `MISSING`: nothing was ordered yet."""

    DONE = "done"
    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    MISSING = "missing"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellState:
    """A cell and what there is of it.

    Args:
        row: the picture, when there is one; `borrowed`: it was made otherwise, by the identical request.
        job: the newest work for it, finished or not.
        words: why it is left out, or failed.
    """

    cell: Cell
    status: CellStatus
    row: AssetRow | None = None
    borrowed: bool = False
    job: Job | None = None
    words: str = ""

    @property
    def to_make(self) -> bool:
        return self.status in (CellStatus.MISSING, CellStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPlan(Planned):
    """What one press of the button would do.

    Args:
        cells: what would be made, each picture once.
        low, high: pollen for all of them together; None when no price is known.
        unknown: how many of them have no price in the catalogue.
    """

    cells: tuple[Cell, ...]
    low: Decimal | None = None
    high: Decimal | None = None
    unknown: int = 0


class _Made(NamedTuple):
    """What made a picture: the key of its request, the grid it carries and its place there."""

    key: str = ""
    grid: str = ""
    place: Place | None = None
    sandbox: bool = False


class GridService:
    """Plans, orders and looks up the cells of grids."""

    def __init__(
        self,
        ordering: Ordering,
        jobs: JobService,
        library: LibraryService,
        profile: ProfileService,
        references: ReferenceService,
    ) -> None:
        self._ordering = ordering
        self._jobs = jobs
        self._library = library
        self._profile = profile
        self._references = references
        # By row number: requests of results never change, and rows are never used twice.
        self._known: dict[int, _Made] = {}

    # ------------------------------------------------------------------ before

    def plan(self, cells: Iterable[Cell]) -> GridPlan:
        """What making these cells would cost; those that cannot be made, and repetitions, are left out.
        Pure, and quick enough for every key press."""
        unique: dict[str, Cell] = {}
        for cell in cells:
            if cell.request is not None:
                unique.setdefault(cell.key, cell)
        wanted = tuple(unique.values())
        low, high, unknown = Decimal(0), Decimal(0), 0
        for cell in wanted:
            if cell.model is None or cell.request is None:
                continue
            price = estimate(cell.model, cell.request)
            if not cell.model.pricing or price.high is None:
                unknown += 1
                continue
            low += price.high if price.low is None else price.low
            high += price.high
        priced = unknown < len(wanted)
        quote = self._ordering.quote(high if priced else None)
        problem, field = self._problem(wanted, quote)
        return GridPlan(
            cells=wanted,
            low=low if priced else None,
            high=high if priced else None,
            unknown=unknown,
            quote=quote,
            sandbox=self._ordering.is_sandbox,
            problem=problem,
            field=field,
            actions=WAYS_ON.get(field, ()),
        )

    def _problem(self, cells: Sequence[Cell], quote: Quote) -> tuple[str, str]:
        unready = self._ordering.unready()
        if unready is not None:
            return unready
        if len(cells) > MOST_CELLS:
            return tr("A grid has at most {most} cells.", most=MOST_CELLS), "count"
        return self._ordering.too_dear(quote)

    async def at_hand(self, cells: Iterable[Cell]) -> dict[Place, AssetRow]:
        """Pictures of the library that the identical request made already, by cell."""
        found: dict[Place, AssetRow] = {}
        by_key: dict[str, AssetRow | None] = {}
        for cell in cells:
            if cell.request is None:
                continue
            if cell.key not in by_key:
                by_key[cell.key] = await self._identical(cell)
            row = by_key[cell.key]
            if row is not None:
                found[cell.place] = row
        return found

    async def _identical(self, cell: Cell) -> AssetRow | None:
        request = cast("ImageRequest | VideoRequest", cell.request)
        asked = to_json(request)
        query = LibraryQuery(text=f"seed:{request.seed}", models=(request.model,))
        if not _has_files(request):
            # Where no file goes along, the stack is exactly those that differ in the seed alone.
            query = LibraryQuery(text=f"seed:{request.seed}", stack_key=stack_key(asked))
        numbers = (await self._library.row_ids(query))[:_LOOKED_AT]
        for row in await self._library.rows(numbers):
            made = await self._made(row)
            if made.key == cell.key and made.sandbox == self._ordering.is_sandbox:
                return row
        return None

    async def _made(self, row: AssetRow) -> _Made:
        known = self._known.get(row.row)
        if known is None:
            asset = await self._library.asset_by_row(row.row)
            if asset is None:
                return _Made()
            provenance = asset.provenance
            grid, place = read_grid(provenance.grid) or (None, None)
            known = _Made(request_key(provenance.request), grid.id if grid else "", place, provenance.sandbox)
            self._known[row.row] = known
        return known

    # ------------------------------------------------------------------ how it stands

    async def states(self, grid: Grid, cells: Sequence[Cell]) -> list[CellState]:
        """Every cell with its picture or its work, in the order of `cells`."""
        # The work first: what is done by then is in the library.
        jobs = await self._work(grid)
        own = await self._own(grid)
        missing = [
            cell
            for cell in cells
            if cell.request is not None and not (own.get(cell.place) or own.get(cell.key))
        ]
        others = await self.at_hand(missing)
        for place, row in others.items():
            # It may have been filed since the grid's own were read.
            if (await self._made(row)).grid == grid.id:
                own[place] = row
        return [
            _state(
                cell,
                own.get(cell.place) or (own.get(cell.key) if cell.key else None),
                others.get(cell.place),
                jobs.get(cell.place) or jobs.get(cell.key),
            )
            for cell in cells
        ]

    async def _own(self, grid: Grid) -> dict[Place | str, AssetRow]:
        """The grid's own pictures by place and by what was asked, the newest where there are two."""
        found: dict[Place | str, AssetRow] = {}
        numbers = await self._library.row_ids(LibraryQuery(batch=grid.id, order="oldest"))
        for row in await self._library.rows(numbers):
            made = await self._made(row)
            found[made.key] = row
            if made.place is not None:
                found[made.place] = row
        return found

    async def _work(self, grid: Grid) -> dict[Place | str, Job]:
        """The newest job for each place, and for each thing asked for; those of this session go before."""
        jobs = {job.id: job for job in await self._profile.of_batch(grid.id)}
        jobs |= {job.id: job for job in self._jobs.all() if job.batch == grid.id}
        found: dict[Place | str, Job] = {}
        for job in jobs.values():
            found[request_key(job.request)] = job
            carried = read_grid(job.grid)
            if carried is not None:
                found[carried[1]] = job
        return found

    # ------------------------------------------------------------------ ordering

    async def submit(self, grid: Grid, plan: GridPlan) -> list[Job]:
        """Upload what the cells need at an address, write their jobs down and start them.

        Raises:
            InputError: the plan has a problem, a file is gone, or today's budget does not cover it.
            ApiError: a file could not be uploaded; nothing else was sent.
            StorageError: the jobs could not be written down; nothing was sent.
        """
        if plan.problem or not plan.cells:
            raise InputError(
                plan.problem or tr("There is nothing to make."), field=plan.field, actions=plan.actions
            )
        await self._ordering.check_day(plan.high or Decimal(0), plan.sandbox)
        await self.remember(grid)
        asked = [cast("ImageRequest | VideoRequest", cell.request) for cell in plan.cells]
        ready = await self._references.prepare(asked, upload=not self._ordering.is_away)
        orders = [
            _order(grid, cell, request, number, len(ready))
            for number, (cell, request) in enumerate(zip(plan.cells, ready, strict=True))
        ]
        return await self._ordering.submit(orders, sandbox=plan.sandbox)

    async def make(self, grid: Grid, states: Sequence[CellState]) -> list[Job]:
        """Make what is missing of a grid: what failed in this session is asked for again with the identical
        request, the rest is ordered.

        Raises:
            StudioError: as `submit`.
        """
        again = [
            state.job.id
            for state in states
            if state.status is CellStatus.FAILED and state.job and self._jobs.get(state.job.id) is not None
        ]
        plan = self.plan(state.cell for state in states if state.to_make)
        if plan.problem:
            raise InputError(plan.problem, field=plan.field, actions=plan.actions)
        kept = {job.id for job in self._jobs.all()}
        fresh = self.plan(
            state.cell
            for state in states
            if state.to_make
            and not (state.status is CellStatus.FAILED and state.job and state.job.id in kept)
        )
        await self._jobs.retry(again)
        return await self.submit(grid, fresh) if fresh.cells else []

    # ------------------------------------------------------------------ grids made before

    async def remember(self, grid: Grid) -> None:
        """Put a grid at the front of those made last; its pictures carry it in any case."""
        kept = [one for one in await self.recent() if one.id != grid.id]
        try:
            await self._profile.set_draft(RECENT_KEY, [to_json(one) for one in [grid, *kept][:MOST_RECENT]])
        except StudioError as error:
            log.warning("the grid could not be remembered: %s", error)

    async def recent(self) -> list[Grid]:
        """The grids made last, the newest first."""
        found: list[Grid] = []
        kept = await self._profile.draft(RECENT_KEY)
        for entry in cast("list[Any]", kept) if isinstance(kept, list) else ():
            try:
                found.append(from_json(Grid, entry))
            except (ValueError, TypeError, AttributeError) as error:
                log.warning("a grid cannot be read: %s", error)
        return found


def grid_of(asset: Asset) -> tuple[Grid, Place] | None:
    """The grid that a picture is a cell of, and its place there."""
    return read_grid(asset.provenance.grid)


def _state(cell: Cell, own: AssetRow | None, other: AssetRow | None, job: Job | None) -> CellState:
    row = own or other
    if row is not None:
        return CellState(cell=cell, status=CellStatus.DONE, row=row, borrowed=own is None, job=job)
    if cell.request is None:
        return CellState(cell=cell, status=CellStatus.LEFT_OUT, words=cell.problem)
    if job is None or job.state in (JobState.DONE, JobState.CANCELLED):
        # Done and no picture: it was deleted since.
        return CellState(cell=cell, status=CellStatus.MISSING)
    if job.state is JobState.FAILED:
        words = job.error.title if job.error is not None else ""
        return CellState(cell=cell, status=CellStatus.FAILED, job=job, words=words)
    waits = job.state in (JobState.QUEUED, JobState.PAUSED)
    return CellState(cell=cell, status=CellStatus.WAITING if waits else CellStatus.RUNNING, job=job)


def _order(grid: Grid, cell: Cell, request: ImageRequest | VideoRequest, number: int, count: int) -> Order:
    if cell.model is None:
        raise InputError(tr("Choose a model."), field="model")
    plain = (cell.template, cell.style) == (request.prompt, "")
    files = request.image
    if isinstance(request, VideoRequest):
        files += request.reference_images + request.reference_videos + request.reference_audios
    return Order(
        kind="video" if isinstance(request, VideoRequest) else "image",
        request=to_json(request),
        model=cell.model,
        title=request.prompt,
        price=estimate(cell.model, request) if cell.model.pricing else None,
        template="" if plain else cell.template,
        style=cell.style,
        batch=grid.id,
        batch_index=number,
        batch_size=count,
        parents=tuple(dict.fromkeys(item.asset_id for item in files if item.asset_id)),
        grid=grid_json(grid, cell.place),
    )


def _has_files(request: ImageRequest | VideoRequest) -> bool:
    if isinstance(request, VideoRequest) and (
        request.reference_images or request.reference_videos or request.reference_audios
    ):
        return True
    return bool(request.image)
