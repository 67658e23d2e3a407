"""Collections and saved searches; every step can be taken back, and all of them survive a lost index."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.domain.library import LibraryQuery
from studio.services.curator import Curator
from studio.services.library import LibraryService
from studio.services.shelving import Shelving
from studio.services.undo import UndoStack
from tests.services.test_library import opened, store


@asynccontextmanager
async def shelves(root: Path) -> AsyncIterator[tuple[LibraryService, Curator, Shelving]]:
    async with opened(root) as library:
        curator = Curator(library, UndoStack())
        yield library, curator, curator.shelving


async def count(library: LibraryService, collection: str) -> int:
    return await library.count(LibraryQuery(collection=collection))


async def test_a_collection_is_filled_nested_removed_and_brought_back(tmp_path: Path) -> None:
    async with shelves(tmp_path) as (library, curator, shelving):
        ids = [await store(library, number) for number in range(4)]
        coast = await shelving.create("Coast", ids=ids[:2])
        lights = await shelving.create("Lighthouses", parent=coast.id)
        assert await shelving.add([*ids[1:3], ids[2], "unknown"], lights.id) >= 2
        assert await count(library, coast.id) == 3
        facets = await library.facets(LibraryQuery())
        assert {value.label: value.count for value in facets.collections} == {"Coast": 3, "Lighthouses": 2}
        await shelving.remove(coast.id)
        assert shelving.shelves.collections == ()
        assert await count(library, coast.id) == 0
        assert await curator.undo_last() == "collection removed"
        assert {one.name for one in shelving.shelves.collections} == {"Coast", "Lighthouses"}
        assert (await count(library, coast.id), await count(library, lights.id)) == (3, 2)
        await curator.undo_last()
        assert await count(library, lights.id) == 0


async def test_adding_takes_back_only_what_was_new(tmp_path: Path) -> None:
    async with shelves(tmp_path) as (library, curator, shelving):
        one, two = await store(library, 1), await store(library, 2)
        coast = await shelving.create("Coast", ids=[one])
        assert await shelving.add([one, two], coast.id) == 1
        assert await shelving.add([one, two], coast.id) == 0
        await curator.undo_last()
        assert await library.members(coast.id) == [one]
        assert await shelving.take_out([one, two], coast.id) == 1
        await curator.undo_last()
        assert await library.members(coast.id) == [one]


async def test_renaming_and_moving(tmp_path: Path) -> None:
    async with shelves(tmp_path) as (_library, curator, shelving):
        coast, hills = await shelving.create("Coast"), await shelving.create("Hills")
        await shelving.rename(hills.id, "Mountains")
        await shelving.move(hills.id, coast.id)
        await shelving.move(coast.id, hills.id)  # into what lies in it: stays
        assert {(c.name, c.parent) for c in shelving.shelves.collections} == {
            ("Coast", ""), ("Mountains", coast.id),
        }  # fmt: skip
        with pytest.raises(InputError):
            await shelving.create("coast ")
        with pytest.raises(InputError):
            await shelving.rename(hills.id, "  ")
        await curator.undo_last()
        await curator.undo_last()
        assert {(c.name, c.parent) for c in shelving.shelves.collections} == {("Coast", ""), ("Hills", "")}


async def test_saved_searches(tmp_path: Path) -> None:
    async with shelves(tmp_path) as (_library, curator, shelving):
        fog = await shelving.save_search("Fog", LibraryQuery(text="fog", min_rating=3))
        sea = await shelving.save_search("Sea", LibraryQuery(tags=("sea",)))
        await shelving.rename_search(fog.id, "Thick fog")
        assert await shelving.remove_search("unknown") is None
        await shelving.remove_search(fog.id)
        assert shelving.shelves.searches == (sea,)
        await curator.undo_last()
        assert [one.name for one in shelving.shelves.searches] == ["Thick fog", "Sea"]
        await curator.undo_last()
        await curator.undo_last()
        assert [one.name for one in shelving.shelves.searches] == ["Fog"]


async def test_collections_survive_a_lost_index(tmp_path: Path) -> None:
    async with shelves(tmp_path) as (library, _curator, shelving):
        made = await shelving.create("Coast", ids=[await store(library, 1), await store(library, 2)])
    for path in (tmp_path / ".nectary").glob("index.sqlite*"):
        path.unlink()
    shutil.rmtree(tmp_path / ".nectary/thumbs")
    async with opened(tmp_path) as library:
        assert library.needs_rebuild
        await library.rebuild()
        assert await count(library, made.id) == 2
