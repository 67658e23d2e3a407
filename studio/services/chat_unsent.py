"""Questions that could not be sent because the service was not reached.

Such a question stays in its chat with the line that it was not sent and a button that sends it. A chat that
meets the lost network tells the session, as a job does. When the service answers again, the question is
offered. It is not sent by itself, unlike a job: its answer would stream into a place that the user may have
left, about something that may be settled by now, and it would cost.
"""

from __future__ import annotations

from studio.core.errors import Action
from studio.core.i18n import tr, trn
from studio.domain.conversation import UNSENT, Message
from studio.services.chat_book import ChatBook
from studio.services.chat_words import RowsChanged
from studio.services.notices import NoticeCentre
from studio.services.session import Session, SessionState

TOPIC = "unsent"


class UnsentQuestions:
    """Knows what this session could not send; what an earlier one could not stands in its chat."""

    def __init__(self, chat: ChatBook, session: Session, notices: NoticeCentre) -> None:
        self._session = session
        self._notices = notices
        self._waiting: dict[str, str] = {}
        """Ids of the answers that did not come, oldest first, and of their conversations."""
        chat.message_changed.connect(self._message_changed)
        chat.rows_changed.connect(self._rows_changed)
        session.changed.connect(self._session_changed)

    def is_waiting(self, message_id: str) -> bool:
        """Whether the question of this answer was not sent yet."""
        return message_id in self._waiting

    def _message_changed(self, message: Message) -> None:
        kind = message.error.kind if message.error is not None else ""
        self._waiting.pop(message.id, None)
        if kind == UNSENT:
            self._waiting[message.id] = message.conversation_id
        if kind in (UNSENT, "ApiOffline") and message.sandbox == self._session.state.is_sandbox:
            self._session.mark_away(tr("The service does not answer."))

    def _rows_changed(self, change: RowsChanged) -> None:
        gone = frozenset(change.removed)
        self._waiting = {one: of for one, of in self._waiting.items() if of not in gone}

    def _session_changed(self, state: SessionState) -> None:
        if not state.online or not self._waiting:
            return
        message, conversation = next(reversed(self._waiting.items()))
        place = f"{conversation} {message}"
        # One can be sent from here; of several the user chooses.
        one = Action("chat.send_now", tr("Send now"), place)
        several = Action("chat.open", tr("Show the newest"), place)
        self._notices.tell(
            trn(
                "The service is back. A question of yours was not sent.",
                "The service is back. {n} questions of yours were not sent.",
                len(self._waiting),
            ),
            topic=TOPIC,
            actions=(one if len(self._waiting) == 1 else several,),
        )
