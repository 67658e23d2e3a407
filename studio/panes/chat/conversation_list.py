"""The list of conversations: how its rows are painted, and what keys and pointer do with them."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QShowEvent,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.qt_models.conversations import ConversationListModel, Entry, EntryKind
from studio.ui.icons import paint_icon
from studio.ui.painted_list import PaintedList
from studio.ui.theme import FOCUS_BORDER, SPIN_MS, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import Themed, paint_box, paint_text, text_width
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.progress import paint_spinner

INDENT = Space.LG
WORDS_BEFORE = 24
"""Characters that show before the first hit in a snippet."""
CALM_MS = 225
"""How often the mark of a streaming row turns: seldom, it is no stop watch."""


class _Delegate(QStyledItemDelegate):
    """Paints a row: headings, folders, conversations with their marks, and found messages."""

    current = ""
    """The conversation that is open."""
    turn = 0.0

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        theme = Theme.current()
        entry = index.data(ConversationListModel.ItemRole)
        if not isinstance(entry, Entry):
            return QSize(0, theme.px(Size.ROW))
        if entry.kind is EntryKind.HEADING:
            return QSize(0, theme.line_height("caption") + (Space.SM if index.row() == 0 else Space.LG))
        if entry.kind in (EntryKind.FOLDER, EntryKind.MORE):
            return QSize(0, theme.px(Size.CONTROL))
        lines = theme.line_height() + theme.line_height("caption") * (2 if entry.hit else 1)
        return QSize(0, lines + 2 * Space.SM + Space.XS)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        entry = index.data(ConversationListModel.ItemRole)
        if not isinstance(entry, Entry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, theme = QRectF(option.rect), Theme.current()
        if entry.kind is EntryKind.HEADING:
            below = rect.adjusted(
                Space.MD, rect.height() - theme.line_height("caption") - Space.XS, 0, -Space.XS
            )
            paint_text(painter, below, entry.text, theme.font("caption", Weight.MEDIUM), theme.tokens.text2)
        else:
            self._paint_box(painter, rect, entry, option.state, theme)
            inside = rect.adjusted(Space.MD + entry.depth * INDENT, 0, -Space.SM, 0)
            if entry.kind is EntryKind.FOLDER:
                self._paint_folder(painter, inside, entry, theme)
            elif entry.hit is not None:
                self._paint_hit(painter, inside, entry, theme)
            elif entry.kind is EntryKind.MORE:
                paint_text(painter, inside, entry.text, theme.font(), theme.tokens.accent_text)
            else:
                self._paint_chat(painter, inside, entry, theme)
        painter.restore()

    def _paint_box(
        self, painter: QPainter, rect: QRectF, entry: Entry, state: QStyle.StateFlag, theme: Theme
    ) -> None:
        t = theme.tokens
        box = rect.adjusted(0, 1, 0, -1)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        opened = entry.kind is EntryKind.CHAT and entry.conversation_id == self.current
        if opened or chosen:
            paint_box(painter, box, t.raised, None, Radius.CONTROL)
        elif state & QStyle.StateFlag.State_MouseOver:
            paint_box(painter, box, t.bg, None, Radius.CONTROL)
        if state & QStyle.StateFlag.State_HasFocus:
            paint_box(painter, box, None, t.focus, Radius.CONTROL, FOCUS_BORDER)

    def _paint_folder(self, painter: QPainter, rect: QRectF, entry: Entry, theme: Theme) -> None:
        t, side = theme.tokens, theme.px(Size.ICON_SMALL)
        top = rect.center().y() - side / 2
        chevron = "chevron-down" if entry.unfolded else "chevron-right"
        paint_icon(painter, chevron, QRectF(rect.left(), top, side, side), t.text2)
        left = rect.left() + side + Space.XS
        paint_icon(painter, "folder", QRectF(left, top, side, side), t.text2)
        left += side + Space.SM
        right = rect.right()
        if entry.count and not entry.unfolded:
            font = theme.font("caption", tabular=True)
            width = text_width(str(entry.count), font) + 1
            paint_text(
                painter,
                QRectF(right - width, rect.top(), width, rect.height()),
                str(entry.count),
                font,
                t.text2,
            )
            right -= width + Space.SM
        words = QRectF(left, rect.top(), right - left, rect.height())
        paint_text(painter, words, entry.text, theme.font(weight=Weight.MEDIUM), t.text)

    def _paint_chat(self, painter: QPainter, rect: QRectF, entry: Entry, theme: Theme) -> None:
        t = theme.tokens
        chat = entry.chat
        opened = entry.conversation_id == self.current
        unread = chat is not None and chat.unread and not opened
        line, small = theme.line_height(), theme.line_height("caption")
        top = rect.top() + (rect.height() - line - small - Space.HAIR) / 2
        right = rect.right()
        for icon, shown in (
            ("clock", chat is not None and chat.temporary),
            ("pin", chat is not None and chat.pinned),
        ):
            if shown:
                side = theme.px(Size.ICON_TINY)
                paint_icon(painter, icon, QRectF(right - side, top + (line - side) / 2, side, side), t.text3)
                right -= side + Space.XS
        if entry.streaming:
            side = theme.px(Size.ICON_SMALL)
            paint_spinner(
                painter, QRectF(right - side, top + (line - side) / 2, side, side), t.accent_text, self.turn
            )
            right -= side + Space.XS
        elif unread:
            side = Space.SM
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.honey)
            painter.drawEllipse(QRectF(right - side, top + (line - side) / 2, side, side))
            right -= side + Space.XS
        weight = Weight.SEMIBOLD if opened or unread else Weight.REGULAR
        title = QRectF(rect.left(), top, right - rect.left(), line)
        if not entry.detail:
            title.moveTop(rect.center().y() - line / 2)
        paint_text(painter, title, entry.text, theme.font(weight=weight), t.text)
        below = QRectF(rect.left(), top + line + Space.HAIR, rect.width(), small)
        paint_text(painter, below, entry.detail, theme.font("caption", tabular=True), t.text2)

    def _paint_hit(self, painter: QPainter, rect: QRectF, entry: Entry, theme: Theme) -> None:
        """The title, and two lines of the message with what was looked for in it brought into view."""
        t = theme.tokens
        line, small = theme.line_height(), theme.line_height("caption")
        top = rect.top() + (rect.height() - line - 2 * small) / 2
        paint_text(
            painter,
            QRectF(rect.left(), top, rect.width(), line),
            entry.text,
            theme.font(weight=Weight.MEDIUM),
            t.text,
        )
        box = QRectF(rect.left(), top + line, rect.width(), 2 * small + 1)
        painter.setClipRect(box)
        painter.setPen(t.text2)
        snippet_layout(entry, theme, rect.width()).draw(painter, box.topLeft())

    # ------------------------------------------------------------------ renaming in place

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        editor = TextField(tr("Name"), parent=parent)
        editor.selectAll()
        return editor

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        if isinstance(editor, TextField):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(
        self,
        editor: QWidget,
        model: QAbstractItemModel,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if isinstance(editor, TextField):
            model.setData(index, editor.text())

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect = QRect(option.rect)
        height = editor.sizeHint().height()
        editor.setGeometry(rect.left(), rect.center().y() - height // 2, rect.width(), height)


def snippet_layout(entry: Entry, theme: Theme, width: float) -> QTextLayout:
    """The words around a hit on two lines, what was looked for in bold; words far down come into view."""
    first = entry.marks[0][0] if entry.marks else 0
    cut = max(entry.detail.rfind(" ", 0, max(first - WORDS_BEFORE, 0)) + 1, 0)
    layout = QTextLayout(("…" if cut else "") + entry.detail[cut:], theme.font("caption"))
    shift = (1 if cut else 0) - cut
    bold = QTextCharFormat()
    bold.setFontWeight(theme.font("caption", Weight.SEMIBOLD).weight())
    bold.setForeground(theme.tokens.text)
    formats: list[QTextLayout.FormatRange] = []
    for start, end in entry.marks:
        found = QTextLayout.FormatRange()
        found.start, found.length, found.format = start + shift, end - start, bold
        formats.append(found)
    layout.setFormats(formats)
    layout.beginLayout()
    for number in range(2):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF(0, number * theme.line_height("caption")))
    layout.endLayout()
    return layout


class ConversationList(Themed, PaintedList):
    """The rows. A click or Enter opens, F2 renames, Delete deletes, the menu key asks for more.

    Signals:
        opened(entry), more_wanted, folded(folder id), menu_wanted(entry, global position),
        delete_wanted(entries).
    """

    opened = Signal(object)
    more_wanted = Signal()
    folded = Signal(str)
    menu_wanted = Signal(object, QPoint)
    delete_wanted = Signal(object)

    def __init__(self, model: ConversationListModel, parent: QWidget | None = None) -> None:
        super().__init__(model, tr("Chats"), parent, follow_pointer=True)
        self._model = model
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self._spin = QTimer(self)
        self._spin.setInterval(CALM_MS)
        self._spin.timeout.connect(self._turn)
        model.dataChanged.connect(self._settle)
        model.rowsInserted.connect(self._settle)
        model.rowsRemoved.connect(self._settle)

    def set_current(self, conversation_id: str) -> None:
        """Mark the conversation that is open, and bring it into view when it was not."""
        if conversation_id == self._delegate.current:
            return
        self._delegate.current = conversation_id
        row = self._model.row_of_chat(conversation_id)
        if row >= 0:
            index = self._model.index(row)
            self.setCurrentIndex(index)
            self.scrollTo(index)
        else:
            self.clearSelection()
        self.viewport().update()

    def selected(self) -> list[Entry]:
        """What is selected, top to bottom."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [self._model.entries[row] for row in rows]

    def rename(self, key: str) -> None:
        """Edit the name of a row in place."""
        row = self._model.row_of(key)
        if row >= 0:
            self.setCurrentIndex(self._model.index(row))
            self.edit(self._model.index(row))

    # ------------------------------------------------------------------ keys and pointer

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and plain and index == self.currentIndex():
            self._open(self._model.entry(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        entry = self._model.entry(self.currentIndex())
        if editing or entry is None:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(entry)
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit(self.selected() or [entry])
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and entry.folder is not None:
            if entry.unfolded == (event.key() == Qt.Key.Key_Left):
                self.folded.emit(entry.folder.id)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        at = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()) if by_key else event.globalPos()
        self.menu_wanted.emit(self._model.entry(index), at)

    def _open(self, entry: Entry | None) -> None:
        if entry is None:
            return
        if entry.folder is not None:
            self.folded.emit(entry.folder.id)
        elif entry.kind is EntryKind.MORE:
            self.more_wanted.emit()
        elif entry.conversation_id:
            self.opened.emit(entry)

    # ------------------------------------------------------------------ the calm spinner

    def _streaming_rows(self) -> list[int]:
        return [row for row, entry in enumerate(self._model.entries) if entry.streaming]

    def _settle(self) -> None:
        lively = self.isVisible() and not Theme.current().reduced_motion and bool(self._streaming_rows())
        if lively != self._spin.isActive():
            self._spin.start() if lively else self._spin.stop()

    def _turn(self) -> None:
        self._delegate.turn = (self._delegate.turn + CALM_MS / SPIN_MS) % 1
        for row in self._streaming_rows():
            self.update(self._model.index(row))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._spin.stop()

    def retheme(self) -> None:
        self.scheduleDelayedItemsLayout()
        self._settle()

    def viewportEvent(self, event: object) -> bool:
        """The tip is the whole title, as plain text."""
        from PySide6.QtCore import QEvent
        from PySide6.QtGui import QHelpEvent
        from PySide6.QtWidgets import QToolTip

        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            entry = self._model.entry(self.indexAt(event.pos()))
            QToolTip.showText(event.globalPos(), plain_tip(entry.text) if entry else "", self)
            return True
        return super().viewportEvent(event)  # type: ignore[arg-type]  # whatever Qt sent
