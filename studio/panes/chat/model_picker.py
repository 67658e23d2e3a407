"""The searchable list of chat models: favourites first, with price, context and what each can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import (
    QEvent,
    QObject,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.domain.models import ModelInfo
from studio.panes.chat.model_words import (
    context_words,
    health_words,
    in_order,
    is_new,
    marks,
    matches,
    price_words,
)
from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.ui.icons import paint_icon
from studio.ui.mirror import in_row
from studio.ui.painted_list import PaintedList, RowDelegate
from studio.ui.theme import Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import paint_box, paint_text, text_width
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.popover import Popover
from studio.ui.widgets.text import Label

WIDTH = 520
HEIGHT = 440


class ModelListModel(KeyedListModel["ModelInfo | str"]):
    """The models that match the search, each group under its heading (a row of text)."""

    def __init__(self, models: Sequence[ModelInfo], favourites: Sequence[str], parent: QObject) -> None:
        super().__init__(lambda row: ("", row) if isinstance(row, str) else (row.name,), parent)
        self._models = tuple(models)
        self._favourites = list(favourites)
        self._text = ""
        self.filter("")

    @property
    def favourites(self) -> Sequence[str]:
        return tuple(self._favourites)

    def filter(self, text: str) -> None:
        """Show the models that have every word of `text`."""
        self._text = text
        words = text.lower().split()
        rows: list[ModelInfo | str] = []
        group = None
        for model in in_order(self._models, self._favourites):
            if not matches(model, words):
                continue
            its = tr("Favourites") if model.name in self._favourites else tr("All models")
            if its != group and self._favourites:
                rows.append(its)
            group = its
            rows.append(model)
        self.show(rows)

    def toggle(self, name: str) -> None:
        """Make a favourite of a model, or end that."""
        if name in self._favourites:
            self._favourites.remove(name)
        else:
            self._favourites.append(name)
        self.filter(self._text)
        self.touch()

    def is_favourite(self, model: ModelInfo) -> bool:
        return model.name in self._favourites

    def info(self, index: Index) -> ModelInfo | None:
        """The model of a row; None for headings."""
        row = self.item(index.row())
        return row if isinstance(row, ModelInfo) else None

    def row_answering(self, name: str) -> int:
        """The row of a model, or of the first one, or -1."""
        rows = [(row, one) for row, one in enumerate(self.items) if isinstance(one, ModelInfo)]
        same = (row for row, one in rows if one.answers_to(name))
        return next(same, rows[0][0] if rows else -1)

    def text(self, item: ModelInfo | str) -> str:
        return item if isinstance(item, str) else item.title or item.name

    def spoken(self, item: ModelInfo | str) -> str:
        if isinstance(item, str):
            return item
        return ", ".join(_words(item, favourite=self.is_favourite(item)))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.info(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def _words(model: ModelInfo, *, favourite: bool = False) -> list[str]:
    """Everything the row shows, in words."""
    words = [
        model.title or model.name,
        tr("favourite") if favourite else "",
        tr("new") if is_new(model, datetime.now(UTC)) else "",
        price_words(model),
        context_words(model),
        *(mark.words for mark in marks(model)),
        health_words(model),
        tr("needs paid pollen") if model.paid_only else "",
    ]
    return [word for word in words if word]


class _Delegate(RowDelegate):
    """Paints a model: name and marks, price and context, and the star at the end."""

    turned = True

    def __init__(self, view: QAbstractItemView, models: ModelListModel, chosen: str) -> None:
        super().__init__(view)
        self._models = models
        self.chosen = chosen

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = Theme.current()
        tall = isinstance(index.data(ModelListModel.ItemRole), ModelInfo)
        return QSize(0, theme.px(Size.ROW_TALL if tall else Size.BADGE + Space.SM))

    def star_box(self, rect: QRectF) -> QRectF:
        """Where the star of a row is."""
        side = Theme.current().px(Size.STAR)
        return QRectF(rect.right() - side - Space.SM, rect.center().y() - side / 2, side, side)

    def paint_box_of(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        if index == self.view.currentIndex():
            paint_box(
                painter, rect.adjusted(0, 1, 0, -1), Theme.current().tokens.raised, None, Radius.CONTROL
            )

    def paint_row(self, painter: QPainter, rect: QRectF, item: ModelInfo | str, row: int) -> None:
        theme = Theme.current()
        t = theme.tokens
        if isinstance(item, str):
            heading = rect.adjusted(Space.SM, Space.XS, -Space.SM, 0)
            paint_text(painter, heading, item, theme.font("caption", Weight.MEDIUM), t.text2)
            return
        star = self.star_box(rect)
        favourite = self._models.is_favourite(item)
        paint_icon(
            painter,
            "star-fill" if favourite else "star",
            star.adjusted(1, 1, -1, -1),
            t.honey if favourite else t.text3,
        )
        self._paint_words(
            painter,
            QRectF(rect.left() + Space.SM, rect.top(), star.left() - rect.left() - Space.LG, rect.height()),
            item,
            theme,
        )

    def _paint_words(self, painter: QPainter, rect: QRectF, model: ModelInfo, theme: Theme) -> None:
        t = theme.tokens
        line, small = theme.line_height(), theme.line_height("caption")
        top = rect.center().y() - (line + small) / 2
        side = theme.px(Size.ICON_SMALL)
        right = rect.right()
        for mark in reversed(marks(model)):
            right -= side
            paint_icon(painter, mark.icon, QRectF(right, top + (line - side) / 2, side, side), t.text2)
            right -= Space.XS
        left = rect.left()
        if model.name == self.chosen or self.chosen in model.aliases:
            paint_icon(painter, "check", QRectF(left, top + (line - side) / 2, side, side), t.accent_text)
            left += side + Space.XS
        font = theme.font(weight=Weight.MEDIUM)
        name = model.title or model.name
        room = right - left - Space.SM
        width = min(text_width(name, font) + 1, room)
        paint_text(painter, QRectF(left, top, width, line), name, font, t.text)
        left += width + Space.SM
        if is_new(model, datetime.now(UTC)) and left + Space.XXL < right:
            paint_text(
                painter,
                QRectF(left, top, right - left, line),
                tr("new"),
                theme.font("caption", Weight.MEDIUM),
                t.accent_text,
            )
        health = health_words(model)
        words = " · ".join(word for word in (price_words(model), context_words(model)) if word)
        below = QRectF(rect.left(), top + line, rect.width(), small)
        if health:
            width = text_width(health, theme.font("caption")) + Space.SM
            warning = QRectF(below.right() - width, below.top(), width, small)
            paint_text(painter, warning, health, theme.font("caption"), t.warn, Qt.AlignmentFlag.AlignRight)
            below.setRight(warning.left() - Space.SM)
        paint_text(painter, below, words, theme.font("caption", tabular=True), t.text2)


class ModelList(PaintedList):
    """The list in the popover. Enter or a click chooses, the star (or Ctrl+B) makes a favourite."""

    chosen = Signal(str)
    starred = Signal()

    def __init__(self, model: ModelListModel, value: str) -> None:
        super().__init__(model, tr("Models"), follow_pointer=True)
        self._model = model
        self._delegate = _Delegate(self, model, value)
        self._value = value
        self._pointer = QPointF()
        self.setItemDelegate(self._delegate)
        self.stand()

    def stand(self) -> None:
        """Stand on the chosen model, or the first."""
        index = self._model.index(self._model.row_answering(self._value))
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def toggle_star(self) -> None:
        """Make a favourite of the current model, or end that; the list stays on it."""
        info = self._model.info(self.currentIndex())
        if info is not None:
            self._model.toggle(info.name)
            self.setCurrentIndex(self._model.index(self._model.row_answering(info.name)))
            self.starred.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        elif event.key() == Qt.Key.Key_B and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.toggle_star()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The current row follows the pointer when it moves, not when the list appears under it."""
        moved = event.globalPosition() != self._pointer
        index = self.indexAt(event.position().toPoint())
        if moved and not self._pointer.isNull() and self._model.info(index) is not None:
            self.setCurrentIndex(index)
        self._pointer = event.globalPosition()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if self._model.info(index) is None:
            return
        self.setCurrentIndex(index)
        if (
            self._delegate.star_box(row := QRectF(self.visualRect(index)))
            .adjusted(-4, -4, 4, 4)
            .contains(in_row(row, event.position()))
        ):
            self.toggle_star()
        else:
            self._take()

    def _take(self) -> None:
        info = self._model.info(self.currentIndex())
        if info is not None:
            self.chosen.emit(info.name)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            info = self._model.info(self.indexAt(event.pos()))
            words = "\n".join([*_words(info), info.description]) if info is not None else ""
            QToolTip.showText(event.globalPos(), plain_tip(words), self)
            return True
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        height = sum(self.sizeHintForRow(row) for row in range(self._model.rowCount()))
        return QSize(theme.px(WIDTH), min(max(height, Size.ROW), theme.px(HEIGHT)))


