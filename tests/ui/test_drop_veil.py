"""Files dragged over a pane: the veil comes and goes, and tells what was let go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.drop_veil import DropVeil
from studio.ui.theme import Theme

NONE, LEFT, COPY = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction


def test_it_comes_with_files_goes_when_they_leave_and_tells_what_was_dropped(
    tmp_path: Path, qapp: QApplication
) -> None:
    Theme("light", 1.0, True).apply(qapp)
    host = QWidget()
    host.resize(600, 400)
    host.show()
    veil = DropVeil(host, "Add to the library")
    told: list[list[Path]] = []
    veil.dropped.connect(told.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.org/a.png")])
    QApplication.sendEvent(host, QDragEnterEvent(QPoint(9, 9), COPY, data, LEFT, NONE))
    assert veil.isVisible()
    assert not veil.grab().toImage().isNull()
    QApplication.sendEvent(host, QDragLeaveEvent())
    assert not veil.isVisible()
    QApplication.sendEvent(host, QDropEvent(QPointF(9, 9), COPY, data, LEFT, NONE))
    assert told == [], "nothing was over it"
    QApplication.sendEvent(host, QDragEnterEvent(QPoint(9, 9), COPY, data, LEFT, NONE))
    QApplication.sendEvent(host, QDropEvent(QPointF(9, 9), COPY, data, LEFT, NONE))
    assert told == [[tmp_path]], "files of this computer alone"
    assert not veil.isVisible()
    host.close()
    host.deleteLater()
