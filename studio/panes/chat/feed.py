"""Brings one conversation's branch into the transcript's model: shape, contents in pages, what streams."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Message,
    MessageState,
    MessageTree,
    TextPiece,
    ToolCallPiece,
)
from studio.qt_models.bridge import bridge
from studio.qt_models.job_words import duration
from studio.qt_models.transcript import TranscriptModel
from studio.services.context import Services

if TYPE_CHECKING:
    from studio.domain.service import RetryNotice
    from studio.services.chat_live import LiveAnswer, LivePiece

PULL_MS = 50
PAGE = 60
"""Messages loaded at a time."""


class _Pulled:
    """How far a running answer was brought into the model."""

    def __init__(self) -> None:
        self.version = -1
        self.lengths: dict[int, int] = {}


class TranscriptFeed(QObject):
    """Follows the conversation that is shown.

    Signals:
        path_changed(list of ids): the branch that is shown has these messages now.
        loaded: the shape of the conversation is in the model.
    """

    path_changed = Signal(object)
    loaded = Signal()

    def __init__(self, services: Services, model: TranscriptModel, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._chat = services.chat
        self._model = model
        self._conversation_id = ""
        self._tree = MessageTree()
        self._path: list[str] = []
        self._pulled: dict[str, _Pulled] = {}
        self.prepare: Callable[[Sequence[Message]], Awaitable[None]] | None = None
        """Called with messages before they are shown."""
        self._pull = QTimer(self)
        self._pull.setInterval(PULL_MS)
        self._pull.timeout.connect(self.pull)
        model.needed.connect(self._load)
        bridge(self._chat.path_changed, self._path_of, self)
        bridge(self._chat.message_changed, self._take, self)

    @property
    def tree(self) -> MessageTree:
        """Of the conversation that is shown; empty for none."""
        return self._tree

    @property
    def path(self) -> Sequence[str]:
        """Ids of the messages that are shown."""
        return tuple(self._path)

    def stop(self) -> None:
        self._pull.stop()
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ the shape

    async def show(self, conversation_id: str) -> None:
        """Show a conversation, "" for none."""
        self._conversation_id = conversation_id
        self._pull.stop()
        self._pulled.clear()
        if not conversation_id:
            self._tree, self._path = MessageTree(), []
            self._model.reset((), {})
            self.path_changed.emit([])
            return
        await self._reset()
        self.loaded.emit()

    def _path_of(self, conversation_id: str) -> None:
        if conversation_id == self._conversation_id:
            self._services.tasks.spawn(self._reset(), name="transcript", owner=self, group="transcript")

    async def _reset(self) -> None:
        wanted = self._conversation_id
        try:
            conversation = await self._chat.conversation(wanted)
            tree = await self._chat.tree(wanted)
        except StudioError as error:
            self._services.notices.report(error, "opening a chat")
            return
        if wanted != self._conversation_id:
            return
        self._tree = tree
        self._path = tree.path(conversation.leaf_id) if conversation.leaf_id in tree else []
        nodes = [tree[message_id] for message_id in self._path]
        self._model.reset(nodes, self._versions())
        self.path_changed.emit(list(self._path))
        self._follow_running()

    def _versions(self) -> dict[str, tuple[int, int]]:
        """Which of how many, for messages that have siblings."""
        versions: dict[str, tuple[int, int]] = {}
        for message_id in self._path:
            siblings = self._tree.siblings(message_id)
            if len(siblings) > 1:
                versions[message_id] = (siblings.index(message_id) + 1, len(siblings))
        return versions

    def sibling(self, message_id: str, step: int) -> str:
        """The version of a message `step` further; "" at the ends."""
        if message_id not in self._tree:
            return ""
        siblings = self._tree.siblings(message_id)
        at = siblings.index(message_id) + step
        return siblings[at] if 0 <= at < len(siblings) else ""

    # ------------------------------------------------------------------ contents

    def _load(self, ids: Sequence[str]) -> None:
        self._services.tasks.spawn(self._load_pages(list(ids)), name="messages", owner=self)

    async def _load_pages(self, ids: list[str]) -> None:
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            try:
                await self._put(await self._current(page))
            except StudioError as error:
                self._model.forget(ids[start:])
                self._services.notices.report(error, "reading messages")
                return
        self._follow_running()

    async def _current(self, ids: Sequence[str]) -> list[Message]:
        """Messages as they are; one that ended while they were read is read again, because its end was told
        already and its text would stay cut."""
        messages = await self._chat.messages(ids)
        ended = [m.id for m in messages if m.state is MessageState.STREAMING and not self._chat.live(m.id)]
        if not ended:
            return messages
        again = {message.id: message for message in await self._chat.messages(ended)}
        return [again.get(message.id, message) for message in messages]

    async def _put(self, messages: Sequence[Message]) -> None:
        if self.prepare is not None:
            await self.prepare(messages)
        self._model.put(messages)

    def _take(self, message: Message) -> None:
        if message.conversation_id != self._conversation_id or message.id not in self._path:
            return
        if message.state is MessageState.STREAMING:
            self._follow_running()
        else:
            self.pull()
            self._pulled.pop(message.id, None)
        if message.attachments:
            self._services.tasks.spawn(self._put([message]), name="message", owner=self)
        else:
            self._model.put([message])

    # ------------------------------------------------------------------ what streams

    def _follow_running(self) -> None:
        if not self._pull.isActive() and any(self._chat.live(message_id) for message_id in self._path[-8:]):
            self._pull.start()

    def pull(self) -> None:
        """Bring what came since last time into the model."""
        running = False
        # Only the end of a branch can be running: an answer, and the rounds of its tools before it.
        for message_id in self._path[-8:]:
            live = self._chat.live(message_id)
            if live is None:
                continue
            running = True
            pulled = self._pulled.setdefault(message_id, _Pulled())
            if live.version != pulled.version:
                pulled.version = live.version
                self._bring(message_id, live, pulled)
            self._model.stream_waiting(message_id, wait_words(live.waiting_for, live.retry))
        if not running:
            self._pull.stop()

    def _bring(self, message_id: str, live: LiveAnswer, pulled: _Pulled) -> None:
        lead = live.lead
        joins = (
            bool(lead)
            and bool(live.pieces)
            and live.pieces[0].kind == "text"
            and isinstance(lead[-1], TextPiece)
        )
        first = len(lead) - joins
        for number, piece in enumerate(live.pieces):
            prefix = lead[-1] if joins and number == 0 else None
            before = prefix.text if isinstance(prefix, TextPiece) else ""
            self._bring_piece(message_id, first + number, piece, before, pulled)

    def _bring_piece(
        self, message_id: str, index: int, piece: LivePiece, before: str, pulled: _Pulled
    ) -> None:
        """The new text of a piece. `before`: what it begins with, where an earlier answer goes on."""
        known = pulled.lengths.get(index)
        total = piece.length + len(before)
        if known == total:
            return
        pulled.lengths[index] = total
        if piece.kind in ("text", "reasoning"):
            # The model may hold more than this feed brought: from the last time this chat was open.
            have = self._model.streamed_length(message_id, index)
            if have < len(before):
                self._model.stream(message_id, index, piece.kind, before[have:] + piece.text_from(0))
            else:
                self._model.stream(message_id, index, piece.kind, piece.text_from(have - len(before)))
            return
        whole = piece.piece()
        if isinstance(whole, ToolCallPiece | AttachmentPiece | BlockPiece):
            self._model.stream_piece(message_id, index, whole)


def wait_words(reason: str, retry: RetryNotice | None) -> str:
    """Why an answer does not come yet: "The service asks to wait 12 s."."""
    if retry is None:
        return reason
    time = duration(retry.delay)
    if retry.crowded:
        return tr("The service asks to wait {time}.", time=time)
    return tr("{reason} Trying again in {time}.", reason=reason, time=time)