class ModelPicker(Popover):
    """The popover under the model button.

    Signals:
        chosen(name), favourites_changed(names).
    """

    chosen = Signal(str)
    favourites_changed = Signal(object)

    def __init__(
        self, anchor: QWidget, models: Sequence[ModelInfo], value: str, favourites: Sequence[str]
    ) -> None:
        super().__init__(anchor, padding=Space.XS, align_right=True)
        self._models = ModelListModel(models, favourites, self)
        self.list = ModelList(self._models, value)
        self.search = SearchField(tr("Search models"), tr("Search models, or what they can do"))
        self._nothing = Label(
            tr("No model matches.") if models else tr("The list of models comes when the service answers."),
            tone="text2", wrap=True,
        )  # fmt: skip
        self._nothing.setContentsMargins(Space.SM, Space.SM, Space.SM, Space.SM)
        self.body.setSpacing(Space.XS)
        self.body.addWidget(self.search)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self._nothing)
        self._nothing.setVisible(not models)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.chosen.connect(self._choose)
        self.list.starred.connect(lambda: self.favourites_changed.emit(self._models.favourites))

    def open(self) -> None:
        """Show it; it deletes itself when it goes."""
        self.dismissed.connect(self.deleteLater)
        self.present(self.search)
        self.list.stand()

    def _filter(self, text: str) -> None:
        self._models.filter(text)
        self._nothing.setVisible(self._models.rowCount() == 0)
        self.list.stand()

    def _choose(self, name: str) -> None:
        self.dismiss()
        self.chosen.emit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steering = (
                Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Return,
                Qt.Key.Key_Enter,
            )  # fmt: skip
            ctrl_b = event.key() == Qt.Key.Key_B and event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if event.key() in steering or ctrl_b:
                self.list.keyPressEvent(event)
                return True
        return super().eventFilter(watched, event)
