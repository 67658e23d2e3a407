"""Files of the form: thumbnails to remove and to put in order, and a place to drop, paste or choose more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.ui.icons import paint_icon
from studio.ui.theme import FOCUS_BORDER, Radius, Size, Space, Theme
from studio.ui.widgets.base import name_widget, paint_box, painter_for
from studio.ui.widgets.buttons import IconButton, PaintedButton
from studio.ui.widgets.layout import DropZone, FlowLayout
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.text import SectionHeader

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QEnterEvent

    from studio.domain.media import MediaInput
    from studio.domain.parameters import MediaSlot

Look = Callable[["MediaInput", Callable[[QImage, str], object]], None]
ENDINGS = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"),
    "video": (".mp4", ".webm", ".mov", ".mkv"),
    "audio": (".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a"),
}
QWIDGETSIZE_MAX = 16_777_215
"""Qt's "no limit", which PySide does not name."""
_ICONS = {"image": "picture", "video": "video", "audio": "speaker"}


def files_in(data: QMimeData, media: str) -> list[Path]:
    """The files of a kind that something dragged or copied names."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in ENDINGS[media]]


def picture_in(data: QMimeData) -> QImage | None:
    """The picture itself that was copied, where it is no file."""
    if not data.hasImage():
        return None
    image = data.imageData()
    return image if isinstance(image, QImage) and not image.isNull() else None


def takes(data: object, media: str) -> bool:
    """Whether something dragged or copied can go into a slot for this kind of file."""
    if not isinstance(data, QMimeData):
        return False
    return bool(files_in(data, media)) or (media == "image" and data.hasImage())


class MediaTile(PaintedButton):
    """One file: its thumbnail with a small button to remove it.

    Del removes it, Ctrl+Left and Ctrl+Right move it, as dragging does; the menu key offers all of it.
    """

    removed = Signal()
    moved = Signal(int)
    """By how many places."""

    def __init__(self, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._pixmap = QPixmap()
        self._grip: QPoint | None = None
        self._remove = IconButton("close", tr("Remove"), size="tiny", parent=self)
        self._remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._remove.clicked.connect(self.removed)
        self._remove.hide()
        name_widget(self, tr("Reference"))
        self.setFixedSize(self.sizeHint())

    def ring_radius(self) -> float:
        return Radius.LARGE

    def sizeHint(self) -> QSize:
        side = Theme.current().px(Size.DROP)
        return QSize(side, side)

    def retheme(self) -> None:
        self.setFixedSize(self.sizeHint())
        super().retheme()

    def show_picture(self, image: QImage, name: str) -> None:
        """Show what it is; an empty image keeps the icon."""
        self._pixmap = QPixmap.fromImage(image)
        name_widget(self, tr("Reference: {name}", name=name[:80]))
        self.setToolTip(plain_tip(name))
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._remove.adjustSize()
        self._remove.move(self.width() - self._remove.width() - 2, 2)
        self._remove.show()
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        self._remove.hide()
        super().leaveEvent(event)  # type: ignore[arg-type]  # a QEvent

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif control and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.moved.emit(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grip = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragged over a neighbour's place, it takes it."""
        if self._grip is not None and event.buttons() & Qt.MouseButton.LeftButton:
            away = event.position().toPoint().x() - self._grip.x()
            places = round(away / (self.width() + Space.SM))
            if places:
                self._grip = None
                self.moved.emit(places)
                return
        super().mouseMoveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = Menu(self)
        menu.add(tr("Move to the left"), lambda: self.moved.emit(-1), shortcut="Ctrl+Left")
        menu.add(tr("Move to the right"), lambda: self.moved.emit(1), shortcut="Ctrl+Right")
        menu.add(tr("Remove"), self.removed.emit, "close", shortcut="Del")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        box = QRectF(self.rect())
        paint_box(painter, box, t.raised, None, Radius.LARGE)
        if self._pixmap.isNull():
            side = theme.px(Size.ICON_LARGE)
            middle = box.center()
            paint_icon(
                painter, self._icon, QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side), t.text2
            )
        else:
            clip = QPainterPath()
            clip.addRoundedRect(box, Radius.LARGE, Radius.LARGE)
            painter.setClipPath(clip)
            size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
            place = QRectF(
                (self.width() - size.width()) / 2,
                (self.height() - size.height()) / 2,
                size.width(),
                size.height(),
            )
            painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))
            painter.setClipping(False)
        edge = t.focus if self.ring_visible else t.border
        paint_box(painter, box, None, edge, Radius.LARGE, FOCUS_BORDER if self.ring_visible else 1)


