"""The page of keyboard shortcuts: those of the commands, and those of chat, gallery, viewer and prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QKeyCombination, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.shell.host import CommandTable
from studio.ui.dialogs import Sheet
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import Focusable, name_widget
from studio.ui.widgets.fields import KeyCap
from studio.ui.widgets.roles import Role, set_role
from studio.ui.widgets.text import Label, SectionHeader

HEIGHT: Final = 420
HELD: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
"""Keys alone, and with Shift, are needed for writing."""
Group = tuple[str, Sequence[tuple[str, Sequence[str]]]]


def open_shortcuts(window: QWidget, commands: CommandTable) -> Sheet:
    """Open the page over the window; it deletes itself when it goes."""
    sheet = Sheet(window, tr("Keyboard shortcuts"))
    listed = _Listing(groups(commands))
    sheet.add_content(listed)
    close = sheet.add_button(tr("Close"), None, "primary", default=True)
    sheet.seal()
    sheet.dismissed.connect(sheet.deleteLater)
    sheet.present(close)
    return sheet


def native(keys: str) -> str:
    """Keys in Qt's notation as this system and its language write them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) or keys


def groups(commands: CommandTable) -> list[Group]:
    """What is listed: a heading and its lines, each with the keys that do it."""
    everywhere = [
        (command.title, (native(command.shortcut),))
        for command in commands.all()
        if command.title and command.shortcut
    ]
    return [(tr("Everywhere"), everywhere), *view_groups()]


class FixedKeys(NamedTuple):
    """Keys that no command may take, and what they do."""

    keys: str
    words: str


def fixed_keys() -> tuple[FixedKeys, ...]:
    """Keys with Ctrl or Alt, and function keys, that panes and text fields need themselves."""
    text = tr("Text fields need it")
    return (
        *(FixedKeys(f"Ctrl+{key}", text) for key in ("A", "C", "X", "Y", "Shift+Z", "Left", "Right",
                                                     "Home", "End", "Backspace", "Del")),
        FixedKeys("Ctrl+Return", tr("Generate")),
        FixedKeys("Ctrl+Enter", tr("Generate")),
        FixedKeys("Ctrl+Up", tr("Earlier prompts")),
        FixedKeys("Ctrl+Down", tr("Earlier prompts")),
        FixedKeys("F6", tr("Form, gallery, inspector")),
        FixedKeys("Shift+F6", tr("Form, gallery, inspector")),
        FixedKeys("F2", tr("Rename, delete in the list")),
        FixedKeys("Ctrl+N", tr("New chat")),
        FixedKeys("Ctrl+L", tr("Write a message")),
        FixedKeys("Ctrl+F", tr("Find in this chat")),
        FixedKeys("Ctrl+Shift+F", tr("Search all chats")),
        FixedKeys("Ctrl+B", tr("Favourite in the list of models")),
        FixedKeys("Ctrl+E", tr("Export")),
        FixedKeys("Ctrl+0", tr("Fit, or full size")),
        FixedKeys("Alt+F4", tr("Close")),
    )  # fmt: skip


