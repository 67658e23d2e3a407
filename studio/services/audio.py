"""Speech, music and transcription: what they would cost, writing their jobs down, the takes made so far."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copyfile
from typing import Any

from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.codec import from_json, to_json
from studio.domain.image import random_seed
from studio.domain.job import Job
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.pricing import estimate
from studio.domain.script import Line, Reading, Script, pause_after, voices_of
from studio.domain.sound import EncodeOptions, Joined, Loudness, Part, gain_to
from studio.services.catalogue import CatalogueService
from studio.services.jobs import JobService
from studio.services.library import LibraryService
from studio.services.ordering import WAYS_ON, Order, Ordering, Planned
from studio.services.profile import ProfileService
from studio.services.session import Session
from studio.services.sound import SoundService

MAX_ORDERS = 2000
_SCRIPT_DRAFT = "audio.script"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPlan(Planned):
    """What one press of a button would do.

    Args:
        low, high: pollen for all orders together; None if the catalogue has no price for one of them.
    """

    orders: tuple[Order, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None


class AudioService:
    """Plans and submits jobs for sound, finds their takes, joins and keeps what came of them."""

    def __init__(
        self,
        ordering: Ordering,
        jobs: JobService,
        session: Session,
        catalogue: CatalogueService,
        profile: ProfileService,
        library: LibraryService,
        sound: SoundService,
    ) -> None:
        self._ordering = ordering
        self._jobs = jobs
        self._session = session
        self._catalogue = catalogue
        self._profile = profile
        self._library = library
        self._sound = sound

    # ------------------------------------------------------------------ planning

    def plan(self, orders: Sequence[Order], *, problem: str = "", field: str = "") -> AudioPlan:
        """What the orders would cost, and what keeps them from being made. Pure; call it at every key press.

        Args:
            problem: what the form itself is missing; said unless there is no service at all.
        """
        plan = AudioPlan(orders=tuple(orders), sandbox=self._ordering.is_sandbox)
        prices = [order.price for order in orders]
        if orders and all(price is not None and price.high is not None for price in prices):
            high = sum((price.high or Decimal(0) for price in prices if price), Decimal(0))
            low = sum((price.low or Decimal(0) for price in prices if price), Decimal(0))
            plan = replace(plan, low=low, high=high, quote=self._ordering.quote(high))
        problem, field = self._problem(plan, problem, field)
        return replace(plan, problem=problem, field=field, actions=WAYS_ON.get(field, ()))

    def _problem(self, plan: AudioPlan, problem: str, field: str) -> tuple[str, str]:
        unready = self._ordering.unready()
        if unready is not None:
            return unready
        if problem or not plan.orders:
            return problem or tr("There is nothing to make."), field
        if len(plan.orders) > MAX_ORDERS:
            return tr("At most {most:,} pieces can be made at once.", most=MAX_ORDERS), "count"
        return self._ordering.too_dear(plan.quote)

    async def submit(self, plan: AudioPlan) -> list[Job]:
        """Write the jobs of a plan down and start them.

        Raises:
            InputError: the plan has a problem, or today's budget does not cover it.
            StorageError: the jobs could not be written down; nothing was sent.
        """
        if plan.problem:
            raise InputError(plan.problem, field=plan.field, actions=plan.actions)
        await self._ordering.check_day(plan.high or Decimal(0), plan.sandbox)
        return await self._ordering.submit(plan.orders, sandbox=plan.sandbox)

    # ------------------------------------------------------------------ speech

    def speech_order(self, line: Line, seed: int | None = None) -> Order | None:
        """The order that renders a line; None when its model is not in the catalogue."""
        model = self._catalogue.find(line.reading.model)
        if model is None:
            return None
        request = line.request(random_seed() if seed is None else seed)
        return Order(
            kind="speech", request=to_json(request), model=model, title=request.input,
            price=estimate(model, request) if model.pricing else None, batch=line.key,
        )  # fmt: skip

    def counts(self, take: Asset) -> bool:
        """Whether a take may stand for its line now. What the sandbox says is no take of the real voice."""
        return not self._session.connected or take.provenance.sandbox == self._session.state.is_sandbox

    def at_work(self) -> dict[str, Job]:
        """Unfinished jobs for sound by what their results are filed under."""
        return {
            job.batch: job for job in self._jobs.active() if job.batch and job.kind in ("speech", "music")
        }

    async def takes(self, key: str) -> list[Asset]:
        """The takes that are filed under a key, oldest first."""
        rows = await self._library.row_ids(LibraryQuery(batch=key, order="oldest"))
        found = [await self._library.asset_by_row(row) for row in rows]
        return [asset for asset in found if asset is not None and self.counts(asset)]

    async def parts(
        self, script: Script, lines: Sequence[Line], takes: Sequence[Asset], *, level: bool
    ) -> list[Part]:
        """The parts of the joined sound, one per line.

        Args:
            takes: one per line.
            level: bring every voice to the same loudness; the lines of one voice keep their relation.
        """
        gains = await self._gains(lines, takes) if level else {}
        last = len(lines) - 1
        return [
            Part(
                str(self._library.file_path(take)),
                gain=gains.get(line.reading, 0.0),
                pause=pause_after(script, line) if number < last else 0.0,
            )
            for number, (line, take) in enumerate(zip(lines, takes, strict=True))
        ]

    async def _gains(self, lines: Sequence[Line], takes: Sequence[Asset]) -> dict[Any, float]:
        measured: dict[Any, list[tuple[Loudness, float]]] = {}
        known: dict[str, Loudness] = {}
        for line, take in zip(lines, takes, strict=True):
            if take.id not in known:
                known[take.id] = await self._sound.loudness(self._library.file_path(take))
            measured.setdefault(line.reading, []).append((known[take.id], take.duration or 1.0))
        return {reading: gain_to(together(several)) for reading, several in measured.items()}

    async def join(self, parts: Sequence[Part], into: Path, options: EncodeOptions) -> Joined:
        """Write the joined sound; see `SoundService.join`."""
        return await self._sound.join(parts, into, options)

    async def keep_joined(self, path: Path, script: Script, takes: Sequence[Asset]) -> Asset:
        """File a copy of the joined sound in the library, with the takes as its parents.

        Raises:
            StudioError: the file is no sound, or the disk is full.
        """
        costs = [take.provenance.cost for take in {take.id: take for take in takes}.values()]
        draft = AssetDraft(
            kind=MediaKind.SPEECH,
            name=path.stem,
            title=path.stem,
            prompt=script.text,
            provenance=Provenance(
                request_kind="joined",
                request=to_json(script),
                model=script.reading.model,
                model_title=next((take.provenance.model_title for take in takes), ""),
                parents=tuple(dict.fromkeys(take.id for take in takes)),
                parent_hashes=tuple(dict.fromkeys(take.sha256 for take in takes)),
                sandbox=any(take.provenance.sandbox for take in takes),
                # The takes carry what was paid; the sum would count it twice.
                cost=None if not costs else Decimal(0),
                cost_source="takes",
                received_at=datetime.now(UTC),
            ),
        )
        return await self.keep_file(path, draft)

    async def keep_file(self, path: Path, draft: AssetDraft) -> Asset:
        """File a copy of a file.

        Raises:
            StudioError: it is not what `draft` says, or the disk is full.
        """
        incoming = self._library.incoming_path(new_id())
        await asyncio.to_thread(copyfile, path, incoming)
        return await self._library.store(incoming, draft)

    # ------------------------------------------------------------------ the script

    async def script(self) -> Script:
        """The script that was being written; an empty one at first."""
        kept = await self._profile.draft(_SCRIPT_DRAFT)
        try:
            return from_json(Script, kept) if isinstance(kept, dict) else Script()  # type: ignore[arg-type]
        except ValueError:
            return Script()

    async def usual_reading(self) -> Reading:
        """How the script is read, with a model and a voice that exist; empty while there is no model."""
        reading = (await self.script()).reading
        model = self._catalogue.find(reading.model)
        if model is None:
            model = next((one for one in self._catalogue.models if one.speaks), None)
        if model is None:
            return Reading()
        voices = voices_of(model)
        voice = reading.voice if reading.voice in voices else voices[0]
        return replace(reading, model=model.name, voice=voice, speed=reading.speed or 1.0)

    async def keep_script(self, script: Script) -> None:
        """Remember the script, so that nothing of it is lost."""
        await self._profile.set_draft(_SCRIPT_DRAFT, to_json(script))


def together(measured: Iterable[tuple[Loudness, float]]) -> Loudness:
    """The loudness of several sounds one after the other, each with its seconds; silent ones do not count."""
    heard = [(one, seconds) for one, seconds in measured if one.integrated > float("-inf") and seconds > 0]
    if not heard:
        return Loudness(float("-inf"), 0.0, float("-inf"))
    total = sum(seconds for _one, seconds in heard)
    energy = sum(10 ** (one.integrated / 10) * seconds for one, seconds in heard) / total
    return Loudness(
        10 * math.log10(energy),
        max(one.range for one, _seconds in heard),
        max(one.true_peak for one, _seconds in heard),
    )
