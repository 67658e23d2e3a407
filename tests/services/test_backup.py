"""A full machine is backed up, another one is empty, and then it has everything."""

from __future__ import annotations

import asyncio
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from studio.core.errors import DiskFullError, StorageError
from studio.core.secrets import Secret
from studio.domain.backup import BackupWish
from studio.domain.codec import to_json
from studio.domain.library import Collection, LibraryQuery, Shelves
from studio.library import backup as writing
from studio.library import swap
from studio.sandbox.server import SandboxServer
from studio.services import backup
from studio.services.backup import Snapshot
from tests.services.studio import Studio, opened, picture
from tests.services.talk import talking_to

ALL = BackupWish(library=True, trash=True)


def quiet(_done: int, _total: int) -> None:
    """Nobody looks."""


async def everything(at: Studio) -> dict[str, Any]:
    """All that a user would miss, as the services tell it."""
    services = at.services
    rows = [
        row
        for trash in (False, True)
        for row in await services.library.rows(await services.library.row_ids(LibraryQuery(trash=trash)))
    ]
    assets = [asset for row in rows if (asset := await services.library.asset(row.id)) is not None]
    heads = await services.chat.rows()
    paths = [await services.chat.path(await services.chat.conversation(head.id)) for head in heads]
    return {
        "assets": sorted((to_json(asset) for asset in assets), key=lambda one: one["id"]),
        "bytes": {asset.id: services.library.file_path(asset).read_bytes() for asset in assets},
        "shelves": to_json(services.library.shelves),
        "chats": [[to_json(message) for message in path] for path in paths],
        "jobs": sorted(
            (to_json(job) for job in await services.profile.recent(1000)), key=lambda one: one["id"]
        ),
        "ledger": [to_json(line) for line in await services.profile.ledger_lines()],
        "prompts": await services.profile.prompts(),
        "draft": await services.profile.draft("create.prompt"),
        "styles": await services.profile.draft("styles"),
        "wildcards": services.prompt_book.wildcards,
        "look": services.settings.values.look,
    }


async def fill(at: Studio) -> None:
    services = at.services
    for seed in (1, 2, 3):
        await at.make(picture(seed=seed))
    rows = await services.library.rows(await services.library.row_ids(LibraryQuery()))
    await services.library.set_rating([rows[0].id], 5)
    await services.library.add_tags([rows[0].id], ["coast"])
    await services.library.set_note([rows[1].id], "for the cover")
    await services.library.set_shelves(Shelves(collections=(Collection(id="c", name="Coasts"),)))
    await services.library.add_to_collection([rows[0].id, rows[1].id], "c")
    await services.library.trash([rows[2].id])
    await services.profile.remember_prompt("a heron in the reeds")
    await services.profile.set_draft("create.prompt", {"text": "half a thought"})
    folder = await services.prompt_book.make_folder()
    (folder / "moods.txt").write_text("calm\nwild\n", encoding="utf-8")
    await services.prompt_book.read_wildcards()
    services.settings.change("look", theme="dark", thumbnail_size=300)


async def test_a_full_machine_comes_back_on_an_empty_one(tmp_path: Path) -> None:
    target = tmp_path / "everything.zip"
    steps: list[tuple[int, int]] = []
    with SandboxServer() as server:
        async with talking_to(server, tmp_path / "old") as talk:
            at = talk.studio
            await talk.say("What is a heron?")
            await fill(at)
            before = await everything(at)
            key = at.services.account.current_key()
            manifest = await at.services.backup.make(target, ALL, lambda *step: steps.append(step))
            assert await at.services.backup.measure(ALL) > 1000
    await asyncio.sleep(0)
    assert steps[-1][0] <= steps[-1][1]
    assert isinstance(key, Secret)
    with zipfile.ZipFile(target) as archive:
        for name in archive.namelist():
            assert key.reveal().encode() not in archive.read(name), name
    new = tmp_path / "new"
    async with opened(new, {}) as empty:
        assert await empty.services.backup.look(target) == manifest
        staged = await empty.services.backup.stage(target, quiet)
        await empty.services.backup.decide(staged)
        assert backup.has_pending(new)
    await backup.finish_pending(new)
    assert not backup.has_pending(new)
    async with opened(new, {}) as at:
        assert at.services.library.needs_rebuild
        await at.services.library.rebuild()
        await at.services.prompt_book.read_wildcards()
        assert await everything(at) == before
        assert (before["look"].theme, len(before["assets"]), len(before["jobs"])) == ("dark", 3, 3)
        assert before["chats"]
        assert before["ledger"]
        assert before["wildcards"]["moods"] == ("calm", "wild")
        done = backup.told(new)
        assert done is not None
        assert (done.kind, done.made_at) == ("restore", manifest.made_at.isoformat())
    portable = tmp_path / "portable"
    async with opened(tmp_path / "third", {}) as third:
        await third.services.backup.unpack_new(target, portable, quiet)
    async with opened(portable, {}) as at:
        await at.services.library.rebuild()
        await at.services.prompt_book.read_wildcards()
        assert await everything(at) == before


