"""The family tree of an asset over the window; pressing a relative goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from studio.core.i18n import tr, trn
from studio.domain.asset import Asset
from studio.domain.lineage import Lineage
from studio.ui.dialogs import Sheet
from studio.ui.lineage_tiles import LineageTree, show_pictures
from studio.ui.theme import Size, Space
from studio.ui.widgets.base import clear_viewport

if TYPE_CHECKING:
    from studio.services.library import LibraryService
    from studio.services.tasks import TaskSupervisor


class LineageSheet(Sheet):
    """As wide as the tree needs, as far as the window has room; the tree scrolls beyond that."""

    def __init__(self, owner: QWidget, lineage: Lineage) -> None:
        count = len(lineage.assets) - 1
        words = trn("One relative. Press it to go there.", "{n} relatives. Press one to go there.", count)
        if not lineage.complete:
            words += " " + tr("Only the nearest are shown.")
        super().__init__(owner, tr("Family tree"), words)
        self.tree = LineageTree(lineage)
        self.tree.chosen.connect(self.finish)
        self._area = QScrollArea()
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        clear_viewport(self._area)
        self._area.setWidget(self.tree)
        self.tree.setAutoFillBackground(False)
        self.add_content(self._area)
        self.add_button(tr("Close"), None)

    def arrange(self) -> None:
        edge = 2 * Size.SHADOW
        wanted = self.tree.sizeHint()
        room = self.size() - self.size() / 8
        around = 2 * Space.XL + Size.SCROLL_BAR
        width = max(Size.DIALOG, min(wanted.width() + around, room.width())) + edge
        # Beside the tree stand the title, a line of words and the row of buttons.
        beside = self.panel.sizeHint().height() - self._area.sizeHint().height()
        height = min(wanted.height() + Size.SCROLL_BAR + beside, room.height())
        self.panel.setGeometry((self.width() - width) // 2, (self.height() - height) // 2, width, height)


async def show_family(
    owner: QWidget, library: LibraryService, tasks: TaskSupervisor, lineage: Lineage
) -> Asset | None:
    """Show the tree; the relative that was pressed, or None when it was closed."""
    sheet = LineageSheet(owner, lineage)
    marked = sheet.tree.tiles[lineage.subject]
    tasks.spawn(show_pictures(library, list(sheet.tree.tiles.values())), name="family pictures", owner=sheet)
    try:
        answer = await sheet.result(marked)
    finally:
        tasks.cancel_owner(sheet)
    return answer if isinstance(answer, Asset) else None
