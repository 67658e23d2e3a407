"""Attachments in the window: kept over a crash, once each, and public only after it was said."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.panes.chatting import chatting, chatting_to
from tests.services.test_chat_files import large_png, png
from tests.shell.support import until


async def test_a_draft_with_its_files_survives_a_killed_program(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path / "first", qapp) as chat:
        (tmp_path / "heron.png").write_bytes(png())
        chat.presenter.drafts.add_files([tmp_path / "heron.png"])
        chat.write("what bird is this")
        await until(lambda: chat.presenter.conversation_id and not chat.presenter.drafts.unsaved)
        draft = await chat.service.draft(chat.presenter.conversation_id)
        assert (draft.text, len(draft.attachments)) == ("what bird is this", 1)
        settings = chat.at.services.paths.settings
        await until(lambda: settings.exists() and chat.presenter.conversation_id in settings.read_text())
        # The disk as a killed program leaves it: nothing was closed.
        shutil.copytree(tmp_path / "first", tmp_path / "second")
        async with chatting_to(chat.server, tmp_path / "second", qapp) as after:
            await until(lambda: after.composer.edit.text() == "what bird is this")
            await until(lambda: after.composer.chips.chips and after.composer.chips.chips[0].has_picture)
            assert after.composer.chips.chips[0].attached.name == "heron.png"
            QTest.keyClick(after.composer.edit, Qt.Key.Key_Return)
            await until(lambda: after.model.rowCount() == 2)
            await after.answered()
            assert after.server.requests()[-1]["body"]["messages"][0]["content"][1]["type"] == "image_url"


async def test_the_same_file_is_attached_once(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path / "studio", qapp) as chat:
        (tmp_path / "heron.png").write_bytes(png())
        chat.presenter.drafts.add_files([tmp_path / "heron.png", tmp_path / "heron.png"])
        await until(lambda: all(one.piece for one in chat.presenter.drafts.attached))
        await until(lambda: len(chat.composer.chips.chips) == 1)
        assert len(chat.presenter.drafts.draft.attachments) == 1


async def test_a_chip_says_that_its_file_becomes_public(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path / "studio", qapp) as chat:
        chat.write("what is this")
        chat.presenter.drafts.add_bytes(large_png(), "image/png", "noise.png")
        await until(lambda: chat.composer.chips.chips and chat.composer.chips.chips[0].attached.public)
        (chip,) = chat.composer.chips.chips
        assert chip.accessibleDescription().endswith("· public link")
        said = chat.composer.problem.text()
        assert said.startswith("noise.png is uploaded when you send. Anyone with the link can open it")
        assert not any(request["path"].endswith("/upload") for request in chat.server.requests())
        QTest.keyClick(chat.composer.edit, Qt.Key.Key_Return)
        await until(lambda: chat.model.rowCount() == 2)
        await chat.answered()
        assert sum(request["path"].endswith("/upload") for request in chat.server.requests()) == 1
        assert not chat.composer.problem.text()
