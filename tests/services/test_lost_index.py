"""The index deleted: the next start has every rating, tag, collection, search, note, link and stack again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.library import Facets, LibraryQuery, Shelves
from studio.domain.media import MediaKind
from studio.services.curator import Curator
from studio.services.library import LibraryService
from studio.services.undo import UndoStack
from tests.library.makers import encoded, film

QUERIES = (
    LibraryQuery(),
    LibraryQuery(order="oldest"),
    LibraryQuery(order="rating"),
    LibraryQuery(order="cost"),
    LibraryQuery(stacked=True),
    LibraryQuery(trash=True),
    LibraryQuery(text='tag:sea -fog "heron in"'),
    LibraryQuery(text="cost:>0.001 rating:>2"),
)


async def filled(service: LibraryService, curator: Curator) -> list[str]:
    """A library in which everything there is has been used."""
    ids: list[str] = []
    for number in range(8):
        incoming = service.incoming_path(f"job{number}")
        is_film = number == 7
        if is_film:
            film(incoming.with_suffix(".mp4")).rename(incoming)
        else:
            incoming.write_bytes(encoded("PNG" if number % 2 else "JPEG", number))
        request: dict[str, Any] = {"prompt": "a heron in the reeds", "seed": number, "width": 48}
        if number > 4:
            request["prompt"] = f"another {number}"
        draft = AssetDraft(
            kind=MediaKind.VIDEO if is_film else MediaKind.IMAGE,
            prompt=request["prompt"], negative_prompt="rain" if number == 3 else "",
            provenance=Provenance(
                job_id=f"job{number}", batch=f"grid{number // 4}", request_kind="image", request=request,
                model=("flux", "turbo")[number % 2], seed=number, cost=None if number == 2 else _cost(number),
                cost_source="header", parents=(ids[-1],) if number in (1, 4, 7) else (),
                sandbox=number == 5, template="a {heron|stork}", style="{prompt}, ink",
            ),
        )  # fmt: skip
        ids.append((await service.store(incoming, draft)).id)
    shelving = curator.shelving
    top = await shelving.create("Zebra")
    inner = await shelving.create("An inner one", top.id, ids[:3])
    await shelving.create("Between", "", ids[2:6])
    await shelving.create("Empty")
    await shelving.add([ids[7]], inner.id)
    await shelving.save_search("rated", LibraryQuery(text="rating:>2", order="rating", tags=("sea",)))
    await shelving.save_search("first letters", LibraryQuery(kinds=(MediaKind.VIDEO,)))
    await curator.rate(ids[:4], 4)
    await curator.rate(ids[4:5], 1)
    await curator.add_tags(ids[1:6], ["sea", "évening ☀"])
    await curator.set_note(ids[3:5], "a note\nof two lines")
    await service.set_title(ids[6:7], "Its title")
    await curator.trash([ids[6]])
    return ids


def _cost(number: int) -> Any:
    from decimal import Decimal

    return Decimal("0.0021") * number


async def everything(service: LibraryService, ids: list[str]) -> dict[str, Any]:
    """All that views show, by names that outlive row numbers."""

    async def names(query: LibraryQuery) -> list[tuple[str, int]]:
        return [(row.id, row.stack) for row in await service.rows(await service.row_ids(query), query)]

    assets: list[Asset | None] = [await service.asset(one) for one in ids]
    facets: list[Facets] = [await service.facets(query) for query in QUERIES]
    return {
        "assets": assets,
        "orders": [await names(query) for query in QUERIES],
        "facets": facets,
        "days": [await service.day_runs(query) for query in QUERIES[:3]],
        "parents": [[p.id for p in await service.parents(asset)] for asset in assets if asset],
        "children": [[c.id for c in await service.children(one)] for one in ids],
        "shelves": service.shelves,
        "members": {c.id: sorted(await service.members(c.id)) for c in service.shelves.collections},
        "searches": [await names(search.query()) for search in service.shelves.searches],
    }


async def test_a_deleted_index_comes_back_whole(tmp_path: Path) -> None:
    service = LibraryService(tmp_path)
    await service.open()
    ids = await filled(service, Curator(service, UndoStack()))
    before = await everything(service, ids)
    await service.close()
    assert [c.name for c in before["shelves"].collections] == ["Zebra", "An inner one", "Between", "Empty"]
    assert any(stack > 1 for _, stack in before["orders"][4])
    for found in (tmp_path / ".nectary").glob("index.sqlite*"):
        found.unlink()

    service = LibraryService(tmp_path)
    await service.open()
    assert service.needs_rebuild
    await service.rebuild()
    after = await everything(service, ids)
    for name, value in before.items():
        assert after[name] == value, name
    await service.close()


async def test_without_sidecars_too_what_is_embedded_comes_back(tmp_path: Path) -> None:
    """Somebody copied the pictures and films alone: what the files carry is kept, the rest is not known."""
    service = LibraryService(tmp_path / "a")
    await service.open()
    ids = await filled(service, Curator(service, UndoStack()))
    assets = [
        asset for one in ids if (asset := await service.asset(one)) is not None and not asset.trashed_at
    ]
    other = tmp_path / "b" / "mine"
    other.mkdir(parents=True)
    for asset in assets:
        path = service.file_path(asset)
        (other / path.name).write_bytes(path.read_bytes())
    await service.close()
    service = LibraryService(tmp_path / "b")
    await service.open()
    await service.rebuild()
    for asset in assets:
        found = await service.asset(asset.id)
        assert found is not None, asset.path
        assert (found.prompt, found.provenance.seed, found.provenance.cost) == (
            asset.prompt, asset.provenance.seed, asset.provenance.cost,
        )  # fmt: skip
        assert found.provenance.parents == asset.provenance.parents
    assert service.shelves == replace(Shelves())
    await service.close()
