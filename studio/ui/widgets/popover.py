"""Popovers, the field that chooses from a list, and menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import (
    QMenu,
    QWidget,
)

from studio.core.i18n import tr
from studio.ui.icons import icon as make_icon
from studio.ui.language import key_words
from studio.ui.theme import DISABLED, Size, Space, Theme, faded
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.options import Option, OptionList
from studio.ui.widgets.overlay import Overlay, Panel
from studio.ui.widgets.text import Label

SEARCH_FROM = 9
"""From how many options on a list gets a search field."""


class Popover(Overlay):
    """A surface beside a control, for as long as it is needed.

    Put content into `body`. It opens under its anchor, above it where there is no room below, and as wide
    as the anchor at least. Escape, a click outside and `dismiss` close it.
    """

    def __init__(self, anchor: QWidget, *, padding: int | None = None, align_right: bool = False) -> None:
        super().__init__(anchor)
        self._anchor = anchor
        self._align_right = align_right
        self.panel = Panel(self, padding)
        self.body = self.panel.body
        self.setAccessibleName(anchor.accessibleName())

    def arrange(self) -> None:
        edge, gap = Size.SHADOW, Space.XS
        at = QRect(self._anchor.mapTo(self.window(), QPoint(0, 0)), self._anchor.size())
        hint = self.panel.sizeHint()
        width = min(max(hint.width(), at.width() + 2 * edge), self.width())
        below, above = self.height() - at.bottom() - gap, at.top() - gap
        height = min(hint.height(), max(below, above) + edge)
        left = at.right() + 1 + edge - width if self._align_right else at.left() - edge
        left = min(max(left, -edge + Space.SM), self.width() - width + edge - Space.SM)
        fits_below = height - edge <= below or below >= above
        top = at.bottom() + 1 + gap - edge if fits_below else at.top() - gap + edge - height
        self.panel.setGeometry(left, top, width, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        inside = self.panel.geometry().contains(event.position().toPoint())
        on_surface = self.panel.inner().contains(self.panel.mapFrom(self, event.position().toPoint()))
        if not (inside and on_surface):
            self.dismiss()
        event.accept()


class ChoosePopover(Popover):
    """A list under a control, with a search field over it when the list is long."""

    chosen = Signal(str)

    def __init__(
        self,
        anchor: QWidget,
        options: Sequence[Option],
        value: str | None = None,
        *,
        search: bool | None = None,
        align_right: bool = False,
    ) -> None:
        super().__init__(anchor, padding=Space.XS, align_right=align_right)
        name = anchor.accessibleName()
        self.list = OptionList(tr("{name}: options", name=name), options, value)
        self._nothing = Label(tr("Nothing found"), tone="text2")
        self._nothing.setContentsMargins(Space.SM, Space.SM, Space.SM, Space.SM)
        self._nothing.hide()
        self.search: SearchField | None = None
        self.body.setSpacing(Space.XS)
        if search if search is not None else len(options) >= SEARCH_FROM:
            self.search = SearchField(tr("Search {name}", name=name))
            self.search.textChanged.connect(self._filter)
            self.search.installEventFilter(self)
            self.body.addWidget(self.search)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self._nothing)
        self.list.chosen.connect(self._chosen)

    def open(self) -> None:
        """Show the list; it deletes itself when it goes."""
        self.dismissed.connect(self.deleteLater)
        self.present(self.search or self.list)
        self.list.show_chosen()

    def _filter(self, text: str) -> None:
        self.list.filter(text)
        self._nothing.setVisible(self.list.options.rowCount() == 0)

    def _chosen(self, value: str) -> None:
        self.dismiss()
        self.chosen.emit(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steering = (
                Qt.Key.Key_Up,
                Qt.Key.Key_Down,
                Qt.Key.Key_PageUp,
                Qt.Key.Key_PageDown,
                Qt.Key.Key_Return,
                Qt.Key.Key_Enter,
            )
            if event.key() in steering:
                self.list.keyPressEvent(event)
                return True
        return super().eventFilter(watched, event)


class Menu(QMenu):
    """A menu in the theme's look. `add` makes its actions; show it with `popup_under`, never with exec."""

    def __init__(self, parent: QWidget | None = None, title: str = "") -> None:
        super().__init__(title, parent)
        self._icons: dict[QAction, tuple[str, bool]] = {}
        nothing = QPixmap(1, 1)
        nothing.fill(Qt.GlobalColor.transparent)
        self._no_icon = QIcon(nothing)
        self.setWindowFlags(
            self.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.aboutToShow.connect(self._color_icons)

    def add(
        self,
        text: str,
        run: Callable[[], object] | None = None,
        icon: str = "",
        *,
        shortcut: str = "",
        danger: bool = False,
        checked: bool | None = None,
        enabled: bool = True,
    ) -> QAction:
        """Add an action; `shortcut` is only shown (the window owns the real one)."""
        action = QAction(text, self)
        if shortcut:
            native = key_words(shortcut)
            action.setText(f"{text}\t{native}")
        if run is not None:
            action.triggered.connect(lambda _on=False: run())
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)
        action.setEnabled(enabled)
        if icon or checked is not None:
            self._icons[action] = (icon or "check", danger)
        self.addAction(action)
        return action

    def popup_under(self, anchor: QWidget, *, align_right: bool = False) -> None:
        """Open under a control."""
        self.ensurePolished()
        at = anchor.mapToGlobal(QPoint(0, anchor.height() + Space.XS))
        if align_right:
            at.setX(at.x() + anchor.width() - self.sizeHint().width())
        self.popup(at)

    def _color_icons(self) -> None:
        theme = Theme.current()
        for action, (name, danger) in self._icons.items():
            color = theme.tokens.bad if danger else theme.tokens.text2
            if action.isCheckable():
                # The style's own check mark is hidden: it would be the only thing drawn in another hand.
                side = theme.px(Size.ICON)
                action.setIcon(
                    make_icon(name, theme.tokens.text, side) if action.isChecked() else self._no_icon
                )
                continue
            if not action.isEnabled():
                color = faded(color, DISABLED)
            action.setIcon(make_icon(name, color, theme.px(Size.ICON)))
