"""State and commands of the list of conversations: rows, folders, search, archive."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.domain.conversation import ChatFolder, ConversationRow, MessageHit
from studio.panes.chat.arrange import arrange, found
from studio.qt_models.bridge import bridge
from studio.qt_models.conversations import Entry, EntryKind
from studio.services import undo
from studio.services.context import Services

if TYPE_CHECKING:
    from studio.services.chat_words import RowsChanged

SETTLE_MS = 16
MIDNIGHT_MS = 10 * 60 * 1000
HITS = 50
"""Found messages at first; each "Show more" brings as many again."""


class ListPresenter(QObject):
    """Holds what the list shows; every change of a row comes in as a change set and goes out as entries.

    Signals:
        entries_changed(entries, words, archived): `words` say why it is empty.
        folders_changed(folders).
        gone(conversation ids): deleted or archived, so that an open one is left.
    """

    entries_changed = Signal(object, str, bool)
    folders_changed = Signal(object)
    gone = Signal(object)

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._chat = services.chat
        self._rows: dict[str, ConversationRow] = {}
        self._folders: Sequence[ChatFolder] = ()
        self._query = ""
        self._limit = HITS
        self._archived = False
        self._found: tuple[Sequence[ConversationRow], Sequence[MessageHit]] = ((), ())
        self._loaded = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._show)
        # "Today" becomes "Yesterday" also when nothing is done.
        self._midnight = QTimer(self)
        self._midnight.setInterval(MIDNIGHT_MS)
        self._midnight.timeout.connect(self._show)
        bridge(self._chat.rows_changed, self._take_rows, self)
        bridge(self._chat.folders_changed, lambda _value: self._load_folders(), self)
        bridge(services.catalogue.changed, lambda _models: self._settle.start(), self)

    def start(self) -> None:
        self._midnight.start()
        self._spawn(self._load(), "chats")

    def stop(self) -> None:
        self._settle.stop()
        self._midnight.stop()
        self._services.tasks.cancel_owner(self)

    def _spawn(self, work: Coroutine[Any, Any, Any], name: str, group: str | None = None) -> None:
        self._services.tasks.spawn(work, name=name, owner=self, group=group)

    # ------------------------------------------------------------------ rows

    @property
    def rows(self) -> dict[str, ConversationRow]:
        """The conversations of the list that shows, by id."""
        return self._rows

    @property
    def archived(self) -> bool:
        return self._archived

    async def _load(self) -> None:
        rows = await self._chat.rows(archived=self._archived)
        self._rows = {row.id: row for row in rows}
        self._folders = await self._chat.folders()
        self.folders_changed.emit(self._folders)
        self._loaded = True
        self._show()

    def _load_folders(self) -> None:
        async def load() -> None:
            self._folders = await self._chat.folders()
            self.folders_changed.emit(self._folders)
            self._show()

        self._spawn(load(), "chat folders", "folders")

    def _take_rows(self, change: RowsChanged) -> None:
        for row in change.upserted:
            if row.archived == self._archived:
                self._rows[row.id] = row
            else:
                self._rows.pop(row.id, None)
        for row_id in change.removed:
            self._rows.pop(row_id, None)
        if change.removed:
            rows, hits = self._found
            gone = set(change.removed)
            self._found = (
                [row for row in rows if row.id not in gone],
                [hit for hit in hits if hit.conversation_id not in gone],
            )
        self._settle.start()

    def _show(self) -> None:
        if not self._loaded:
            return
        titles = self._services.catalogue.title
        streaming = self._chat.streaming
        words = ""
        if self._query:
            rows, hits = self._found
            rows = [self._rows.get(row.id, row) for row in rows]
            more = len(hits) >= self._limit
            entries = found(rows, hits, titles=titles, streaming=streaming, more=more)
            words = "" if entries else tr("Nothing matches. Try fewer words.")
        else:
            today = datetime.now().astimezone().date()
            entries = arrange(
                self._rows.values(), () if self._archived else self._folders, today,
                titles=titles, streaming=streaming, folded=self._folded(),
            )  # fmt: skip
            if not entries:
                words = tr("Nothing is in the archive.") if self._archived else tr("Your chats show up here.")
        self.entries_changed.emit(entries, words, self._archived)

    def neighbour(self, conversation_id: str, step: int) -> str:
        """The conversation `step` (+1, -1) rows further in the list; "" at its ends."""
        today = datetime.now().astimezone().date()
        entries = arrange(
            self._rows.values(), self._folders, today, titles=str, streaming=(), folded=self._folded()
        )
        ids = [entry.conversation_id for entry in entries if entry.kind is EntryKind.CHAT]
        if conversation_id not in ids:
            return ids[0] if ids else ""
        at = ids.index(conversation_id) + step
        return ids[at] if 0 <= at < len(ids) else ""

    # ------------------------------------------------------------------ search and archive

    def search(self, text: str) -> None:
        """Titles at once, then messages; "" shows the whole list again."""
        if text != self._query:
            self._limit = HITS
        self._query = text
        self._spawn(self._search(text), "search chats", "search")

    def more(self) -> None:
        """Further found messages, below those that show."""
        self._limit += HITS
        self._spawn(self._search_messages(self._query, self._found[0]), "search chats", "search")

    async def _search(self, text: str) -> None:
        if not text:
            self._found = ((), ())
            self._show()
            return
        try:
            rows = await self._chat.titles(text)
            self._found = (rows, ())
            self._show()
            await self._search_messages(text, rows)
        except StudioError as error:
            self._services.notices.report(error, "searching chats")
            self._show()

    async def _search_messages(self, text: str, rows: Sequence[ConversationRow]) -> None:
        hits = await self._chat.search(text, self._limit)
        self._found = (rows, hits)
        self._show()

    def show_archived(self, on: bool) -> None:
        self._archived = on
        self._spawn(self._load(), "chats", "load")

    # ------------------------------------------------------------------ folders

    def _folded(self) -> set[str]:
        return set(self._services.settings.values.chat.folded.split())

    def fold(self, folder_id: str) -> None:
        """Fold a folder, or unfold it."""
        known = {folder.id for folder in self._folders}
        folded = (self._folded() ^ {folder_id}) & known
        self._services.settings.change("chat", folded=" ".join(sorted(folded)))
        self._show()

    def add_folder(self, name: str, parent_id: str = "") -> None:
        self._spawn(self._chat.add_folder(name, parent_id), "add folder")

    def rename(self, entry: Entry, text: str) -> None:
        if entry.folder is not None:
            self._spawn(self._chat.rename_folder(entry.folder.id, text), "rename folder")
        elif entry.chat is not None:
            self._spawn(self._chat.rename(entry.chat.id, text), "rename chat")

    def move(self, conversation_ids: Sequence[str], folder_id: str) -> None:
        async def move() -> None:
            for conversation_id in conversation_ids:
                await self._chat.move(conversation_id, folder_id)

        self._spawn(move(), "move chats")

    # ------------------------------------------------------------------ what is done with conversations

    def act(self, verb: str, entries: Sequence[Entry]) -> None:
        """pin, unpin, archive, unarchive, delete, move:<folder>; remove for a folder."""
        ids = [entry.chat.id for entry in entries if entry.chat is not None]
        verb, _, argument = verb.partition(":")
        if verb == "move":
            self.move(ids, argument)
        elif verb == "remove":
            self._spawn(self._remove_folders(entries), "remove folder")
        elif verb == "delete":
            self._spawn(self._delete(ids), "delete chats")
        elif verb in ("pin", "unpin", "archive", "unarchive"):
            self._spawn(self._mark(verb, ids), f"{verb} chats")

    async def _mark(self, verb: str, ids: Sequence[str]) -> None:
        for conversation_id in ids:
            if verb in ("pin", "unpin"):
                await self._chat.set_pinned(conversation_id, verb == "pin")
            else:
                await self._chat.set_archived(conversation_id, verb == "archive")
        if verb == "archive":
            self.gone.emit(list(ids))
            step = self._services.curator.undo.push("archived", lambda: self._mark("unarchive", ids))
            self._tell(trn("Archived.", "{n} chats archived.", len(ids)), step.id)

    async def _delete(self, ids: Sequence[str]) -> None:
        self.gone.emit(list(ids))
        for conversation_id in ids:
            if self._chat.is_streaming(conversation_id):
                await self._chat.stop(conversation_id)
        step = await self._chat.delete(list(ids))
        self._tell(trn("Chat deleted.", "{n} chats deleted.", len(ids)), step.id)

    async def _remove_folders(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.folder is not None:
                await self._chat.remove_folder(entry.folder.id)
        self._services.notices.tell(
            tr("The folder is gone; its chats are one level up."), topic="chat folder"
        )

    def _tell(self, words: str, step_id: str) -> None:
        self._services.notices.tell(
            words, topic=undo.TOPIC, actions=(Action("edit.undo_step", tr("Undo"), step_id),)
        )
