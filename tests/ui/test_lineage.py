"""Relatives in the inspector and as a tree; a press goes there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from studio.ui.lineage_sheet import LineageSheet
from studio.ui.lineage_tiles import AssetTile, LineageSection
from tests.panes.support import desk
from tests.panes.test_library import Pane, part, press
from tests.services.test_lineage import made_from
from tests.shell.support import until


async def test_relatives_are_shown_and_gone_to(tmp_path: Path, qapp: QApplication) -> None:
    async with desk(tmp_path, qapp) as at:
        library = at.services.library
        root = await made_from(library, 1)
        child = await made_from(library, 2, root.id)
        grandchild = await made_from(library, 3, child.id)
        pane = Pane(at)
        await pane.shows(3)
        section = pane.inspector.lineage
        assert isinstance(section, LineageSection)

        async def shown(asset_id: str, parents: list[str], children: list[str]) -> None:
            await until(lambda: pane.inspector.asset is not None and pane.inspector.asset.id == asset_id)
            await until(
                lambda: (
                    [tile.asset.id for tile in section.parents.tiles] == parents
                    and [tile.asset.id for tile in section.children_made.tiles] == children
                )
            )

        pane.gallery.setCurrentIndex(pane.browser.model.index(0))
        await shown(grandchild.id, [child.id], [])
        section.parents.tiles[0].click()
        await shown(child.id, [root.id], [grandchild.id])
        await until(lambda: not section.parents.tiles[0]._pixmap.isNull())
        pane.inspector.grab()
        press(pane.inspector, "Show the family tree")
        sheet = await until(
            lambda: next((s for s in at.window.findChildren(LineageSheet) if s.isVisible()), None)
        )
        await until(lambda: not any(tile._pixmap.isNull() for tile in sheet.tree.tiles.values()))
        sheet.grab()
        tiles = sheet.tree.tiles
        assert tiles[root.id].x() < tiles[child.id].x() < tiles[grandchild.id].x()
        assert part(sheet, AssetTile).accessibleName()
        tiles[root.id].click()
        await shown(root.id, [], [child.id])


async def test_a_relative_that_the_query_leaves_out_is_found_all_the_same(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with desk(tmp_path, qapp) as at:
        library = at.services.library
        root = await made_from(library, 1)
        child = await made_from(library, 2, root.id)
        pane = Pane(at)
        await pane.shows(2)
        pane.view.search.setText("seed:2")
        await pane.shows(1)
        await until(lambda: pane.inspector.asset is not None and pane.inspector.asset.id == child.id)
        pane.inspector.go_to(replace(root))
        await pane.shows(2)
        await until(lambda: pane.inspector.asset.id == root.id)
        assert pane.view.search.text() == ""
