"""Writing a transcript to a file: the format, what goes into it, and how it will look."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.files import write_atomically
from studio.core.i18n import tr
from studio.domain.subtitles import Subtitle, to_json_text, to_markdown, to_srt, to_text, to_vtt
from studio.domain.transcript import Document
from studio.ui import dialogs
from studio.ui.theme import Space
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.plain_text import PlainText
from studio.ui.widgets.text import Label

SHOWN = 20_000
"""Letters of the preview."""


def formats() -> list[tuple[str, str]]:
    """What a transcript can be written as: the ending of the file, and its name."""
    return [
        ("srt", tr("SRT")), ("vtt", tr("WebVTT")), ("txt", tr("Text")), ("md", tr("Markdown")),
        ("json", tr("JSON")),
    ]  # fmt: skip


def about(suffix: str) -> str:
    """What a format is good for."""
    return {
        "srt": tr("Subtitles for nearly every player, by the rules at the right."),
        "vtt": tr("Subtitles for the web, by the rules at the right."),
        "txt": tr("The words alone, to read or to go on writing."),
        "md": tr("The words with a title, for notes and wikis."),
        "json": tr("Everything: cues, words and their times."),
    }[suffix]


def written_as(
    document: Document,
    subtitles: Sequence[Subtitle],
    suffix: str,
    *,
    title: str,
    times: bool | None = None,
    speakers: bool = True,
) -> str:
    """A transcript in a format: "srt", "vtt", "txt", "md" or "json".

    Args:
        times, speakers: of text and Markdown; times are usual in Markdown alone.
    """
    if suffix == "srt":
        return to_srt(subtitles)
    if suffix == "vtt":
        return to_vtt(subtitles)
    if suffix == "md":
        return to_markdown(document, title=title, times=times is not False, speakers=speakers)
    if suffix == "txt":
        return to_text(document, times=times is True, speakers=speakers)
    return to_json_text(document)


class ExportForm(QWidget):
    """The format, its choices, and the file as it will be."""

    def __init__(self, document: Document, subtitles: Sequence[Subtitle], title: str, suffix: str) -> None:
        super().__init__()
        self._document, self._subtitles, self._title = document, subtitles, title
        self.format = Segmented(tr("Format"), formats(), suffix)
        self.times = Switch(tr("Times"))
        self.speakers = Switch(tr("Speakers"), checked=True)
        self.preview = PlainText("", tr("Preview"))
        self.about = Label("", "caption", "text2", wrap=True)
        self._choices = QWidget()
        row = QHBoxLayout(self._choices)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.LG)
        row.addWidget(self.times)
        row.addWidget(self.speakers)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.MD)
        for widget in (self.format, self.about, self._choices, self.preview):
            column.addWidget(widget)
        self.format.changed.connect(lambda _suffix: self._show(other=True))
        self.times.toggled.connect(lambda _on: self._show())
        self.speakers.toggled.connect(lambda _on: self._show())
        self._show(other=True)

    @property
    def suffix(self) -> str:
        return self.format.value() or "srt"

    def text(self) -> str:
        """The whole file."""
        return written_as(
            self._document, self._subtitles, self.suffix, title=self._title,
            times=self.times.isChecked(), speakers=self.speakers.isChecked(),
        )  # fmt: skip

    def _show(self, *, other: bool = False) -> None:
        words = self.suffix in ("txt", "md")
        if other:
            self.times.setChecked(self.suffix == "md")
            self.about.setText(about(self.suffix))
        # The room of the choices is kept, so that nothing jumps.
        for choice in (self.times, self.speakers):
            choice.setEnabled(words)
        text = self.text()
        self.preview.setPlainText(text if len(text) <= SHOWN else f"{text[:SHOWN]}\n…")


async def export_transcript(
    owner: QWidget, document: Document, subtitles: Sequence[Subtitle], title: str, suffix: str = "srt"
) -> Path | None:
    """Show the sheet, ask where to, and write the file.

    Returns:
        The file, or None when nothing was written.

    Raises:
        StorageError: it could not be written.
    """
    form = ExportForm(document, subtitles, title, suffix)
    sheet = dialogs.Sheet(owner, tr("Export transcript"))
    sheet.add_content(form)
    copy = sheet.add_button(tr("Copy"), None)
    copy.clicked.disconnect()

    def copy_text() -> None:
        QGuiApplication.clipboard().setText(form.text())
        copy.setText(tr("Copied"))

    copy.clicked.connect(copy_text)
    form.format.changed.connect(lambda _suffix: copy.setText(tr("Copy")))
    sheet.add_button(tr("Cancel"), None)
    sheet.add_button(tr("Save as"), lambda: (form.suffix, form.text()), "primary", default=True)
    answer = await sheet.result(form.format)
    if not isinstance(answer, tuple):
        return None
    ending, text = answer
    suggested = Path.home() / f"{Path(title).stem or tr('Transcript')}.{ending}"
    into = await dialogs.pick_save(
        owner, tr("Export transcript"), suggested, [(ending.upper(), (f"*.{ending}",))]
    )
    if into is not None:
        await asyncio.to_thread(write_atomically, into, text.encode("utf-8", "replace"))
    return into
