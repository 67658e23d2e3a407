"""The transcript in the pane: the list of messages, what its commands lead to, and where it stood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from studio.core.errors import Action
from studio.core.i18n import tr
from studio.qt_models.bridge import bridge
from studio.qt_models.transcript import TranscriptModel
from studio.services.chat_words import ChatPlan
from studio.ui.pane import PaneContext
from studio.ui.transcript.view import TranscriptView
from studio.ui.widgets.base import name_widget

if TYPE_CHECKING:
    from studio.domain.conversation import AttachmentPiece
    from studio.panes.chat.desk import ChatDesk
    from studio.panes.chat.presenter import ChatPresenter

PLACES = 200
"""Conversations whose place is remembered."""


class Transcript(QObject):
    """Owns the view and its model."""

    def __init__(self, context: PaneContext, desk: ChatDesk, parent: QWidget) -> None:
        super().__init__(desk)
        self._context = context
        self._services = context.services
        self._desk = desk
        self._presenter: ChatPresenter | None = None
        self._paths: dict[str, Path] = {}
        self._places: dict[str, object] = {}
        self._id = ""
        self._goal: tuple[str, str] = ("", "")
        self.model = TranscriptModel(self)
        self.view = TranscriptView(context.theme, parent)
        name_widget(self.view, tr("Conversation"))
        self.view.set_model(self.model)
        self.view.command.connect(self._command)

    def join(self, presenter: ChatPresenter) -> None:
        """The commands of messages go there."""
        self._presenter = presenter
        presenter.feed.loaded.connect(self._loaded)

    def stop(self) -> None:
        self.model.disconnect(self)

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
        place = self._places.get(self._id)
        if place is not None:
            self.view.restore(place)

    def go_to(self, message_id: str, query: str) -> None:
        """Bring a message into view with what was looked for in it marked."""
        self.view.go_to(message_id, query)

    def find(self, text: str, step: int) -> bool | None:
        """Mark `text` and go to the next (+1), the one before (-1) or the nearest (0); whether there is one."""
        found = self.view.find(text, step)
        return found if text else None

    def focus(self) -> None:
        self.view.setFocus()

    def show_context(self, plan: ChatPlan) -> None:
        """Dim what falls out, with a line before the first message that goes along."""
        presenter = self._presenter
        if presenter is None:
            return
        dropped = frozenset(plan.dropped)
        first_kept = next((one for one in presenter.feed.path if one not in dropped), "") if dropped else ""
        self.view.set_context(dropped, first_kept)

    # ------------------------------------------------------------------ commands of messages

    def _command(self, verb: str, message_id: str, argument: object) -> None:
        presenter = self._presenter
        if presenter is None:
            return
        if verb == "open_link":
            self._context.run("link.open", str(argument))
        elif verb == "open_asset":
            self._desk.open_asset(str(argument))
        elif verb == "action" and isinstance(argument, tuple):
            command, label, its = (*argument, "", "", "")[:3]
            if command in ("retry", "chat.retry"):
                presenter.act("retry", message_id)
            else:
                self._desk.run(Action(str(command), str(label), str(its)))
        elif verb == "regenerate_with":
            self._desk.open_picker(self._desk.model_anchor, message_id)
        else:
            presenter.act(verb, message_id, argument)
