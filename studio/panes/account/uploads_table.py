"""Files in media storage as a table model, with their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap

from studio.core.i18n import tr
from studio.panes.account.tables import FlatModel, Index
from studio.panes.account.uploads_words import cell, now
from studio.services.uploads import Upload
from studio.ui.theme import Theme

COLUMNS = (tr("File"), tr("Sent"), tr("There until"), tr("Size"))


class UploadsTable(FlatModel):
    """One row for each file. Pictures are given when they are read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Upload, ...] = ()
        self._pictures: dict[str, QIcon] = {}

    def show(self, uploads: Sequence[Upload]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = tuple(uploads)
        self.endResetModel()

    def upload(self, row: int) -> Upload | None:
        """The file of a row; None where there is none."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, url: str) -> int:
        """The row of an address; -1 when it is not shown."""
        return next((row for row, item in enumerate(self._rows) if item.url == url), -1)

    def set_picture(self, url: str, picture: QImage) -> None:
        """The picture of a file."""
        icon = QIcon()
        if not picture.isNull():
            pixmap = QPixmap.fromImage(picture)
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # else the chosen one is tinted
                icon.addPixmap(pixmap, mode)
        self._pictures[url] = icon
        row = self.row_of(url)
        if row >= 0:
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0), [Qt.ItemDataRole.DecorationRole])

    def has_picture(self, url: str) -> bool:
        """Whether it was read already, or found to be none."""
        return url in self._pictures

    def tick(self) -> None:
        """Time went by: what is left is said anew."""
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def heads(self) -> Sequence[str]:
        return COLUMNS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        upload, column, moment = self._rows[index.row()], index.column(), now()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _ink(upload, column, moment)
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            picture = self._pictures.get(upload.url)
            return picture if picture is not None and not picture.isNull() else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell(upload, column, moment)
        return None


def _ink(upload: Upload, _column: int, moment: datetime) -> object:
    return Theme.current().tokens.text3 if upload.over(moment) else None
