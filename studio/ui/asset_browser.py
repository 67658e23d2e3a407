"""A gallery with its states: loading, empty, failed, "3 new". What Create and Library both show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import trn
from studio.domain.library import AssetRow, LibraryQuery
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.ui.delegates import GalleryStyle
from studio.ui.gallery_view import GalleryView
from studio.ui.theme import Radius, Space, Theme, Weight, faded, mix
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import EmptyState

if TYPE_CHECKING:
    from studio.services.library import LibraryService
    from studio.services.tasks import TaskSupervisor


def gallery_style(theme: Theme) -> GalleryStyle:
    """The gallery's look in the theme's tokens."""
    t = theme.tokens
    return GalleryStyle(
        background=t.bg,
        tile=t.raised,
        tints=(
            mix(t.raised, t.accent_soft, 0.6),
            mix(t.raised, t.info_soft, 0.5),
            mix(t.raised, t.ok_soft, 0.5),
        ),
        border=t.border,
        text=t.text,
        text_soft=t.text2,
        accent=t.accent,
        focus=t.focus,
        badge=t.overlay,
        on_badge=t.on_overlay,
        hover=faded(t.on_overlay if t.dark else t.text, 0.06),
        backdrop=t.bg,
        on_backdrop=t.text,
        checker=(t.raised, t.surface),
        body=theme.font(tabular=True),
        strong=theme.font(weight=Weight.SEMIBOLD),
        caption=theme.font("caption", tabular=True),
        radius=Radius.CARD,
        gap=Space.MD - Space.HAIR,
        motion_ms=theme.motion_ms,
    )


class AssetBrowser(QWidget):
    """A gallery over one query of the library.

    Args:
        empty: (icon, title, sentence) for a query with nothing in it.
    """

    current_changed = Signal(object)
    """The `AssetRow` one looks at, or None."""
    open_requested = Signal(object)
    """An `AssetRow` is to be seen large."""
    counted = Signal(int)

    def __init__(
        self,
        library: LibraryService,
        tasks: TaskSupervisor,
        theme: Theme,
        *,
        empty: tuple[str, str, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._library = library
        self.model = AssetListModel(library, tasks, self)
        self.thumbnails = ThumbnailLoader(library, parent=self)
        self.view = GalleryView(self.model, self.thumbnails, gallery_style(theme), self)
        name_widget(self.view, "Gallery")
        self._empty = EmptyState(*empty)
        self._failed = EmptyState("error", "", "", action="Try again", on_action=self.model.retry)
        self._pages = QStackedLayout()
        for page in (self.view, self._empty, self._failed):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._pages)
        self._newer = Button("", "outline", "arrow-up", size="small", parent=self)
        self._newer.hide()
        self._newer.clicked.connect(self.view.show_newest)
        self._connect()

    def _connect(self) -> None:
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._show_failure)
        self.model.rowsInserted.connect(lambda *_: self._loaded(self.model.rowCount()))
        self.model.rowsRemoved.connect(lambda *_: self._loaded(self.model.rowCount()))
        self.model.dataChanged.connect(self._values_arrived)
        self.view.newer_arrived.connect(self._tell_newer)
        self.view.open_requested.connect(self._open)
        self.view.selectionModel().currentChanged.connect(self._current)
        self.view.selectionModel().selectionChanged.connect(self._selection)

    # ------------------------------------------------------------------ asking and choosing

    def set_query(self, query: LibraryQuery) -> None:
        self.model.set_query(query)

    def set_empty(self, icon: str, title: str, sentence: str, action: str = "") -> None:
        self._empty.set_content(icon, title, sentence, action)

    def current(self) -> AssetRow | None:
        return self.model.asset_row(self.view.currentIndex())

    def selected_ids(self) -> list[str]:
        """Ids of the selected assets that have been read; the one in focus when nothing is selected."""
        positions = self.view.selected_positions() or [self.view.currentIndex().row()]
        rows = [self.model.row_at(position) for position in positions if position >= 0]
        return [row.id for row in rows if row is not None]

    def select_row(self, number: int) -> bool:
        """Put the focus on a row number; False if this query does not have it."""
        index = self.model.index_of_row(number)
        if not index.isValid():
            return False
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        return True

    def select_first(self) -> None:
        if self.model.rowCount() and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0, 0))

    def stop(self) -> None:
        """End tasks and threads."""
        self.model.close()
        self.thumbnails.stop()

    # ------------------------------------------------------------------ what the model says

    def _loaded(self, count: int) -> None:
        self._pages.setCurrentWidget(self.view if count else self._empty)
        self.counted.emit(count)

    def _show_failure(self, error: StudioError) -> None:
        self._failed.set_content("error", error.title, error.detail, "Try again")
        self._pages.setCurrentWidget(self._failed)

    def _values_arrived(self, first: QModelIndex, last: QModelIndex, _roles: object = None) -> None:
        current = self.view.currentIndex()
        if current.isValid() and first.row() <= current.row() <= last.row():
            self.current_changed.emit(self.model.asset_row(current))

    def _current(self, index: QModelIndex, _before: QModelIndex) -> None:
        self.current_changed.emit(self.model.asset_row(index) if index.isValid() else None)

    def _selection(self, _on: QItemSelection, _off: QItemSelection) -> None:
        index = self.view.currentIndex()
        if index.isValid():
            self.current_changed.emit(self.model.asset_row(index))

    def _open(self, index: QModelIndex) -> None:
        row = self.model.asset_row(index)
        if row is not None:
            self.open_requested.emit(row)

    def _tell_newer(self, count: int) -> None:
        self._newer.setVisible(count > 0)
        self._newer.setText(trn("{n} new result", "{n} new results", count))
        self._newer.setAccessibleName(self._newer.text())
        self._newer.adjustSize()
        self._place_newer()
        self._newer.raise_()

    def _place_newer(self) -> None:
        self._newer.move((self.width() - self._newer.width()) // 2, Space.SM)

    # ------------------------------------------------------------------ Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_newer()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.view.set_look(gallery_style(self._theme))
