"""Small pictures of relatives, as buttons; in the inspector as two rows, in a sheet as a tree."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import number, tr
from studio.core.tips import plain_tip
from studio.domain.asset import Asset
from studio.domain.lineage import Lineage
from studio.domain.media import MediaKind
from studio.qt_models.asset_list import KIND_NAMES
from studio.qt_models.picture import read_picture
from studio.ui.delegates import glyph
from studio.ui.theme import BORDER, FOCUS_BORDER, Radius, Space, Theme
from studio.ui.widgets.base import Themed, name_widget, paint_box, painter_for
from studio.ui.widgets.buttons import Button, PaintedButton
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.text import SectionHeader

if TYPE_CHECKING:
    from studio.services.library import LibraryService
    from studio.services.tasks import TaskSupervisor

STRIP_TILE, TREE_TILE = 48, 96
DECODED = 2 * TREE_TILE  # pixels of width; sharp on dense screens
IN_A_ROW = 10
LONGEST_NAME = 300
CROSSING = 56
"""Between two generations, for the lines."""


def asset_name(asset: Asset) -> str:
    """What an asset is called where there is one line."""
    return (asset.title or asset.prompt or Path(asset.path).name)[:LONGEST_NAME]


class AssetTile(PaintedButton):
    """A square picture of an asset; `marked` is the one that all is about."""

    def __init__(
        self, asset: Asset, side: int, *, marked: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.asset = asset
        self._side = side
        self._marked = marked
        self._pixmap = QPixmap()
        words = f"{KIND_NAMES[asset.kind]}: {asset_name(asset)}"
        name_widget(self, tr("This one. {what}", what=words) if marked else words)
        self.setToolTip(plain_tip(asset_name(asset)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def ring_radius(self) -> float:
        return Radius.CONTROL

    def show_picture(self, pixmap: QPixmap) -> None:
        self._pixmap = pixmap
        self.update()

    def sizeHint(self) -> QSize:
        side = Theme.current().px(self._side)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        box = QRectF(self.rect())
        paint_box(painter, box, t.raised, None, Radius.CONTROL)
        if self._pixmap.isNull():
            side = min(box.width() / 2, Space.XL)
            sign = QRectF(box.center() - QPointF(side / 2, side / 2), QPointF(0, 0))
            sign.setSize(QSize(round(side), round(side)))
            glyph(painter, self.asset.kind.value, sign, t.text2)
        else:
            self._paint_picture(painter, box)
        edge = t.focus if self.ring_visible else t.accent if self._marked else t.border_strong
        lively = self.ring_visible or self._marked or self.underMouse()
        paint_box(painter, box, None, edge if lively else t.border, Radius.CONTROL,
                  2 * FOCUS_BORDER if self._marked else FOCUS_BORDER)  # fmt: skip

    def _paint_picture(self, painter: QPainter, box: QRectF) -> None:
        clip = QPainterPath()
        clip.addRoundedRect(box, Radius.CONTROL, Radius.CONTROL)
        size = self._pixmap.size()
        side = min(size.width(), size.height())
        source = QRectF((size.width() - side) / 2, (size.height() - side) / 2, side, side)
        painter.save()
        painter.setClipPath(clip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(box, self._pixmap, source)
        painter.restore()


async def show_pictures(library: LibraryService, tiles: Sequence[AssetTile]) -> None:
    """Decode the pictures of these tiles, one after the other, in a thread."""
    for tile in tiles:
        if tile.asset.kind not in (MediaKind.IMAGE, MediaKind.VIDEO):
            continue
        path = library.thumbnail_path(tile.asset)
        if tile.asset.kind is MediaKind.IMAGE and not await asyncio.to_thread(path.exists):
            path = library.file_path(tile.asset)
        image = await asyncio.to_thread(read_picture, path, DECODED)
        if not image.isNull():
            tile.show_picture(QPixmap.fromImage(image))


class _Relatives(QWidget):
    """A quiet heading and a few tiles under it; hidden while there is none."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.tiles: list[AssetTile] = []
        self.header = SectionHeader(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        column.addWidget(self.header)
        box = QWidget()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        box.setSizePolicy(policy)
        self._flow = FlowLayout(box, Space.XS)
        column.addWidget(box)

    def shows(self, assets: Sequence[Asset]) -> bool:
        """Whether these are the ones that stand here already."""
        return [tile.asset.id for tile in self.tiles] == [asset.id for asset in assets[:IN_A_ROW]]

    def show_assets(self, assets: Sequence[Asset]) -> None:
        for tile in self.tiles:
            self._flow.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = [AssetTile(asset, STRIP_TILE) for asset in assets[:IN_A_ROW]]
        for tile in self.tiles:
            self._flow.addWidget(tile)
        self.header.set_value(number(len(assets)) if len(assets) > 1 else "")
        self.setVisible(bool(assets))


class LineageSection(QWidget):
    """In the inspector: what the asset was made from and what was made from it; hidden for a lonely one.

    Signals:
        chosen(Asset): go there.
        tree_wanted(): show the whole family.
    """

    chosen = Signal(object)
    tree_wanted = Signal()

    def __init__(self, library: LibraryService, tasks: TaskSupervisor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._tasks = tasks
        self._asset = ""
        self.parents, self.children_made = _Relatives(tr("Made from")), _Relatives(tr("Led to"))
        self.tree = Button(tr("Show the family tree"), "quiet", "tree")
        self.tree.clicked.connect(self.tree_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.MD)
        column.addWidget(self.parents)
        column.addWidget(self.children_made)
        column.addWidget(self.tree, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def look_at(self, asset: Asset | None) -> None:
        """Read and show the relatives of an asset; the old ones stay meanwhile only if they are its own."""
        if asset is None or asset.id != self._asset:
            self.hide()
        self._asset = asset.id if asset is not None else ""
        if asset is not None:
            self._tasks.spawn(self._read(asset), name="relatives", owner=self, group="relatives")

    def stop(self) -> None:
        self._tasks.cancel_owner(self)

    async def _read(self, asset: Asset) -> None:
        parents = [one for one in await self._library.parents(asset) if one.trashed_at is None]
        children = [one for one in await self._library.children(asset.id) if one.trashed_at is None]
        self.setVisible(bool(parents or children))
        if self.parents.shows(parents) and self.children_made.shows(children):
            return
        self.parents.show_assets(parents)
        self.children_made.show_assets(children)
        tiles = [*self.parents.tiles, *self.children_made.tiles]
        for tile in tiles:
            tile.clicked.connect(lambda _on=False, one=tile.asset: self.chosen.emit(one))
        await show_pictures(self._library, tiles)


class LineageTree(Themed, QWidget):
    """The family in columns, the oldest at the left, lines from each parent to its children."""

    chosen = Signal(object)

    def __init__(self, lineage: Lineage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assets = {asset.id: asset for asset in lineage.assets}
        self._links = lineage.links
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.SM, Space.SM, Space.SM, Space.SM)
        row.setSpacing(CROSSING)
        row.addStretch(1)
        self.tiles: dict[str, AssetTile] = {}
        for generation in lineage.generations():
            column = QVBoxLayout()
            column.setSpacing(Space.MD)
            column.addStretch(1)
            for key in generation:
                tile = AssetTile(assets[key], TREE_TILE, marked=key == lineage.subject)
                tile.clicked.connect(lambda _on=False, one=assets[key]: self.chosen.emit(one))
                column.addWidget(tile)
                self.tiles[key] = tile
            column.addStretch(1)
            row.addLayout(column)
        row.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        painter.setPen(QPen(t.border_strong, 2 * BORDER))
        for parent, child in self._links:
            start, end = self.tiles[parent].geometry(), self.tiles[child].geometry()
            a = QPointF(start.right() + 1, start.center().y())
            b = QPointF(end.left(), end.center().y())
            bend = QPointF(max(abs(b.x() - a.x()) / 2, Space.LG), 0)
            path = QPainterPath(a)
            path.cubicTo(a + bend, b - bend, b)
            painter.drawPath(path)
