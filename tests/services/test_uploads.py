from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.api.errors import ApiOffline
from studio.core.errors import InputError
from studio.core.secrets import Secret
from studio.domain.image import ImageRequest
from studio.sandbox.server import SandboxServer
from studio.services.uploads import Upload, UploadBook, total_size
from tests.library.makers import encoded
from tests.services.studio import Studio, addresses, opened


async def send(studio: Studio, count: int = 1) -> None:
    """Upload pictures of the library, as a request with references does."""
    services = studio.services
    for number in range(count):
        path = services.paths.profile / f"picture{number}.png"
        path.write_bytes(encoded(number=number))
        (item,) = await services.references.add_files([path])
        await services.references.prepare([ImageRequest(prompt="x", model="flux", seed=1, image=(item,))])


def book_of(studio: Studio) -> UploadBook:
    services = studio.services
    return UploadBook(services.profile, services.library, services.session)


@pytest.mark.parametrize("era", ["seed", "current"])
async def test_what_was_sent_is_known_checked_and_sent_again(tmp_path: Path, era: str) -> None:
    with SandboxServer(speed=0, era=era) as server:  # type: ignore[arg-type]
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            services.account.keep_in_memory(Secret(server.key), "default")
            await services.session.use_cloud("default")
            await send(studio, 2)
            book = book_of(studio)
            uploads = await book.sent()
            assert len(uploads) == 2
            first = uploads[0]
            assert first.asset is not None
            assert first.size == first.asset.size
            assert first.presence == ""
            assert first.expires_at is not None
            assert timedelta(days=13) < first.expires_at - datetime.now(UTC) <= timedelta(days=14)
            assert total_size(uploads) == sum(upload.size or 0 for upload in uploads)
            assert {upload.presence for upload in await book.check(uploads)} == {"there"}
            server.service.media.expire(first.id)
            gone, there = await book.check(uploads)
            assert (gone.presence, there.presence) == ("gone", "there")
            assert total_size((gone, there)) == there.size
            again = await book.again(gone)
            assert again.presence == "there"
            assert (again.url == gone.url) is (era == "seed")
            assert {upload.url for upload in await book.sent()} == {again.url, there.url}
            with pytest.raises(InputError):
                await book.delete(again)
            await book.forget(again)
            assert [upload.url for upload in await book.sent()] == [there.url]


async def test_a_file_that_left_the_library_cannot_be_sent_again(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            services.account.keep_in_memory(Secret(server.key), "default")
            await services.session.use_cloud("default")
            await send(studio)
            book = book_of(studio)
            (upload,) = await book.sent()
            assert upload.asset is not None
            await services.library.trash([upload.asset.id])
            (upload,) = await book.sent()
            assert (upload.asset, upload.size) == (None, None)
            with pytest.raises(InputError):
                await book.again(upload)
            (checked,) = await book.check([upload])
            assert checked.size
            assert checked.mime == "image/png"


async def test_what_the_service_lists_under_a_tag_can_be_deleted(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            services.account.keep_in_memory(Secret(server.key), "default")
            await services.session.use_cloud("default")
            path = tmp_path / "a.png"
            path.write_bytes(encoded(number=3))
            await services.session.client.media.upload(path, "image/png", tags=("poster",))
            book = book_of(studio)
            (upload,) = await book.tagged("poster")
            assert upload.tags == ("poster",)
            assert upload.deletable
            await book.delete(upload)
            await book.delete(upload)
            assert await book.tagged("poster") == ()
            assert await book.sent() == ()


async def test_another_service_has_other_uploads(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            await studio.services.profile.remember_upload(
                "a" * 64, "https://media.pollinations.ai/x", expires_at=None, account="cloud"
            )
            assert await book_of(studio).sent() == ()
            await studio.services.profile.remember_upload(
                "b" * 64, f"{server.media_url}/y", expires_at=datetime.now(UTC), account="cloud"
            )
            (upload,) = await book_of(studio).sent()
            assert upload.over(datetime.now(UTC))
            assert json.dumps(upload.id) == '"y"'


def test_what_is_over() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    upload = Upload(id="x", url="https://m/x", expires_at=now + timedelta(seconds=1))
    assert not upload.over(now)
    assert upload.over(now + timedelta(seconds=1))
    assert not Upload(id="x", url="https://m/x").over(now)
    assert Upload(id="x", url="https://m/x", presence="gone").over(now)


async def test_without_the_service_nothing_goes_on_asking(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            services = studio.services
            services.account.keep_in_memory(Secret(server.key), "default")
            await services.session.use_cloud("default")
            many = [Upload(id=f"{n:032x}", url=f"http://127.0.0.1/{n}") for n in range(40)]
            server.stop()
            before = asyncio.all_tasks()
            with pytest.raises(ApiOffline):
                await book_of(studio).check(many)
            assert not asyncio.all_tasks() - before
