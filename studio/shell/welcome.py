"""The first page: sign in, try the sandbox, or one of the quieter ways in."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import Themed
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import Card, IconLabel, Surface
from studio.ui.widgets.text import Label

WIDTH: Final = 720
"""Of the block in the middle, in pixels at 100 % font size."""
SIDE_BY_SIDE: Final = 560
"""Below this width, at 100 % font size, the cards stand one above the other."""


class _WayIn(Card):
    """A card with an icon, a title, a sentence and the button that does it."""

    def __init__(self, icon: str, title: str, sentence: str, button: Button, *, first: bool) -> None:
        super().__init__(chosen=first)
        self.button = button
        self.body.setSpacing(Space.MD)
        self.body.addWidget(IconLabel(icon, "accent" if first else "text2"))
        self.body.addWidget(Label(title, "title"))
        words = Label(sentence, tone="text2", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(words, 1)
        self.body.addWidget(button)
        button.setAccessibleDescription(sentence)
        self.setAccessibleName(title)


class WelcomePage(Themed, QWidget):
    """Shown while no service is chosen. `chosen` carries the id of the command to run."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Welcome"))
        self._block = QWidget()
        self._cards = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sign_in = self._button(tr("Sign in"), "account.sign_in", primary=True)
        self._sandbox = self._button(tr("Open the sandbox"), "session.sandbox", primary=False)
        self._fill_block()
        page = Surface("bg")
        middle = QHBoxLayout(page)
        middle.setContentsMargins(Space.LG, Space.XL, Space.LG, Space.XL)
        middle.addStretch(1)
        middle.addWidget(self._block, 0, Qt.AlignmentFlag.AlignVCenter)
        middle.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        outer.addWidget(area)
        self._arrange()

    def set_busy(self, command: str) -> None:
        """Show that `command` is under way and hold the other ways in; "" lets all go again."""
        for button in self._block.findChildren(Button):
            its = button.property("command")
            button.setEnabled(not command or its == command)
            button.set_loading(bool(command) and its == command)

    # ------------------------------------------------------------------ parts

    def _fill_block(self) -> None:
        # The quiet links have room around their words; the rest is set in by that room, so all words line up.
        inset = Space.MD
        column = QVBoxLayout(self._block)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.NONE)
        head = QVBoxLayout()
        head.setContentsMargins(inset, Space.NONE, inset, Space.NONE)
        head.setSpacing(Space.SM)
        head.addWidget(Label(tr("Make something"), "display"))
        head.addWidget(
            Label(
                tr("Write what you want to see. Everything you make is kept on your own disk."),
                "reading", "text2", wrap=True,
            )
        )  # fmt: skip
        column.addLayout(head)
        column.addSpacing(Space.XL)
        self._cards.setContentsMargins(inset, Space.NONE, inset, Space.NONE)
        self._cards.setSpacing(Space.LG)
        self._cards.addWidget(
            _WayIn(
                "sign-in", tr("Sign in with Pollinations"),
                tr("Your browser opens. You choose a budget and an expiry; "
                   "the key goes to your system keyring."),
                self._sign_in, first=True,
            ), 1,
        )  # fmt: skip
        self._cards.addWidget(
            _WayIn(
                "sandbox", tr("Try the sandbox"),
                tr("No account, no network. A stand-in service on this machine answers with simulated "
                   "results, free of charge."),
                self._sandbox, first=False,
            ), 1,
        )  # fmt: skip
        column.addLayout(self._cards)
        column.addSpacing(Space.MD)
        column.addLayout(self._links())

    def _links(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.NONE)
        for icon, text, command in (
            ("key", tr("Paste a key"), "account.paste_key"),
            ("phone", tr("Sign in with a code"), "account.sign_in_code"),
            ("library", tr("Just browse what is saved"), "session.offline"),
        ):
            row.addWidget(self._wired(Button(text, "quiet", icon), command))
        row.addStretch(1)
        return row

    def _button(self, text: str, command: str, *, primary: bool) -> Button:
        return self._wired(Button(text, "primary" if primary else "secondary", size="large"), command)

    def _wired(self, button: Button, command: str) -> Button:
        button.setProperty("command", command)
        button.clicked.connect(lambda: self.chosen.emit(command))
        return button

    # ------------------------------------------------------------------ size and focus

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._sign_in.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def retheme(self) -> None:
        self._arrange()
        super().retheme()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(WIDTH) + 2 * Space.XL, theme.px(SIDE_BY_SIDE))

    def _arrange(self) -> None:
        theme = Theme.current()
        width = min(theme.px(WIDTH), max(self.width() - 2 * Space.XL, 0))
        self._block.setFixedWidth(width + 2 * Space.MD)
        beside = width >= theme.px(SIDE_BY_SIDE)
        self._cards.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
