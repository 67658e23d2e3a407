"""Long recordings in pieces: side by side, fewer when the service is crowded, kept as they come."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from studio.api.errors import ApiRateLimited
from studio.core.errors import StudioError
from studio.core.events import Event
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.job import Job
from studio.domain.sound import SoundFormat
from studio.domain.transcription import Phase, Recording
from studio.sandbox.server import SandboxServer
from studio.services.transcript_runner import Lanes, TranscriptRunner, adopt
from studio.services.transcription import Wishes
from tests.services.studio import Studio, addresses, opened
from tests.services.test_audio import signed_in
from tests.services.test_transcription import ROUTE, model_of, spoken


class Quiet:
    """A report that nobody reads."""

    def waiting(self, notice: object) -> None: ...
    def progress(self, progress: object) -> None: ...
    async def storing(self) -> None: ...


@dataclass
class Bench:
    """A recording that goes in four pieces or so, its job, and what was told of it."""

    at: Studio
    server: SandboxServer
    folder: Path
    recording: Recording
    job: Job
    seen: list[Phase]

    def runner(self, folder: Path | None = None) -> TranscriptRunner:
        phases: Event[Phase] = Event("phases")
        phases.connect(self.seen.append)
        services = self.at.services
        return TranscriptRunner(
            lambda _job: services.session.client, services.library, services.profile, services.sound,
            folder or self.folder, phases, longest=self.recording.duration / 4 + 1.5,
        )  # fmt: skip

    async def run(self, folder: Path | None = None) -> Asset:
        return await self.runner(folder)(self.job, Quiet())

    @property
    def asked(self) -> int:
        return len([one for one in self.server.requests() if one["path"] == ROUTE])

    @property
    def answers(self) -> list[Path]:
        return [path for path in self.folder.glob("*/*.json") if path.name != "pieces.json"]


@asynccontextmanager
async def bench(tmp_path: Path, *, faults: list[dict[str, Any]] | None = None) -> AsyncIterator[Bench]:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            path = await spoken(at, tmp_path, times=4, form=SoundFormat.FLAC)
            _asset, recording = await at.services.transcription.take_file(path)
            model = model_of(at, "whisper-large-v3")
            order = at.services.transcription.order(recording, Wishes(), model)
            job = Job(
                id=new_id(), kind="transcription", request=order.request, created_at=datetime.now(UTC),
                model=model.name, parents=order.parents, attempts=1,
            )  # fmt: skip
            server.faults(faults or [])
            yield Bench(at, server, tmp_path / "pieces", recording, job, [])


async def test_pieces_are_at_the_service_side_by_side(tmp_path: Path) -> None:
    async with bench(tmp_path) as on:
        asset = await on.run()
        pieces = on.seen[-1].pieces
        assert pieces >= 3
        assert max(len(phase.busy) for phase in on.seen) == 2
        assert on.asked == pieces
        stages = list(dict.fromkeys(phase.stage for phase in on.seen))
        assert stages == ["reading", "cutting", "uploading", "transcribing", "saving"]
        done = [phase.done for phase in on.seen]
        assert done == sorted(done)
        document = await on.at.services.transcription.document(asset)
        assert len(document.cues) >= pieces
        starts = [cue.start for cue in document.cues]
        assert starts == sorted(starts)
        assert starts[-1] > on.recording.duration / 2
        assert not list(on.folder.iterdir())


async def test_only_what_failed_goes_again(tmp_path: Path) -> None:
    async with bench(tmp_path, faults=[{"path": ROUTE, "status": 422, "skip": 1, "count": 1}]) as on:
        with pytest.raises(StudioError):
            await on.run()
        asked, pieces = on.asked, on.seen[-1].pieces
        assert asked == pieces
        assert len(on.answers) == pieces - 1
        await on.run()
        assert on.asked == asked + 1


async def test_an_empty_purse_stops_the_rest(tmp_path: Path) -> None:
    async with bench(tmp_path, faults=[{"path": ROUTE, "status": 402, "count": 1}]) as on:
        with pytest.raises(StudioError):
            await on.run()
        # The one beside it was under way already.
        assert on.asked <= 2


async def test_a_crowded_service_gets_one_piece_at_a_time(tmp_path: Path) -> None:
    refused = {"path": ROUTE, "status": 429, "count": 1, "headers": {"retry-after": "1"}}
    async with bench(tmp_path, faults=[refused]) as on:
        runner = on.runner()
        with pytest.raises(ApiRateLimited):
            await runner(on.job, Quiet())
        kept = len(on.answers)
        on.seen.clear()
        # As the queue does it, once the service has room again.
        await runner(on.job, Quiet())
        busy = [len(phase.busy) for phase in on.seen]
        assert max(busy[: len(busy) // 2]) == 1
        assert on.asked == on.seen[-1].pieces + 1
        assert kept <= 1


async def test_what_a_killed_program_had_is_not_asked_again(tmp_path: Path) -> None:
    stalled = {"path": ROUTE, "latency": 60.0, "skip": 2, "count": 2}
    async with bench(tmp_path, faults=[stalled]) as on:
        running = asyncio.ensure_future(on.run())
        while len(on.answers) < 2:
            await asyncio.wait([running], timeout=0.02)
        # The disk as the kill leaves it.
        left = tmp_path / "left"
        shutil.copytree(on.folder, left)
        kept = len(list(left.glob("*/00*.json")))
        running.cancel()
        await asyncio.wait([running])
        on.server.faults([])
        pieces = on.seen[-1].pieces
        on.seen.clear()
        await on.run(left)
        assert kept >= 2
        assert len({number for phase in on.seen for number in phase.busy}) == pieces - kept
        assert not any(phase.stage == "cutting" for phase in on.seen)


async def test_a_stretch_that_is_refused_twice_is_marked_and_the_rest_is_kept(tmp_path: Path) -> None:
    refused = {"path": ROUTE, "status": 422, "skip": 1, "count": 1}
    async with bench(tmp_path, faults=[refused]) as on:
        with pytest.raises(StudioError):
            await on.run()
        on.server.faults([{"path": ROUTE, "status": 422, "count": 1}])
        on.job = replace(on.job, attempts=2)
        asset = await on.run()
        document = await on.at.services.transcription.document(asset)
        (gap,) = (cue for cue in document.cues if cue.text == "[…]")
        assert gap.check == "This stretch was refused."
        assert len(document.cues) > 2


async def test_lanes_close_when_it_is_crowded_and_open_again() -> None:
    lanes = Lanes(2)
    lanes.crowded()
    assert lanes.limit == 1
    async with lanes:
        beside = asyncio.ensure_future(lanes.__aenter__())
        done, _ = await asyncio.wait([beside], timeout=0.01)
        assert not done
    await beside
    for _ in range(3):
        lanes.went_well()
    assert lanes.limit == 2


async def test_pieces_that_nobody_wants_any_more_are_removed(tmp_path: Path) -> None:
    async with bench(tmp_path) as on:
        old, recent = on.folder / "old", on.folder / "recent"
        for folder in (old, recent):
            folder.mkdir(parents=True)
            (folder / "000.mp3").write_bytes(b"x")
        os.utime(old, (0, 0))
        await on.run()
        assert [one.name for one in on.folder.iterdir()] == ["recent"]


async def test_pieces_that_lie_in_the_cache_of_an_earlier_version_are_not_paid_again(tmp_path: Path) -> None:
    old = tmp_path / "cache" / "transcription"
    async with bench(tmp_path, faults=[{"path": ROUTE, "status": 422, "skip": 1, "count": 1}]) as on:
        with pytest.raises(StudioError):
            await on.run(old)
        kept, asked = len(list(old.glob("*/0*.json"))), on.asked
        assert kept >= 1
        library = on.at.services.library
        await asyncio.to_thread(adopt, old, library.pieces)
        assert not list(old.iterdir())
        assert len(list(library.pieces.glob("*/0*.json"))) == kept
        await on.run(library.pieces)
        assert on.asked - asked == on.seen[-1].pieces - kept
        assert not list(library.pieces.iterdir())


def test_moving_pieces_may_be_cut_off_and_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for job in ("a", "b"):
        (old / job).mkdir(parents=True)
        (old / job / "000.json").write_text(job, encoding="utf-8")
    (new / ".b.part").mkdir(parents=True)
    (new / ".b.part" / "half").touch()
    rename = Path.rename

    def other_disk(path: Path, target: Path) -> Path:
        if path.is_relative_to(old):
            raise OSError(errno.EXDEV, "another disk")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", other_disk)
    adopt(old, new)
    assert sorted(p.relative_to(new).as_posix() for p in new.rglob("*")) == [
        "a",
        "a/000.json",
        "b",
        "b/000.json",
    ]
    assert not list(old.iterdir())
    adopt(old, new)
    adopt(tmp_path / "nowhere", new)