def keys_in_use(usual: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """The keys of each command: its own where they can be used, else the usual ones, and none twice.

    The preferences are a text that anybody may edit. Keys needed for writing or by the panes would lock the
    user out, and of two commands with the same keys Qt would run neither.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    own = {command: keys for command, keys in changed.items() if not keys or is_usable(keys)}
    # What the user chose goes before what was usual.
    for command in sorted(usual, key=lambda one: one not in own):
        keys = own.get(command, usual[command])
        written = _written(keys)
        found[command] = "" if written in taken else keys
        taken |= {written} - {""}
    return found


def is_usable(keys: str) -> bool:
    """Whether a command may have these keys: with Ctrl, Alt or Meta, or a function key, and not fixed."""
    pressed = QKeySequence(keys)
    fixed = {_written(one.keys) for one in fixed_keys()}
    if pressed.count() != 1 or _written(keys) in fixed:
        return False
    first: QKeyCombination = pressed[0]  # pyright: ignore[reportIndexIssue] - the stubs forgot it
    key, held = first.key(), first.keyboardModifiers()
    function = Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
    return key != Qt.Key.Key_unknown and (function or bool(held & HELD))


def _written(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)


def view_groups() -> list[Group]:
    """What the panes' own keys do; they are not to be changed."""
    return [
        (
            tr("Prompt"),
            [
                (tr("Generate"), ("Ctrl+Enter",)),
                (tr("Take back what was written"), ("Ctrl+Z",)),
                (tr("Earlier prompts"), ("Ctrl+↑", "Ctrl+↓")),
                (tr("Grid: zoom, rate, compare"), ("+", "-", "0 … 5", "C")),
            ],
        ),
        (
            tr("Chat"),
            [
                (tr("New chat"), ("Ctrl+N",)),
                (tr("Write a message"), ("Ctrl+L",)),
                (tr("Stop the answer"), ("Esc",)),
                (tr("New line"), ("Shift+Enter",)),
                (tr("Edit the last question"), (tr("↑ in the empty field"),)),
                (tr("Chat before, next chat"), ("Ctrl+↑", "Ctrl+↓")),
                (tr("Find in this chat"), ("Ctrl+F",)),
                (tr("Search all chats"), ("Ctrl+Shift+F",)),
                (tr("Rename, delete in the list"), ("F2", "Del")),
                (tr("Favourite in the list of models"), ("Ctrl+B",)),
            ],
        ),
        (
            tr("Audio"),
            [
                (tr("Play, pause"), (tr("Space"),)),
                (tr("Loop the selection or the whole"), ("L",)),
                (tr("Zoom in, out, show all, the selection"), ("+", "-", "0", "Z")),
                (tr("Mark a place, go to the next one"), ("M", tr("Ctrl+arrows"))),
                (tr("Record, end the recording"), ("R",)),
            ],
        ),
        *_of_pictures(),
    ]


def _of_pictures() -> list[Group]:
    return [
        (
            tr("Gallery"),
            [
                (tr("Move"), ("←", "→", "↑", "↓")),
                (tr("Show large"), ("Enter", tr("Space"))),
                (tr("Choose several"), (tr("Shift+arrows"), "Ctrl+A")),
                (tr("Rate"), ("0 … 5",)),
                (tr("Move to the trash"), ("Del",)),
                (tr("Export"), ("Ctrl+E",)),
                (tr("Compare two to four"), ("C",)),
                (tr("Unfold or fold a stack"), ("S",)),
                (tr("Use all, vary, edit, animate, as reference"), ("U", "V", "E", "A", "R")),
                (tr("Rename, remove a collection"), ("F2", "Del")),
                (tr("Larger or smaller pictures"), (tr("Ctrl+wheel"),)),
            ],
        ),
        (
            tr("Viewer"),
            [
                (tr("Previous, next"), ("←", "→")),
                (tr("Zoom"), ("+", "-")),
                (tr("Fit, or full size"), ("Z", "Ctrl+0", "Ctrl+1")),
                (tr("Fill the window"), ("Ctrl+2",)),
                (tr("Pan"), (tr("Shift+arrows"),)),
                (tr("Slideshow"), ("P",)),
                (tr("Film: play, loop, mute"), (tr("Space"), "L", "M")),
                (tr("Film: a frame back, on, take it"), (",", ".", "F")),
                (tr("Close"), ("Esc",)),
            ],
        ),
    ]


class _Listing(Focusable, QScrollArea):
    """The groups one under the other; scrolls with the arrow keys."""

    def __init__(self, listed: Sequence[Group]) -> None:
        super().__init__()
        name_widget(self, tr("Shortcuts"))
        set_role(self, Role.Document)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.MD, Space.NONE)
        column.setSpacing(Space.LG)
        for title, lines in listed:
            column.addLayout(_group(title, lines))
        column.addStretch(1)
        self.setWidget(page)
        page.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.DIALOG), theme.px(HEIGHT))


def _group(title: str, lines: Sequence[tuple[str, Sequence[str]]]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(Space.SM)
    column.addWidget(SectionHeader(title))
    grid = QGridLayout()
    grid.setVerticalSpacing(Space.SM)
    grid.setColumnStretch(0, 1)
    for index, (words, keys) in enumerate(lines):
        grid.addWidget(Label(words, wrap=True), index, 0)
        caps = QHBoxLayout()
        caps.setSpacing(Space.XS)
        for key in keys:
            caps.addWidget(KeyCap(key))
        grid.addLayout(caps, index, 1, Qt.AlignmentFlag.AlignRight)
    column.addLayout(grid)
    return column
