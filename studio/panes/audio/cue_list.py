"""The transcript: cues with times, speakers and words, painted, edited in place, followed while it plays."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QObject,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QFrame,
    QPlainTextEdit,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.i18n import tr
from studio.domain.transcript import Cue, Document, Hit
from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.ui.painted_list import PaintedList, RowDelegate
from studio.ui.sound_bars import precise_time
from studio.ui.theme import BORDER, FOCUS_BORDER, Radius, Space, Theme, Weight
from studio.ui.widgets.base import ink_palette, name_widget, paint_box, paint_text

TIME_WIDTH = 84
SPEAKER_WIDTH = 104
LAYOUTS_KEPT = 400
RELAYOUT_MS = 30


def word_spans(cue: Cue) -> list[tuple[int, int]]:
    """Where the words of a cue begin and end in its text, in characters."""
    whole = "".join(word.text for word in cue.words)
    at = -(len(whole) - len(whole.lstrip()))
    spans: list[tuple[int, int]] = []
    for word in cue.words:
        lead = len(word.text) - len(word.text.lstrip())
        spans.append((max(at + lead, 0), max(at + len(word.text.rstrip()), 0)))
        at += len(word.text)
    return spans


def word_at(cue: Cue, place: int) -> int:
    """The word that a character of the text belongs to."""
    found = 0
    for number, (start, _end) in enumerate(word_spans(cue)):
        if start <= place:
            found = number
    return found


def word_spoken(cue: Cue, seconds: float) -> int:
    """The word that is spoken at a time; -1 in a pause before the first one."""
    found = -1
    for number, word in enumerate(cue.words):
        if word.start <= seconds:
            found = number
    return found


class CueListModel(KeyedListModel[Cue]):
    """The cues of a document."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(lambda cue: cue.start, parent)
        self.document = Document()

    def set_document(self, document: Document) -> None:
        """Show a document."""
        renamed = self.document.speakers != document.speakers
        self.document = document
        self.show(document.cues)
        if renamed:
            self.touch()

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def text(self, item: Cue) -> str:
        return item.text

    def spoken(self, item: Cue) -> str:
        parts = (precise_time(item.start), self.document.name_of(item.speaker), item.text, item.check)
        return ", ".join(part for part in parts if part)

    def tip(self, item: Cue) -> str:
        return item.check


