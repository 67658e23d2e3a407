"""The list of conversations as a Qt model: headings, folders, conversations, found messages; change sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QMimeData, QObject, Qt, Signal

from studio.core.i18n import tr
from studio.domain.conversation import ChatFolder, ConversationRow, MessageHit
from studio.qt_models.keyed_list import Index, KeyedListModel

MIME = "application/x-nectary-conversations"


class EntryKind(StrEnum):
    """What a row of the list is."""

    HEADING = "heading"
    FOLDER = "folder"
    CHAT = "chat"
    HIT = "hit"
    MORE = "more"
    """Asks for further found messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the list.

    Args:
        key: of the row, unique in the list and the same as long as the row means the same thing.
        text: title, name or heading; `detail` is the quieter second line.
        depth: in how many folders it lies.
        chat, folder, hit: what it stands for; at most one is set.
        unfolded: of a folder: whether what is in it shows; `count` how many conversations that is.
        streaming: an answer is coming in.
        marks: (start, end) of what was looked for in `detail`.
    """

    key: str
    kind: EntryKind
    text: str
    detail: str = ""
    depth: int = 0
    chat: ConversationRow | None = None
    folder: ChatFolder | None = None
    hit: MessageHit | None = None
    unfolded: bool = True
    count: int = 0
    streaming: bool = False
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def conversation_id(self) -> str:
        """The conversation that a click opens; "" for headings and folders."""
        if self.hit is not None:
            return self.hit.conversation_id
        return self.chat.id if self.chat is not None else ""

    @property
    def spoken(self) -> str:
        """What a screen reader says of it."""
        words = [self.text]
        if self.streaming:
            words.append(tr("streaming"))
        if self.chat is not None:
            words += [
                word
                for word, holds in (
                    (tr("unread"), self.chat.unread),
                    (tr("pinned"), self.chat.pinned),
                    (tr("temporary"), self.chat.temporary),
                )
                if holds
            ]
        if self.folder is not None:
            words.append(tr("folder, open") if self.unfolded else tr("folder, closed"))
        if self.detail:
            words.append(self.detail)
        return ", ".join(words)


class ConversationListModel(KeyedListModel[Entry]):
    """Entries in the order they are shown.

    Signals:
        renamed(entry, text): the user typed another name.
        moved(list of conversation ids, folder id): dragged into a folder, or out of all ("").
    """

    renamed = Signal(object, str)
    moved = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(lambda entry: entry.key, parent)

    def text(self, item: Entry) -> str:
        return item.text

    def spoken(self, item: Entry) -> str:
        return item.spoken

    # ------------------------------------------------------------------ contents

    @property
    def entries(self) -> Sequence[Entry]:
        return self.items

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show these."""
        self.show(entries)

    def entry(self, index: Index) -> Entry | None:
        """The entry of an index, or None."""
        return self.item(index.row()) if index.isValid() else None

    def row_of_chat(self, conversation_id: str) -> int:
        """The row of a conversation, or -1."""
        return self.row_of(f"chat:{conversation_id}")

    # ------------------------------------------------------------------ Qt

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        entry = self.entry(index)
        text = " ".join(str(value).split())
        if entry is None or role != Qt.ItemDataRole.EditRole or not text or text == entry.text:
            return False
        self.renamed.emit(entry, text)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        entry = self.entry(index)
        if entry is None:
            return Qt.ItemFlag.ItemIsDropEnabled
        if entry.kind is EntryKind.HEADING:
            return Qt.ItemFlag.ItemIsDropEnabled
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if entry.kind is EntryKind.FOLDER:
            return usable | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDropEnabled
        if entry.kind is EntryKind.CHAT:
            return usable | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
        return usable

    # ------------------------------------------------------------------ dragging

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[Index]) -> QMimeData:
        entries = [self.entry(index) for index in indexes]
        ids = [entry.chat.id for entry in entries if entry is not None and entry.chat is not None]
        data = QMimeData()
        data.setData(MIME, json.dumps(ids).encode())
        return data

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        return data.hasFormat(MIME)

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Into the folder it was dropped on or between the chats of; anywhere else means out of all."""
        if not data.hasFormat(MIME):
            return False
        target = self.entry(parent)
        if target is not None:
            folder = target.folder.id if target.folder is not None else ""
        else:
            folder = self._folder_between(row)
        ids = json.loads(bytes(data.data(MIME).data()))
        self.moved.emit(ids, folder)
        # False: the view must not take the rows away, they move when the service says so.
        return False

    def _folder_between(self, row: int) -> str:
        """The folder in which the place above `row` lies; "" for none."""
        if not 0 <= row <= len(self._items):
            return ""
        for at in (row, row - 1):
            entry = self._items[at] if 0 <= at < len(self._items) else None
            if entry is not None and entry.chat is not None and entry.depth:
                return entry.chat.folder_id
        above = self._items[row - 1] if row else None
        return above.folder.id if above is not None and above.folder is not None else ""
