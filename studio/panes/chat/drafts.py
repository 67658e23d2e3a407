"""What stands in the composer, kept for each conversation while it is typed, with its attachments."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.conversation import AttachmentPiece, ChatDraft, Conversation, Message
from studio.panes.chat.attachment_chips import Attached
from studio.services.context import Services

KEEP_MS = 300
PASTED = "pasted.txt"
MOST = 32
"""Attachments of one message."""


class DraftKeeper(QObject):
    """The text and attachments being written, or an earlier message while it is edited.

    Args:
        ensure: begins a conversation where there is none; what is typed first belongs to it.

    Signals:
        changed: text or attachments are different.
        text_wanted(str): the field is to show this.
        editing_changed(bool).
    """

    changed = Signal()
    text_wanted = Signal(str)
    editing_changed = Signal(bool)

    def __init__(
        self, services: Services, parent: QObject, ensure: Callable[[], Awaitable[Conversation]]
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._chat = services.chat
        self._ensure = ensure
        self._id = ""
        self._text = ""
        self._attached: list[Attached] = []
        self._pasted: dict[str, str] = {}
        self._stashed = ChatDraft()
        self._edited: Message | None = None
        self._unsaved = False
        self._writing = asyncio.Lock()
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(KEEP_MS)
        self._keep.timeout.connect(self._save_soon)

    # ------------------------------------------------------------------ state

    @property
    def draft(self) -> ChatDraft:
        """Text and the attachments that are in the library."""
        pieces = tuple(one.piece for one in self._attached if one.piece is not None)
        return ChatDraft(text=self._text, attachments=pieces)

    @property
    def conversation_id(self) -> str:
        """The conversation that the text belongs to; "" while there is none."""
        return self._id

    @property
    def attached(self) -> Sequence[Attached]:
        return tuple(self._attached)

    @property
    def unsaved(self) -> bool:
        """Whether something is not on the disk yet."""
        return self._unsaved or self._writing.locked()

    @property
    def edited(self) -> Message | None:
        """The earlier message that is in the field, or None."""
        return self._edited

    def stop(self) -> None:
        """Write what was typed a moment ago."""
        self._keep.stop()
        if self._unsaved and self._id and self._edited is None:
            self._unsaved = False
            # Of no pane: it is written also when the program ends at this moment.
            self._services.tasks.spawn(
                self._write(self._id, self.draft), name="draft", owner=self._services, finish=True
            )

    def _spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._services.tasks.spawn(work, name=name, owner=self.parent())

    # ------------------------------------------------------------------ from one conversation to the next

    def forget(self) -> None:
        """The open conversation is deleted: nothing is written to it any more."""
        self._keep.stop()
        self._unsaved = False

    async def leave(self) -> None:
        """The open conversation is left: what was written stays with it."""
        self.end_editing()
        self._keep.stop()
        if self._unsaved:
            await self._save()

    async def open(self, conversation_id: str) -> None:
        """Show what was being written in a conversation; "" for none yet."""
        draft = await self._chat.draft(conversation_id) if conversation_id else ChatDraft()
        # Until now the field showed the text of the one before, and what was typed is of that one.
        if self._unsaved and self._id:
            self._keep.stop()
            await self._save()
        self._id = conversation_id
        if self._unsaved:
            # Typed where there was no conversation yet: it stays, behind what was written here before.
            typed = self._text
            self._attached = [*map(_attached, draft.attachments), *self._attached]
            self._text = "\n".join(text for text in (draft.text, typed) if text)
            self.text_wanted.emit(self._text)
            self.changed.emit()
            return
        self._show(draft)

    def _show(self, draft: ChatDraft) -> None:
        self._text = draft.text
        self._attached = [_attached(piece) for piece in draft.attachments]
        self.text_wanted.emit(draft.text)
        self.changed.emit()

    # ------------------------------------------------------------------ text

    def type(self, text: str) -> None:
        """The user typed."""
        if text == self._text:
            return
        self._text = text
        self._touched()

    def put(self, text: str) -> None:
        """Something else wrote it: an example, the text of a paste."""
        self.type(text)
        self.text_wanted.emit(text)

    def _touched(self) -> None:
        if self._edited is None:
            self._unsaved = True
            self._keep.start()
        self.changed.emit()

    def _save_soon(self) -> None:
        self._services.tasks.spawn(self._save(), name="draft", owner=self._services, finish=True)

    async def _save(self) -> None:
        """Write the draft, into a new conversation where there is none."""
        if not self._unsaved or self._edited is not None:
            return
        self._unsaved = False
        draft = self.draft
        if not self._id:
            if not draft:
                return
            self._id = (await self._ensure()).id
        await self._write(self._id, draft)

    async def _write(self, conversation_id: str, draft: ChatDraft) -> None:
        try:
            # One after the other: an older draft must not overtake a newer one.
            async with self._writing:
                await self._chat.keep_draft(conversation_id, draft)
        except StudioError as error:
            self._unsaved = True
            self._services.notices.report(error, "keeping a draft")

    async def sent(self, conversation_id: str, draft: ChatDraft) -> None:
        """The question is written down: the field is empty again, unless something else was typed since."""
        if conversation_id != self._id and self._id:
            await self._write(conversation_id, ChatDraft())
            return
        self._id = conversation_id
        if self.draft == draft:
            self._show(ChatDraft())
        self._keep.stop()
        self._unsaved = False
        await self._write(conversation_id, self.draft)

    # ------------------------------------------------------------------ editing an earlier message

    async def edit(self, message: Message) -> None:
        """Put an earlier message into the field; what stood there waits."""
        if self._edited is None:
            if self._unsaved:
                await self._save()
            self._stashed = self.draft
        self._edited = message
        self._show(ChatDraft(text=message.text, attachments=message.attachments))
        self.editing_changed.emit(True)

    def end_editing(self) -> None:
        """Back to what stood in the field before."""
        if self._edited is None:
            return
        self._edited = None
        self._show(self._stashed)
        self._stashed = ChatDraft()
        self.editing_changed.emit(False)

    # ------------------------------------------------------------------ attachments

    def add_files(self, paths: Sequence[Path]) -> None:
        # One more than fits, so that it is said once that the others stay behind.
        for path in paths[: max(MOST - len(self._attached), 0) + 1]:
            self._take_in(path.name, lambda path=path: self._chat.attach_file(path))

    def add_bytes(self, data: bytes, mime: str, name: str) -> None:
        self._take_in(name, lambda: self._chat.attach_bytes(data, mime=mime, name=name))

    def add_text(self, text: str) -> None:
        """A long paste."""
        data = text.encode("utf-8", "replace")
        self._take_in(
            tr("Pasted text"), lambda: self._chat.attach_bytes(data, mime="text/plain", name=PASTED), text
        )

    def add_asset(self, asset: Asset) -> None:
        name = asset.title or Path(asset.path).name
        self._take_in(name, lambda: self._chat.attach_asset(asset))

    def _take_in(self, name: str, work: Callable[[], Awaitable[AttachmentPiece]], text: str = "") -> None:
        if len(self._attached) >= MOST:
            self._services.notices.tell(tr("At most {n} files go with one message.", n=MOST), topic="attach")
            return
        waiting = Attached(key=new_id(), name=name, pasted=bool(text))
        if text:
            self._pasted[waiting.key] = text
        self._attached.append(waiting)
        self.changed.emit()
        self._spawn(self._finish(waiting, work), "attach")

    async def _finish(self, waiting: Attached, work: Callable[[], Awaitable[AttachmentPiece]]) -> None:
        began, editing = self._id, self._edited
        try:
            piece = await work()
        except StudioError as error:
            self._attached = [one for one in self._attached if one.key != waiting.key]
            self.changed.emit()
            self._services.notices.report(error, "attaching a file")
            return
        if any(one.piece is not None and one.piece.asset_id == piece.asset_id for one in self._attached):
            # The same file twice says nothing more.
            self._attached = [one for one in self._attached if one.key != waiting.key]
            self._pasted.pop(waiting.key, None)
            self.changed.emit()
            self._services.notices.tell(tr("{name} is attached already.", name=waiting.name), topic="attach")
            return
        taken = replace(waiting, piece=piece)
        if any(one.key == waiting.key for one in self._attached):
            self._attached = [taken if one.key == waiting.key else one for one in self._attached]
            self._touched()
        elif began and editing is None and began != self._id:
            # The user went on to another chat meanwhile; the file belongs to the one it was dropped on.
            draft = await self._chat.draft(began)
            await self._write(began, replace(draft, attachments=(*draft.attachments, piece)))

    def remove(self, key: str) -> None:
        """Take an attachment off; the file stays in the library."""
        self._attached = [one for one in self._attached if one.key != key]
        self._pasted.pop(key, None)
        self._touched()

    @property
    def pasted(self) -> Attached | None:
        """The long paste that can become text again; the newest one."""
        return next((one for one in reversed(self._attached) if one.key in self._pasted), None)

    def pasted_as_text(self) -> str:
        """Take the newest long paste off; its text, to go into the field."""
        newest = self.pasted
        if newest is None:
            return ""
        text = self._pasted[newest.key]
        self.remove(newest.key)
        return text


def _attached(piece: AttachmentPiece) -> Attached:
    name = piece.name or tr("File")
    return Attached(key=f"{piece.asset_id}:{piece.sha256[:12]}:{name}", name=name, piece=piece)
