"""Popovers, the field that chooses from a list, and menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence, QMouseEvent, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QMenu,
    QSizePolicy,
    QWidget,
)

from studio.ui.icons import icon as make_icon
from studio.ui.icons import paint_icon
from studio.ui.theme import DISABLED, Size, Space, Theme, faded
from studio.ui.widgets.base import (
    name_widget,
    paint_field,
    paint_text,
    painter_for,
    text_width,
)
from studio.ui.widgets.buttons import PaintedButton
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

    def __init__(self, anchor: QWidget, *, padding: int = Space.SM, align_right: bool = False) -> None:
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
        self.list = OptionList(f"{name} options", options, value)
        self._nothing = Label("Nothing found", tone="text2")
        self._nothing.setContentsMargins(Space.SM, Space.SM, Space.SM, Space.SM)
        self._nothing.hide()
        self.search: SearchField | None = None
        self.body.setSpacing(Space.XS)
        if search if search is not None else len(options) >= SEARCH_FROM:
            self.search = SearchField(f"Search {name.lower()}")
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


class Select(PaintedButton):
    """A field that shows what is chosen and opens the list of what can be.

    Space, Enter and the down arrow open it. `changed` tells values that the user chose.
    """

    changed = Signal(object)

    def __init__(
        self,
        name: str,
        options: Sequence[Option] = (),
        value: str | None = None,
        *,
        placeholder: str = "Choose",
        search: bool | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._options: tuple[Option, ...] = ()
        self._value: str | None = None
        self._placeholder = placeholder
        self._search = search
        self.popover: ChoosePopover | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_widget(self, name)
        self.clicked.connect(self.open)
        self.set_options(options, value)

    def set_options(self, options: Sequence[Option], value: str | None = None) -> None:
        """Offer these; what is chosen stays when it is among them, else `value`, else nothing."""
        self._options = tuple(options)
        values = {option.value for option in options}
        kept = value if value is not None else self._value
        self.set_value(kept if kept in values else None)

    def value(self) -> str | None:
        return self._value

    def set_value(self, value: str | None) -> None:
        """Choose without telling; None chooses nothing."""
        self._value = value
        chosen = self.chosen()
        self.setAccessibleDescription(chosen.label if chosen else self._placeholder)
        self.update()

    def chosen(self) -> Option | None:
        """The chosen option."""
        return next((option for option in self._options if option.value == self._value), None)

    def open(self) -> None:
        """Open the list."""
        self.popover = ChoosePopover(self, self._options, self._value, search=self._search)
        self.popover.chosen.connect(self._take)
        self.popover.dismissed.connect(self._closed)
        self.popover.open()
        self.update()

    def _closed(self) -> None:
        self.popover = None
        self.update()

    def _take(self, value: str) -> None:
        if value != self._value:
            self.set_value(value)
            self.changed.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.open()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.POPOVER_MIN), theme.px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.LABEL_COLUMN), theme.px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        focused = self.ring_visible or self.popover is not None
        paint_field(painter, self.rect().toRectF(), t, focused, self.underMouse(), False)
        side = theme.px(Size.ICON)
        top = (self.height() - side) // 2
        left, right = Space.MD, self.width() - Space.SM - side
        paint_icon(painter, "chevron-down", QRectF(right, top, side, side), t.text2)
        right -= Space.SM
        chosen = self.chosen()
        if chosen is None:
            words = QRectF(left, 0, right - left, self.height())
            paint_text(painter, words, self._placeholder, theme.font(), t.text3)
            return
        if chosen.icon:
            paint_icon(painter, chosen.icon, QRectF(left, top, side, side), t.text)
            left += side + Space.SM
        if chosen.detail:
            font = theme.font(tabular=True)
            width = text_width(chosen.detail, font) + 1
            # In a narrow field the label keeps the room.
            if text_width(chosen.label, theme.font()) + Space.SM + width <= right - left:
                paint_text(
                    painter, QRectF(right - width, 0, width, self.height()), chosen.detail, font, t.text2
                )
                right = round(right - width - Space.SM)
        paint_text(painter, QRectF(left, 0, right - left, self.height()), chosen.label, theme.font(), t.text)


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
            native = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
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
