"""What is copied from an asset: its picture, its file, how it was made; and all of a long text to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.services.naming import parameters_of
from studio.ui.dialogs import Sheet
from studio.ui.widgets.fields import PromptEdit

GNOME_FILES = "x-special/gnome-copied-files"
READING_HEIGHT = 320


def files_data(paths: Sequence[Path]) -> QMimeData:
    """Files for the clipboard, as file managers paste them."""
    urls = [QUrl.fromLocalFile(str(path)) for path in paths]
    data = QMimeData()
    data.setUrls(urls)
    lines = ["copy", *(bytes(url.toEncoded().data()).decode() for url in urls)]
    data.setData(GNOME_FILES, QByteArray("\n".join(lines).encode()))
    return data


def parameters_text(asset: Asset) -> str:
    """How an asset was made, as other programs paste it."""
    return parameters_of(asset)


async def read_words(owner: QWidget, asset: Asset) -> None:
    """Show the whole prompt, of any length, to be read and copied."""
    sheet = Sheet(owner, tr("The whole text"))
    field = PromptEdit(tr("The whole text"))
    field.set_heights(READING_HEIGHT, READING_HEIGHT)
    field.set_text(asset.prompt or asset.title)
    field.editor.setReadOnly(True)
    field.editor.moveCursor(QTextCursor.MoveOperation.Start)
    sheet.add_content(field)
    sheet.add_button(tr("Close"), None, "primary", default=True)
    await sheet.result(field)
