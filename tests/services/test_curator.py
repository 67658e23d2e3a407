"""Steps on assets follow each other, taking back included."""

from __future__ import annotations

import asyncio
from pathlib import Path

from studio.domain.asset import Asset
from studio.domain.library import LibraryQuery
from studio.services.curator import Curator
from studio.services.library import LibraryService
from studio.services.undo import UndoStack
from tests.services.test_library import opened, store


async def test_taking_back_waits_for_the_step_under_way(tmp_path: Path) -> None:
    """Else it would take back the one before, which the user did not mean."""
    async with opened(tmp_path) as library:
        identity = await store(library)
        curator = Curator(library, UndoStack())
        await curator.rate([identity], 3)
        tagging = asyncio.ensure_future(curator.add_tags([identity], ["series"]))
        await asyncio.sleep(0)
        assert await curator.undo_last() == "tags"
        await tagging
        asset = await library.asset(identity)
        assert asset is not None
        assert (asset.rating, asset.tags) == (3, ())
        assert await curator.undo_last() == "rating"
        assert await curator.undo_last() == ""


async def read(library: LibraryService, asset_id: str) -> Asset:
    asset = await library.asset(asset_id)
    assert asset is not None
    return asset


async def test_each_asset_gets_its_own_value_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        one, two = await store(library, 1), await store(library, 2)
        curator = Curator(library, UndoStack())
        await curator.rate([one], 2)
        await curator.rate([one, two, "unknown"], 5)
        await curator.set_tags([one], ["a"])
        await curator.add_tags([one, two], ["b"])
        assert (await read(library, one)).tags == ("a", "b")
        for _ in range(3):
            await curator.undo.undo()
        assert ((await read(library, one)).rating, (await read(library, two)).rating) == (2, 0)
        assert (await read(library, one)).tags == ()


async def test_steps_at_the_same_time_are_taken_back_in_turn(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        one = await store(library, 1)
        curator = Curator(library, UndoStack())
        await asyncio.gather(*(curator.add_tags([one], [tag]) for tag in "abc"))
        await curator.undo.undo()
        assert (await read(library, one)).tags == ("a", "b")


async def test_trash_and_restore_take_each_other_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        one = await store(library, 1)
        curator = Curator(library, UndoStack())
        step = await curator.trash([one])
        assert await library.count(LibraryQuery(trash=True)) == 1
        await curator.undo.undo_step(step.id)
        assert await library.count(LibraryQuery()) == 1
        await curator.trash([one])
        await curator.restore([one])
        assert await curator.undo.undo() == "restored"
        assert await library.count(LibraryQuery(trash=True)) == 1
        assert await curator.undo.undo() == "moved to the trash"
        assert await library.count(LibraryQuery()) == 1