async def test_a_restore_that_is_thought_better_of_or_stopped_leaves_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "p", {}) as at:
        target = tmp_path / "b.zip"
        await at.services.backup.make(target, ALL, quiet)
        await at.services.backup.discard(await at.services.backup.stage(target, quiet))
        assert swap.leftovers(tmp_path / "p", at.services.paths.library) == []
        (at.services.paths.library / "large.bin").write_bytes(bytes(40 << 20))
        for work in (
            at.services.backup.make(tmp_path / "stopped.zip", ALL, quiet),
            at.services.backup.unpack_new(target, tmp_path / "stopped", quiet),
        ):
            task = asyncio.get_running_loop().create_task(work)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        left = sorted(path.name for path in tmp_path.iterdir())
        assert left in (["b.zip", "p"], ["b.zip", "p", "stopped"])


async def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "ROOM", 1 << 60)
    async with opened(tmp_path / "p", {}) as at:
        with pytest.raises(DiskFullError, match="not enough room"):
            await at.services.backup.make(tmp_path / "b.zip", ALL, quiet)
    assert not list(tmp_path.glob("*.zip"))


async def test_take_back_undoes_a_plan(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        at.services.settings.change("look", theme="dark")
        await at.services.settings_writer.flush()
        await at.services.backup.reset_preferences()
        await backup.take_back(tmp_path)
        assert not backup.has_pending(tmp_path)
    assert 'theme = "dark"' in (tmp_path / "settings.toml").read_text(encoding="utf-8")


async def test_preferences_are_reset_with_the_old_file_beside(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        at.services.settings.change("look", theme="dark")
        at.services.settings.change("files", library=str(tmp_path / "elsewhere"))
        await at.services.settings_writer.flush()
        await at.services.backup.reset_preferences()
    await backup.finish_pending(tmp_path)
    async with opened(tmp_path, {}) as at:
        assert at.services.settings.values.look.theme == "system"
        assert at.services.settings.values.files.library == str(tmp_path / "elsewhere")
    done = backup.told(tmp_path)
    assert done is not None
    assert done.kind == "preferences"
    assert 'theme = "dark"' in (Path(done.aside[0]) / "settings.toml").read_text(encoding="utf-8")


async def test_an_earlier_copy_of_the_profile_is_used(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        service = at.services.backup
        assert await service.check_profile() == ""
        await at.services.profile.remember_prompt("before")
        await at.services.profile.run(at.services.profile.store.snapshot)
        await at.services.profile.remember_prompt("after")
        copies = await service.snapshots()
        assert copies[0].taken_at >= copies[-1].taken_at
        assert datetime.now(UTC) - copies[0].taken_at < timedelta(minutes=5)
        (tmp_path / "bad").write_bytes(b"no database at all, but long enough to be one" * 100)
        with pytest.raises(StorageError, match="damaged"):
            await service.use_snapshot(Snapshot(tmp_path / "bad", copies[0].taken_at))
        assert not backup.has_pending(tmp_path)
        await service.use_snapshot(copies[0])
    await backup.finish_pending(tmp_path)
    async with opened(tmp_path, {}) as at:
        assert await at.services.profile.prompts() == ["before"]


async def test_damage_is_found(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        await at.services.profile.run(at.services.profile.store.snapshot)
        (copy,) = (tmp_path / "snapshots").glob("*.sqlite")
        data = bytearray(copy.read_bytes())
        data[4096 * 3 : 4096 * 5] = b"\xff" * 8192
        copy.write_bytes(data)
        from studio.library.profile_rescue import check_file

        assert check_file(copy)
        assert check_file(tmp_path / "gone")
