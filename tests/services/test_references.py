"""Files that go into requests: taken in once, uploaded once, looked after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.core.errors import InputError, StudioError
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.job import JobState
from studio.domain.media import MediaInput
from studio.sandbox.server import SandboxServer
from studio.services.references import ReferenceService
from tests.services.studio import Studio, connected


def picture_at(path: Path, colour: int = 90) -> Path:
    image = Image.new("RGB", (64, 48), (colour, 40, 120))
    image.putpixel((3, 3), (255, 255, 255))
    image.save(path)
    return path


def request_with(studio: Studio, *items: MediaInput, alias: str = "gptimage", **more: Any) -> ImageRequest:
    model = studio.services.catalogue.find(alias)
    assert model is not None
    return ImageRequest(prompt="winter", model=model.name, seed=5, width=512, height=512, image=items, **more)


def to(server: SandboxServer, path: str, method: str = "") -> int:
    return sum(
        str(request["path"]).startswith(path) and method in ("", request["method"])
        for request in server.requests()
    )


async def made(studio: Studio, request: ImageRequest | VideoRequest) -> Any:
    plan = studio.services.create.plan(request, 1)
    assert not plan.problem, plan.problem
    (job,) = await studio.services.create.submit(plan)
    job = await studio.until(job.id)
    assert job.state is JobState.DONE, job.error
    return job


async def test_a_file_is_taken_in_once_and_uploaded_once(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path / "profile", server) as studio:
            references = studio.services.references
            assert isinstance(references, ReferenceService)
            path = picture_at(tmp_path / "sketch.png")
            (item,) = await references.add_files([path])
            assert await references.add_files([path]) == [item]
            asset = await references.asset(item)
            assert asset is not None
            assert await references.add_files([studio.services.library.file_path(asset)]) == [item]
            first = await made(studio, request_with(studio, item))
            second = await made(studio, request_with(studio, item, quality="high"))
            assert first.request["image"] == second.request["image"]
            assert first.parents == (item.asset_id,)
            assert to(server, "/media-host/upload") == 1
            assert to(server, "/media-host/", "HEAD") == 1


async def test_an_upload_that_is_gone_or_over_is_made_again(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path / "profile", server) as studio:
            references, profile = studio.services.references, studio.services.profile
            (item,) = await references.add_files([picture_at(tmp_path / "sketch.png")])
            gone = f"{server.media_url}/0123456789abcdef"
            later = datetime.now(UTC) + timedelta(days=1)
            await profile.remember_upload(item.sha256, gone, expires_at=later, account="cloud")
            (ready,) = await references.prepare([request_with(studio, item)])
            address = ready.image[0].url
            assert address not in ("", gone)
            assert await profile.upload_of(item.sha256, account="cloud") == address
            over = datetime.now(UTC) - timedelta(days=1)
            await profile.remember_upload(item.sha256, address, expires_at=over, account="cloud")
            await references.prepare([request_with(studio, item)])
            assert to(server, "/media-host/upload") == 2


async def test_another_services_address_is_not_used(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path / "profile", server) as studio:
            references = studio.services.references
            (item,) = await references.add_files([picture_at(tmp_path / "sketch.png")])
            await studio.services.profile.remember_upload(
                item.sha256, "http://127.0.0.1:9/old/id", expires_at=None, account="cloud"
            )
            (ready,) = await references.prepare([request_with(studio, item)])
            assert ready.image[0].url.startswith(f"{server.media_url}/")


async def test_edits_send_the_files_themselves(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path / "profile", server) as studio:
            references = studio.services.references
            paths = [picture_at(tmp_path / f"{n}.png", n) for n in (10, 200)]
            items = await references.add_files(paths)
            job = await made(studio, request_with(studio, *items, route="edits"))
            assert to(server, "/v1/images/edits") == 1
            assert to(server, "/media-host/upload") == 0
            assert "path" not in job.request["image"][0]
            assert job.parents == tuple(item.asset_id for item in items)


async def test_a_film_with_frames(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path / "profile", server) as studio:
            frames = await studio.services.references.add_files(
                [picture_at(tmp_path / f"{n}.png", n) for n in (10, 200)]
            )
            model = studio.services.catalogue.find("veo")
            assert model is not None
            job = await made(
                studio,
                VideoRequest(prompt="wind", model=model.name, seed=3, duration=4, image=tuple(frames)),
            )
            assert len(job.request["image"]) == 2


async def test_what_cannot_be_sent_is_told(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path / "profile", server) as studio:
            references = studio.services.references
            text = tmp_path / "notes.txt"
            text.write_text("not a picture")
            for path in (text, tmp_path / "missing.png", tmp_path):
                with pytest.raises(StudioError):
                    await references.add_files([path])
            with pytest.raises(StudioError):
                await references.add_picture(b"not a picture")
            (item,) = await references.add_files([picture_at(tmp_path / "sketch.png")])
            asset = await references.asset(item)
            assert asset is not None
            with pytest.raises(InputError, match="no film"):
                references.of_asset(asset, "video")
            await studio.services.library.trash([item.asset_id])
            assert await references.asset(item) is None
            plan = studio.services.create.plan(request_with(studio, item), 1)
            with pytest.raises(InputError, match="not in the library"):
                await studio.services.create.submit(plan)
            assert studio.services.jobs.all() == []
