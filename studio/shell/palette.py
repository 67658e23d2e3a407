"""The command palette: one field for every command and for everything that `shell/finding.py` finds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QImage, QImageReader, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.i18n import tr
from studio.qt_models.keyed_list import Index, KeyedListModel
from studio.shell.finding import GOOD, Finder, Found
from studio.shell.fuzzy import score
from studio.shell.host import CommandEntry, CommandTable
from studio.ui.icons import PHOSPHOR, paint_icon
from studio.ui.language import key_words
from studio.ui.mirror import is_turned, upright
from studio.ui.painted_list import PaintedList, RowDelegate
from studio.ui.theme import Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import name_widget, paint_box, paint_text, painter_for, text_width
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.popover import Panel
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

WIDTH: Final = 600
TOP: Final = 88
COMMANDS: Final = 6
RECENT: Final = 5
"""Commands that were used last."""
LETTERS: Final = 2
"""From how many letters on more than the commands is searched."""
WAIT_MS: Final = 90
THUMBNAIL: Final = 36


def open_palette(window: QWidget, services: Services, commands: CommandTable, finder: Finder) -> Palette:
    """Open the palette over the window. What is chosen in it is run by the commands."""
    recent = services.settings.values.window.recent.split()
    palette = Palette(window, services, commands.all(), finder, recent)

    def take(line: Found) -> None:
        if line.command:
            commands.run(line.command, line.argument)
            return
        # Before it runs: the command may end the program.
        services.settings.change("window", recent=" ".join(with_newest(recent, line.id)))
        commands.run(line.id)

    palette.chosen.connect(take)
    palette.present(palette.field)
    return palette


def with_newest(recent: Sequence[str], command_id: str) -> list[str]:
    """The commands used last, with this one first and as many as are shown."""
    return [command_id, *(known for known in recent if known != command_id)][:RECENT]


def find_commands(typed: str, commands: Sequence[CommandEntry]) -> list[CommandEntry]:
    """Commands that have a title and answer what was typed, best first; all of them for nothing typed."""
    return [command for _points, command in _scored(typed, commands)]


def _scored(typed: str, commands: Sequence[CommandEntry]) -> list[tuple[float, CommandEntry]]:
    named = [command for command in commands if command.title]
    scored = [(score(typed, command.title), -place, command) for place, command in enumerate(named)]
    scored.sort(key=lambda entry: entry[:2], reverse=True)
    return [(points, command) for points, _place, command in scored if points > 0]


class Palette(Overlay):
    """One field over the dimmed window, its answers below. Up and Down choose, Enter takes, Escape leaves.

    Signals:
        chosen(Found): to be run.
    """

    chosen = Signal(object)

    def __init__(
        self,
        window: QWidget,
        services: Services,
        commands: Sequence[CommandEntry],
        finder: Finder,
        recent: Sequence[str] = (),
    ) -> None:
        super().__init__(window)
        self._recent = recent
        self._services = services
        self._commands = commands
        self._finder = finder
        self._late: list[Found] = []
        """What takes a moment to find, for the words of a moment ago while those of now are looked for."""
        self._steered = False
        name_widget(self, tr("Command palette"))
        self.panel = Panel(self, Space.SM)
        self.field = SearchField(tr("Search everything"), tr("Commands, pictures, chats, models, Help"))
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._typed)
        self.found = FoundModel(self)
        self.list = _FoundList(self.found)
        self.list.taken.connect(self._take)
        self._nothing = Label("", tone="text2")
        self._nothing.setContentsMargins(Space.MD, Space.SM, Space.MD, Space.SM)
        for widget in (self.field, self.list, self._nothing):
            self.panel.body.addWidget(widget)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._search)
        self.dismissed.connect(self._leave)
        self._show()

    def arrange(self) -> None:
        theme = Theme.current()
        edge = Size.SHADOW
        width = min(theme.px(WIDTH), self.width() - 2 * Space.LG) + 2 * edge
        top = min(theme.px(TOP), self.height() // 8)
        height = min(self.panel.sizeHint().height(), self.height() - top - Space.LG + 2 * edge)
        self.panel.setGeometry((self.width() - width) // 2, top - edge, width, height)

    # ------------------------------------------------------------------ searching

    def _typed(self, text: str) -> None:
        self._steered = False
        if len(text.strip()) < LETTERS:
            self._wait.stop()
            self._services.tasks.cancel_owner(self)
            self._late = []
        else:
            self._wait.start()
        self._show()
        self.list.stand_on_first()

    def _search(self) -> None:
        text = self.field.text().strip()
        self._services.tasks.spawn(self._find(text), name="palette", owner=self, group="search")

    async def _find(self, text: str) -> None:
        """Show what takes a moment, part by part, and then the pictures of it."""
        found, rows = await self._finder.soon(text)
        self._show_late(found)
        found += await self._finder.later(text)
        self._show_late(found)
        side = round(Theme.current().px(THUMBNAIL) * self.devicePixelRatioF())
        for row in rows:
            path = self._services.library.thumbnail_path(row)
            image = await asyncio.to_thread(_read_thumbnail, path, side)
            if image is not None:
                found = [
                    replace(line, image=image) if line.is_asset and line.id == row.id else line
                    for line in found
                ]
        self._show_late(found)

    def _show_late(self, found: Sequence[Found]) -> None:
        self._late = list(found)
        self._show()
        if not self._steered:
            # What came may be better than what stood first until now; who has chosen a line keeps it.
            self.list.stand_on_first()

    def _show(self) -> None:
        lines = self._lines()
        self.found.show(lines)
        # A line's heading depends on the line above it.
        self.found.touch()
        self._nothing.setText(tr("Nothing found. Try fewer letters."))
        self._nothing.setVisible(not lines)
        self.list.setVisible(bool(lines))
        if not self.list.currentIndex().isValid():
            self.list.stand_on_first()
        self.list.updateGeometry()
        self.panel.body.activate()
        self.arrange()

    def _lines(self) -> list[Found]:
        """What is shown for what stands in the field, group by group."""
        typed = self.field.text().strip()
        scored = _scored(typed, self._commands)
        if not typed:
            # Single preferences are for who looks for one.
            kept = [command for _points, command in scored if not command.id.startswith("preferences.")]
            return self._recent_first([_command_line(command) for command in kept])
        good = [_command_line(command) for points, command in scored if points >= GOOD]
        # Those that have only the letters here and there come after everything that has the words.
        weak = [_command_line(command) for points, command in scored if points < GOOD]
        others = self._finder.at_once(typed) if len(typed) >= LETTERS else []
        return [*good[:COMMANDS], *others, *self._late, *(() if good else weak[:COMMANDS])]

    def _recent_first(self, lines: Sequence[Found]) -> list[Found]:
        """What was used last stands under a heading of its own."""
        known = {line.id: line for line in lines}
        used = [known.pop(command_id) for command_id in self._recent if command_id in known]
        return [*(replace(line, group=tr("Used last")) for line in used), *known.values()]

    def _take(self, line: Found) -> None:
        self.dismiss()
        self.chosen.emit(line)

    def _leave(self) -> None:
        self._wait.stop()
        self._services.tasks.cancel_owner(self)
        self.deleteLater()

    # ------------------------------------------------------------------ Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.dismiss()
                return True
            if self.list.steer(event.key()):
                self._steered = True
                return True
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.panel.mapFrom(self, event.position().toPoint())
        if not self.panel.inner().contains(at):
            self.dismiss()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        painter.fillRect(self.rect(), t.scrim)


def _command_line(command: CommandEntry) -> Found:
    keys = key_words(command.shortcut)
    return Found(
        id=command.id, title=command.title, group=tr("Commands"), shortcut=keys,
        icon=command.icon if command.icon in PHOSPHOR else "command",
    )  # fmt: skip


def _read_thumbnail(path: Path, side: int) -> QImage | None:
    """The middle square of a thumbnail, `side` pixels wide; None where there is none. For worker threads."""
    image = QImageReader(str(path)).read()
    if image.isNull():
        return None
    scaled = image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    return scaled.copy((scaled.width() - side) // 2, (scaled.height() - side) // 2, side, side)


class FoundModel(KeyedListModel[Found]):
    """The lines of the palette."""

    HeadingRole = KeyedListModel.ItemRole + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(lambda line: line.key, parent)

    @property
    def lines(self) -> Sequence[Found]:
        return self.items

    def text(self, item: Found) -> str:
        return item.title

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == self.HeadingRole:
            return self._heading(index.row())
        line = self.item(index.row())
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and line is not None:
            return line.note or line.aside or line.shortcut
        return super().data(index, role)

    def _heading(self, row: int) -> str:
        """What stands over a line: its group over the first of it, where there are several."""
        lines = self._items
        first = row == 0 or lines[row - 1].group != lines[row].group
        return lines[row].group if first and lines[0].group != lines[-1].group else ""


class _FoundList(PaintedList):
    """Paints and steers the lines; the focus stays in the field."""

    taken = Signal(object)

    def __init__(self, model: FoundModel) -> None:
        super().__init__(model, tr("Found"), follow_pointer=True)
        self._found = model
        self.setItemDelegate(_FoundDelegate(self))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.entered.connect(self.setCurrentIndex)
        self.clicked.connect(self._take)

    def stand_on_first(self) -> None:
        """Choose the first line."""
        self.setCurrentIndex(self._found.index(0))
        self.scrollToTop()

    def steer(self, key: int) -> bool:
        """Act on a key of the field; False if it is none of the list's."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.currentIndex())
            return True
        page = max(self.viewport().height() // Theme.current().px(Size.ROW) - 1, 1)
        steps: dict[int, int] = {
            Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: page, Qt.Key.Key_PageUp: -page,
        }  # fmt: skip
        count = self._found.rowCount()
        if key not in steps or not count:
            return False
        row = self.currentIndex().row() + steps[key]
        row = row % count if abs(steps[key]) == 1 else min(max(row, 0), count - 1)
        self.setCurrentIndex(self._found.index(row))
        self.scrollTo(self.currentIndex())
        return True

    def _take(self, index: QModelIndex) -> None:
        if index.isValid():
            self.taken.emit(self._found.lines[index.row()])

    def sizeHint(self) -> QSize:
        height = sum(self.sizeHintForRow(row) for row in range(self._found.rowCount()))
        return QSize(Theme.current().px(WIDTH), min(height, Theme.current().px(Size.POPOVER_LIST + Size.ROW)))


class _FoundDelegate(RowDelegate):
    """A line: picture or icon, title, note, shortcut; over the first of a group its name."""

    turned = True

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = Theme.current()
        line: Found = index.data(FoundModel.ItemRole)
        height = theme.px(Size.ROW_TALL if line.note else Size.ROW)
        return QSize(0, height + (self._heading_height(theme) if index.data(FoundModel.HeadingRole) else 0))

    def paint_box_of(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        theme = Theme.current()
        heading: str = index.data(FoundModel.HeadingRole)
        if heading:
            room = QRectF(rect.left() + Space.MD, rect.top(), rect.width(), self._heading_height(theme))
            font = theme.font("caption", Weight.MEDIUM)
            paint_text(painter, room, heading, font, theme.tokens.text2)
            rect.setTop(room.bottom())
        if self.view.currentIndex() == index:
            paint_box(painter, rect.adjusted(0, 1, 0, -1), theme.tokens.raised, None, Radius.CONTROL)

    def paint_row(self, painter: QPainter, rect: QRectF, item: Found, row: int) -> None:
        self._paint_line(painter, rect, item, Theme.current())

    def _heading_height(self, theme: Theme) -> int:
        return theme.px(Size.BADGE) + Space.SM

    def _paint_line(self, painter: QPainter, rect: QRectF, line: Found, theme: Theme) -> None:
        t = theme.tokens
        side = theme.px(THUMBNAIL if line.is_asset else Size.ICON)
        left, right, middle = rect.left() + Space.MD, rect.right() - Space.MD, rect.center().y()
        box = QRectF(left, round(middle - side / 2), side, side)
        if line.image is not None:
            with upright(painter, box) if is_turned(painter) else nullcontext():
                painter.drawImage(box, line.image)
        else:
            icon = theme.px(Size.ICON)
            inset = (side - icon) / 2
            if line.is_asset:
                paint_box(painter, box, t.raised, t.border, Radius.SMALL)
            paint_icon(painter, line.icon, box.adjusted(inset, inset, -inset, -inset), t.text2)
        left += side + Space.MD
        aside = line.shortcut or line.aside
        if aside:
            font = theme.font("caption")
            # A long name of a page leaves the title its room.
            width = min(text_width(aside, font) + 1, (right - left) / 2)
            paint_text(painter, QRectF(right - width, rect.top(), width, rect.height()), aside, font, t.text2)
            right -= width + Space.MD
        title = QRectF(left, rect.top(), right - left, rect.height())
        if line.note:
            tall, small = theme.line_height(), theme.line_height("caption")
            top = middle - (tall + small) / 2
            title = QRectF(left, top, right - left, tall)
            note = QRectF(left, top + tall, right - left, small)
            paint_text(painter, note, line.note, theme.font("caption"), t.text2)
        paint_text(painter, title, line.title, theme.font(), t.text)
