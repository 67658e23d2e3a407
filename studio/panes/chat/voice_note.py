"""A recording made in the chat, to be attached to the message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from studio.core.errors import Action
from studio.core.i18n import tr
from studio.services import undo
from studio.services.recording import RecordingState
from studio.ui.record_bar import RecordBar
from studio.ui.recorder import Recorder

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.panes.chat.composer import Composer
    from studio.services.context import Services


class VoiceNote(QObject):
    """The microphone button of the composer, and the bar it opens while something is recorded.

    Args:
        attach: takes what was recorded.
    """

    def __init__(self, services: Services, composer: Composer, attach: Callable[[Asset], object]) -> None:
        super().__init__(composer)
        self._services, self._composer, self._attach = services, composer, attach
        self.recorder = Recorder(services.recording, services.tasks, self)
        self.bar = RecordBar(self.recorder, services.settings)
        composer.add_recorder(self.bar)
        composer.record.clicked.connect(self.toggle)
        self.recorder.changed.connect(self._follow)
        self.recorder.finished.connect(self._take)
        self.recorder.discarded.connect(self._discarded)

    def toggle(self) -> None:
        """Begin to record, or end it and attach what there is."""
        if self.bar.isVisible() and self.recorder.state is RecordingState.IDLE:
            self.bar.hide()  # it only said why nothing could be recorded
            return
        self.bar.show()
        self.bar.toggle()

    def stop(self) -> None:
        """The program ends."""
        self.recorder.close()

    @Slot()
    def _follow(self) -> None:
        if self.recorder.state is RecordingState.IDLE and not self.bar.note.text():
            self.bar.hide()

    @Slot(object)
    def _take(self, asset: Asset) -> None:
        self.bar.hide()
        self._attach(asset)
        self._composer.focus()

    @Slot(object)
    def _discarded(self, step: undo.Step) -> None:
        self.bar.hide()
        self._services.notices.tell(
            tr("The recording is in the trash."), topic=undo.TOPIC,
            actions=(Action("edit.undo_step", tr("Undo"), step.id),),
        )  # fmt: skip
