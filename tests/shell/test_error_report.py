from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from studio.shell.error_report import ErrorReports
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button
from tests.shell.support import make_window, running, until


def sheet_of(window: QWidget) -> Sheet | None:
    return next((sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()), None)


def button(sheet: Sheet, text: str) -> Button:
    return next(b for b in sheet.findChildren(Button) if b.text() == text)


async def test_a_report_once_per_error_with_nothing_secret_in_it(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        services.notices.report(ValueError("with sk_verySecret12345 in it"), "drawing")
        ErrorReports(window, services)
        services.notices.report(ValueError("with sk_verySecret12345 in it"), "drawing")
        services.notices.report(KeyError("another"))
        sheet = await until(lambda: sheet_of(window))
        details = sheet.findChild(QPlainTextEdit)
        assert not details.isVisible()
        QTest.keyClick(button(sheet, "Show the details"), Qt.Key.Key_Space)
        assert details.isVisible()
        QTest.keyClick(button(sheet, "Copy the report"), Qt.Key.Key_Space)
        report = QGuiApplication.clipboard().text()
        assert "ValueError: with sk_••• in it" in report
        assert "While drawing" in report
        assert "Secret" not in report
        QTest.keyClick(sheet, Qt.Key.Key_Return)
        second = await until(lambda: (s := sheet_of(window)) is not None and s is not sheet and s)
        assert "another" in second.findChild(QPlainTextEdit).toPlainText()
        QTest.keyClick(second, Qt.Key.Key_Escape)
        await until(lambda: services.tasks.names() == [])
        assert sheet_of(window) is None
    window.close()
