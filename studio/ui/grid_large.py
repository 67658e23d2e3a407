"""The pictures of a grid one at a time over the window, in the grid's order."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, Signal
from PySide6.QtWidgets import QWidget

from studio.core.events import Event
from studio.domain.library import AssetRow, LeadingRows, LibraryChange, LibraryQuery
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.pictures import PictureLoader
from studio.services.library import LibraryService
from studio.services.tasks import TaskSupervisor
from studio.ui.delegates import GalleryStyle
from studio.ui.viewer import PictureViewer


class _FixedRows:
    """A few rows of the library in an order of their own, whatever is asked for."""

    def __init__(self, library: LibraryService, numbers: Sequence[int]) -> None:
        self._library = library
        self._numbers = array("q", numbers)

    @property
    def changed(self) -> Event[LibraryChange]:
        return self._library.changed

    async def leading(self, query: LibraryQuery) -> LeadingRows | None:
        return None

    async def row_ids(self, query: LibraryQuery) -> array[int]:
        kept = {row.row for row in await self._library.rows(self._numbers)}
        return array("q", [number for number in self._numbers if number in kept])

    async def rows(self, row_ids: Sequence[int], stacked_in: LibraryQuery | None = None) -> list[AssetRow]:
        return await self._library.rows(row_ids)

    def file_path(self, row: AssetRow, /) -> Path:
        return self._library.file_path(row)

    def thumbnail_path(self, row: AssetRow, /) -> Path:
        return self._library.thumbnail_path(row)


class LargeCells(QObject):
    """Opens the viewer on one of some rows; it takes itself down when the viewer is closed.

    Signals:
        moved(int): the row that is shown now.
        rated(int, int): a row and its stars.
        frame_taken(AssetRow, QImage, float), outside_wanted(AssetRow): as in `PictureViewer`.
        ended(): the viewer was closed.
    """

    moved = Signal(object)
    rated = Signal(object, int)
    frame_taken = Signal(object, object, float)
    outside_wanted = Signal(object)
    ended = Signal()

    def __init__(
        self,
        owner: QWidget,
        library: LibraryService,
        tasks: TaskSupervisor,
        style: GalleryStyle,
        numbers: Sequence[int],
        first: int,
    ) -> None:
        super().__init__(owner)
        source = _FixedRows(library, numbers)
        self._first = self._shown = first
        self._ended = False
        self.model = AssetListModel(source, tasks, self)
        self.pictures = PictureLoader(source, parent=self)
        self.viewer = PictureViewer(self.model, self.pictures, style, owner.window())
        self.viewer.current_changed.connect(self._moved)
        self.viewer.rate_requested.connect(self._rate)
        self.viewer.frame_taken.connect(self.frame_taken)
        self.viewer.open_externally.connect(self.outside_wanted)
        self.viewer.closed.connect(self.stop)
        self.model.completed.connect(self._show)
        # Any order but those by time, which let the model assume that the rows are sorted.
        self.model.set_query(LibraryQuery(order="name"))

    def _show(self, _count: int) -> None:
        index = self.model.index_of_row(self._first)
        if index.isValid() and not self.viewer.isVisible():
            self.viewer.show_index(index)

    def _moved(self, index: QModelIndex) -> None:
        if index.isValid():
            self._shown = self.model.number_at(index.row())
            self.moved.emit(self._shown)

    def _rate(self, stars: int) -> None:
        self.rated.emit(self._shown, stars)

    def stop(self) -> None:
        """End threads and tasks."""
        if self._ended:
            return
        self._ended = True
        self.model.close()
        self.pictures.stop()
        self.viewer.hide()
        self.viewer.deleteLater()
        self.ended.emit()
        self.deleteLater()
