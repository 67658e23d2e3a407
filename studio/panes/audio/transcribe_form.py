"""The left column of Transcribe: files, model, language, and the button with its price."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.models import ModelInfo
from studio.domain.pricing import Known, estimate
from studio.domain.speech import TranscriptionRequest
from studio.panes.audio.file_list import FileList
from studio.panes.audio.words import model_option, price_words
from studio.services.transcription import Wishes
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.layout import Disclosure, DropZone
from studio.ui.widgets.numbers import NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import Label, SectionHeader

HOUR = 3600.0
MOST_SPEAKERS = 32
LANGUAGES = (
    ("", "Find out"), ("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish"),
    ("it", "Italian"), ("pt", "Portuguese"), ("nl", "Dutch"), ("pl", "Polish"), ("cs", "Czech"),
    ("sv", "Swedish"), ("da", "Danish"), ("no", "Norwegian"), ("fi", "Finnish"), ("uk", "Ukrainian"),
    ("ru", "Russian"), ("tr", "Turkish"), ("el", "Greek"), ("ro", "Romanian"), ("hu", "Hungarian"),
    ("ar", "Arabic"), ("he", "Hebrew"), ("hi", "Hindi"), ("id", "Indonesian"), ("vi", "Vietnamese"),
    ("th", "Thai"), ("ja", "Japanese"), ("ko", "Korean"), ("zh", "Chinese"),
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
        self.drop = DropZone(tr("Drop audio or video"), "upload", accepts=has_files, name=tr("Choose files"))
        self.model = Select("Model", placeholder=tr("No models yet"), search=True)
        self.language = Select(
            tr("Language"), [Option(code, tr(name)) for code, name in LANGUAGES], "", search=True
        )
        self.prompt = TextField(tr("Words to expect"), tr("Names and terms, for instance"))
        self.labels = Switch(tr("Say who speaks"), wide=True)
        self.labels.setToolTip(tr("Models that cannot tell leave it out."))
        self.speakers = NumberField(tr("Speakers"), 0, MOST_SPEAKERS, 0)
        self.speakers.setSpecialValueText(tr("Find out"))
        self.files = FileList()
        self.button = Button(
            tr("Transcribe file"), "primary", "transcript", size="large", name="Transcribe file"
        )
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._words = Label("", "caption", "text2", tabular=True, wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.setMinimumHeight(Theme.current().line_height("caption"))
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.LG, Space.LG, Space.LG, Space.LG)
        column.setSpacing(Space.MD)
        column.addWidget(self.drop)
        self._sources = QVBoxLayout()
        column.addLayout(self._sources)
        self._model_header = SectionHeader(tr("Model"), buddy=self.model)
        more = QWidget()
        inside = QVBoxLayout(more)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.SM)
        for widget in (
            SectionHeader(tr("Words to expect"), buddy=self.prompt), self.prompt, self.labels,
            SectionHeader(tr("Speakers"), buddy=self.speakers), self.speakers,
        ):  # fmt: skip
            inside.addWidget(widget)
        for controls in (
            (self._model_header, self.model),
            (SectionHeader(tr("Language"), buddy=self.language), self.language),
        ):
            group = QVBoxLayout()
            group.setSpacing(Space.SM)
            for control in controls:
                group.addWidget(control)
            column.addLayout(group)
        column.addWidget(Disclosure(tr("More"), content=more))
        column.addWidget(more)
        column.addWidget(SectionHeader(tr("Files"), buddy=self.files))
        self.files.setMinimumHeight(Theme.current().px(Size.PROMPT_MIN))
        column.addWidget(self.files, 1)
        column.addWidget(self.button)
        column.addWidget(self._words)

    def add_source(self, widget: QWidget) -> None:
        """Put another way to bring in a recording under the place to drop files."""
        self._sources.addWidget(widget)

    def _connect(self) -> None:
        self.drop.clicked.connect(self.choose_files)
        self.drop.dropped.connect(lambda data: self.files_dropped.emit(files_of(data)))
        self.button.clicked.connect(self.start)
        self.model.changed.connect(lambda value: self.wished.emit({"model": value}))
        self.language.changed.connect(lambda value: self.wished.emit({"language": value}))
        self.prompt.textChanged.connect(lambda text: self.wished.emit({"prompt": text.strip()}))
        self.labels.toggled.connect(self._label)
        self.speakers.valueChanged.connect(lambda value: self.wished.emit({"speakers": value}))
        self.speakers.setEnabled(False)

    def _label(self, on: bool) -> None:
        self.speakers.setEnabled(on)
        self.wished.emit({"labels": on})

    # ------------------------------------------------------------------ showing

    def show_models(self, models: Sequence[ModelInfo], wishes: Wishes) -> None:
        """Offer these models, with the price of an hour."""
        self.model.set_options([model_option(model, hour_price(model)) for model in models])
        self._model_header.set_value(tr("{n} available", n=len(models)) if models else "")
        self.model.set_value(wishes.model if any(model.name == wishes.model for model in models) else None)

    def show_button(self, label: str, note: str, words: str, *, enabled: bool, problem: bool) -> None:
        """The button with its price, and the line under it."""
        self.button.setText(label)
        self.button.set_note(note)
        self.button.setEnabled(enabled)
        self._words.setText(words)
        self._words.set_tone("warn" if problem else "text2")


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
