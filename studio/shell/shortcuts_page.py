"""The preferences of the keyboard: every command with its keys, which can be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core import keymap
from studio.core.i18n import tr
from studio.shell.host import CommandEntry, CommandHolder
from studio.shell.preference_page import Page
from studio.shell.shortcuts import HELD, fixed_keys, native, view_groups
from studio.ui import dialogs
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import KeyCap, SearchField
from studio.ui.widgets.text import Label, SectionHeader

KEYS_WIDTH = 148
_ALONE = (
    Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr,
    Qt.Key.Key_unknown, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_ScrollLock,
)  # fmt: skip


class KeyButton(Button):
    """Shows keys; pressed, it takes the next ones. Escape leaves them, Backspace and Delete take them away.

    Signals:
        taken(str): the keys in Qt's notation, "" for none.
        refused(str): why what was pressed cannot be used, as a sentence.
    """

    waits = False
    taken = Signal(str)
    refused = Signal(str)

    def __init__(self, title: str, keys: str) -> None:
        super().__init__("", "secondary", size="small")
        self._title = title
        self._keys = keys
        self.clicked.connect(self._listen)
        self._show()

    def _listen(self) -> None:
        self.waits = True
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show()

    def _show(self) -> None:
        words = tr("Press new keys") if self.waits else native(self._keys) or tr("No keys")
        self.setText(words)
        name_widget(self, tr("Keys of {command}: {keys}", command=self._title, keys=words))
        self.updateGeometry()

    def _end(self) -> None:
        self.waits = False
        self._show()

    def event(self, event: QEvent) -> bool:
        if self.waits and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._pressed(event)
                return True
        return super().event(event)

    def _pressed(self, event: QKeyEvent) -> None:
        key, held = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        event.accept()
        if key in _ALONE:
            return
        bare = held == Qt.KeyboardModifier.NoModifier
        if bare and key in (Qt.Key.Key_Escape, Qt.Key.Key_Tab):
            self._end()
            return
        if bare and key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._end()
            self.taken.emit("")
            return
        sequence = QKeySequence(QKeyCombination(held, key))
        function = Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
        if not held & HELD and not function:
            self.refused.emit(tr("Hold Ctrl or Alt with it: alone it is needed for writing."))
            return
        self._end()
        self.taken.emit(sequence.toString(QKeySequence.SequenceFormat.PortableText))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self.waits:
            self._end()
        super().focusOutEvent(event)


@dataclass(slots=True)
class _Line:
    command: CommandEntry
    box: QWidget
    button: KeyButton


class ShortcutsPage(Page):
    id, icon, title = "shortcuts", "shortcuts", tr("Shortcuts")
    resets = ("shortcuts.changed",)

    def build(self) -> None:
        self._commands = cast("CommandHolder", self._sheet).commands
        self.search = SearchField(tr("Search the commands"), tr("Search"))
        self.search.textChanged.connect(self._filter)
        note = tr("Press the keys of a command and then the new ones. Backspace takes them away.")
        self.said = self.row(tr("Keys of the commands"), note, self.search)
        self._usual_words = note
        self._lines: list[_Line] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(Space.XS)
        self._column.addLayout(self._list)
        self._fill()
        self._column.addSpacing(Space.LG)
        self._fixed: list[tuple[str, QWidget]] = []
        self._heads: list[QWidget] = []
        for heading, lines in view_groups():
            head = SectionHeader(tr("{place}, fixed", place=heading))
            self._heads.append(head)
            self._column.addWidget(head)
            for words, keys in lines:
                self._fixed.append((f"{words} {heading}", box := _fixed_line(words, keys)))
                self._column.addWidget(box)

    def _fill(self) -> None:
        for line in self._lines:
            self._list.removeWidget(line.box)
            line.box.hide()
            line.box.deleteLater()
        changed = keymap.read(self.services.settings.values.shortcuts.changed)
        listed = [command for command in self._commands.all() if _is_listed(command)]
        # Those with keys first, as they are looked for most; the rest in their order.
        listed.sort(key=lambda command: not command.shortcut)
        self._lines = [self._line(command, command.id in changed) for command in listed]

    def _line(self, command: CommandEntry, differs: bool) -> _Line:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        row.addWidget(Label(command.title, wrap=True), 1)
        again = IconButton("history", tr("Usual keys of {command}", command=command.title))
        again.clicked.connect(lambda: self._give(command.id, None))
        keep = again.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        again.setSizePolicy(keep)
        again.setVisible(differs)
        row.addWidget(again)
        button = KeyButton(command.title, command.shortcut)
        button.setFixedWidth(Theme.current().px(KEYS_WIDTH))
        button.taken.connect(lambda keys: self._take(command, keys))
        button.refused.connect(lambda why: self._say(why, "bad"))
        row.addWidget(button)
        self._list.addWidget(box)
        return _Line(command, box, button)

    def _filter(self, typed: str) -> None:
        words = typed.casefold().split()

        def shows(text: str) -> bool:
            return all(word in text.casefold() for word in words)

        for line in self._lines:
            keys = line.command.shortcut
            line.box.setVisible(shows(f"{line.command.title} {keys} {native(keys)}"))
        for text, box in self._fixed:
            box.setVisible(shows(text))
        for head in self._heads:
            head.setVisible(not words)

    # ------------------------------------------------------------------ changing

    def _say(self, words: str, tone: str = "text2") -> None:
        self.said.setText(words)
        self.said.set_tone("bad" if tone == "bad" else "text2")

    def _take(self, command: CommandEntry, keys: str) -> None:
        if keys == command.shortcut:
            return
        taken = self._fixed_by(keys)
        if taken:
            self._say(tr("{keys} is fixed: {what}. Choose other ones.", keys=native(keys), what=taken), "bad")
            return
        others = [one for one in self._commands.all() if one.id != command.id and _same(one.shortcut, keys)]
        if others:
            self.services.tasks.spawn(
                self._ask(command, keys, others[0]), name="keys", owner=self, group="keys"
            )
        else:
            self._give(command.id, keys)

    def _fixed_by(self, keys: str) -> str:
        """What keys do in a pane or in every text field, if they are needed there; "" if not."""
        return next((one.words for one in fixed_keys() if _same(one.keys, keys)), "")

    async def _ask(self, command: CommandEntry, keys: str, other: CommandEntry) -> None:
        title = other.title or tr("Another command")
        yes = await dialogs.confirm(
            self._sheet,
            tr("{keys} has a command already", keys=native(keys)),
            tr("It does this now: {title}. That would have no keys any more.", title=title),
            action=tr("Take it"),
            cancel=tr("Leave it"),
        )
        if yes:
            self._give(other.id, "", show=False)
            self._give(command.id, keys)

    def _give(self, command_id: str, keys: str | None, *, show: bool = True) -> None:
        """New keys for a command; None for its usual ones."""
        changed = keymap.read(self.services.settings.values.shortcuts.changed)
        changed.pop(command_id, None)
        if keys is not None:
            changed[command_id] = keys
        self.change("shortcuts", changed=keymap.write(changed))
        if show:
            self._say(self._usual_words)
            self._fill()
            self._filter(self.search.text())
            line = next((line for line in self._lines if line.command.id == command_id), None)
            if line is not None:
                line.button.setFocus(Qt.FocusReason.OtherFocusReason)


def _is_listed(command: CommandEntry) -> bool:
    return bool(command.title) and not command.id.startswith("preferences.")


def _same(first: str, second: str) -> bool:
    return bool(first) and bool(second) and QKeySequence(first) == QKeySequence(second)


def _fixed_line(words: str, keys: object) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(Space.NONE, Space.XS, Space.NONE, Space.XS)
    row.setSpacing(Space.XS)
    row.addWidget(Label(words, tone="text2", wrap=True), 1)
    for key in cast("tuple[str, ...]", keys):
        row.addWidget(KeyCap(key))
    return box
