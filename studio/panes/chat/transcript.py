"""The transcript in the pane: what its commands lead to, where its pictures lie, and where it stood."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.core.errors import Action
from studio.core.i18n import trn
from studio.domain.conversation import AttachmentPiece, Message, ToolCallPiece
from studio.panes.chat.read_aloud import ReadAloud
from studio.panes.chat.sounds import Sounds
from studio.qt_models.transcript import TranscriptModel
from studio.services.chat_words import ChatPlan
from studio.ui.pane import PaneContext
from studio.ui.transcript import words
from studio.ui.transcript.finder import FindState
from studio.ui.transcript.view import TranscriptPlace, TranscriptView

if TYPE_CHECKING:
    from studio.panes.chat.presenter import ChatPresenter

PLACES = 200
"""Conversations whose place is remembered."""
OF_MESSAGES = ("retry", "continue")
"""Ways on of an error that are about its message."""


def call_words(_message_id: str, call: ToolCallPiece) -> tuple[str, str]:
    """What the card of a call that asks says: what it would make, the price, and the prompt."""
    if call.name != words.IMAGE_TOOL:
        return words.tool_title(call), call.result
    title = trn("Wants to make a picture", "Wants to make {n} pictures", words.wanted_count(call))
    # What it costs comes first: a long prompt may be cut, the price never.
    return title, " · ".join(
        part for part in (call.result.rstrip("."), words.permission_detail(call)) if part
    )


class Ways(Protocol):
    """What commands of messages lead to outside of the conversation."""

    @property
    def model_anchor(self) -> QWidget: ...
    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None: ...
    def open_asset(self, asset_id: str) -> None: ...
    def open_picker(self, anchor: QWidget, message_id: str = "") -> None: ...
    def run(self, action: Action) -> None: ...


class Transcript(QObject):
    """Owns the view and its model."""

    def __init__(self, context: PaneContext, ways: Ways, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._services = context.services
        self._ways = ways
        self._presenter: ChatPresenter | None = None
        self._paths: dict[str, Path] = {}
        self._places: dict[str, TranscriptPlace] = {}
        self._id = ""
        self.model = TranscriptModel(self)
        self.view = TranscriptView(context.theme, parent)
        self.view.set_model(self.model)
        self.view.set_asset_path(self._paths.get)
        self.view.set_call_words(call_words)
        self.view.command.connect(self._command)
        self.sounds = Sounds(context.services, self.view, self)
        self.aloud = ReadAloud(context.services, self.sounds.deck, self.view, parent)

    def join(self, presenter: ChatPresenter) -> None:
        """The commands of messages go there."""
        self._presenter = presenter
        presenter.feed.loaded.connect(self._loaded)
        presenter.feed.prepare = self.know_files

    def stop(self) -> None:
        self.aloud.stop()
        self.sounds.stop()
        self.view.stop()

    # ------------------------------------------------------------------ files

    async def know_files(self, messages: Iterable[Message]) -> None:
        """Learn where the files of these messages lie, before they are shown: painting must not ask."""
        found = [
            piece.asset_id
            for message in messages
            for piece in message.pieces
            if isinstance(piece, AttachmentPiece) and piece.asset_id and piece.asset_id not in self._paths
        ]
        library = self._services.library
        for asset_id in dict.fromkeys(found):
            asset = await library.asset(asset_id)
            if asset is not None and asset.mime.startswith("audio/"):
                self.sounds.know(asset)
                self._paths[asset_id] = library.file_path(asset)
            elif asset is not None:
                is_picture = asset.mime.startswith("image/")
                self._paths[asset_id] = (
                    library.file_path(asset) if is_picture else library.thumbnail_path(asset)
                )

    # ------------------------------------------------------------------ places

    def change_place(self, conversation_id: str) -> None:
        """Another conversation comes: remember where this one stood."""
        if self._id:
            self._places.pop(self._id, None)
            self._places[self._id] = self.view.place()
            while len(self._places) > PLACES:
                del self._places[next(iter(self._places))]
        self._id = conversation_id

    def _loaded(self) -> None:
        self.view.restore(self._places.get(self._id, TranscriptPlace()))

    def go_to(self, message_id: str, query: str) -> None:
        """Bring a message into view with what was looked for in it marked."""
        self.view.go_to(message_id, query)

    def find(self, text: str, step: int, elsewhere: Iterable[str] = ()) -> FindState:
        """Mark `text` and go to the next hit (1), the one before (-1), or the nearest (0)."""
        if text:
            return self.view.find(text, step, list(elsewhere))
        self.view.end_find()
        return FindState(0, 0)

    def focus(self) -> None:
        self.view.setFocus()

    def show_context(self, plan: ChatPlan) -> None:
        """Dim what falls out, with a line before the first message that goes along."""
        presenter = self._presenter
        if presenter is None:
            return
        dropped, path = frozenset(plan.dropped), presenter.feed.path
        # A pinned message above the line goes along all the same, and is not dimmed.
        last = max((at for at, one in enumerate(path) if one in dropped), default=-1)
        self.view.set_context(dropped, path[last + 1] if 0 <= last < len(path) - 1 else "")

    # ------------------------------------------------------------------ commands of messages

    def _command(self, verb: str, message_id: str, argument: object) -> None:
        presenter = self._presenter
        if presenter is None:
            return
        if verb == "open_link":
            self._context.run("link.open", str(argument))
        elif verb in ("open_asset", "save_asset"):
            self._ways.open_asset(str(argument))
        elif verb == "read_aloud":
            self.aloud.toggle(str(argument))
        elif verb == "play":
            self.sounds.play(str(argument))
        elif verb == "seek" and isinstance(argument, tuple):
            self.sounds.seek(str(argument[0]), float(argument[1]))
        elif verb == "action" and isinstance(argument, tuple):
            self._act(message_id, *(str(part) for part in argument[:3]))
        elif verb == "regenerate_with":
            self._ways.open_picker(self._ways.model_anchor, message_id)
        else:
            presenter.act(verb, message_id, argument)

    def _act(self, message_id: str, command: str, label: str = "", argument: str = "") -> None:
        """A way on that an error of a message offers."""
        if command in OF_MESSAGES and self._presenter is not None:
            self._presenter.act(command, message_id)
        else:
            self._ways.run(Action(command, label, argument))