class CueDelegate(RowDelegate):
    """Paints a cue and edits its words. Enter keeps them, Escape does not."""

    def __init__(self, view: CueList) -> None:
        super().__init__(view)
        self._view = view
        self._layouts: OrderedDict[tuple[str, int, float], QTextLayout] = OrderedDict()

    # ------------------------------------------------------------------ measuring

    def text_rect(self, rect: QRectF) -> QRectF:
        """Where the words of a row stand."""
        theme = Theme.current()
        left = theme.px(TIME_WIDTH) + (theme.px(SPEAKER_WIDTH) if self._view.has_speakers else 0)
        return rect.adjusted(left, Space.SM, -Space.MD, -Space.SM)

    def layout_of(self, text: str, width: float) -> QTextLayout:
        """The words broken into lines."""
        theme = Theme.current()
        key = (text, round(width), theme.font_scale)
        found = self._layouts.get(key)
        if found is not None:
            self._layouts.move_to_end(key)
            return found
        layout = QTextLayout(text, theme.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 40.0))
            line.setPosition(QPointF(0, top))
            top += theme.line_height()
        layout.endLayout()
        self._layouts[key] = layout
        while len(self._layouts) > LAYOUTS_KEPT:
            self._layouts.popitem(last=False)
        return layout

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        inner = self.text_rect(QRectF(0, 0, width, 100))
        cue: Cue = index.data(CueListModel.ItemRole)
        lines = max(self.layout_of(cue.text, inner.width()).lineCount(), 1)
        if cue.check:
            lines += 1
        return QSize(width, lines * Theme.current().line_height() + 2 * Space.SM)

    def place_at(self, rect: QRectF, cue: Cue, at: QPointF) -> int:
        """The character under a point, -1 beside the words."""
        inner = self.text_rect(rect)
        if not inner.contains(at):
            return -1
        layout = self.layout_of(cue.text, inner.width())
        number = int((at.y() - inner.y()) // Theme.current().line_height())
        if not 0 <= number < layout.lineCount():
            return -1
        return int(layout.lineAt(number).xToCursor(at.x() - inner.x()))  # type: ignore[arg-type]  # one value

    # ------------------------------------------------------------------ painting

    def paint_box_of(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        t, view = Theme.current().tokens, self._view
        playing, current = index.row() == view.playing[0], index == view.currentIndex()
        if playing or current:
            box = rect.adjusted(BORDER, BORDER, -BORDER, -BORDER)
            ring = t.focus if current and view.hasFocus() else t.border if current else None
            paint_box(painter, box, t.raised if playing else None, ring, Radius.LARGE, FOCUS_BORDER)

    def paint_row(self, painter: QPainter, rect: QRectF, item: Cue, row: int) -> None:
        theme, view = Theme.current(), self._view
        t = theme.tokens
        line = QRectF(rect.x() + Space.MD, rect.y() + Space.SM, theme.px(TIME_WIDTH), theme.line_height())
        paint_text(painter, line, precise_time(item.start), theme.font(tabular=True), t.text2)
        if view.has_speakers and item.speaker:
            name = line.translated(theme.px(TIME_WIDTH) - Space.MD, 0)
            name.setWidth(theme.px(SPEAKER_WIDTH) - Space.SM)
            words = view.model_.document.name_of(item.speaker)
            paint_text(painter, name, words, theme.font(weight=Weight.SEMIBOLD), view.color_of(item.speaker))
        self._paint_words(painter, self.text_rect(rect), item, row)
        if item.check:
            under = self.text_rect(rect)
            under.setTop(under.bottom() - theme.line_height())
            paint_text(painter, under, item.check, theme.font("caption"), t.warn)

    def _paint_words(self, painter: QPainter, box: QRectF, cue: Cue, number: int) -> None:
        t = Theme.current().tokens
        marks: list[QTextLayout.FormatRange] = []
        marks += [_mark(hit.start, hit.end, t.accent_soft, t.text) for hit in self._view.hits_of(number)]
        playing, word = self._view.playing
        if playing == number and 0 <= word < len(cue.words):
            start, end = word_spans(cue)[word]
            marks.append(_mark(start, end, t.accent, t.on_accent))
        painter.setPen(t.text)
        self.layout_of(cue.text, box.width()).draw(painter, box.topLeft(), marks)

    # ------------------------------------------------------------------ editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QPlainTextEdit(parent)
        editor.setFrameShape(QFrame.Shape.NoFrame)
        editor.setFont(Theme.current().font())
        editor.document().setDocumentMargin(0)
        editor.setTabChangesFocus(True)
        # It covers the words that are painted under it.
        palette = ink_palette(self._view)
        palette.setColor(QPalette.ColorRole.Base, Theme.current().tokens.field)
        editor.setPalette(palette)
        editor.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name_widget(editor, tr("Words of the cue"))
        # Changing the margin counts as a change of the text.
        editor.document().setModified(False)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QPlainTextEdit) and not editor.document().isModified():
            editor.setPlainText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.document().setModified(False)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        box = self.text_rect(QRectF(option.rect))  # type: ignore[attr-defined]  # the stubs lack it
        editor.setGeometry(box.toRect().adjusted(0, 0, 0, Space.SM))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QPlainTextEdit):
            text = " ".join(editor.toPlainText().split("\n")).strip()
            self._view.edited.emit(index.row(), text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and isinstance(watched, QWidget):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and event.type() == QEvent.Type.KeyPress:
                self.commitData.emit(watched)
                self.closeEditor.emit(watched, QAbstractItemDelegate.EndEditHint.NoHint)
                return True
        return super().eventFilter(watched, event)


class CueList(PaintedList):
    """The list. A click on a word plays from it; Enter or F2 edits; Space plays; S splits at the word that
    was last clicked or is spoken, M merges with the next, Delete removes.

    Signals:
        word_chosen(float): play from this second.
        edited(int, str): a cue says something else.
        command(str, int): "split", "merge", "remove", "speaker", "play" for a cue.
        menu_wanted(int, QPoint).
    """

    word_chosen = Signal(float)
    edited = Signal(int, str)
    command = Signal(str, int)
    menu_wanted = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        model = CueListModel()
        super().__init__(model, tr("Transcript"), parent)
        self.model_ = model
        self.playing: tuple[int, int] = (-1, -1)
        self.last_word: tuple[int, int] = (-1, -1)
        self.has_speakers = False
        self._hits: dict[int, list[Hit]] = {}
        self._speakers: list[str] = []
        self._delegate = CueDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self._relayout = QTimer(self, interval=RELAYOUT_MS, singleShot=True)
        self._relayout.timeout.connect(self.scheduleDelayedItemsLayout)

    # ------------------------------------------------------------------ showing

    def show_document(self, document: Document) -> None:
        """Show a transcript, or another state of it."""
        self._speakers = list(dict.fromkeys(cue.speaker for cue in document.cues if cue.speaker))
        self.has_speakers = bool(self._speakers)
        self.model_.set_document(document)
        self._relayout.start()

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Mark what was found."""
        self._hits = {}
        for hit in hits:
            self._hits.setdefault(hit.cue, []).append(hit)
        self.viewport().update()

    def hits_of(self, number: int) -> Sequence[Hit]:
        return self._hits.get(number, ())

    def color_of(self, speaker: str) -> QColor:
        """A speaker's own colour."""
        t = Theme.current().tokens
        inks = (t.accent_text, t.info, t.ok, t.warn)
        return inks[self._speakers.index(speaker) % len(inks)] if speaker in self._speakers else t.text

    def show_time(self, seconds: float, *, follow: bool) -> None:
        """Mark the word that is spoken, and scroll to it where that is wanted."""
        document = self.model_.document
        number = document.cue_at(seconds)
        cue = self.model_.item(number)
        word = word_spoken(cue, seconds) if cue is not None else -1
        if (number, word) == self.playing:
            return
        before, self.playing = self.playing[0], (number, word)
        for row in {before, number}:
            if row >= 0:
                self.update(self.model_.index(row))
        if follow and number >= 0 and number != before and self.state() != self.State.EditingState:
            self.scrollTo(self.model_.index(number), QAbstractItemView.ScrollHint.EnsureVisible)

    # ------------------------------------------------------------------ pointer and keys

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        cue = self.model_.item(index.row())
        if cue is None or event.button() != Qt.MouseButton.LeftButton:
            return
        place = self._delegate.place_at(QRectF(self.visualRect(index)), cue, event.position())
        if place >= 0 and cue.words:
            word = word_at(cue, place)
            self.last_word = (index.row(), word)
            self.word_chosen.emit(cue.words[word].start)
        elif event.position().x() < Theme.current().px(TIME_WIDTH):
            self.word_chosen.emit(cue.start)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            self.menu_wanted.emit(index.row(), event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        commands = {
            Qt.Key.Key_Space: "play", Qt.Key.Key_S: "split", Qt.Key.Key_M: "merge",
            Qt.Key.Key_Delete: "remove",
        }  # fmt: skip
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        command = commands.get(Qt.Key(event.key())) if plain else None
        if command is not None and row >= 0:
            self.command.emit(command, row)
        elif plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._relayout.start()


def _mark(start: int, end: int, back: QColor, ink: QColor) -> QTextLayout.FormatRange:
    mark = QTextLayout.FormatRange()
    look = QTextCharFormat()
    look.setBackground(back)
    look.setForeground(ink)
    mark.start, mark.length, mark.format = start, end - start, look  # type: ignore[misc]  # plain members
    return mark
