"""The left column of Transcribe: files, model, language, and the button with its price."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.models import ModelInfo
from studio.domain.pricing import Known, estimate
from studio.domain.speech import TranscriptionRequest
from studio.panes.audio.file_list import FileList
from studio.panes.audio.form_parts import ModelSection, RunFoot, Section, scrolled_over
from studio.panes.audio.words import price_words
from studio.services.transcription import Wishes
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.layout import Disclosure, DropZone
from studio.ui.widgets.numbers import NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import SectionHeader

HOUR = 3600.0
MOST_SPEAKERS = 32
LANGUAGES = (
    ("", tr("Find out")), ("en", tr("English")), ("de", tr("German")), ("fr", tr("French")),
    ("es", tr("Spanish")), ("it", tr("Italian")), ("pt", tr("Portuguese")), ("nl", tr("Dutch")),
    ("pl", tr("Polish")), ("cs", tr("Czech")), ("sv", tr("Swedish")), ("da", tr("Danish")),
    ("no", tr("Norwegian")), ("fi", tr("Finnish")), ("uk", tr("Ukrainian")), ("ru", tr("Russian")),
    ("tr", tr("Turkish")), ("el", tr("Greek")), ("ro", tr("Romanian")), ("hu", tr("Hungarian")),
    ("ar", tr("Arabic")), ("he", tr("Hebrew")), ("hi", tr("Hindi")), ("id", tr("Indonesian")),
    ("vi", tr("Vietnamese")), ("th", tr("Thai")), ("ja", tr("Japanese")), ("ko", tr("Korean")),
    ("zh", tr("Chinese")),
)  # fmt: skip


class TranscribeForm(QWidget):
    """The fields, the files and the button.

    Signals:
        files_dropped(list[Path]), choose_files(), start(), wished(dict): fields of `Wishes`.
    """

    files_dropped = Signal(list)
    choose_files = Signal()
    start = Signal()
    wished = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: frozenset[str] = frozenset()
        self._showing = False
        self.drop = DropZone(tr("Drop audio or video"), "upload", accepts=has_files, name=tr("Choose files"))
        self._models_box = ModelSection()
        self.model = self._models_box.select
        self.language = Select(
            tr("Language"), [Option(code, name) for code, name in LANGUAGES], "", search=True
        )
        self.prompt = TextField(tr("Words to expect"), tr("Names and terms, for instance"))
        self.labels = Switch(tr("Say who speaks"), wide=True)
        self.labels.setToolTip(tr("Models that cannot tell leave it out."))
        self.speakers = NumberField(tr("Speakers"), 0, MOST_SPEAKERS, 0)
        self.speakers.setSpecialValueText(tr("Find out"))
        self.files = FileList()
        self.foot = RunFoot(
            tr("Transcribe file"), "transcript", "Transcribe file",
            pressable=("session", "budget"), expected=("file", ""),
        )  # fmt: skip
        self.button = self.foot.button
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        column = scrolled_over(self, self.foot).column
        column.setSpacing(Space.MD)
        column.addWidget(self.drop)
        self._sources = QVBoxLayout()
        column.addLayout(self._sources)
        more = Section(
            SectionHeader(tr("Words to expect"), buddy=self.prompt), self.prompt, self.labels,
            SectionHeader(tr("Speakers"), buddy=self.speakers), self.speakers,
        )  # fmt: skip
        self.files.setMinimumHeight(Theme.current().px(Size.PROMPT_MIN))
        column.addSpacing(Space.XS)
        self._files_title = SectionHeader(tr("Files"), buddy=self.files)
        for widget in (
            self._models_box,
            Section(SectionHeader(tr("Language"), buddy=self.language), self.language),
            Disclosure(tr("More"), content=more),
            more,
            self._files_title,
        ):
            column.addWidget(widget)
        column.addWidget(self.files, 1)

    def add_source(self, widget: QWidget) -> None:
        """Put another way to bring in a recording under the place to drop files."""
        self._sources.addWidget(widget)

    def _connect(self) -> None:
        self.drop.clicked.connect(self.choose_files)
        self.drop.dropped.connect(lambda data: self.files_dropped.emit(files_of(data)))
        self.button.clicked.connect(self.start)
        self.model.changed.connect(lambda value: self._tell(model=value))
        self.language.changed.connect(lambda value: self._tell(language=value))
        self.prompt.textChanged.connect(lambda text: self._tell(prompt=text.strip()))
        self.labels.toggled.connect(self._label)
        self.speakers.valueChanged.connect(lambda value: self._tell(speakers=value))
        self.speakers.setEnabled(False)

    def _label(self, on: bool) -> None:
        self.speakers.setEnabled(on)
        self._tell(labels=on)

    # ------------------------------------------------------------------ showing

    def show_models(self, models: Sequence[ModelInfo], wishes: Wishes) -> None:
        """Offer these models, with the price of an hour."""
        self._models_box.show_models(models, hour_price)
        self._names = frozenset(model.name for model in models)
        self.show_wishes(wishes)

    def show_wishes(self, wishes: Wishes) -> None:
        """Put the values into the fields, telling nobody."""
        self._showing = True
        try:
            self.model.set_value(wishes.model if wishes.model in self._names else None)
            self.language.set_value(wishes.language)
            self.prompt.setText(wishes.prompt)
            self.labels.setChecked(wishes.labels)
            self.speakers.setValue(wishes.speakers)
            self.speakers.setEnabled(wishes.labels)
        finally:
            self._showing = False

    def _tell(self, **changes: object) -> None:
        if not self._showing:
            self.wished.emit(changes)


def hour_price(model: ModelInfo) -> str:
    """What an hour costs, or "" where the catalogue does not say."""
    price = estimate(model, TranscriptionRequest(model=model.name), Known(input_seconds=HOUR))
    words = price_words(price)
    return tr("{price} per hour", price=words) if words else ""


def has_files(data: object) -> bool:
    """Whether something that is dragged holds files."""
    return isinstance(data, QMimeData) and bool(files_of(data))


def files_of(data: QMimeData) -> list[Path]:
    """The files of a drop, folders left out."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file()]
