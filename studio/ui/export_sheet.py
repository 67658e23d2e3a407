"""The question before copies are made: format, size, what goes along, a folder or one archive."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.core.settings import Export, Settings
from studio.domain.asset import Asset
from studio.domain.export import ExportOptions
from studio.services.naming import copy_name
from studio.ui import dialogs
from studio.ui.dialogs import Sheet
from studio.ui.theme import Space
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.numbers import NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import ElidedLabel, Label, SectionHeader

SIDES = (0, 4096, 3072, 2048, 1536, 1024, 768, 512)
WITH_QUALITY = ("jpeg", "webp")
ENDINGS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
TOKENS = "{name} {date} {model} {seed} {prompt} {n}"


class ExportForm(QWidget):
    """The controls of the sheet; `values` is what they say."""

    def __init__(
        self, values: Export, *, pictures: bool, example: Asset | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._example = example
        self.format = Segmented(
            tr("Format"),
            [("original", tr("Original")), ("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP")],
            values.format if pictures else "original",
        )
        self.quality = NumberField(tr("Quality"), 1, 100, values.quality)
        self.side = Select(
            tr("Longest side"),
            [Option(str(side), tr("{n} pixels", n=side) if side else tr("As it is")) for side in SIDES],
            str(values.longest_side if values.longest_side in SIDES and pictures else 0),
            search=False,
        )
        self.parameters = Switch(
            tr("Keep prompt and parameters in the files"),
            checked=values.parameters,
            wide=True,
        )
        self.sidecar = Switch(tr("Put a sidecar file beside each"), checked=values.sidecar, wide=True)
        self.archive = Switch(tr("Pack all into one ZIP file"), checked=values.archive, wide=True)
        self.hint = Label("", "caption", "text2", wrap=True)
        self.names = TextField(
            tr("File names"), tr("As they are, or {tokens}", tokens=TOKENS), text=values.names
        )
        self.preview = ElidedLabel("", "caption", "text2")
        self._lay_out(pictures)
        self._pictures = pictures
        self.format.changed.connect(lambda _value: self._tell())
        self.parameters.toggled.connect(lambda _on: self._tell())
        self.names.textChanged.connect(lambda _text: self._tell())
        self._tell()

    def _lay_out(self, pictures: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.SM, 0, 0)
        column.setSpacing(Space.MD)
        if pictures:
            self._arrange_pictures(column)
        else:
            column.addWidget(self.parameters)
            column.addWidget(self.hint)
        column.addLayout(self._names())
        for control in (self.sidecar, self.archive):
            column.addWidget(control)

    def _names(self) -> QVBoxLayout:
        cell = QVBoxLayout()
        cell.setSpacing(Space.SM)
        cell.addWidget(SectionHeader(tr("File names"), buddy=self.names))
        cell.addWidget(self.names)
        cell.addWidget(self.preview)
        return cell

    def _arrange_pictures(self, column: QVBoxLayout) -> None:
        column.addWidget(self.format)
        row = QHBoxLayout()
        row.setSpacing(Space.MD)
        for title, control in ((tr("Quality"), self.quality), (tr("Longest side"), self.side)):
            cell = QVBoxLayout()
            cell.setSpacing(Space.SM)
            cell.addWidget(SectionHeader(title, buddy=control))
            cell.addWidget(control)
            row.addLayout(cell, 1)
        column.addLayout(row)
        column.addWidget(self.parameters)
        column.addWidget(self.hint)

    def _tell(self) -> None:
        if self._example is not None:
            chosen = self.format.value() or "original"
            ending = ENDINGS.get(chosen) or PurePosixPath(self._example.path).suffix
            self.preview.set_text(f"{copy_name(self._example, self.names.text())}{ending}")
        self.preview.setVisible(self._example is not None)
        self.quality.setEnabled(self.format.value() in WITH_QUALITY)
        self.hint.setText(
            tr("Anyone who gets the files can see how they were made.")
            if self.parameters.isChecked()
            else tr(
                "Prompt, model, seed, price, rating, tags and the mark that says AI made it are taken out."
            )
        )

    def values(self) -> Export:
        """What the controls say."""
        return Export(
            format=self.format.value() or "original",  # type: ignore[arg-type]  # one of the four above
            quality=self.quality.value(),
            longest_side=int(self.side.value() or 0),
            parameters=self.parameters.isChecked(),
            sidecar=self.sidecar.isChecked(),
            archive=self.archive.isChecked(),
            names=self.names.text().strip(),
        )


async def ask_export(
    owner: QWidget, settings: Settings, count: int, *, pictures: bool, example: Asset | None = None
) -> tuple[ExportOptions, Path] | None:
    """Ask how and where to; None when cancelled. What was chosen is remembered.

    Args:
        pictures: there are pictures among them, so that formats make sense.
        example: the first of them, to show what its copy would be called.
    """
    sheet = Sheet(owner, trn("Export this", "Export {n} things", count))
    form = ExportForm(settings.values.export, pictures=pictures, example=example)
    sheet.add_content(form)
    sheet.add_button(tr("Cancel"), None)
    sheet.add_button(tr("Choose where to"), form.values, "primary", default=True)
    values = await sheet.result(form.format)
    if not isinstance(values, Export):
        return None
    settings.change("export", **values._asdict())
    options = ExportOptions(
        format=values.format,
        quality=values.quality,
        longest_side=values.longest_side or None,
        parameters=values.parameters,
        sidecar=values.sidecar,
        names=values.names,
    )
    if values.archive:
        target = await dialogs.pick_save(
            owner, tr("Export to"), Path.home() / "Nectary.zip", [(tr("ZIP files"), ("*.zip",))]
        )
        target = target.with_suffix(".zip") if target is not None else None
    else:
        target = await dialogs.pick_folder(owner, tr("Export to"), folder=Path.home())
    return (options, target) if target is not None else None
