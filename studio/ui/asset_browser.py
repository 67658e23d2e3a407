"""A gallery with its states: loading, empty, failed, "3 new". What Create and Library both show."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.domain.compare import MOST
from studio.domain.library import AssetRow, LibraryQuery
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.bridge import bridge
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.ui.asset_verbs import IN_THE_VIEWER
from studio.ui.day_headings import DatedRows, headings
from studio.ui.delegates import GalleryStyle
from studio.ui.gallery_view import GalleryView
from studio.ui.theme import Radius, Size, Space, Theme, Weight, faded, mix
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import EmptyState

if TYPE_CHECKING:
    from studio.core.settings import Preferences, Settings
    from studio.qt_models.pictures import PictureLoader
    from studio.services.library import LibraryService
    from studio.services.sound import SoundService
    from studio.services.tasks import TaskSupervisor
    from studio.ui.sound_deck import SoundDeck
    from studio.ui.sound_panel import SoundPanel
    from studio.ui.viewer import PictureViewer

KEEP_SIZE_MS = 400
RECOUNT_MS = 200
MANY_STACKS = 64
"""From so many on, everything is read once instead of each stack by itself."""


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
        list_row=theme.px(Size.ROW_TALL + Space.SM),
        motion_ms=theme.motion_ms,
    )


def is_folded(row: AssetRow, query: LibraryQuery) -> bool:
    """Whether a cell stands for a whole stack in what a query shows."""
    return query.stacked and row.stack > 1 and row.stack_key not in query.unfolded


class AssetBrowser(QWidget):
    """A gallery over one query of the library.

    Args:
        empty: (icon, title, sentence) for a query with nothing in it.
        by_day: put headings over the days, where the order goes by time.
    """

    current_changed = Signal(object)
    """The `AssetRow` one looks at, or None."""
    rate_requested = Signal(int)
    """Stars for what is selected, from the gallery or the viewer."""
    trash_requested = Signal()
    export_requested = Signal()
    """What is selected, from the gallery or the viewer, belongs into the trash."""
    selected = Signal(int)
    """How many are selected."""
    stack_toggled = Signal(object)
    """The `AssetRow` of a stack that shall be unfolded, or folded again."""
    counted = Signal(int)
    widen_requested = Signal()
    """The button of the empty page: nothing was found, and more shall be shown."""
    verb_requested = Signal(str)
    """A verb of `asset_verbs` for the asset one looks at, from the gallery or the viewer."""
    menu_requested = Signal(QPoint)
    frame_taken = Signal(object, object, float)
    """The `AssetRow` of a film, the frame as a `QImage`, and where it stands in seconds."""

    def __init__(
        self,
        library: LibraryService,
        tasks: TaskSupervisor,
        theme: Theme,
        settings: Settings,
        *,
        sound: SoundService,
        empty: tuple[str, str, str],
        by_day: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._library = library
        self._tasks = tasks
        self._settings = settings
        self._sound = sound
        self._deck: SoundDeck | None = None
        self._by_day = by_day
        self._warm = False
        self.viewer: PictureViewer | None = None
        self._pictures: PictureLoader | None = None
        self._dated = DatedRows(library)
        self.model = AssetListModel(self._dated, tasks, self)
        self.thumbnails = ThumbnailLoader(library, parent=self)
        self.view = GalleryView(self.model, self.thumbnails, gallery_style(theme), self)
        name_widget(self.view, tr("Gallery"))
        self._empty = EmptyState(*empty, on_action=self.widen_requested.emit)
        self._failed = EmptyState("error", "", "", action=tr("Try again"), on_action=self.model.retry)
        self._pages = QStackedLayout()
        for page in (self.view, self._empty, self._failed):
            self._pages.addWidget(page)
        self._newer = Button("", "outline", "arrow-up", size="small", parent=self)
        self._newer.hide()
        self._newer.clicked.connect(self.view.show_newest)
        self._connect()

    def _connect(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._pages)
        self._recount = QTimer(self, singleShot=True, interval=RECOUNT_MS)
        self._recount.timeout.connect(self._count_days)
        self._keep_size = QTimer(self, singleShot=True, interval=KEEP_SIZE_MS)
        self._keep_size.timeout.connect(self._save_cell_size)
        self.view.set_cell_size(self._settings.values.look.thumbnail_size)
        self.view.cell_size_changed.connect(lambda _pixels: self._keep_size.start())
        bridge(self._settings.changed, self._follow_settings, self)
        self.model.loaded.connect(self._head)
        self.model.loaded.connect(self._first_rows)
        self.model.completed.connect(self._head)
        self.model.completed.connect(self._loaded)
        self.model.failed.connect(self._show_failure)
        self.model.rowsInserted.connect(self._rows_changed)
        self.model.rowsRemoved.connect(self._rows_changed)
        self.model.dataChanged.connect(self._values_arrived)
        self.view.newer_arrived.connect(self._tell_newer)
        self.view.open_requested.connect(self.show_large)
        self.view.rate_requested.connect(self.rate_requested)
        self.view.trash_requested.connect(self.trash_requested)
        self.view.export_requested.connect(self.export_requested)
        self.view.stack_requested.connect(self.toggle_stack)
        self.view.compare_requested.connect(self.compare_selected)
        self.view.verb_requested.connect(self.verb_requested)
        self.view.menu_requested.connect(self.menu_requested)
        self.view.selectionModel().currentChanged.connect(self._current)
        self.view.selectionModel().selectionChanged.connect(self._selection)

    # ------------------------------------------------------------------ asking and choosing

    def set_query(self, query: LibraryQuery) -> None:
        self.model.set_query(query)

    def set_empty(self, icon: str, title: str, sentence: str, action: str = "") -> None:
        self._empty.set_content(icon, title, sentence, action)

    def current(self) -> AssetRow | None:
        return self.model.asset_row(self.view.currentIndex())

    def selected_numbers(self) -> list[int]:
        """Row numbers of the selected assets; the one in focus when nothing is selected."""
        positions = self.view.selected_positions() or [self.view.currentIndex().row()]
        return [self.model.number_at(position) for position in positions if position >= 0]

    async def ids_of(self, numbers: Sequence[int]) -> list[str]:
        """Ids of row numbers, also of those that were never in sight; a folded stack is all that is in it."""
        query = self.model.query
        if not query.stacked:
            return [row.id for row in await self._library.rows(numbers)]
        rows = await self._library.rows(numbers, query)
        folded = {row.stack_key for row in rows if is_folded(row, query)}
        apart = replace(query, stacked=False, unfolded=())
        if len(folded) > MANY_STACKS:
            everything = await self._library.row_ids(apart)
        else:
            everything = array("q")
            for key in sorted(folded):
                everything.extend(await self._library.row_ids(replace(apart, stack_key=key)))
        inside: dict[int, list[str]] = {}
        for row in await self._library.rows(everything):
            if row.stack_key in folded:
                inside.setdefault(row.stack_key, []).append(row.id)
        found: dict[str, None] = {}
        for row in rows:
            found |= dict.fromkeys([row.id, *inside.get(row.stack_key, ())])
        return list(found)

    def is_folded(self, row: AssetRow) -> bool:
        """Whether a cell stands for a whole stack now."""
        return is_folded(row, self.model.query)

    def select_row(self, number: int) -> bool:
        """Put the focus on a row number; False if this query does not have it."""
        index = self.model.index_of_row(number)
        if not index.isValid():
            return False
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        return True

    def toggle_stack(self, index: QModelIndex | None = None) -> None:
        """Ask to unfold or fold the stack at an index, or at the current one."""
        row = self.model.asset_row(index or self.view.currentIndex())
        if row is not None and row.stack > 1:
            self.stack_toggled.emit(row)

    def select_first(self) -> None:
        if self.model.rowCount() and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0, 0))

    def show_large(self, index: QModelIndex | None = None) -> None:
        """Open the viewer over the whole window, on an index or on the current one."""
        index = index or self.view.currentIndex()
        if index.isValid():
            self._need_viewer().show_index(index)

    def stop(self) -> None:
        """End tasks and threads."""
        self._keep_size.stop()
        self._recount.stop()
        if self.viewer is not None:
            self.viewer.hide()
        if self._pictures is not None:
            self._pictures.stop()
        if self._deck is not None:
            self._deck.stop()
        self.model.close()
        self.thumbnails.stop()
        self._tasks.cancel_owner(self)

    def leave_viewer(self) -> None:
        """Close the viewer, if it is open: what follows happens elsewhere."""
        if self.viewer is not None and self.viewer.isVisible():
            self.viewer.leave()

    # ------------------------------------------------------------------ comparing

    def compare_selected(self) -> None:
        """Set the selected assets against each other; nothing happens unless they are two to four."""
        numbers = self.selected_numbers()
        if 2 <= len(numbers) <= MOST:
            self._tasks.spawn(self._compare(numbers), name="compare", owner=self, group="compare")

    async def _compare(self, numbers: Sequence[int]) -> None:
        from studio.ui.compare_view import CompareView

        rows = await self._library.rows(numbers)
        found = [await self._library.asset(row.id) for row in rows]
        assets = [asset for asset in found if asset is not None]
        if len(assets) == len(rows) >= 2:
            view = CompareView(self, assets, rows, self._need_pictures())
            view.dismissed.connect(self._need_pictures().clear)
            view.open()

    def _need_pictures(self) -> PictureLoader:
        from studio.qt_models.pictures import PictureLoader

        if self._pictures is None:
            self._pictures = PictureLoader(self._dated, parent=self)
        return self._pictures

    # ------------------------------------------------------------------ the viewer

    def _need_viewer(self) -> PictureViewer:
        """Built when it is first needed; it covers the window, so its parent is the window."""
        from studio.ui.viewer import PictureViewer

        if self.viewer is None:
            pictures = self._need_pictures()
            viewer = PictureViewer(
                self.model, pictures, gallery_style(self._theme), self.window(), verbs=IN_THE_VIEWER
            )
            viewer.current_changed.connect(self.view.setCurrentIndex)
            viewer.rate_requested.connect(self.rate_requested)
            viewer.trash_requested.connect(self.trash_requested)
            viewer.frame_taken.connect(self.frame_taken)
            viewer.verb_requested.connect(self.verb_requested)
            viewer.menu_requested.connect(self.menu_requested)
            viewer.open_externally.connect(self.open_outside)
            viewer.set_sounds(self._make_panel, self._dated.file_path)
            viewer.film_shown.connect(lambda film, row: film.show_outline(self.deck(), row.sha256))
            viewer.closed.connect(lambda: self.view.setFocus(Qt.FocusReason.OtherFocusReason))
            self.viewer = viewer
        return self.viewer

    def deck(self) -> SoundDeck:
        """What plays the sounds of this gallery; built when the first one is shown."""
        from studio.ui.sound_deck import SoundDeck

        if self._deck is None:
            self._deck = SoundDeck(self._sound, self._tasks, self)
        return self._deck

    def _make_panel(self, parent: QWidget) -> SoundPanel:
        from studio.ui.sound_panel import SoundPanel

        return SoundPanel(self.deck(), self._sound, self._tasks, parent)

    def open_outside(self, row: AssetRow) -> None:
        """Open a file in the program that the desktop has for it."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._dated.file_path(row))))

    # ------------------------------------------------------------------ the size of the cells

    def _follow_settings(self, values: Preferences) -> None:
        if not self._keep_size.isActive():
            self.view.set_cell_size(values.look.thumbnail_size)

    def _save_cell_size(self) -> None:
        self._settings.change("look", thumbnail_size=self.view.cell_size)

    # ------------------------------------------------------------------ what the model says

    def _head(self, _count: int) -> None:
        """Headings for the rows that are shown from now on."""
        today = datetime.now().astimezone().date()
        self.view.set_sections(headings(self._dated.runs, today) if self._by_day else [])

    def _rows_changed(self, *_: object) -> None:
        if self.model.loading:
            return  # the rest of a query's rows; `completed` follows
        self._loaded(self.model.rowCount())
        if self._by_day:
            self._recount.start()

    def _count_days(self) -> None:
        self._tasks.spawn(self._read_days(), name="count days", owner=self, group="days")

    async def _read_days(self) -> None:
        self._dated.runs = await self._library.day_runs(self.model.query)
        self._head(0)

    def _first_rows(self, count: int) -> None:
        if count:
            self._pages.setCurrentWidget(self.view)

    def _loaded(self, count: int) -> None:
        self._pages.setCurrentWidget(self.view if count else self._empty)
        if not count:
            self.current_changed.emit(None)  # a reset tells nothing about the one in focus
        self.counted.emit(count)
        if not self._warm:
            # Filters and facets need their columns; the first rows are on the window by now.
            self._warm = True
            self._tasks.spawn(self._library.warm(), name="warm the library", owner=self)

    def _show_failure(self, error: StudioError) -> None:
        self._failed.set_content("error", error.title, error.detail, tr("Try again"))
        self._pages.setCurrentWidget(self._failed)

    def _values_arrived(self, first: QModelIndex, last: QModelIndex, _roles: object = None) -> None:
        current = self.view.currentIndex()
        if current.isValid() and first.row() <= current.row() <= last.row():
            self.current_changed.emit(self.model.asset_row(current))

    def _current(self, index: QModelIndex, _before: QModelIndex) -> None:
        self.current_changed.emit(self.model.asset_row(index) if index.isValid() else None)

    def _selection(self, _on: QItemSelection, _off: QItemSelection) -> None:
        self.selected.emit(len(self.view.selected_positions()))
        index = self.view.currentIndex()
        if index.isValid():
            self.current_changed.emit(self.model.asset_row(index))

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
            if self.viewer is not None:
                self.viewer.set_look(gallery_style(self._theme))