class MediaStrip(QWidget):
    """One slot of the form.

    `changed` tells the files that are left and their order; `files` and `picture` what is to be taken in;
    `choose` that the user wants to pick files.
    """

    changed = Signal(str, object)
    files = Signal(str, object)
    picture = Signal(str, object)
    choose = Signal(str, str)

    def __init__(self, slot: MediaSlot, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slot = slot
        self._look = look
        self._items: tuple[MediaInput, ...] = ()
        self._tiles: list[MediaTile] = []
        self.zone = DropZone(
            tr("Drop, paste or choose"), accepts=lambda data: takes(data, slot.media),
            name=tr("Add: {label}", label=slot.label), parent=self,
        )  # fmt: skip
        self.zone.dropped.connect(self.take)
        self.zone.clicked.connect(lambda: self.choose.emit(slot.name, slot.media))
        self.header = SectionHeader(slot.label, buddy=self.zone, parent=self)
        if slot.tip:
            self.setToolTip(slot.tip)
        self._flow = QWidget(self)
        self._room = FlowLayout(self._flow)
        self._row = QHBoxLayout()
        self._row.setSpacing(Space.SM)
        self._row.addWidget(self._flow)
        self._row.addWidget(self.zone, 1)
        # Takes what is left when the zone is away, so that a tile stays at the left.
        self._row.addStretch(0)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(Space.SM)
        self._column.addWidget(self.header)
        self._column.addLayout(self._row)
        self._flow.hide()
        self.setAcceptDrops(True)

    def take(self, data: object) -> None:
        """Take in what was dropped or pasted."""
        if not isinstance(data, QMimeData):
            return
        found = files_in(data, self.slot.media)
        image = picture_in(data)
        if found:
            self.files.emit(self.slot.name, found)
        elif image is not None and self.slot.media == "image":
            self.picture.emit(self.slot.name, image)

    def show_items(self, items: Sequence[MediaInput], most: int) -> None:
        """These files, of at most so many."""
        self.header.set_value(
            tr("{n} of {most}", n=len(items), most=most) if items else tr("up to {most}", most=most)
        )
        self.header.value.set_tone("warn" if len(items) > most else "text2")
        # A single place that is taken is replaced through its tile; where there is room, more can come.
        self.zone.setVisible(len(items) < most or not items)
        if tuple(items) == self._items:
            return
        old = dict(zip(self._items, self._tiles, strict=True))
        focused = next((at for at, tile in enumerate(self._tiles) if tile.hasFocus()), -1)
        self._items = tuple(items)
        while self._room.count():
            self._room.takeAt(0)
        self._tiles = [old.pop(item, None) or self._new_tile(item) for item in self._items]
        for tile in self._tiles:
            self._room.addWidget(tile)
            tile.show()
        for tile in old.values():
            tile.hide()
            tile.deleteLater()
        self._arrange()
        if focused >= 0 and not any(tile.hasFocus() for tile in self._tiles):
            (self._tiles[min(focused, len(self._tiles) - 1)] if self._tiles else self.zone).setFocus()

    def _arrange(self) -> None:
        """One tile leaves room for the drop zone beside it; a row of them gets lines of its own."""
        self._flow.setVisible(bool(self._tiles))
        beside = len(self._tiles) <= 1
        self._row.setDirection(
            QHBoxLayout.Direction.LeftToRight if beside else QHBoxLayout.Direction.TopToBottom
        )
        side = Theme.current().px(Size.DROP)
        self._flow.setMinimumWidth(side)
        self._flow.setMaximumWidth(side if beside else QWIDGETSIZE_MAX)
        self._flow.updateGeometry()

    def _new_tile(self, item: MediaInput) -> MediaTile:
        tile = MediaTile(_ICONS[self.slot.media], self._flow)
        tile.removed.connect(lambda: self._drop(tile))
        tile.moved.connect(lambda by: self._move(tile, by))
        tile.clicked.connect(lambda: tile.setFocus(Qt.FocusReason.MouseFocusReason))
        self._look(item, lambda image, name: self._seen(tile, image, name))
        return tile

    def _seen(self, tile: MediaTile, image: QImage, name: str) -> None:
        if tile in self._tiles:
            tile.show_picture(image, name)

    def _drop(self, tile: MediaTile) -> None:
        at = self._tiles.index(tile)
        self.changed.emit(self.slot.name, self._items[:at] + self._items[at + 1 :])

    def _move(self, tile: MediaTile, by: int) -> None:
        at = self._tiles.index(tile)
        to = min(max(at + by, 0), len(self._tiles) - 1)
        if to != at:
            rest = self._items[:at] + self._items[at + 1 :]
            self.changed.emit(self.slot.name, (*rest[:to], self._items[at], *rest[to:]))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if takes(event.mimeData(), self.slot.media):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.take(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        data = QApplication.clipboard().mimeData()
        if event.key() == Qt.Key.Key_V and takes(data, self.slot.media):
            held = event.modifiers() == Qt.KeyboardModifier.ControlModifier
            if held:
                self.take(data)
                return
        super().keyPressEvent(event)
