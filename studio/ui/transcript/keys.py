"""The transcript by keyboard: from message to message, from control to control, with a caret in the text."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.domain.markdown import CodeBlock
from studio.ui.theme import Space, Theme
from studio.ui.transcript.parts import Control, PaintState
from studio.ui.transcript.pointing import PointedTranscript, control_rect, visible_controls
from studio.ui.transcript.sections import Section, TextSection
from studio.ui.transcript.selection import LAST, Place, Selection, copied, first_text
from studio.ui.widgets.base import KEYBOARD_REASONS

Key = Qt.Key
_ENTER = (Key.Key_Return, Key.Key_Enter)
_ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
READING_LINES = 3


class KeyedTranscript(PointedTranscript):
    """Adds keys. Up and Down go from message to message, Tab through what can be pressed, F7 shows a caret.

    Signals:
        current_changed(int): the row the keyboard is on.
        copied(str): what went to the clipboard.
    """

    current_changed = Signal(int)
    copied = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._current = -1
        self._by_keys = False
        self._focused: tuple[Section, Control] | None = None
        self._awaiting_copy: bool | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # ------------------------------------------------------------------ the current message

    @property
    def current(self) -> int:
        """The row the keyboard is on; -1 before there is one."""
        return self._current if self._current < len(self._rows) else -1

    def set_current(self, row: int, *, show: bool = True) -> None:
        """Put the keyboard on a message and bring it into view."""
        row = min(max(row, 0), len(self._rows) - 1)
        if row != self._current:
            self._current = row
            self._focused = None
            self.current_changed.emit(row)
        if show and row >= 0:
            self.show_row(row)
        self.viewport().update()

    def show_row(self, row: int) -> None:
        """Scroll as little as it takes to see a message, its beginning where it is taller than the window."""
        self.release_end()
        self.item(row)
        top = self.row_top(row) - self._top
        bottom, height = top + self._rows[row], self.viewport().height()
        if top < 0 or self._rows[row] > height:
            self.scroll_by(round(top))
        elif bottom > height:
            self.scroll_by(round(bottom - height))

    def pressed_on(self, row: int) -> None:
        self._by_keys = False
        if row >= 0 and row != self._current:
            self._current = row
            self._focused = None
            self.current_changed.emit(row)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keys = event.reason() in KEYBOARD_REASONS
        if self._by_keys and self.current < 0 and len(self._rows):
            rows = self.visible_rows()
            self.set_current(rows[-1] if len(rows) else 0, show=False)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._focused = None
        self.viewport().update()

    def paint_state(self, row: int) -> PaintState:
        state = super().paint_state(row)
        if row == self._current and self.hasFocus() and self._by_keys:
            state.active = True
            if self._focused is not None:
                state.focus = self._focused[1]
        return state

    def is_marked(self, row: int) -> bool:
        """Whether the row is drawn as the one the keyboard is on."""
        return row == self._current and self._by_keys and self.hasFocus()

    # ------------------------------------------------------------------ Tab

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's name
        """Tab goes through the controls of the current message before it leaves."""
        if not self.hasFocus() or self.current < 0:
            return super().focusNextPrevChild(next)
        controls = visible_controls(self, self.current)
        at = next_control(controls, self._focused, 1 if next else -1)
        if at is None:
            self._focused = None
            return super().focusNextPrevChild(next)
        self._by_keys = True
        self._focused = controls[at]
        section, control = self._focused
        self.reveal(self.section_rect(self.current, section, control_rect(section, control)))
        self.focus_moved()
        self.viewport().update()
        return True

    @property
    def focused_control(self) -> Control | None:
        return self._focused[1] if self._focused is not None else None

    def focus_moved(self) -> None:
        """The focus is on another control or message. Overridden."""

    # ------------------------------------------------------------------ keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not (self._copy_key(event) or self._caret_key(event) or self._plain_key(event)):
            event.ignore()

    def _copy_key(self, event: QKeyEvent) -> bool:
        held = event.modifiers()
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Key.Key_C and held == both:
            self.copy(plain=True)
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        else:
            return False
        return True

    def _plain_key(self, event: QKeyEvent) -> bool:
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift = held == Qt.KeyboardModifier.ShiftModifier
        if held and not shift:
            return False
        page = max(self.viewport().height() - round(2 * self._stage.look.line), 40)
        if key in (Key.Key_PageDown, Key.Key_PageUp) or (key == Key.Key_Space and self._focused is None):
            down = key == Key.Key_PageDown or (key == Key.Key_Space and not shift)
            self._scroll_by_key(page if down else -page)
        elif key == Key.Key_Home:
            self.release_end()
            self.scroll_to(0)
            self.set_current(0, show=False)
        elif key == Key.Key_End:
            self.set_current(len(self._rows) - 1, show=False)
            self.to_end()
        elif key in (Key.Key_Up, Key.Key_Down):
            self._walk(1 if key == Key.Key_Down else -1)
        else:
            return self._message_key(key)
        self._by_keys = True
        return True

    def _message_key(self, key: int) -> bool:
        """Keys for the current message or its focused control."""
        if key == Key.Key_F7:
            self.set_caret_shown(not self._cursor_shown)
        elif key == Key.Key_Escape:
            if self._selection is None and not self._cursor_shown:
                return False
            self._cursor_shown = False
            self.select(None)
        elif self.current < 0:
            return False
        elif key in _ENTER or key == Key.Key_Space:
            if self._focused is not None:
                self.press(self.current, *self._focused)
            else:
                self.open_menu(self.current)
        elif key in (Key.Key_Left, Key.Key_Right):
            self.switch_version(self.current, -1 if key == Key.Key_Left else 1)
        elif key == Key.Key_F2:
            self.edit_row(self.current)
        elif key == Key.Key_Delete:
            self.remove_row(self.current)
        else:
            return False
        return True

    def _scroll_by_key(self, dy: int) -> None:
        if dy < 0:
            self.release_end()
        self.scroll_by(dy)

    def _walk(self, step: int) -> None:
        """To the next message, through a long one first."""
        self._by_keys = True
        row = self.current
        if row >= 0:
            top = self.row_top(row) - self._top
            bottom, height = top + self._rows[row], self.viewport().height()
            line = round(READING_LINES * self._stage.look.line)
            if step > 0 and bottom > height and top < height:
                self._scroll_by_key(min(line, math.ceil(bottom - height)))
                return
            if step < 0 and -top > 0 and bottom > 0:
                self._scroll_by_key(max(-line, round(top)))
                return
        else:
            row = self.visible_rows()[0] - step if len(self._rows) else 0
        self.set_current(row + step)
        self.focus_moved()

    # ------------------------------------------------------------------ the caret

    def set_caret_shown(self, shown: bool) -> None:
        """Show a caret that moves with the arrow keys and selects with Shift, as F7 does in browsers."""
        self._cursor_shown = shown
        if shown and self._selection is None and len(self._rows):
            row = self.current if self.current >= 0 else self.visible_rows()[0]
            item = self.item(row)
            at = first_text(item.sections, 0, 1) if item is not None else 0
            self._selection = Selection(Place(row, max(at, 0), 0, 0))
        self.viewport().update()

    def _caret_key(self, event: QKeyEvent) -> bool:
        selection = self._selection
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = Key(event.key())
        if selection is None or not (self._cursor_shown or (shift and not selection.empty)):
            return False
        if key in _ARROWS:
            head = self._moved(selection.head, *_ARROWS[key], word=control)
        elif key in (Key.Key_Home, Key.Key_End):
            head = self._line_end(selection.head, 1 if key == Key.Key_End else -1)
        else:
            return False
        self._selection = Selection(selection.anchor if shift else head, head)
        self.release_end()
        self._show_place(head)
        self.viewport().update()
        return True

    def _moved(self, place: Place, dx: int, dy: int, *, word: bool) -> Place:
        item = self.item(place.row)
        box = item.sections[place.section].box(place.block) if item and item.sections else None
        if item is None or box is None:
            return place
        if dy:
            return self._vertically(place, dy)
        offset = place.offset + dx
        if word:
            start, end = box.word_at(min(max(place.offset + min(dx, 0), 0), max(box.length - 1, 0)))
            offset = max(end, place.offset + 1) if dx > 0 else min(start, place.offset - 1)
        if 0 <= offset <= box.length:
            return place._replace(offset=offset)
        return self._next_block(place, dx) or place

    def _next_block(self, place: Place, step: int) -> Place | None:
        """The beginning of the next block, or the end of the one before."""
        row, item = place.row, self.item(place.row)
        at, block = place.section, place.block + step
        while item is not None:
            section = item.sections[at] if 0 <= at < len(item.sections) else None
            if isinstance(section, TextSection) and 0 <= block < section.count:
                box = section.box(block)
                return Place(row, at, block, 0 if step > 0 or box is None else box.length)
            at = first_text(item.sections, at + step, step)
            if at < 0:
                row += step
                item = self.item(row)
                if item is None:
                    return None
                at = first_text(item.sections, 0 if step > 0 else len(item.sections) - 1, step)
                if at < 0:
                    continue
            block = 0 if step > 0 else item.sections[at].count - 1
        return None

    def _vertically(self, place: Place, dy: int) -> Place:
        item = self.item(place.row)
        section = item.sections[place.section] if item else None
        box = section.box(place.block) if section else None
        if section is None or box is None:
            return place
        caret = box.rect_at(place.offset)
        y = caret.bottom() + 2 if dy > 0 else caret.top() - 2
        if 0 <= y < box.height:
            offset = box.position_at(caret.left(), y)
            if offset != place.offset:
                return place._replace(offset=offset)
        beside = self._next_block(place, dy)
        other = self.item(beside.row) if beside else None
        if beside is None or other is None:
            return place
        target = other.sections[beside.section].box(beside.block)
        if target is None:
            return beside
        offset = target.position_at(caret.left(), 2 if dy > 0 else max(target.height - 2, 0))
        return beside._replace(offset=offset)

    def _line_end(self, place: Place, step: int) -> Place:
        item = self.item(place.row)
        box = item.sections[place.section].box(place.block) if item and item.sections else None
        if box is None:
            return place
        middle = box.rect_at(place.offset).center().y()
        return place._replace(offset=box.position_at(self.column_width() * 2 if step > 0 else 0.0, middle))

    def _show_place(self, place: Place) -> None:
        item = self.item(place.row)
        section = item.sections[place.section] if item and item.sections else None
        box = section.box(place.block) if section else None
        if section is None or box is None:
            return
        box.reveal(place.offset)
        rect = box.rect_at(place.offset).translated(0, section.block_top(place.block))
        self.reveal(self.section_rect(place.row, section, rect), Space.XL)

    # ------------------------------------------------------------------ taking away

    def select_all(self) -> None:
        """Everything, also what is not loaded yet: it is asked for now."""
        if not len(self._rows):
            return
        self._model.want(i for turn in self._model.turns for i in turn.ids)
        self.select(Selection(Place(0, 0, 0, 0), Place(len(self._rows) - 1, LAST, 0, 0)))

    def copy(self, *, plain: bool = False) -> None:
        """The selection to the clipboard, as Markdown or plain; waits for messages that are being read."""
        selection = self.selection
        if selection is None:
            if self.current >= 0:
                self.copy_row(self.current, plain=plain)
            return
        rows = range(selection.start.row, min(selection.end.row, len(self._rows) - 1) + 1)
        missing = [i for row in rows if not self._model.is_loaded(row) for i in self._model.turns[row].ids]
        if missing:
            self._awaiting_copy = plain
            self._model.want(missing)
            return
        self._awaiting_copy = None
        self.put_on_clipboard(copied(self, selection, plain=plain))

    def copy_row(self, row: int, *, plain: bool = False) -> None:
        """A whole message to the clipboard, without reasoning and results."""
        item = self.item(row)
        if item is None:
            return
        text = self._model.text(row)
        if plain and not item.question:
            item.advance(float("inf"))
            text = "\n\n".join(
                section.plain((0, 0), None)
                for section in item.text_sections()
                if isinstance(section.key, tuple) and section.key[-1] == "text"
            )
        self.put_on_clipboard(text)

    def put_on_clipboard(self, text: str) -> None:
        if text:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(text)

    def contents_came(self) -> None:
        """Messages were read: a copy may have waited for them."""
        if self._awaiting_copy is not None:
            self.copy(plain=self._awaiting_copy)

    # ------------------------------------------------------------------ reading on

    def next_code(self, step: int = 1) -> bool:
        """Go to the next block of code (or the one before) below the top of the window, and select it."""
        start = self._selection.head if self._selection is not None else None
        rows = self.visible_rows()
        row = start.row if start is not None else (rows[0] if len(rows) else -1)
        while 0 <= row < len(self._rows):
            item = self.item(row)
            found = [
                Place(row, at, block, 0)
                for at, section in enumerate(item.sections if item else ())
                if isinstance(section, TextSection)
                for block, content in enumerate(section.document.blocks)
                if isinstance(content, CodeBlock)
            ]
            if start is not None and row == start.row:
                found = [p for p in found if (p[:3] > start[:3] if step > 0 else p[:3] < start[:3])]
            if found and item is not None:
                place = found[0] if step > 0 else found[-1]
                box = item.sections[place.section].box(place.block)
                self._current = row
                self.select(Selection(place._replace(offset=box.length if box else 0), place))
                self._show_place(place)
                return True
            row += step
        return False

    # ------------------------------------------------------------------ for the view

    def open_menu(self, row: int, at: QPoint | None = None, *, by_key: bool = True) -> None:
        """The actions of a message, at a point of the viewport. Overridden."""

    def switch_version(self, row: int, step: int) -> None:
        """Another version of a message. Overridden."""

    def edit_row(self, row: int) -> None:
        """Edit a question. Overridden."""

    def remove_row(self, row: int) -> None:
        """Remove a message. Overridden."""


def next_control(
    controls: list[tuple[Section, Control]], focused: tuple[Section, Control] | None, step: int
) -> int | None:
    """The control after or before the focused one; None beyond the ends."""
    if not controls:
        return None
    if focused is None:
        return 0 if step > 0 else None
    keys = [(section.key, control) for section, control in controls]
    here = (focused[0].key, focused[1])
    if here not in keys:
        return 0 if step > 0 else len(controls) - 1
    at = keys.index(here) + step
    return at if 0 <= at < len(controls) else None
