"""Notices on the window: toasts at the bottom right, and the list of past ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.errors import Action
from studio.core.i18n import tr
from studio.qt_models.bridge import bridge
from studio.services.notices import Notice, NoticeCentre, Severity
from studio.shell.host import Run
from studio.ui.moments import ago
from studio.ui.theme import Size, Space, Theme, Tone, Weight
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.popover import Popover
from studio.ui.widgets.roles import Role, set_role
from studio.ui.widgets.surfaces import Divider, IconLabel
from studio.ui.widgets.text import Label
from studio.ui.widgets.toast import ICONS, Toast, ToastStack

PLAIN_MS: Final = 6_000
ACTION_MS: Final = 10_000
STAYS: Final = 0
AT_ONCE: Final = 6
"""Notices that are laid out, or deleted, before the window has its turn again."""
HISTORY: Final = 40

TONES: Final[dict[Severity, Tone]] = {
    Severity.INFO: "info",
    Severity.SUCCESS: "ok",
    Severity.WARNING: "warn",
    Severity.ERROR: "bad",
}


class NoticeView(ToastStack):
    """Shows what the notice centre posts. Errors stay until they are closed, the rest goes after some
    seconds; a notice on a topic takes the place of the one before it.

    Args:
        run: carries out an action: command id, argument.
    """

    def __init__(self, window: QWidget, notices: NoticeCentre, run: Run) -> None:
        super().__init__(window)
        self._notices = notices
        self._run = run
        self._by_topic: dict[str, Toast] = {}
        bridge(notices.posted, self.show_notice, self)
        latest = {notice.topic or notice.id: notice for notice in notices.recent}
        for notice in latest.values():
            self.show_notice(notice)

    def show_notice(self, notice: Notice) -> None:
        """Show one notice, in place of an earlier one on the same topic."""
        before = self._by_topic.pop(notice.topic, None) if notice.topic else None
        if before is not None and before in self.toasts():
            before.leave()
        stays = notice.severity is Severity.ERROR
        single = notice.actions[0] if len(notice.actions) == 1 else None
        toast = self.notify(
            notice.text,
            TONES[notice.severity],
            detail=notice.detail,
            action=single.label if single else "",
            on_action=self._runner(single) if single else None,
            more=() if single else [(action.label, self._runner(action)) for action in notice.actions],
            timeout_ms=STAYS if stays else ACTION_MS if notice.actions else PLAIN_MS,
        )
        if notice.topic:
            self._by_topic[notice.topic] = toast

    def open_history(self, anchor: QWidget) -> None:
        """Open the list of past notices beside a control."""
        NoticeHistory(anchor, self._notices, self._run).present()

    def _runner(self, action: Action) -> Callable[[], object]:
        return lambda: self._run(action.id, action.argument)


class NoticeHistory(Popover):
    """What was told since the program started, newest first."""

    def __init__(self, anchor: QWidget, notices: NoticeCentre, run: Run) -> None:
        super().__init__(anchor, padding=Space.LG, align_right=True)
        self._run = run
        self.setAccessibleName(tr("Notices"))
        self.body.addWidget(Label(tr("Notices"), "title"))
        self._past = deque(islice(reversed(notices.recent), HISTORY))
        self._entries: list[QWidget] = []
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._add_some)
        self.dismissed.connect(self._put_away)
        if not self._past:
            self.body.addWidget(Label(tr("Nothing to tell so far."), tone="text2"))
            return
        listed = QWidget()
        self._column = QVBoxLayout(listed)
        self._column.setContentsMargins(Space.NONE, Space.NONE, Space.SM, Space.NONE)
        self._column.setSpacing(Space.MD)
        self._column.addStretch(1)
        self._add_some()
        self.body.addWidget(_Scroller(listed))

    def _add_some(self) -> None:
        """The next few; the window has its turn before the ones after them."""
        now = datetime.now(UTC)
        for _ in range(min(AT_ONCE, len(self._past))):
            entry = self._entry(self._past.popleft(), now)
            for widget in (Divider(), entry) if self._entries else (entry,):
                self._column.insertWidget(self._column.count() - 1, widget)
                self._entries.append(widget)
        if self._past:
            self._turn.start()

    def _put_away(self) -> None:
        """It was closed: delete it, a few at a time."""
        self._past.clear()
        self._turn.timeout.disconnect(self._add_some)
        self._turn.timeout.connect(self._delete_some)
        self._turn.start()

    def _delete_some(self) -> None:
        for entry in self._entries[-2 * AT_ONCE :]:
            entry.deleteLater()
        del self._entries[-2 * AT_ONCE :]
        if self._entries:
            self._turn.start()
        else:
            self.deleteLater()

    def _entry(self, notice: Notice, now: datetime) -> QWidget:
        entry = QWidget()
        entry.setAccessibleName(notice.text)
        tone = TONES[notice.severity]
        row = QHBoxLayout(entry)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.MD)
        row.addWidget(IconLabel(ICONS[tone], tone, Size.ICON_LARGE), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(Label(notice.text, weight=Weight.MEDIUM, wrap=True))
        if notice.detail:
            words.addWidget(Label(notice.detail, "caption", "text2", wrap=True))
        words.addWidget(Label(ago(notice.at, now), "caption", "text3"))
        if notice.actions:
            words.addLayout(self._ways_on(notice.actions))
        row.addLayout(words, 1)
        return entry

    def _ways_on(self, actions: tuple[Action, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.setContentsMargins(Space.NONE, Space.SM, Space.NONE, Space.NONE)
        for action in actions:
            button = Button(action.label, "secondary", size="small")
            button.clicked.connect(lambda _on=False, a=action: self._act(a))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _act(self, action: Action) -> None:
        self.dismiss()
        self._run(action.id, action.argument)


class _Scroller(QScrollArea):
    """As high as its content, up to the height of a list in a popover."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)
        content.setAutoFillBackground(False)
        self.setAccessibleName(tr("Past notices"))
        set_role(self, Role.Document)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        width = theme.px(Size.TOAST)
        content = self.widget()
        room = width - theme.px(Size.SCROLL_BAR)
        wanted = content.heightForWidth(room) if content is not None else 0
        return QSize(width, min(wanted, theme.px(Size.POPOVER_LIST)))
