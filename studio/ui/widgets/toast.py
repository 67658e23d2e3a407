"""Notices that come, may be acted on, and go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QHideEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Radius, Size, Space, Theme, Tone, Weight
from studio.ui.widgets.base import Themed, paint_box, paint_shadow, painter_for
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.roles import Role, set_role
from studio.ui.widgets.surfaces import IconLabel
from studio.ui.widgets.text import Label

PLAIN_MS: Final = 5_000
ACTION_MS: Final = 10_000
MOST: Final = 4

ICONS: Final[dict[str, str]] = {"ok": "done", "warn": "warning", "bad": "error", "info": "info"}


class Toast(Themed, QWidget):
    """One notice: an icon of its tone, a sentence, perhaps a second line and one action.

    `more` are further actions, label and what to do, in a row under the words.

    It goes after `timeout_ms` (0: it stays); the clock stands still while the pointer is on it or the focus
    is in it.
    """

    gone = Signal()

    def __init__(
        self,
        text: str,
        tone: Tone = "info",
        *,
        detail: str = "",
        action: str = "",
        on_action: Callable[[], object] | None = None,
        more: Sequence[tuple[str, Callable[[], object]]] = (),
        timeout_ms: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.text = text
        self._on_action = on_action
        usual = ACTION_MS if action else 0 if tone == "bad" else PLAIN_MS
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(usual if timeout_ms is None else timeout_ms)
        self._timer.timeout.connect(self.leave)
        self.action = Button(action, "link", size="small") if action else None
        self._build(text, tone, detail, more)
        set_role(self, Role.AlertMessage)
        self.setAccessibleName(text)
        self.setAccessibleDescription(detail)

    def _build(
        self, text: str, tone: Tone, detail: str, more: Sequence[tuple[str, Callable[[], object]]]
    ) -> None:
        edge = Space.SM
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(edge + Space.MD, edge + Space.SM, edge + Space.SM, edge + Space.SM)
        row.setSpacing(Space.MD)
        row.addWidget(IconLabel(ICONS.get(tone, "info"), tone, Size.ICON_LARGE), 0)
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(Label(text, weight=Weight.MEDIUM, wrap=True))
        if detail:
            words.addWidget(Label(detail, "caption", "text2", wrap=True))
        row.addLayout(words, 1)
        if self.action is not None:
            self.action.clicked.connect(self._act)
            if detail:  # beside two lines of words it would squeeze both
                under = QHBoxLayout()
                # Its words begin where those above begin; its fill on hover reaches further.
                under.setContentsMargins(-Space.MD, Space.XS, Space.NONE, Space.NONE)
                under.addWidget(self.action)
                under.addStretch(1)
                words.addLayout(under)
            else:
                row.addWidget(self.action, 0)
        if more:
            words.addSpacing(Space.SM)
            words.addLayout(self._row_of(more))
            words.addSpacing(Space.XS)
        close = IconButton("close", tr("Dismiss"))
        close.clicked.connect(self.leave)
        row.addWidget(close, 0)

    def _row_of(self, actions: Sequence[tuple[str, Callable[[], object]]]) -> FlowLayout:
        """Beside each other; under each other where their words need it."""
        row = FlowLayout()
        for label, run in actions:
            button = Button(label, "secondary", size="small")
            button.clicked.connect(self.leave)
            button.clicked.connect(run)
            row.addWidget(button)
        return row

    @property
    def counting(self) -> bool:
        """Whether its time is running out now."""
        return self._timer.isActive()

    def start(self) -> None:
        """Let its time run."""
        if self._timer.interval() > 0:
            self._timer.start()

    def leave(self) -> None:
        """Go away."""
        self._timer.stop()
        self.hide()
        self.gone.emit()

    def _act(self) -> None:
        self.leave()
        if self._on_action is not None:
            self._on_action()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if self.isVisible():
            self.start()
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def height_at(self, width: int) -> int:
        """How high it is at a width, in pixels."""
        return max(self._row.totalHeightForWidth(width), Theme.current().px(Size.ROW_TALL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        rect = self.rect().toRectF().adjusted(Space.SM, Space.SM, -Space.SM, -Space.SM)
        paint_shadow(painter, rect, Radius.CARD, Space.SM)
        paint_box(painter, rect, t.surface, t.border, Radius.CARD)


class ToastStack(QWidget):
    """The notices of a window, newest lowest, in its bottom right corner; the oldest makes room."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._toasts: list[Toast] = []
        window.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Notices"))
        self.hide()

    def toasts(self) -> list[Toast]:
        """What is shown now, oldest first."""
        return list(self._toasts)

    def notify(
        self,
        text: str,
        tone: Tone = "info",
        *,
        detail: str = "",
        action: str = "",
        on_action: Callable[[], object] | None = None,
        more: Sequence[tuple[str, Callable[[], object]]] = (),
        timeout_ms: int | None = None,
    ) -> Toast:
        """Show a notice and read it out to screen readers. Errors stay until they are dismissed."""
        toast = Toast(
            text,
            tone,
            detail=detail,
            action=action,
            on_action=on_action,
            more=more,
            timeout_ms=timeout_ms,
            parent=self,
        )
        toast.gone.connect(lambda: self._remove(toast))
        self._toasts.append(toast)
        while len(self._toasts) > MOST:
            self._toasts[0].leave()
        toast.show()
        toast.start()
        self._place()
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, f"{text} {detail}".strip()))
        return toast

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.deleteLater()
        if self._toasts:
            self._place()
        else:
            self.hide()

    def _place(self) -> None:
        window = self.parentWidget()
        if window is None:
            return
        width = min(Theme.current().px(Size.TOAST), window.width() - Space.LG)
        heights = [toast.height_at(width) for toast in self._toasts]
        total = sum(heights)
        corner = QRect(window.width() - width - Space.SM, window.height() - total - Space.SM, width, total)
        self.setGeometry(corner)
        top = 0
        for toast, height in zip(self._toasts, heights, strict=True):
            toast.setGeometry(0, top, width, height)
            top += height

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.StyleChange) and self._toasts:
            self._place()
        return False
