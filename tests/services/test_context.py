"""How the services are put together, opened and taken down."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import InputError, StorageError
from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.domain.job import JobState
from studio.domain.library import LibraryQuery
from studio.sandbox.server import SandboxServer
from studio.services.context import build_services, close_services, open_services
from studio.services.notices import NoticeCentre
from tests.services.studio import bills, connected, opened, picture


def test_building_writes_nothing(tmp_path: Path) -> None:
    paths = portable_paths(tmp_path / "p")
    build_services(paths, Settings(paths.settings), NoticeCentre(), {})
    assert not (tmp_path / "p").exists()


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    paths = portable_paths(tmp_path)
    with pytest.raises(InputError, match="POLLINATIONS_MEDIA_URL is not a web address"):
        build_services(paths, Settings(paths.settings), NoticeCentre(), {"POLLINATIONS_MEDIA_URL": "x"})


async def test_what_was_opened_is_closed_when_the_rest_fails(tmp_path: Path) -> None:
    async with opened(tmp_path, {}):
        paths = portable_paths(tmp_path)
        second = build_services(paths, Settings(paths.settings), NoticeCentre(), {})
        with pytest.raises(StorageError):
            await open_services(second)
        await close_services(second)
    async with opened(tmp_path, {}) as studio:
        assert await studio.services.library.count(LibraryQuery()) == 0


async def test_preferences_reach_the_next_file(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            studio.services.settings.change("files", name_template="{seed} {prompt}")
            job = await studio.make(picture(seed=99))
            asset = await studio.services.library.asset(job.asset_id)
            assert asset is not None
            assert Path(asset.path).name.startswith("99 ")


async def test_a_half_download_of_a_job_that_is_asked_for_again_goes(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            server.faults([{"path": "/image/", "count": None, "error": "payment_required"}])
            job = await studio.make()
            assert job.state is JobState.PAUSED
            studio.services.library.incoming_path(job.id).write_bytes(b"half")
            studio.services.library.incoming_path("stranger").write_bytes(b"half")
        server.clear_faults()
        async with connected(tmp_path, server) as studio:
            assert studio.incoming() == []
            quarantine = list((tmp_path / "library/.nectary/quarantine").iterdir())
            assert [path.name.endswith("stranger.part") for path in quarantine] == [True]
            await studio.services.jobs.recover()
            await studio.services.jobs.resume()
            assert (await studio.until(job.id, JobState.DONE)).asset_id
        assert len(bills(server)) == 1


async def test_damage_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[")
    (tmp_path / "studio.sqlite").write_bytes(b"\xa5" * 9000)
    async with opened(tmp_path, {}) as studio:
        profile, preferences = studio.services.notices.recent
        assert profile.text == "Your profile was damaged; your library is not."
        assert profile.detail.startswith("A new one was started. The damaged file is kept as studio-damaged-")
        assert preferences.text == "Your preferences could not be read."
        assert preferences.detail == (
            "The usual ones hold. The old file is kept as settings.unreadable.toml."
        )


async def test_closing_in_the_middle_of_a_job_leaves_it_in_the_journal(tmp_path: Path) -> None:
    with SandboxServer() as server:
        server.faults([{"path": "/image/", "hold": 30.0}])
        async with connected(tmp_path, server) as studio:
            (job,) = await studio.order(picture())
            await studio.until(job.id, JobState.RUNNING)
        async with opened(tmp_path, {}) as studio:
            (left,) = await studio.services.profile.unfinished()
            assert (left.id, left.state, left.request) == (job.id, JobState.RUNNING, job.request)
