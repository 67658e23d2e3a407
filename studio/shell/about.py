"""What this program is: version, licence, and where its files are."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from studio import __version__
from studio.core.i18n import tr
from studio.core.paths import Paths
from studio.ui.dialogs import Sheet
from studio.ui.widgets.text import KeyValueGrid

if TYPE_CHECKING:
    from collections.abc import Callable


def about_rows(paths: Paths) -> list[tuple[str, str]]:
    """Name and value of what the sheet lists."""
    return [
        (tr("Version"), __version__),
        (tr("Licence"), tr("GPL-3.0-or-later. The libraries in it have their own, named beside each.")),
        (tr("Built on"), f"Python {platform.python_version()}, Qt {qVersion()}"),
        (tr("Library"), str(paths.library)),
        (tr("Profile"), str(paths.profile)),
        (tr("Logs"), str(paths.logs)),
    ]


def about_sheet(owner: QWidget, paths: Paths, open_folder: Callable[[Path], object] | None = None) -> Sheet:
    """The sheet, not shown yet; await its `result`."""
    rows = about_rows(paths)
    sheet = Sheet(owner, "Nectary", tr("A studio for the Pollinations API. What you make stays yours."))
    sheet.add_content(KeyValueGrid(rows))
    show = open_folder or _show
    copy = sheet.add_button(tr("Copy"), None)
    copy.clicked.disconnect()
    words = "\n".join(f"{name}: {value}" for name, value in rows)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(words))
    copy.clicked.connect(lambda: copy.setText(tr("Copied")))
    library = sheet.add_button(tr("Open the library's folder"), None)
    library.clicked.disconnect()
    library.clicked.connect(lambda: show(paths.library))
    sheet.add_button(tr("Close"), None, "primary", default=True)
    return sheet


def _show(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
