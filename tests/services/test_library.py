"""The library as the rest of the program sees it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from studio.core.errors import StorageError, StudioError
from studio.domain.asset import AssetDraft, Provenance
from studio.domain.library import Collection, LibraryChange, LibraryQuery, Shelves
from studio.domain.media import MediaKind
from studio.library import rebuild as rebuilding
from studio.library.files import LibraryFolder
from studio.library.rebuild import Found
from studio.services.library import LibraryService


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[LibraryService]:
    service = LibraryService(root)
    await service.open()
    try:
        yield service
    finally:
        await service.close()


def picture(path: Path, number: int = 1, size: tuple[int, int] = (64, 48)) -> Path:
    image = Image.new("RGB", size, (number % 256, 40, 90))
    ImageDraw.Draw(image).line((0, 0, number % 60 + 1, 30), (250, number * 7 % 256, 10), 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "PNG")
    return path


def draft(number: int = 1, prompt: str = "a lighthouse at dusk") -> AssetDraft:
    return AssetDraft(
        kind=MediaKind.IMAGE,
        prompt=f"{prompt} {number}",
        provenance=Provenance(job_id=f"job{number}", model="flux", seed=number, cost=Decimal("0.002")),
    )


async def store(service: LibraryService, number: int = 1, **changes: str) -> str:
    incoming = picture(service.incoming_path(f"job{number}"), number)
    asset = await service.store(incoming, draft(number, **changes))
    return asset.id


async def test_a_stored_picture_has_file_sidecar_thumbnail_and_row(tmp_path: Path) -> None:
    changes: list[LibraryChange] = []
    async with opened(tmp_path) as service:
        service.changed.connect(changes.append)
        identity = await store(service)
        rows = await service.row_ids(LibraryQuery())
        (cell,) = await service.rows(rows)
        asset = await service.asset_by_row(cell.row)
        assert asset is not None
        assert (asset.id, asset.width, asset.height, asset.kind) == (identity, 64, 48, MediaKind.IMAGE)
        assert service.file_path(cell).is_file()
        assert service.sidecar_path(asset).is_file()
        assert service.thumbnail_path(cell).is_file()
        assert cell.cost == Decimal("0.002")
        assert changes == [LibraryChange(added=(cell.row,))]
        assert not list((tmp_path / ".nectary/incoming").iterdir())


async def test_a_second_program_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path):
        other = LibraryService(tmp_path)
        with pytest.raises(StorageError, match="another window") as refused:
            await other.open()
        assert f"process {os.getpid()} on this computer. Close it there" in refused.value.detail
        await other.close()
    async with opened(tmp_path):
        pass


async def test_trash_restore_and_delete(tmp_path: Path) -> None:
    async with opened(tmp_path) as service:
        identity = await store(service)
        await service.trash([identity])
        assert await service.count(LibraryQuery()) == 0
        assert await service.count(LibraryQuery(trash=True)) == 1
        asset = await service.asset(identity)
        assert asset is not None
        assert service.file_path(asset).is_file()
        await service.restore([identity])
        assert await service.count(LibraryQuery()) == 1
        await service.delete_forever([identity])
        assert await service.count(LibraryQuery()) == 1, "only the trash may be emptied"
        await service.trash([identity])
        await service.delete_forever([identity])
        assert await service.asset(identity) is None
        assert not [
            p for p in tmp_path.rglob("*") if p.suffix in (".png", ".jpg") or p.name.endswith("g.json")
        ]


async def test_what_is_not_a_picture_is_refused_in_plain_words(tmp_path: Path) -> None:
    async with opened(tmp_path) as service:
        incoming = service.incoming_path("job1")
        incoming.write_bytes(b"<!DOCTYPE html><title>busy</title>")
        with pytest.raises(StudioError, match="web page instead of a picture"):
            await service.store(incoming, draft())
        assert not incoming.exists()
        assert len(list((tmp_path / ".nectary/quarantine").iterdir())) == 1


async def test_search_and_facets(tmp_path: Path) -> None:
    async with opened(tmp_path) as service:
        first = await store(service, 1)
        await store(service, 2, prompt="a cat on a wall")
        await service.set_rating([first], 4)
        await service.set_tags([first], ["sea", " sea ", "two  words"])
        for text, count in {
            "light": 1,
            "lighthouse dusk": 1,
            "-cat": 1,
            "rating:>3": 1,
            "tag:sea": 1,
            "-tag:sea": 1,
            "seed:2": 1,
            '"on a wall"': 1,
            '"a on wall"': 0,
            "model:flux": 2,
            "cost:>0.05": 0,
            "size:64x48": 2,
            "ghthous": 1,
        }.items():
            assert await service.count(LibraryQuery(text=text)) == count, text
        facets = await service.facets(LibraryQuery(min_rating=4))
        assert facets.total == 1
        assert {value.value: value.count for value in facets.ratings} == {"4": 1, "0": 1}
        assert [value.value for value in facets.tags] == ["sea", "two words"]
        assert facets.cost == Decimal("0.002")


async def test_import_collections_and_rebuild(tmp_path: Path) -> None:
    source = tmp_path / "elsewhere"
    async with opened(tmp_path / "one") as service:
        identity = await store(service, 1)
        asset = await service.asset(identity)
        assert asset is not None
        exported = source / "exported.png"
        source.mkdir()
        exported.write_bytes(service.file_path(asset).read_bytes())
    (source / "notes.bin").write_bytes(b"\0\1")
    async with opened(tmp_path / "two") as service:
        shelves = Shelves(
            collections=(Collection(id="a", name="A"), Collection(id="b", name="B", parent="a"))
        )
        await service.set_shelves(shelves)
        imported = await service.import_files([exported, source / "notes.bin"], ("b",))
        assert [path.name for path, _error in imported.refused] == ["notes.bin"]
        (made,) = imported.assets
        assert made.id != identity
        assert (made.prompt, made.provenance.seed) == (asset.prompt, 1)
        assert exported.is_file()
        assert await service.count(LibraryQuery(collection="a")) == 1
        phases: list[str] = []
        await service.rebuild(lambda progress: phases.append(progress.phase))
        assert phases == ["scan", "index"]
        assert await service.count(LibraryQuery(collection="a")) == 1
        assert await service.reconcile() == LibraryChange()
        await service.set_shelves(Shelves(collections=shelves.collections[:1]))
        kept = await service.asset(made.id)
        assert kept is not None
        assert kept.collections == ()
        assert not list((tmp_path / "two/.nectary/incoming").iterdir())


async def test_a_cancelled_caller_does_not_stop_the_storing(tmp_path: Path) -> None:
    async with opened(tmp_path) as service:
        incoming = picture(service.incoming_path("job1"), 1)
        caller = asyncio.ensure_future(service.store(incoming, draft()))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    async with opened(tmp_path) as service:
        assert await service.count(LibraryQuery()) == 1


async def test_a_stand_in_picture_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as service:
        await store(service, 1)
        again = picture(service.incoming_path("job2"), 1)
        with pytest.raises(StudioError, match="stand-in"):
            await service.store(again, draft(2))
        same = picture(service.incoming_path("job3"), 1)
        await service.store(same, draft(1))
        assert await service.count(LibraryQuery()) == 2, "the same prompt may give the same picture"


async def test_notes_titles_and_tags(tmp_path: Path) -> None:
    async with opened(tmp_path) as service:
        identity = await store(service)
        await service.set_note([identity], "for the cover")
        await service.set_title([identity], "Cover")
        await service.add_tags([identity], ["a", "b"])
        await service.remove_tags([identity], ["a"])
        with pytest.raises(StudioError):
            await service.set_rating([identity], 6)
        asset = await service.asset(identity)
        assert asset is not None
        assert (asset.note, asset.title, asset.tags) == ("for the cover", "Cover", ("b",))
        assert await service.count(LibraryQuery(text="note:cover title:cover tag:b")) == 1


async def test_a_cancelled_caller_does_not_undo_or_hide_a_change(tmp_path: Path) -> None:
    async with opened(tmp_path) as service:
        identity = await store(service)
        (row,) = await service.row_ids(LibraryQuery())
        told: asyncio.Future[LibraryChange] = asyncio.get_running_loop().create_future()
        service.changed.connect(told.set_result)
        caller = asyncio.ensure_future(service.set_rating([identity], 4))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        async with asyncio.timeout(10):
            assert (await told).updated == (row,)
        asset = await service.asset(identity)
        assert asset is not None
        assert asset.rating == 4


async def test_what_is_filed_while_the_index_is_rebuilt_stays_in_it(tmp_path: Path) -> None:
    """After the listing and before the clearing is where it would get lost."""
    async with opened(tmp_path) as service:
        await store(service, 1)
        scan = rebuilding.scan

        def scan_and_file(folder: LibraryFolder) -> list[Found]:
            found = scan(folder)
            asyncio.run_coroutine_threadsafe(store(service, 2), loop).result(10)
            return found

        loop = asyncio.get_running_loop()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rebuilding, "scan", scan_and_file)
            await service.rebuild()
        assert await service.count(LibraryQuery()) == 2
