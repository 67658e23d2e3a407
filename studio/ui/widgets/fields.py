"""Fields for words: one line, search, and the prompt that grows with what is written."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMargins, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollBar, QSizePolicy, QTextEdit, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.ui.icons import paint_icon
from studio.ui.language import key_words
from studio.ui.mirror import MIRRORED, is_turned, placed, turn
from studio.ui.theme import DISABLED, Size, Space, Theme, Weight
from studio.ui.widgets.base import (
    Focusable,
    Themed,
    ink_palette,
    name_widget,
    paint_box,
    paint_field,
    paint_text,
    painter_for,
    text_width,
)
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.roles import Role, set_role


class TextField(Focusable, QLineEdit):
    """One line of text. `icon` stands before it; `set_error` turns the border red and says why.

    `filled` ones have no border until they are focused: for bars, where boxes would crowd.
    """

    ring_always = True

    def __init__(
        self,
        name: str,
        placeholder: str = "",
        *,
        icon: str = "",
        text: str = "",
        filled: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._filled = filled
        self._icon = icon
        self._error = ""
        self._trailing: list[QWidget] = []
        self.setFrame(False)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setPlaceholderText(placeholder)
        name_widget(self, name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._dress()

    @property
    def error(self) -> str:
        return self._error

    def set_error(self, why: str) -> None:
        """Mark the content as wrong with a sentence, or as right with ""."""
        self._error = why
        self.setAccessibleDescription(why)
        self.setToolTip(plain_tip(why))
        self.update()

    def add_trailing(self, widget: QWidget) -> None:
        """Put a small widget inside, at the right end."""
        widget.setParent(self)
        widget.setCursor(Qt.CursorShape.PointingHandCursor)
        self._trailing.append(widget)
        self.settle()

    def settle(self) -> None:
        """Place the trailing widgets and keep the text clear of them."""
        right = self.width() - Space.XS
        for widget in reversed(self._trailing):
            if widget.isHidden():
                continue
            size = widget.sizeHint()
            right -= size.width()
            box = QRect(right, (self.height() - size.height()) // 2, size.width(), size.height())
            widget.setGeometry(placed(self, box))
        used = self.width() - right
        left = Space.MD - 2
        if self._icon:
            left = Space.MD + Theme.current().px(Size.ICON) + Space.SM - 2
        end = max(used, Space.MD - 2)
        self.setTextMargins(QMargins(end, 0, left, 0) if MIRRORED else QMargins(left, 0, end, 0))

    def retheme(self) -> None:
        self._dress()
        super().retheme()

    def _dress(self) -> None:
        theme = Theme.current()
        self.setFont(theme.font())
        self.setPalette(ink_palette(self))
        self.settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.settle()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.POPOVER_MIN), theme.px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.ROW_TALL), theme.px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        if self._filled and not self.hasFocus():
            paint_box(painter, self.rect().toRectF(), t.hover if self.underMouse() else t.raised)
        else:
            paint_field(
                painter, self.rect().toRectF(), t, self.hasFocus(), self.underMouse(), bool(self._error)
            )
        if self._icon:
            side = theme.px(Size.ICON)
            box = QRectF(Space.MD, (self.height() - side) // 2, side, side)
            paint_icon(painter, self._icon, box, t.text if self.hasFocus() else t.text2)
        painter.end()
        super().paintEvent(event)


class KeyCap(QWidget):
    """The hint for a shortcut: "Ctrl K" in a small box."""

    def __init__(self, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = key_words(keys)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self._keys)
        set_role(self, Role.StaticText)

    @property
    def keys(self) -> str:
        return self._keys

    def set_keys(self, keys: str) -> None:
        self._keys = keys
        self.setAccessibleName(keys)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(
            round(text_width(self._keys, theme.font("caption"))) + Space.MD + 1,
            theme.line_height("caption") + Space.XS,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        paint_box(painter, self.rect().toRectF(), t.surface, t.border, 4)
        middle = Qt.AlignmentFlag.AlignHCenter
        paint_text(painter, self.rect().toRectF(), self._keys, theme.font("caption"), t.text2, middle)


class SearchField(TextField):
    """A field to search in: magnifying glass, a button that clears it, and the shortcut while it is empty.

    Escape clears; a second Escape is left to the window.
    """

    cleared = Signal()

    def __init__(
        self,
        name: str,
        placeholder: str = tr("Search"),
        shortcut: str = "",
        *,
        filled: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, placeholder, icon="search", filled=filled, parent=parent)
        self._hint: KeyCap | None = None
        if shortcut:
            self._hint = KeyCap(shortcut.replace("+", " "), self)
            self.add_trailing(self._hint)
        self._clear = IconButton("close", tr("Clear search"), parent=self)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.hide()
        self._clear.clicked.connect(self._emptied)
        self.add_trailing(self._clear)
        self.textChanged.connect(self._changed)

    def _changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        if self._hint is not None:
            self._hint.setVisible(not text)
        self.settle()

    def _emptied(self) -> None:
        self.clear()
        self.setFocus()
        self.cleared.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self._emptied()
            return
        super().keyPressEvent(event)


class _Editor(Themed, QTextEdit):
    """The editor inside a prompt: plain text in and out.

    It has no background (`ink_palette`) and no placeholder (Qt's keeps the font and colour of the theme
    before): the prompt paints both. It is not asked for its viewport, for the reason in `clear_viewport`.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        bar = QScrollBar(Qt.Orientation.Vertical, self)
        bar.setEnabled(False)
        bar.rangeChanged.connect(lambda low, high: bar.setEnabled(high > low))
        self.setVerticalScrollBar(bar)
        self.retheme()

    def keep_room(self, keep: bool) -> None:
        """Keep room for the scroll bar while there is none: the text never moves (see `scroll.py`)."""
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOn if keep else policy.ScrollBarAsNeeded)

    def retheme(self) -> None:
        self.setPalette(ink_palette(self))
        self.setFont(Theme.current().font())
        self.space_lines()

    def space_lines(self) -> None:
        """Put room between the lines, without a step for undo and without telling."""
        roomy = QTextBlockFormat()
        roomy.setLineHeight(Space.XS, QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
        blocked = self.blockSignals(True)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.joinPreviousEditBlock()
        cursor.mergeBlockFormat(roomy)
        cursor.endEditBlock()
        self.blockSignals(blocked)


class PromptEdit(Focusable, QWidget):
    """Several lines of text that grow with what is written, up to `PROMPT_MAX`; then they scroll.

    Tab leaves the field. Ctrl+Enter emits `submitted`. A counter shows when `limit` is set.
    """

    ring_always = True
    text_changed = Signal()
    submitted = Signal()

    def __init__(
        self,
        name: str,
        placeholder: str = "",
        *,
        limit: int = 0,
        bare: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._limit = limit
        self._bare = bare
        self._heights: tuple[int, int] | None = None  # the usual ones, which depend on the density
        self._placeholder = placeholder
        self.editor = _Editor(self)
        self.editor.installEventFilter(self)
        self.editor.document().documentLayout().documentSizeChanged.connect(self.updateGeometry)
        self.editor.textChanged.connect(self._changed)
        name_widget(self.editor, name)
        self.setFocusProxy(self.editor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace the text as one step that Ctrl+Z takes back."""
        if text == self.text():
            return
        cursor = QTextCursor(self.editor.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()

    def set_placeholder(self, placeholder: str) -> None:
        """Change the words shown while it is empty."""
        self._placeholder = placeholder
        self.update()

    def set_heights(self, minimum: int, maximum: int) -> None:
        """Change between which heights it grows, in pixels at 100 % font size."""
        self._heights = minimum, maximum
        self.updateGeometry()

    def _changed(self) -> None:
        self.text_changed.emit()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent):
            self.show_ring(event.type() == QEvent.Type.FocusIn and not self._bare)
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                if not event.isAutoRepeat():
                    self.submitted.emit()
                return True
        return False

    def retheme(self) -> None:
        self._place()
        super().retheme()

    def _padding(self) -> int:
        return Space.NONE if self._bare else Space.MD

    def _footer(self) -> int:
        return Theme.current().line_height("caption") + Space.XS if self._limit else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        pad = self._padding()
        # The scroll bar lies in the padding, so the text does not move when it appears.
        bar = Theme.current().px(Size.SCROLL_BAR) if pad else 0
        area = self.rect().adjusted(
            pad, max(pad - 2, 0), -(pad - bar) if pad else 0, -max(pad - 2, 0) - self._footer()
        )
        self.editor.setGeometry(area)
        self.editor.keep_room(bool(pad))

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        wanted = round(self.editor.document().size().height()) + 2 * self._padding() + self._footer()
        least, most = self._heights or (Size.PROMPT_MIN, Size.PROMPT_MAX)
        low, high = theme.px(least), theme.px(most)
        return QSize(theme.px(Size.POPOVER_MIN), min(max(wanted, low), high))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.POPOVER_MIN) // 2, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        over_limit = bool(self._limit) and len(self.text()) > self._limit
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        if not self._bare:
            focused, hovered = self.editor.hasFocus(), self.underMouse()
            paint_field(painter, self.rect().toRectF(), t, focused, hovered, over_limit)
        if self._placeholder and not self.text():
            painter.setFont(theme.font())
            painter.setPen(t.text3)
            wrap = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            box = QRectF(self.editor.geometry())
            painter.save()
            if is_turned(painter):
                turn(painter, self.width())  # the editor stands where it is seen
            painter.drawText(box, wrap, self._placeholder)
            painter.restore()
        if self._limit:
            count = tr("{n:,} of {all:,}", n=len(self.text()), all=self._limit)
            font = theme.font("caption", Weight.MEDIUM if over_limit else None, tabular=True)
            height = self._footer()
            rect = QRectF(Space.MD, self.height() - height - Space.XS, self.width() - 2 * Space.MD, height)
            ink = t.bad if over_limit else t.text3
            paint_text(painter, rect, count, font, ink, Qt.AlignmentFlag.AlignRight)
