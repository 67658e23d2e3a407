"""What the transcript's place shows without messages: where to begin, or why one cannot."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.services.context import Services
from studio.ui.icons import paint_icon
from studio.ui.theme import FOCUS_BORDER, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import name_widget, paint_box, paint_text, painter_for
from studio.ui.widgets.buttons import PaintedButton
from studio.ui.widgets.surfaces import EmptyState, IconLabel
from studio.ui.widgets.text import Label, Paragraph

EXAMPLES = (
    (
        "create",
        tr("Sharpen a prompt"),
        (
            tr(
                "Make this prompt for an image model more concrete. Name light, lens, material and mood, and "
                "keep it under 60 words: "
            )
        ),
    ),
    (
        "picture",
        tr("Look at my picture"),
        (
            tr(
                "Look at the picture I attached. What works, what would you crop, and which three variations "
                "should I try next?"
            )
        ),
    ),
    (
        "table",
        tr("Plan a series"),
        (
            tr(
                "Plan a series of six pictures that belong together. Give me a table with title, subject, "
                "palette as hex colours, and a prompt for each. The theme is: "
            )
        ),
    ),
)
WIDTH = 460


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether one can chat now. `action` is the command of the way on."""

    kind: str = "ready"
    icon: str = "chat"
    title: str = ""
    sentence: str = ""
    label: str = ""
    action: str = ""


def standing_of(services: Services) -> Standing:
    """What keeps one from chatting now: signed out, offline, no models; or nothing."""
    session, account = services.session, services.account.state
    if session.state.connecting:
        return Standing("loading", "chat", tr("Connecting"), tr("What you wrote before is here already."))
    if not session.connected and session.state.mode != "offline":
        return Standing(
            "signed_out", "account", tr("Sign in to chat"),
            tr("Or open the sandbox: it answers for free, with made-up words."), tr("Sign in"),
            "account.sign_in",
        )  # fmt: skip
    if session.state.mode == "offline" or (session.state.problem and not session.state.online):
        return Standing(
            "offline", "offline", tr("The service does not answer"),
            tr("Your chats can be read. Asking works again when it answers."), tr("Try again"),
            "session.refresh",
        )  # fmt: skip
    if not account.signed_in:
        return Standing(
            "signed_out", "account", tr("Sign in to chat"),
            tr("Your chats stay readable without it."), tr("Sign in"), "account.sign_in",
        )  # fmt: skip
    if not any(model.is_chat for model in services.catalogue.models):
        return Standing(
            "no_models", "model", tr("No model to chat with"),
            tr("The service lists none for your key."), tr("Ask again"), "session.refresh",
        )  # fmt: skip
    return Standing()


class Example(PaintedButton):
    """A way to begin; pressing it puts its words into the field."""

    def __init__(self, icon: str, title: str, prompt: str) -> None:
        super().__init__()
        self._icon = icon
        self.prompt = prompt
        self.setText(title)
        name_widget(self, title, prompt)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(WIDTH), theme.px(Size.ROW_TALL) + Space.SM)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.POPOVER_MIN), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        rect = self.rect().toRectF()
        over = self.underMouse() or self.isDown()
        border = t.focus if self.ring_visible else t.border_strong if over else t.border
        width = FOCUS_BORDER if self.ring_visible else 1
        paint_box(painter, rect, t.raised if self.isDown() else t.surface, border, Radius.LARGE, width)
        side = theme.px(Size.ICON_LARGE)
        paint_icon(
            painter, self._icon, QRectF(Space.LG, (self.height() - side) / 2, side, side), t.accent_text
        )
        left = Space.LG + side + Space.MD
        line, small = theme.line_height(), theme.line_height("caption")
        top = (self.height() - line - small - Space.HAIR) / 2
        room = self.width() - left - Space.LG
        paint_text(
            painter, QRectF(left, top, room, line), self.text(), theme.font(weight=Weight.MEDIUM), t.text
        )
        below = QRectF(left, top + line + Space.HAIR, room, small)
        paint_text(painter, below, self.prompt, theme.font("caption"), t.text2)


class EmptyChat(QWidget):
    """Signals: example_chosen(text), way_on(command id)."""

    example_chosen = Signal(str)
    way_on = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standing = Standing()
        self._title = Label(tr("What are you working on?"), "title")
        self._note = Paragraph("", tone="text2", align=Qt.AlignmentFlag.AlignHCenter, width=WIDTH)
        self.examples = [Example(icon, title, prompt) for icon, title, prompt in EXAMPLES]
        self._state = EmptyState("chat", "", " ", action=tr("Sign in"), on_action=self._press)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._start_page())
        self._stack.addWidget(self._state)

    def _start_page(self) -> QWidget:
        page = QWidget()
        middle = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(page)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        column.setSpacing(Space.SM)
        column.addStretch(2)
        column.addWidget(IconLabel("chat", "text3", Size.ICON_HERO), 0, middle)
        column.addWidget(self._title, 0, middle)
        column.addWidget(self._note, 0, middle)
        column.addSpacing(Space.MD)
        for example in self.examples:
            example.clicked.connect(lambda _on=False, text=example.prompt: self.example_chosen.emit(text))
            column.addWidget(example, 0, middle)
        column.addStretch(3)
        return page

    def show_standing(self, standing: Standing, *, temporary: bool) -> None:
        """Ways to begin, or why one cannot chat now."""
        self._standing = standing
        self._title.setText(tr("A temporary chat") if temporary else tr("What are you working on?"))
        words = (
            tr("It is not kept: when the program ends, it is gone. Search does not find it.")
            if temporary
            else ""
        )
        self._note.set_text(words)
        self._note.setVisible(bool(words))
        if standing.kind == "ready":
            self._stack.setCurrentIndex(0)
            return
        self._state.set_content(standing.icon, standing.title, standing.sentence, standing.label)
        self._stack.setCurrentIndex(1)

    def _press(self) -> None:
        if self._standing.action:
            self.way_on.emit(self._standing.action)
