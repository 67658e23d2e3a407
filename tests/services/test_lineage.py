"""The family of an asset is read to any degree, without the trash, and not without end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio.domain.asset import Asset
from studio.services.library import LibraryService
from studio.services.lineage import lineage_of
from tests.services.test_library import draft, opened, picture


async def made_from(library: LibraryService, number: int, *parents: str) -> Asset:
    incoming = picture(library.incoming_path(f"job{number}"), number)
    plan = draft(number)
    return await library.store(incoming, replace(plan, provenance=replace(plan.provenance, parents=parents)))


async def test_a_family(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        root = await made_from(library, 1)
        other = await made_from(library, 2)
        child = await made_from(library, 3, root.id, other.id, "gone")
        grandchild = await made_from(library, 4, child.id)
        sibling = await made_from(library, 5, root.id)
        thrown = await made_from(library, 6, child.id)
        await made_from(library, 7)
        await library.trash([thrown.id])
        lineage = await lineage_of(library, grandchild)
        assert {asset.id for asset in lineage.assets} == {
            root.id, other.id, child.id, grandchild.id, sibling.id,
        }  # fmt: skip
        assert lineage.links == {
            (root.id, child.id), (other.id, child.id), (child.id, grandchild.id), (root.id, sibling.id),
        }  # fmt: skip
        assert lineage.complete
        few = await lineage_of(library, grandchild, most=2)
        assert [asset.id for asset in few.assets] == [grandchild.id, child.id]
        assert not few.complete
