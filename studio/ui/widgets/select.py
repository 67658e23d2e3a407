"""The field that chooses from a list.

The list is imported when it is first opened: the field is in the first frame, item views are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.ui.icons import paint_icon
from studio.ui.theme import DISABLED, Size, Space, Theme
from studio.ui.widgets.base import name_widget, paint_field, paint_text, painter_for, text_width
from studio.ui.widgets.buttons import PaintedButton

if TYPE_CHECKING:
    from studio.ui.widgets.options import Option
    from studio.ui.widgets.popover import ChoosePopover


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
        placeholder: str = tr("Choose"),
        search: bool | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._options: tuple[Option, ...] = ()
        self._value: str | None = None
        self._placeholder = placeholder
        self._search = search
        self._stand_in = ("", "")
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

    def stand_in(self, label: str, icon: str = "") -> None:
        """Show this as what is chosen until there are options: it is known before they are."""
        self._stand_in = (label, icon)
        self.setAccessibleDescription(label)
        self.update()

    def value(self) -> str | None:
        return self._value

    def set_value(self, value: str | None) -> None:
        """Choose without telling; None chooses nothing."""
        self._value = value
        chosen = self.chosen()
        self.setAccessibleDescription(chosen.label if chosen else self._stand_in[0] or self._placeholder)
        self.update()

    def chosen(self) -> Option | None:
        """The chosen option."""
        return next((option for option in self._options if option.value == self._value), None)

    def open(self) -> None:
        """Open the list."""
        from studio.ui.widgets.popover import ChoosePopover

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
        if chosen is None and self._stand_in[0] and not self._options:
            self._paint_label(painter, *self._stand_in, left, right)
            return
        if chosen is None:
            words = QRectF(left, 0, right - left, self.height())
            paint_text(painter, words, self._placeholder, theme.font(), t.text3)
            return
        if chosen.detail:
            font = theme.font(tabular=True)
            width = text_width(chosen.detail, font) + 1
            taken = side + Space.SM if chosen.icon else 0
            # In a narrow field the label keeps the room.
            if taken + text_width(chosen.label, theme.font()) + Space.SM + width <= right - left:
                paint_text(
                    painter, QRectF(right - width, 0, width, self.height()), chosen.detail, font, t.text2
                )
                right = round(right - width - Space.SM)
        self._paint_label(painter, chosen.label, chosen.icon, left, right)

    def _paint_label(self, painter: QPainter, label: str, icon: str, left: float, right: float) -> None:
        theme = Theme.current()
        side = theme.px(Size.ICON)
        if icon:
            box = QRectF(left, (self.height() - side) // 2, side, side)
            paint_icon(painter, icon, box, theme.tokens.text)
            left += side + Space.SM
        words = QRectF(left, 0, right - left, self.height())
        paint_text(painter, words, label, theme.font(), theme.tokens.text)
