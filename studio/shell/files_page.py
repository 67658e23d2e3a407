"""The preferences of files: where the library is, what files are called, what is written into them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.core.paths import without_tilde
from studio.services.naming import PARTS, example_name, judge_template
from studio.shell.preference_page import Page
from studio.ui import dialogs
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.layout import FlowLayout

TYPING_MS: Final = 500


class FilesPage(Page):
    id, icon, title = "files", "folder", tr("Files")
    resets = ("files.name_template", "files.embed_parameters")

    def build(self) -> None:
        files = self.services.settings.values.files
        choose = Button(tr("Choose another folder"))
        choose.clicked.connect(self._choose)
        self._folder_note = self.row(tr("Library folder"), str(self.services.paths.library), choose, 0)
        self._say_folder(files.library)
        self._wildcards_note = self.row(tr("Wildcard files"), " ", self._wildcard_buttons(), 0)
        self._say_wildcards()
        self._preview = self.row(tr("File names"), " ", self._template_box(files.name_template))
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(TYPING_MS)
        self._save.timeout.connect(self._save_template)
        self._show_preview()
        embed = Switch("", name=tr("Write the parameters into pictures"), checked=files.embed_parameters)
        embed.toggled.connect(lambda on: self.change("files", embed_parameters=on))
        self.row(
            tr("Write the parameters into pictures"),
            tr("Prompt, model and seed, so that other programs can read them. The file beside the picture "
               "has them in any case."),
            embed, 0,
        )  # fmt: skip

    def _wildcard_buttons(self) -> QWidget:
        """Another folder, and a look into the one there is."""
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        for text, name, work in (
            (tr("Open folder"), tr("Open the folder of the wildcard files"), self._open_wildcards),
            (tr("Choose another"), tr("Choose another folder for the wildcard files"), self._move_wildcards),
        ):
            button = Button(text, name=name)
            button.clicked.connect(
                lambda _on=False, work=work: self.services.tasks.spawn(work(), name="wildcards", owner=self)
            )
            row.addWidget(button)
        return box

    def _say_wildcards(self) -> None:
        book = self.services.prompt_book
        words = trn("One file", "{n} files", len(book.wildcards)) if book.wildcards else tr("No files yet")
        self._wildcards_note.setText(f"{book.folder} · {words}")

    async def _open_wildcards(self) -> None:
        """In the desktop's file manager; an example is put into an empty one."""
        folder = await self.services.prompt_book.make_folder()
        self._say_wildcards()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    async def _move_wildcards(self) -> None:
        book = self.services.prompt_book
        folder = await dialogs.pick_folder(
            self._sheet, tr("Choose the folder of the wildcard files"), folder=book.folder
        )
        if folder is not None:
            self.change("create", wildcards=str(folder))
            await book.read_wildcards()
            self._say_wildcards()

    def _choose(self) -> None:
        self.services.tasks.spawn(self._choose_folder(), name="choose the library folder", owner=self)

    async def _choose_folder(self) -> None:
        start = Path(self.services.settings.values.files.library or self.services.paths.library)
        folder = await dialogs.pick_folder(self._sheet, tr("Choose the library folder"), folder=start)
        if folder is None:
            return
        writable = await asyncio.to_thread(_can_write, folder)
        if not writable:
            self._folder_note.setText(tr("{folder} cannot be written. Choose another one.", folder=folder))
            return
        self.change("files", library=str(folder))
        self._say_folder(str(folder))

    def _say_folder(self, chosen: str) -> None:
        now = self.services.paths.library
        text = str(now)
        if chosen and without_tilde(Path(chosen)) != now:
            text = tr("{now} now, {chosen} from the next start. Files are not moved.", now=now, chosen=chosen)
        self._folder_note.setText(text)

    def _typed(self, _text: str) -> None:
        self._show_preview()
        self._save.start()

    def _show_preview(self) -> None:
        judged = judge_template(self._template.text())
        self._template.set_error(judged.words if judged.bad else "")
        example = "" if judged.bad else f"{example_name(self._template.text().strip())}.jpg"
        self._preview.setText("\n".join(part for part in (example, judged.words) if part))
        self._preview.set_tone("bad" if judged.bad else "text2")

    def _save_template(self) -> None:
        template = self._template.text().strip()
        if not judge_template(template).bad:
            self.change("files", name_template=template)

    def _template_box(self, template: str) -> QWidget:
        """The field, and a chip for each part that it may have."""
        self._template = TextField(tr("File names"), "{date} {time} {prompt}", text=template)
        self._template.textChanged.connect(self._typed)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        column.addWidget(self._template)
        chips = FlowLayout(spacing=Space.XS)
        for part, words in zip(PARTS, _names_of_parts(), strict=True):
            chip = Button(words, size="tiny", name=tr("Add {part} to the name", part=words))
            chip.clicked.connect(lambda _on=False, part=part: self._add_part(part))
            chips.addWidget(chip)
        column.addLayout(chips)
        return box

    def _add_part(self, part: str) -> None:
        """Put a part where the cursor is, with a space where words would touch."""
        field, token = self._template, f"{{{part}}}"
        at = field.cursorPosition()
        before, after = field.text()[:at], field.text()[at:]
        lead = " " if before and before[-1] not in " -_." else ""
        trail = " " if after and after[0] not in " -_." else ""
        field.setText(f"{before}{lead}{token}{trail}{after}")
        field.setCursorPosition(len(before) + len(lead) + len(token))
        field.setFocus(Qt.FocusReason.OtherFocusReason)


def _names_of_parts() -> tuple[str, ...]:
    """In the order of `PARTS`."""
    return tr("Date"), tr("Time"), tr("Prompt"), tr("Model"), tr("Seed"), tr("Kind"), tr("Id")


def _can_write(folder: Path) -> bool:
    probe = folder / ".nectary-probe"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
