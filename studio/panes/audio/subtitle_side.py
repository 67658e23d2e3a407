"""The right column of Transcribe: rules for subtitles with a preview, and where a transcript can go."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.subtitles import CueRules, Subtitle, build_subtitles, too_fast
from studio.domain.transcript import Document
from studio.panes.audio.form_parts import Section
from studio.ui.theme import BORDER, Radius, Space, Theme
from studio.ui.widgets.base import Themed, paint_box, text_width
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.surfaces import Divider, Surface
from studio.ui.widgets.text import Label, SectionHeader

WIDTH = 256
PREVIEW_HEIGHT = 96
SMALLEST = 0.6


class SubtitlePreview(Themed, QWidget):
    """The subtitle of the moment, as it would stand over a film."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setAccessibleName(tr("Subtitle preview"))

    def show_text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, Theme.current().px(PREVIEW_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = Theme.current()
        t = theme.tokens
        rect = QRectF(self.rect())
        paint_box(painter, rect, t.raised, t.border, Radius.LARGE, BORDER)
        inner = rect.adjusted(Space.SM, Space.SM, -Space.SM, -Space.SM)
        lines = (self._text or tr("Nothing is said here.")).split("\n")
        font = theme.font("caption")
        # As wide as the longest line allows: a line is a line on the screen, too.
        widest = max(text_width(line, font) for line in lines)
        if widest > inner.width():
            smaller = max(inner.width() / widest, SMALLEST)
            painter.translate(inner.center())
            painter.scale(smaller, smaller)
            inner = QRectF(0, 0, inner.width() / smaller, inner.height() / smaller)
            inner.moveCenter(QPointF(0, 0))
        painter.setFont(font)
        painter.setPen(t.text if self._text else t.text3)
        painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))


class SubtitleSide(Surface):
    """Rules, preview, count, and the ways on.

    Signals:
        to_chat(), to_speech(), rules_changed().
    """

    to_chat = Signal()
    to_speech = Signal()
    rules_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "left", parent)
        usual = CueRules()
        self._subtitles: list[Subtitle] = []
        self._starts: list[float] = []
        self._document = Document()
        self._showing = False
        self.length = NumberField(tr("Line length"), 16, 80, usual.line_length, suffix=tr(" characters"))
        self.lines = Segmented(tr("Lines"), [("1", "1"), ("2", "2"), ("3", "3")], str(usual.lines))
        self.speed = DecimalField(
            tr("Reading speed"),
            8.0,
            40.0,
            usual.reading_speed,
            decimals=0,
            step=1.0,
            suffix=tr(" per second"),
        )
        self.longest = DecimalField(
            tr("Longest"), 2.0, 20.0, usual.max_duration, decimals=1, step=0.5, suffix=" s"
        )
        self.shortest = DecimalField(
            tr("Shortest"), 0.2, 4.0, usual.min_duration, decimals=1, step=0.1, suffix=" s"
        )
        self.gap = DecimalField(tr("Gap"), 0.0, 1.0, usual.min_gap, decimals=2, step=0.04, suffix=" s")
        self.speakers = Switch(tr("Say who speaks"), wide=True)
        self.preview = SubtitlePreview()
        self.count = Label("", "caption", "text2", wrap=True)
        self.chat_button = Button(tr("Send to chat"), "secondary", "chat")
        self.speech_button = Button(tr("Speak it"), "secondary", "speaker")
        self._arrange()
        self._connect()
        self.show_document(self._document)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 120)

    def _arrange(self) -> None:
        area = ScrollColumn()
        column = QVBoxLayout(self)
        column.setContentsMargins(round(BORDER), 0, 0, 0)
        column.addWidget(area)
        area.column.addWidget(Label(tr("Subtitles"), "title"))
        for title, control in (
            (tr("Line length"), self.length), (tr("Lines"), self.lines), (tr("Reading speed"), self.speed),
            (tr("Gap between two"), self.gap),
        ):  # fmt: skip
            area.column.addWidget(Section(SectionHeader(title, buddy=control), control))
        pair = QHBoxLayout()
        pair.setSpacing(Space.SM)
        for title, control in ((tr("Shortest"), self.shortest), (tr("Longest"), self.longest)):
            pair.addWidget(Section(SectionHeader(title, buddy=control), control))
        area.column.insertLayout(area.column.count() - 1, pair)
        for widget in (self.speakers, Divider(), self.preview, self.count):
            area.column.addWidget(widget)
        area.column.addStretch(1)
        area.column.addWidget(self.chat_button)
        area.column.addWidget(self.speech_button)

    def _connect(self) -> None:
        self.length.valueChanged.connect(self._changed)
        self.lines.changed.connect(self._changed)
        self.speed.valueChanged.connect(self._changed)
        for field in (self.shortest, self.longest, self.gap):
            field.valueChanged.connect(self._changed)
        self.speakers.toggled.connect(self._changed)
        self.chat_button.clicked.connect(self.to_chat)
        self.speech_button.clicked.connect(self.to_speech)

    # ------------------------------------------------------------------ showing

    def rules(self) -> CueRules:
        """What the controls say."""
        return CueRules(
            line_length=self.length.value(), lines=int(self.lines.value() or "2"),
            reading_speed=self.speed.value(), min_duration=self.shortest.value(),
            max_duration=self.longest.value(), min_gap=self.gap.value(), speakers=self.speakers.isChecked(),
        )  # fmt: skip

    def show_rules(self, rules: CueRules) -> None:
        """Put rules into the controls, telling nobody."""
        self._showing = True
        try:
            self.length.setValue(rules.line_length)
            self.lines.set_value(str(rules.lines))
            self.speed.setValue(rules.reading_speed)
            self.shortest.setValue(rules.min_duration)
            self.longest.setValue(rules.max_duration)
            self.gap.setValue(rules.min_gap)
            self.speakers.setChecked(rules.speakers)
        finally:
            self._showing = False
        self.show_document(self._document)

    def subtitles(self) -> list[Subtitle]:
        """The subtitles of the document by the rules."""
        return self._subtitles

    def show_document(self, document: Document) -> None:
        """Build the subtitles of a document."""
        self._document = document
        rules = self.rules()
        self._subtitles = build_subtitles(document, rules)
        self._starts = [one.start for one in self._subtitles]
        fast = too_fast(self._subtitles, rules)
        said = trn("1 subtitle", "{n:,} subtitles", len(self._subtitles))
        said += " · " + (tr("{n} too fast to read", n=fast) if fast else tr("none too fast"))
        self.count.setText(said if self._subtitles else "")
        for button in (self.chat_button, self.speech_button):
            button.setEnabled(bool(document.cues))

    def show_time(self, seconds: float) -> None:
        """Show the subtitle of a moment."""
        number = bisect_right(self._starts, seconds + 0.001) - 1
        one = self._subtitles[number] if number >= 0 else None
        shown = one is not None and (seconds <= one.end or seconds == 0.0)
        text = one.text if one is not None and shown else ""
        if one is not None and shown and one.speaker:
            text = f"{one.speaker}: {text}"
        self.preview.show_text(text)

    def _changed(self, _value: object = None) -> None:
        if not self._showing:
            self.show_document(self._document)
            self.rules_changed.emit()
