"""What takes room is counted, cleared, and made again without a new start."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryQuery
from studio.domain.storage import Place
from studio.sandbox.server import SandboxServer
from studio.services.storage import CLEARABLE, LOSING
from tests.library.makers import film
from tests.services.studio import Studio, connected, opened, picture


async def sizes(at: Studio) -> dict[Place, int]:
    return {one.place: one.files for one in (await at.services.storage.measure()).used}


async def test_every_kind_is_counted_and_cleared(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as at:
            services = at.services
            for seed in (1, 2):
                await at.make(picture(seed=seed))
            film(tmp_path / "f.mp4")
            await services.library.import_files([tmp_path / "f.mp4"])
            rows = await services.library.rows(await services.library.row_ids(LibraryQuery()))
            await services.library.trash([rows[-1].id])
            private = services.paths.library / ".nectary"
            for name in ("quarantine/q", "peaks/aa/p.peaks", "pieces/waits/000.json", "pieces/done/000.mp3"):
                (private / name).parent.mkdir(parents=True, exist_ok=True)
                (private / name).write_bytes(b"{}")
            services.paths.logs.mkdir(exist_ok=True)
            (services.paths.logs / "nectary.log").write_text("x", encoding="utf-8")
            (services.paths.logs / "nectary.log.1").write_text("x", encoding="utf-8")
            (tmp_path / "before-1").mkdir()
            (tmp_path / "before-1" / "studio.sqlite").write_bytes(b"x")
            (tmp_path / "sandbox").mkdir(exist_ok=True)
            (tmp_path / "sandbox" / "state.json").write_bytes(b"{}")
            for _copy in range(3):
                await services.profile.run(services.profile.store.snapshot)
            now = datetime.now(UTC)
            waits = Job(id="waits", kind="transcription", request={}, created_at=now, state=JobState.PAUSED)
            await services.profile.add([waits])
            heard: list[int] = []
            use = await services.storage.measure(heard.append)
            counted = {one.place: one.files for one in use.used}
            assert set(counted) == set(Place)
            assert counted[Place.PICTURES] == 1
            assert counted[Place.FILMS] == 1
            assert counted[Place.SIDECARS] == 2
            assert counted[Place.TRASH] == 2
            assert use.of(Place.PIECES).paid == 1
            assert counted[Place.SNAPSHOTS] >= 3
            assert use.free
            assert use.total == sum(one.bytes for one in use.used)
            await asyncio.sleep(0)
            assert heard[-1] <= sum(counted.values())
            for place in CLEARABLE:
                assert counted[place] or place is Place.CACHE, place
                assert services.storage.folder_of(place).is_dir(), place
                await services.storage.clear(place)
            after = await sizes(at)
            kept = {Place.PICTURES: 1, Place.FILMS: 1, Place.SIDECARS: 2, Place.SNAPSHOTS: 1, Place.LOGS: 1}
            assert {place: after[place] for place in kept} == kept
            for place in (
                Place.TRASH,
                Place.QUARANTINE,
                Place.PIECES,
                Place.ASIDE,
                Place.SANDBOX,
                Place.OUTLINES,
            ):
                assert not after[place], place
            # What is shown is there again without a new start.
            assert after[Place.THUMBNAILS] == 2
            assert after[Place.CACHE]
            assert await services.library.count(LibraryQuery()) == 2
            assert (services.paths.logs / "nectary.log").stat().st_size == 0


async def test_what_runs_keeps_its_pieces(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        running = Job(
            id="runs", kind="transcription", request={}, created_at=datetime.now(UTC), state=JobState.RUNNING
        )
        await at.services.profile.add([running])
        folder = at.services.library.pieces / "runs"
        folder.mkdir(parents=True)
        (folder / "000.json").touch()
        await at.services.storage.clear(Place.PIECES)
        assert (folder / "000.json").exists()


async def test_what_must_stay_cannot_be_cleared_and_the_sandbox_in_use_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        for place in set(Place) - CLEARABLE:
            with pytest.raises(ValueError):
                await at.services.storage.clear(place)
        assert LOSING <= CLEARABLE
        await at.services.session.use_sandbox()
        with pytest.raises(StudioError, match="in use"):
            await at.services.storage.clear(Place.SANDBOX)
        await at.services.session.browse_offline()
        await at.services.storage.clear(Place.SANDBOX)
        assert not (tmp_path / "sandbox").exists()
        assert await at.services.storage.free_space()


async def test_counting_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        for number in range(50):
            (at.services.paths.library / str(number)).mkdir()
        counting = asyncio.get_running_loop().create_task(at.services.storage.measure())
        await asyncio.sleep(0)
        counting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await counting
        assert (await sizes(at))[Place.PICTURES] == 0


async def test_links_inside_the_library_lead_no_clearing_out_of_it(tmp_path: Path) -> None:
    outside = tmp_path / "documents"
    outside.mkdir()
    (outside / "studio-x.sqlite").write_text("mine")
    async with opened(tmp_path / "home", {}) as at:
        private = at.services.paths.library / ".nectary"
        for name in ("pieces", "thumbs", "peaks", "quarantine", "before-1", "incoming-1"):
            if (private / name).exists():
                (private / name).rmdir()
            (private / name).symlink_to(outside)
        for place in CLEARABLE - {Place.INDEX}:
            await at.services.storage.clear(place)
    assert (outside / "studio-x.sqlite").read_text() == "mine"
