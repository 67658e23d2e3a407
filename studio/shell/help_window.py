"""Help: the documentation in a window of its own, offline, so that it can be read beside the work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.assets import document
from studio.core.errors import StudioError
from studio.core.i18n import SOURCE, language, tr, trn
from studio.domain.guide import INDEX, Guide, Hit, is_outside
from studio.services.guide import read_guide
from studio.shell.links import LinkOpener
from studio.ui.help_page import HelpPage, load_pictures
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import Themed, name_widget
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.layout import Splitter
from studio.ui.widgets.options import Option, OptionList
from studio.ui.widgets.surfaces import Surface
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

SIZE: Final = QSize(1080, 760)
SMALLEST: Final = QSize(640, 420)
SIDE: Final = 264
WAIT_MS: Final = 90
"""How long a pause in typing is waited for before the pages are searched."""
HITS: Final = 40


@dataclass(frozen=True, slots=True)
class Stop:
    """A place in the history: a page, a heading of it or how far down one was."""

    page: str
    anchor: str = ""
    down: float = 0.0
    words: tuple[str, ...] = ()


class HelpWindow(Themed, QWidget):
    """Contents and search at the left, the page at the right.

    `open` shows a place by its name: "create", "search#fields", "privacy.md". Links to other sites are asked
    about before they open in the browser.
    """

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(None, Qt.WindowType.Window)
        name_widget(self, tr("Help"))
        self.setWindowTitle(tr("Help – Nectary"))
        self.setWindowIcon(window.windowIcon())
        self.setMinimumSize(SMALLEST)
        self.resize(SIZE.boundedTo(self.screen().availableSize()))
        self.setAutoFillBackground(True)
        self._services = services
        self._links = LinkOpener(services, self)
        self.guide = Guide()
        self._stops: list[Stop] = []
        self._at = -1
        self._hits: list[Hit] = []
        self._loaded: dict[tuple[str, int, float], QImage] = {}
        self.pictures: dict[str, QImage] = {}
        """Those of the page, by their names."""
        self._make_parts()
        self._lay_out()
        self._connect()
        self._show_contents()

    # ------------------------------------------------------------------ what is shown

    @property
    def shown(self) -> Stop | None:
        """The place that is being read."""
        return self._stops[self._at] if self._at >= 0 else None

    @property
    def message(self) -> str:
        """What is said in place of hits or pages; "" when there are some."""
        return "" if self._nothing.isHidden() else self._nothing.text()

    def open(self, place: str) -> None:
        """Come to the front with a place; an unknown one, and "", leads to the first page."""
        self.show()
        self.raise_()
        self.activateWindow()
        self._services.tasks.spawn(self._open(place), name="help", owner=self, group="page")

    def search_for(self, words: str) -> None:
        """Write words into the search field."""
        self.search.setText(words)
        self._find()

    async def _open(self, place: str) -> None:
        await self._read()
        page, anchor = self.guide.place(place) or self.guide.place(INDEX) or ("", "")
        if page:
            await self._go(Stop(page, anchor))
            self.page.setFocus()

    async def _read(self) -> None:
        if self.guide.pages:
            return
        try:
            self.guide = await read_guide()
        except StudioError as error:
            self._nothing.setText(str(error))
            self._nothing.show()
            return
        self._show_contents()

    async def _go(self, stop: Stop) -> None:
        """Show a place and put it into the history behind the one that is left."""
        self._remember()
        self._stops = [*self._stops[: self._at + 1], stop]
        self._at += 1
        await self._show()

    def _remember(self) -> None:
        """How far down one was, for the way back."""
        if (at := self.shown) is not None:
            self._stops[self._at] = replace(at, down=self.page.place, anchor="")

    async def _show(self) -> None:
        stop = self._stops[self._at]
        page = self.guide.pages[stop.page]
        pictures = await self._load(stop.page)
        self.page.show_page(page.title, page.html, pictures)
        self.page.go_to_anchor(stop.anchor)
        if stop.down:
            self.page.go_to(stop.down)
        self.page.mark(stop.words)
        self.setWindowTitle(tr("{page} – Help – Nectary", page=page.title))
        self._back.setEnabled(self._at > 0)
        self._forward.setEnabled(self._at + 1 < len(self._stops))
        if not self._hits:
            self._show_contents()

    async def _load(self, page_id: str) -> dict[str, QImage]:
        """The pictures of a page in the look and the width that it has now, decoded in a thread."""
        width, ratio = self.page.column, self.devicePixelRatioF()
        files = {name: self._file(name) for name in self.guide.pages[page_id].pictures}
        keys = {name: (str(path), width, ratio) for name, path in files.items()}
        missing = {name: files[name] for name, key in keys.items() if key not in self._loaded}
        if missing:
            loaded = await asyncio.to_thread(load_pictures, missing, width, ratio)
            # Those of other widths are not needed again soon.
            kept = {key: image for key, image in self._loaded.items() if key[1:] == (width, ratio)}
            self._loaded = kept | {keys[name]: image for name, image in loaded.items()}
        self.pictures = {name: self._loaded[key] for name, key in keys.items() if key in self._loaded}
        return self.pictures

    @staticmethod
    def _file(name: str) -> Path:
        """The file of a picture; in the dark look the dark one, where it was taken too."""
        dark = document(*name.replace("-light.", "-dark.").split("/"))
        return dark if Theme.current().dark and dark.is_file() else document(*name.split("/"))

    # ------------------------------------------------------------------ the side

    def _show_contents(self) -> None:
        stop = self.shown
        options = [
            Option(page_id, self.guide.pages[page_id].title, group=title)
            for title, ids in self.guide.groups
            for page_id in ids
        ]
        self.contents.show_options(options, stop.page if stop else None)

    def _find(self) -> None:
        """The contents become the hits while there are words to look for."""
        words = self.search.text().strip()
        self._hits = self.guide.find(words)[:HITS] if words else []
        self._nothing.setText(tr("Nothing found. Try fewer words."))
        self._nothing.setVisible(bool(words) and not self._hits)
        self._found.setVisible(bool(self._hits))
        self._found.setText(trn("{n} place", "{n} places", len(self._hits)))
        if not words:
            self._show_contents()
            return
        # Hits of one page stand together, the page of the best one first.
        best = list(dict.fromkeys(hit.page for hit in self._hits))
        self._hits.sort(key=lambda hit: best.index(hit.page))
        options = [
            Option(str(number), hit.section, note=hit.excerpt, group=hit.title)
            for number, hit in enumerate(self._hits)
        ]
        self.contents.show_options(options, None)

    def _take(self, value: str) -> None:
        if self._hits:
            hit = self._hits[int(value)]
            words = tuple(self.search.text().split())
            stop = Stop(hit.page, hit.anchor, words=words)
        else:
            stop = Stop(value)
        self._spawn(stop)

    def _spawn(self, stop: Stop) -> None:
        self._services.tasks.spawn(self._go(stop), name="help page", owner=self, group="page")

    # ------------------------------------------------------------------ going about

    def _follow(self, address: str) -> None:
        if is_outside(address):
            self._services.tasks.spawn(self._links.open(address), name="help link", owner=self)
        elif (place := self.guide.place(address)) is not None:
            self._spawn(Stop(*place))

    def _step(self, step: int) -> None:
        if 0 <= self._at + step < len(self._stops):
            self._remember()
            self._at += step
            self._services.tasks.spawn(self._show(), name="help page", owner=self, group="page")

    def _again(self) -> None:
        """The look or the width changed."""
        if self.shown is not None and self.isVisible():
            self._services.tasks.spawn(self._show_again(), name="help pictures", owner=self, group="again")

    async def _show_again(self) -> None:
        if (stop := self.shown) is not None:
            self.page.show_pictures(await self._load(stop.page))

    # ------------------------------------------------------------------ Qt

    def _make_parts(self) -> None:
        self.search = SearchField(tr("Search Help"), tr("Search Help"), "Ctrl+F")
        self.contents = OptionList(tr("Contents"), (), None)
        self.contents.follows_pointer = False
        self.page = HelpPage(tr("Page"))
        self._back = IconButton("arrow-left", tr("Back"))
        self._forward = IconButton("arrow-right", tr("Forward"))
        self._nothing = Label("", tone="text2", wrap=True)
        self._found = Label("", "caption", "text2")
        self._english = Label(tr("These pages are in English."), "caption", "text2", wrap=True)
        self._english.setVisible(language() != SOURCE)
        for button in (self._back, self._forward):
            button.setEnabled(False)
        for label in (self._nothing, self._found):
            label.hide()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)

    def _lay_out(self) -> None:
        side = Surface("surface", "right")
        column = QVBoxLayout(side)
        column.setContentsMargins(Space.MD, Space.MD, Space.MD, Space.MD)
        column.setSpacing(Space.SM)
        top = QHBoxLayout()
        top.setSpacing(Space.XS)
        for widget in (self._back, self._forward, self.search):
            top.addWidget(widget)
        column.addLayout(top)
        for label in (self._found, self._nothing):
            column.addWidget(label)
        column.addWidget(self.contents, 1)
        column.addWidget(self._english)
        self._split = Splitter()
        self._split.addWidget(side)
        self._split.addWidget(self.page)
        self._split.setStretchFactor(1, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.addWidget(self._split)
        self._fit_side()

    def _fit_side(self) -> None:
        """The contents are as wide as their words; larger text needs more, but never half of the window."""
        side = min(Theme.current().px(SIDE), self.width() * 2 // 5)
        self._split.setSizes([side, self.width() - side])

    def retheme(self) -> None:
        super().retheme()
        self._fit_side()

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._wait.start())
        self.search.returnPressed.connect(self._take_first)
        self._wait.timeout.connect(self._find)
        self.contents.chosen.connect(self._take)
        self.page.link_wanted.connect(self._follow)
        self.page.width_changed.connect(self._again)
        self._back.clicked.connect(lambda: self._step(-1))
        self._forward.clicked.connect(lambda: self._step(1))
        standard = QKeySequence.StandardKey
        for keys, act in (
            (standard.Back, lambda: self._step(-1)),
            (standard.Forward, lambda: self._step(1)),
            (standard.Find, self._to_search),
            (standard.HelpContents, lambda: self.open("")),
            (standard.Close, self.close),
        ):
            # Backspace leads back too where the system says so, but not out of a field.
            for sequence in QKeySequence.keyBindings(keys):
                if sequence != QKeySequence(Qt.Key.Key_Backspace):
                    QShortcut(sequence, self).activated.connect(act)

    def _take_first(self) -> None:
        self._wait.stop()
        self._find()
        if self._hits:
            self._take("0")

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.contents.setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The buttons at the side of a mouse lead back and forward, as in a browser."""
        if event.button() in (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton):
            self._step(-1 if event.button() == Qt.MouseButton.BackButton else 1)
            return
        super().mouseReleaseEvent(event)
