"""The left column: a new chat, search, and the list of conversations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.conversation import ChatFolder
from studio.panes.chat.conversation_list import ConversationList
from studio.qt_models.conversations import ConversationListModel, Entry, EntryKind
from studio.ui.theme import BORDER, Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.surfaces import Surface
from studio.ui.widgets.text import Label

WIDTH = 248
TYPING_MS = 90


class SideBar(Surface):
    """What the pane has, and ways into it. Knows no service: everything it is told to do is a signal.

    Signals:
        new_chat(temporary), search_changed(text), archived_wanted(on), import_wanted,
        folder_wanted(parent folder id), opened(entry), more_wanted (found messages),
        act(verb, entries): pin, unpin, archive, unarchive, delete, read, export:md|html|json,
        move:<folder id>, remove (a folder).
    """

    new_chat = Signal(bool)
    search_changed = Signal(str)
    archived_wanted = Signal(bool)
    import_wanted = Signal()
    folder_wanted = Signal(str)
    opened = Signal(object)
    more_wanted = Signal()
    act = Signal(str, object)

    def __init__(self, model: ConversationListModel, parent: QWidget | None = None) -> None:
        super().__init__("surface", "right", parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.folders: Sequence[ChatFolder] = ()
        self._archived = False
        self.new = Button(tr("New chat"), "secondary", "add")
        self.new.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.more = IconButton("more", tr("More about chats"), size="normal")
        self.search = SearchField(tr("Search chats"), tr("Search chats"), filled=True)
        self.back = Button(tr("Back to all chats"), "quiet", "arrow-left", size="small")
        self.list = ConversationList(model)
        self.nothing = Label("", tone="text2", wrap=True)
        self._typing = QTimer(self)
        self._build()
        self._join()

    def _build(self) -> None:
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        head = QHBoxLayout()
        head.setSpacing(Space.XS)
        head.addWidget(self.new, 1)
        head.addWidget(self.more)
        top = QVBoxLayout()
        top.setContentsMargins(Space.LG, Space.LG, Space.LG, Space.NONE)
        top.setSpacing(Space.SM)
        top.addLayout(head)
        top.addWidget(self.search)
        top.addWidget(self.back)
        self.nothing.setContentsMargins(Space.XL, Space.LG, Space.XL, Space.NONE)
        self.nothing.hide()
        self.back.hide()
        body = QVBoxLayout()
        body.setContentsMargins(Space.SM, Space.SM, Space.SM, Space.SM)
        body.addWidget(self.nothing)
        body.addWidget(self.list, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, round(BORDER), 0)
        column.setSpacing(Space.NONE)
        column.addLayout(top)
        column.addLayout(body, 1)

    def _join(self) -> None:
        self.new.clicked.connect(lambda: self.new_chat.emit(False))
        self.more.clicked.connect(self._open_more)
        self.back.clicked.connect(lambda: self.archived_wanted.emit(False))
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.search.installEventFilter(self)
        self._typing.timeout.connect(lambda: self.search_changed.emit(self.search.text().strip()))
        self.list.opened.connect(self.opened)
        self.list.more_wanted.connect(self.more_wanted)
        self.list.menu_wanted.connect(self._open_menu)
        self.list.delete_wanted.connect(self._delete)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 200)

    # ------------------------------------------------------------------ showing

    def show_state(self, words: str, *, archived: bool) -> None:
        """Say why the list is empty ("" when it is not), and which of the two lists it is."""
        self._archived = archived
        self.nothing.setText(words)
        self.nothing.setVisible(bool(words))
        self.back.setVisible(archived)

    def stop(self) -> None:
        self._typing.stop()

    # ------------------------------------------------------------------ keys

    def eventFilter(self, watched: object, event: object) -> bool:
        """From the search field the arrows go through what was found, Enter opens the first."""
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QKeyEvent.Type.KeyPress
        ):
            if event.key() == Qt.Key.Key_Down:
                self._step_into_list()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._typing.isActive():
                    self._typing.stop()
                    self.search_changed.emit(self.search.text().strip())
                first = self._first()
                if first is not None and self.search.text().strip():
                    self.opened.emit(first)
                return True
        return False

    def _first(self) -> Entry | None:
        entries = self._model().entries
        return next((entry for entry in entries if entry.conversation_id), None)

    def _model(self) -> ConversationListModel:
        model = self.list.model()
        assert isinstance(model, ConversationListModel)  # noqa: S101 - made with it
        return model

    def _step_into_list(self) -> None:
        first = self._first()
        if first is not None:
            self.list.setCurrentIndex(self._model().index(self._model().row_of(first.key)))
            self.list.setFocus(Qt.FocusReason.TabFocusReason)

    # ------------------------------------------------------------------ menus

    def _open_more(self) -> None:
        menu = Menu(self)
        menu.add(tr("Temporary chat"), lambda: self.new_chat.emit(True), "clock")
        menu.add(tr("New folder"), lambda: self.folder_wanted.emit(""), "folder-add")
        menu.addSeparator()
        menu.add(tr("Import a chat"), self.import_wanted.emit, "download")
        words = tr("Show all chats") if self._archived else tr("Show archived chats")
        menu.add(words, lambda: self.archived_wanted.emit(not self._archived), "archive")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup_under(self.more, align_right=True)

    def _delete(self, entries: Sequence[Entry]) -> None:
        chats = [entry for entry in entries if entry.kind is EntryKind.CHAT]
        if chats:
            self.act.emit("delete", chats)
        elif entries and entries[0].kind is EntryKind.FOLDER:
            self.act.emit("remove", list(entries))

    def _open_menu(self, entry: Entry | None, at: QPoint) -> None:
        menu = Menu(self)
        if entry is None or entry.kind in (EntryKind.HEADING, EntryKind.MORE):
            menu.add(tr("New chat"), lambda: self.new_chat.emit(False), "add", shortcut="Ctrl+N")
            menu.add(tr("New folder"), lambda: self.folder_wanted.emit(""), "folder-add")
        elif entry.kind is EntryKind.FOLDER and entry.folder is not None:
            self._fill_folder_menu(menu, entry, entry.folder)
        else:
            self._fill_chat_menu(menu, entry)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _fill_folder_menu(self, menu: Menu, entry: Entry, folder: ChatFolder) -> None:
        menu.add(tr("Rename"), lambda: self.list.rename(entry.key), "edit", shortcut="F2")
        menu.add(tr("New folder inside"), lambda: self.folder_wanted.emit(folder.id), "folder-add")
        menu.addSeparator()
        menu.add(tr("Remove the folder"), lambda: self.act.emit("remove", [entry]), "trash", danger=True)

    def _fill_chat_menu(self, menu: Menu, entry: Entry) -> None:
        several = [one for one in self.list.selected() if one.kind is EntryKind.CHAT]
        chats = several if entry in several else [entry]

        def run(verb: str) -> Callable[[], object]:
            return lambda: self.act.emit(verb, chats)

        one = len(chats) == 1
        row = entry.chat
        if one:
            menu.add(tr("Open"), lambda: self.opened.emit(entry), "chat", shortcut="Enter")
        if one and entry.kind is EntryKind.CHAT:
            menu.add(tr("Rename"), lambda: self.list.rename(entry.key), "edit", shortcut="F2")
        if row is not None and not row.temporary:
            pin = ("unpin", tr("Unpin")) if row.pinned else ("pin", tr("Pin"))
            menu.add(pin[1], run(pin[0]), "pin")
            kept = (
                ("unarchive", tr("Take out of the archive")) if row.archived else ("archive", tr("Archive"))
            )
            menu.add(kept[1], run(kept[0]), "archive")
            self._add_folders(menu, chats, row.folder_id)
        if one and row is not None:
            self._add_exports(menu, run)
        if row is not None:
            menu.addSeparator()
            words = trn("Delete", "Delete {n} chats", len(chats))
            menu.add(words, run("delete"), "trash", shortcut="Del", danger=True)

    def _add_folders(self, menu: Menu, chats: Sequence[Entry], current: str) -> None:
        below = Menu(menu, tr("Move to folder"))
        below.add(tr("No folder"), lambda: self.act.emit("move:", chats), checked=not current)
        for folder in self.folders:
            below.add(
                folder.name, lambda folder=folder: self.act.emit(f"move:{folder.id}", chats),
                checked=folder.id == current,
            )  # fmt: skip
        menu.addMenu(below)

    def _add_exports(self, menu: Menu, run: Callable[[str], Callable[[], object]]) -> None:
        below = Menu(menu, tr("Export"))
        for kind, words in EXPORTS:
            below.add(words, run(f"export:{kind}"))
        menu.addMenu(below)


EXPORTS = (
    ("md", tr("Markdown with its files")),
    ("html", tr("One HTML page")),
    ("json", tr("JSON with all branches")),
)
"""Kinds of export and their words."""
