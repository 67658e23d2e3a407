from __future__ import annotations

from pathlib import Path

import pytest

from studio.api import errors as e
from studio.api import media as media_module
from studio.core.errors import InputError, StorageError
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import KEY, PNG, client_for


async def test_upload_and_look_up(tmp_path: Path) -> None:
    photo = tmp_path / "tiny ü.png"
    photo.write_bytes(PNG)

    def handle(request: Received) -> Reply:
        if request.method == "HEAD":
            return Reply(headers={"content-type": "image/png", "x-content-id": "i 1", "content-length": "5"})
        if request.method == "DELETE":
            return reply_json({"deleted": True})
        if request.path == "/media":
            return reply_json({"items": [{"id": "x"}], "nextCursor": "n", "hasMore": True})
        return reply_json(
            {"id": "i 1", "contentType": "image/png", "size": len(PNG), "uploadedAt": "2026-09-26T10:00:00Z"}
        )

    async with serve(handle) as server, client_for(server.url) as client:
        uploaded = await client.media.upload(photo, "image/png", tags=("sea", "sky"))
        head = await client.media.head("i 1")
        facts = await client.media.metadata("i 1")
        page = await client.media.tagged("sea", cursor="c")
        await client.media.delete("i 1")
    assert uploaded.url == f"{server.url}/i%201"
    assert uploaded.expires_at is not None
    assert (head.size, head.mime, facts.size) == (5, "image/png", len(PNG))
    assert (page.next_cursor, page.has_more, page.items[0].url) == ("n", True, f"{server.url}/x")
    upload, looked, *_, deleted = server.received
    assert PNG in upload.body
    assert b'name="tags"\r\n\r\nsea,sky' in upload.body
    assert upload.headers["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in looked.headers
    assert deleted.path == "/media/i%201"


async def test_files_that_cannot_be_uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_module, "MAX_BYTES", 10)
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * 11)
    async with client_for("http://127.0.0.1:9") as client:
        for name in ("empty", "large", "missing"):
            with pytest.raises(InputError):
                await client.media.upload(tmp_path / name, "image/png")


async def test_a_download_keeps_to_its_limit_and_its_kind(tmp_path: Path) -> None:
    reply = Reply(headers={"content-type": "image/png"}, body=PNG + b"\0" * 1000)

    async def unannounced() -> object:
        for _ in range(100):
            yield PNG

    async with serve(lambda _: reply) as server, client_for(server.url) as client:
        result = await client.media.download(f"{server.url}/x", tmp_path / "a", expect=("image/",))
        assert (result.size, result.source_url) == (len(reply.body), f"{server.url}/x")
        with pytest.raises(e.ApiTooLarge):
            await client.media.download(f"{server.url}/x", tmp_path / "b", limit=100)
        with pytest.raises(e.ApiBadAnswer):
            await client.media.download(f"{server.url}/x", tmp_path / "c", expect=("video/",))
        server.handler = lambda _: Reply(headers={"content-type": "image/png"}, chunks=unannounced())  # type: ignore[arg-type]
        with pytest.raises(e.ApiTooLarge):
            await client.media.download(f"{server.url}/x", tmp_path / "d", limit=100)
        await client.media.download(f"{server.url}/x", tmp_path / "e")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "e"]
    assert (tmp_path / "e").read_bytes() == PNG * 100
    assert all("authorization" not in request.headers for request in server.received)


async def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with serve(lambda _: Reply(body=PNG)) as server, client_for(server.url) as client:
        with pytest.raises(StorageError):
            await client.media.download(f"{server.url}/x", tmp_path / "file" / "below")
        with pytest.raises(StorageError):
            await client.media.download(f"{server.url}/x", tmp_path)


async def test_a_download_of_something_that_is_no_address(tmp_path: Path) -> None:
    async with client_for("http://127.0.0.1:9") as client:
        for url in ("ftp://x/y", "nonsense", "http://"):
            with pytest.raises(e.ApiError):
                await client.media.download(url, tmp_path / "x")
