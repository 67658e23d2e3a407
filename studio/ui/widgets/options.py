"""A list of things to choose from, with groups, details and search: what selects and choice dialogs show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.icons import paint_icon
from studio.ui.theme import DISABLED, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import name_widget, paint_box, paint_text, text_width


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: `detail` stands at the right (a price), `note` under the label.

    `group` puts it under a heading; `keywords` are found by search and not shown.
    """

    value: str
    label: str
    detail: str = ""
    note: str = ""
    icon: str = ""
    group: str = ""
    keywords: str = ""
    enabled: bool = True

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every word (lower case) occurs in it."""
        text = f"{self.label} {self.note} {self.group} {self.keywords} {self.value}".lower()
        return all(word in text for word in words)


class OptionListModel(QAbstractListModel):
    """The options that match the search, with a row for each group's heading."""

    OptionRole = Qt.ItemDataRole.UserRole + 1

    def __init__(self, options: Sequence[Option], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options = tuple(options)
        self._rows: list[Option | str] = []
        self.filter("")

    def replace(self, options: Sequence[Option]) -> None:
        """Other options, all of them shown."""
        self._options = tuple(options)
        self.filter("")

    def filter(self, text: str) -> None:
        """Show the options that have every word of `text`."""
        words = text.lower().split()
        self.beginResetModel()
        self._rows = []
        group = ""
        for option in self._options:
            if not option.matches(words):
                continue
            if option.group and option.group != group:
                self._rows.append(option.group)
            group = option.group
            self._rows.append(option)
        self.endResetModel()

    def row_of(self, value: str | None) -> int:
        """The row of a value, or of the first option that can be chosen, or -1."""
        usable = [i for i, row in enumerate(self._rows) if isinstance(row, Option) and row.enabled]
        same = (i for i in usable if getattr(self._rows[i], "value", None) == value)
        return next(same, usable[0] if usable else -1)

    def option(self, row: int) -> Option | None:
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, Option) else None

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # type: ignore[override]
        return len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # type: ignore[override]
        row = self._rows[index.row()]
        if role == self.OptionRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else row.label
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and isinstance(row, Option):
            return f"{row.note} {row.detail}".strip()
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # type: ignore[override]
        option = self.option(index.row())
        if option is None or not option.enabled:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _OptionDelegate(QStyledItemDelegate):
    """Paints an option: icon, label, note below, detail and a check mark at the right."""

    chosen: str | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        theme, row = Theme.current(), index.data(OptionListModel.OptionRole)
        tall = isinstance(row, Option) and bool(row.note)
        return QSize(
            0,
            theme.px(
                Size.ROW_TALL if tall else Size.ROW if isinstance(row, Option) else Size.BADGE + Space.SM
            ),
        )

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        theme, row = Theme.current(), index.data(OptionListModel.OptionRole)
        t = theme.tokens
        rect = QRectF(option.rect)  # type: ignore[attr-defined]  # a member the stubs leave out
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, str):
            heading = rect.adjusted(Space.SM, Space.XS, -Space.SM, 0)
            paint_text(painter, heading, row, theme.font("caption", Weight.MEDIUM), t.text2)
        elif isinstance(row, Option):
            current = self.parent()
            if isinstance(current, QAbstractItemView) and current.currentIndex() == index:
                paint_box(painter, rect.adjusted(0, 1, 0, -1), t.raised, None, Radius.CONTROL)
            self._paint_option(painter, rect, row, theme)
        painter.restore()

    def _paint_option(self, painter: QPainter, rect: QRectF, row: Option, theme: Theme) -> None:
        t = theme.tokens
        if not row.enabled:
            painter.setOpacity(DISABLED)
        side = theme.px(Size.ICON)
        left, right = rect.left() + Space.SM, rect.right() - Space.SM
        middle = rect.center().y()
        if row.icon:
            paint_icon(painter, row.icon, QRectF(left, round(middle - side / 2), side, side), t.text2)
            left += side + Space.SM
        if row.value == self.chosen:
            paint_icon(
                painter, "check", QRectF(right - side, round(middle - side / 2), side, side), t.accent_text
            )
        right -= side + Space.SM
        if row.detail:
            width = text_width(row.detail, theme.font(tabular=True)) + 1
            box = QRectF(right - width, rect.top(), width, rect.height())
            paint_text(painter, box, row.detail, theme.font(tabular=True), t.text2)
            right -= width + Space.SM
        weight = Weight.MEDIUM if row.value == self.chosen else Weight.REGULAR
        label = QRectF(left, rect.top(), right - left, rect.height())
        if row.note:
            line, small = theme.line_height(), theme.line_height("caption")
            top = middle - (line + small) / 2
            label = QRectF(left, top, right - left, line)
            note = QRectF(left, top + line, right - left, small)
            paint_text(painter, note, row.note, theme.font("caption"), t.text2)
        paint_text(painter, label, row.label, theme.font(weight=weight), t.text)


class OptionList(QListView):
    """The list inside a choosing popover. `chosen` tells the value that Enter or a click took."""

    chosen = Signal(str)

    def __init__(
        self, name: str, options: Sequence[Option], value: str | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.options = OptionListModel(options, self)
        self._delegate = _OptionDelegate(self)
        self._delegate.chosen = value
        self._value = value
        self._pointer = QPointF()
        self.follows_pointer = True
        self.setModel(self.options)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name_widget(self, name)
        self.clicked.connect(self._take)
        self.filter("")

    def filter(self, text: str) -> None:
        """Narrow the list and stand on the chosen option, or the first."""
        self.options.filter(text)
        row = self.options.row_of(None if text else self._value)
        self.setCurrentIndex(self.options.index(row))
        if row >= 0:
            self.scrollTo(self.options.index(row), QAbstractItemView.ScrollHint.EnsureVisible)

    def show_options(self, options: Sequence[Option], value: str | None) -> None:
        """Other things to choose from, `value` being the chosen one."""
        self._delegate.chosen = self._value = value
        self.options.replace(options)
        self.setCurrentIndex(self.options.index(self.options.row_of(value)))

    def show_chosen(self) -> None:
        """Bring the current option into the middle; once the list has its size."""
        self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The current option follows the pointer when it moves, not when the list appears under it."""
        moved = event.globalPosition() != self._pointer
        if self.follows_pointer and moved and not self._pointer.isNull():
            index = self.indexAt(event.position().toPoint())
            if index.isValid():
                self.setCurrentIndex(index)
        self._pointer = event.globalPosition()
        super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _take(self, index: QModelIndex) -> None:
        option = self.options.option(index.row())
        if option is not None and option.enabled:
            self.chosen.emit(option.value)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        height = sum(self.sizeHintForRow(row) for row in range(self.options.rowCount()))
        width = max((self._wanted(option, theme) for option in self._all()), default=0.0)
        return QSize(
            max(theme.px(Size.POPOVER_MIN), round(width)),
            min(max(height, Size.ROW), theme.px(Size.POPOVER_LIST)),
        )

    def _all(self) -> list[Option]:
        rows = (self.options.option(row) for row in range(self.options.rowCount()))
        return [option for option in rows if option is not None]

    def _wanted(self, option: Option, theme: Theme) -> float:
        words = text_width(option.label, theme.font(weight=Weight.MEDIUM))
        words = max(words, text_width(option.note, theme.font("caption")))
        detail = text_width(option.detail, theme.font(tabular=True)) + Space.LG if option.detail else 0
        icons = (2 if option.icon else 1) * (theme.px(Size.ICON) + Space.SM)
        return words + detail + icons + 2 * Space.SM + theme.px(Size.SCROLL_BAR)
