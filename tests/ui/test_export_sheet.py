"""The question before an export: what it asks, what it remembers, where the copies go."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from studio.core.settings import Settings
from studio.domain.asset import Asset, Provenance
from studio.domain.export import ExportOptions
from studio.domain.media import MediaKind
from studio.ui.export_sheet import ExportForm, ask_export
from tests.ui.test_dialogs import Window, button, shown


async def file_dialog(window: QWidget) -> QFileDialog:
    while not (found := [d for d in window.findChildren(QFileDialog) if d.isVisible()]):
        await asyncio.sleep(0)
    return found[0]


async def test_a_folder_is_asked_for_and_the_choice_is_remembered(tmp_path: Path, qapp) -> None:
    settings = Settings(tmp_path / "settings.toml")
    (tmp_path / "out").mkdir()
    async with Window() as window:
        task = asyncio.ensure_future(ask_export(window, settings, 3, pictures=True))
        sheet = await shown(window)
        form = sheet.findChild(ExportForm)
        assert not form.quality.isEnabled()
        form.format.part("webp").click()
        assert form.quality.isEnabled()
        form.quality.setValue(80)
        form.side.set_value("2048")
        form.parameters.setChecked(False)
        assert "AI made it" in form.hint.text()
        QTest.mouseClick(button(sheet, "Choose where to"), Qt.MouseButton.LeftButton)
        dialog = await file_dialog(window)
        dialog.setDirectory(str(tmp_path / "out"))
        dialog.findChild(QLineEdit).setText(str(tmp_path / "out"))
        dialog.accept()
        asked = await task
    assert asked == (
        ExportOptions(format="webp", quality=80, longest_side=2048, parameters=False), tmp_path / "out",
    )  # fmt: skip
    assert Settings(tmp_path / "settings.toml").values.export.quality == 80


async def test_without_pictures_formats_are_not_asked_and_escape_ends_it(tmp_path: Path, qapp) -> None:
    settings = Settings(tmp_path / "settings.toml")
    async with Window() as window:
        task = asyncio.ensure_future(ask_export(window, settings, 1, pictures=False))
        sheet = await shown(window)
        form = sheet.findChild(ExportForm)
        assert not form.format.isVisible()
        assert form.archive.isVisible()
        sheet.dismiss()
        assert await task is None


async def test_the_names_are_shown_before_they_are_given(tmp_path: Path, qapp) -> None:
    settings = Settings(tmp_path / "settings.toml")
    example = Asset(
        id="1", kind=MediaKind.IMAGE, path="2026/11/boat.png", mime="image/png", size=1, sha256="0",
        created_at=datetime(2026, 11, 20, tzinfo=UTC), prompt="a boat at dusk", provenance=Provenance(seed=7),
    )  # fmt: skip
    async with Window() as window:
        task = asyncio.ensure_future(ask_export(window, settings, 3, pictures=True, example=example))
        sheet = await shown(window)
        form = sheet.findChild(ExportForm)
        assert form.preview.text == "boat.png"
        form.names.setText("{prompt} {seed} {n}")
        form.format.part("jpeg").click()
        assert form.preview.text == "a-boat-at-dusk 7 001.jpg"
        assert form.values().names == "{prompt} {seed} {n}"
        sheet.dismiss()
        await task
