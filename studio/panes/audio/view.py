"""The Audio pane: the switch of its pages, the form of the chosen one, the page itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.media import MediaKind
from studio.ui.pane import Pane, PaneContext
from studio.ui.theme import BORDER, Space, Theme
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.surfaces import Surface

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.panes.audio.music_page import MusicPage
    from studio.panes.audio.speech_page import SpeechPage
    from studio.panes.audio.transcribe_page import TranscribePage
    from studio.ui.sound_deck import SoundDeck

FORM_WIDTH = 304
PAGES = (("speech", tr("Speech")), ("music", tr("Music")), ("transcribe", tr("Transcribe")))
TRANSCRIBED = (MediaKind.SPEECH, MediaKind.MUSIC, MediaKind.VIDEO, MediaKind.TRANSCRIPT)


class Forms(Surface):
    """The left column."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("surface", "right", parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(FORM_WIDTH), 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(FORM_WIDTH), 200)


class Parts(NamedTuple):
    """What the pane is made of once the services are there."""

    deck: SoundDeck
    speech: SpeechPage
    music: MusicPage
    transcribe: TranscribePage


class AudioView(Pane):
    """Left the switch and the form, right the page. The frame is painted at once, the rest follows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: Parts | None = None
        self._page = "speech"
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        left = Forms(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, round(BORDER), 0)
        column.setSpacing(0)
        self.pages = Segmented(tr("Audio page"), PAGES, "speech")
        top = QHBoxLayout()
        top.setContentsMargins(Space.LG, Space.LG, Space.LG, 0)
        top.addWidget(self.pages)
        column.addLayout(top)
        self._forms = QStackedWidget()
        column.addWidget(self._forms, 1)
        self._room = QStackedWidget()
        row.addWidget(left)
        row.addWidget(self._room, 1)
        self.pages.changed.connect(self._show_page)
        self._record_key: QShortcut | None = None

    # ------------------------------------------------------------------ life

    def load(self) -> None:
        import studio.panes.audio.music_page
        import studio.panes.audio.speech_page
        import studio.panes.audio.transcribe_page  # noqa: F401

    def attach(self, context: PaneContext) -> None:
        from studio.panes.audio.music_page import MusicForm, MusicPage
        from studio.panes.audio.speech_form import SpeechForm
        from studio.panes.audio.speech_page import SpeechPage
        from studio.panes.audio.transcribe_form import TranscribeForm
        from studio.panes.audio.transcribe_page import RECORD_KEY, TranscribePage
        from studio.ui.sound_deck import SoundDeck

        deck = SoundDeck(context.services.sound, context.services.tasks, self)
        speech_form, music_form, transcribe_form = SpeechForm(self), MusicForm(self), TranscribeForm(self)
        speech = SpeechPage(context, deck, speech_form, self)
        music = MusicPage(context, deck, music_form, self._transcribe, self)
        transcribe = TranscribePage(context, deck, transcribe_form, self._speak, self)
        for form, page in ((speech_form, speech), (music_form, music), (transcribe_form, transcribe)):
            self._forms.addWidget(form)
            self._room.addWidget(page)
        self._parts = Parts(deck, speech, music, transcribe)
        self._record_key = QShortcut(QKeySequence(RECORD_KEY), self)
        self._record_key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._record_key.setAutoRepeat(False)
        self._record_key.setEnabled(self._page == "transcribe")
        self._record_key.activated.connect(transcribe.record_bar.toggle)

    def take(self, verb: str, asset: Asset) -> None:
        """Another pane hands over an asset: to be transcribed or opened, spoken, or made again."""
        if self._parts is None:
            return
        if verb in ("transcribe", "transcript") and asset.kind in TRANSCRIBED:
            self._transcribe(asset)
        elif verb == "use_all" and asset.kind is MediaKind.MUSIC:
            self._show_page("music")
            self._parts.music.presenter.use(asset)
        elif verb == "use_all":
            self._show_page("speech")
            self._parts.speech.presenter.use_asset(asset)
        else:
            self._show_page("speech")
            self._parts.speech.presenter.narrate(asset)

    def act(self, verb: str) -> None:
        """A command of the palette: a page, "files" to choose some to transcribe, or "record"."""
        if self._parts is None:
            return
        self._show_page("transcribe" if verb in ("files", "record") else verb)
        self.shown()
        if verb == "files":
            self._parts.transcribe.choose()
        elif verb == "record":
            self._parts.transcribe.record_bar.start()

    def show_found(self, kind: str, handle: str) -> None:
        """A "model" by its name: on the page that asks it."""
        parts = self._parts
        if parts is None or kind != "model":
            return
        pages = (
            ("speech", parts.speech, parts.speech.presenter.read),
            ("music", parts.music, parts.music.presenter.edit),
            ("transcribe", parts.transcribe, parts.transcribe.wish),
        )
        for name, page, choose in pages:
            if any(model.name == handle for model in page.presenter.models()):
                self._show_page(name)
                choose(model=handle)
                page.focus()
                return

    def shown(self) -> None:
        if self._parts is not None:
            parts = self._parts
            {"speech": parts.speech, "music": parts.music, "transcribe": parts.transcribe}[self._page].focus()

    def detach(self) -> None:
        if self._parts is not None:
            self._parts.speech.stop()
            self._parts.music.stop()
            self._parts.transcribe.stop()
            self._parts.deck.stop()

    def _transcribe(self, asset: Asset) -> None:
        if self._parts is not None:
            self._show_page("transcribe")
            self._parts.transcribe.presenter.take_asset(asset)

    def _speak(self, text: str) -> None:
        if self._parts is not None:
            self._show_page("speech")
            self._parts.speech.presenter.use(text)

    # ------------------------------------------------------------------ pages

    def _show_page(self, page: str) -> None:
        place = next(number for number, (name, _title) in enumerate(PAGES) if name == page)
        self._page = page
        self.pages.set_value(page)
        self._forms.setCurrentIndex(place)
        self._room.setCurrentIndex(place)
        if self._record_key is not None:
            self._record_key.setEnabled(page == "transcribe")
