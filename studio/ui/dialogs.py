"""Questions to the user, as coroutines: a rounded sheet over the dimmed window, and the file dialogs.

Nothing here runs a nested event loop: a sheet is shown and a future waits for its end, so other tasks go on.
Each function may be cancelled; the sheet then goes away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Radius, Size, Space, Theme
from studio.ui.widgets.base import Themed, name_widget, paint_box, painter_for
from studio.ui.widgets.buttons import Button, Kind
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.options import Option, OptionList
from studio.ui.widgets.overlay import Overlay, Panel
from studio.ui.widgets.text import Label, Paragraph

Filters = Sequence[tuple[str, Sequence[str]]]
"""Kinds of files to offer: ("Pictures", ("*.png", "*.jpg"))."""


class Sheet(Overlay):
    """A sheet with a title, words, content and a row of buttons; `await sheet.result()` is the value of the
    button that was pressed, or None when it was dismissed or its window went away."""

    def __init__(self, owner: QWidget, title: str, text: str = "") -> None:
        super().__init__(owner)
        self._answer: object = None
        self._default: Button | None = None
        self.panel = Panel(self, Space.XL)
        self.title = Label(title, "title", wrap=True)
        self.text = Paragraph(text, tone="text2")
        self.body = self.panel.body
        self.body.addWidget(self.title)
        self.body.addWidget(self.text)
        self.text.setVisible(bool(text))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(Space.SM)
        self._buttons.addStretch(1)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def add_content(self, widget: QWidget) -> None:
        """Put a control under the words."""
        self.body.addSpacing(Space.XS)
        self.body.addWidget(widget)

    def add_button(
        self, text: str, answer: object, kind: Kind = "secondary", *, default: bool = False
    ) -> Button:
        """Add a button at the right end that ends the sheet with `answer`."""
        button = Button(text, kind)
        button.clicked.connect(lambda: self.finish(answer() if callable(answer) else answer))
        self._buttons.addWidget(button)
        if default:
            self._default = button
        return button

    def finish(self, answer: object) -> None:
        """End the sheet with a value."""
        self._answer = answer
        self.dismiss()

    def seal(self) -> None:
        """Put the row of buttons under the content; `result` does it."""
        self.body.addSpacing(Space.SM)
        self.body.addLayout(self._buttons)

    async def result(self, focus: QWidget | None = None) -> object:
        """Show the sheet and wait for its end."""
        self.seal()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def ended() -> None:
            if not done.done():
                done.set_result(None)

        self.dismissed.connect(ended)
        self.destroyed.connect(ended)
        self.present(focus or self._default)
        try:
            await done
            return self._answer
        finally:
            if shiboken6.isValid(self):
                self.destroyed.disconnect(ended)
                self.dismissed.disconnect(ended)
                self.dismiss()
                self.deleteLater()

    def arrange(self) -> None:
        edge = Size.SHADOW
        # Buttons grow with the words of a language; none of them is cut.
        usual = max(Theme.current().px(Size.DIALOG), self._buttons.sizeHint().width() + 2 * Space.XL)
        width = min(usual, self.width() - 2 * Space.LG) + 2 * edge
        wanted = self.body.totalHeightForWidth(width) if self.body.hasHeightForWidth() else 0
        height = min(
            max(wanted, self.panel.sizeHint().height() if not wanted else 0), self.height() + 2 * edge
        )
        # A little above the middle, where the eye expects it.
        self.panel.setGeometry(
            (self.width() - width) // 2, round((self.height() - height) * 0.42), width, height
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self._default is not None and self._default.isEnabled():
            self._default.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        painter.fillRect(self.rect(), t.scrim)


async def confirm(
    owner: QWidget,
    title: str,
    text: str = "",
    *,
    action: str,
    danger: bool = False,
    cancel: str = tr("Cancel"),
) -> bool:
    """Ask before doing something; `action` is its verb ("Delete 12 pictures"). True when it was chosen."""
    sheet = Sheet(owner, title, text)
    no = sheet.add_button(cancel, False, default=danger)
    yes = sheet.add_button(action, True, "danger" if danger else "primary", default=not danger)
    return await sheet.result(no if danger else yes) is True


async def message(owner: QWidget, title: str, text: str = "", *, action: str = tr("Close")) -> None:
    """Tell something that must be seen before going on."""
    sheet = Sheet(owner, title, text)
    await sheet.result(sheet.add_button(action, True, "primary", default=True))


async def ask_text(
    owner: QWidget,
    title: str,
    text: str = "",
    *,
    label: str,
    action: str,
    value: str = "",
    placeholder: str = "",
    check: Callable[[str], str] | None = None,
) -> str | None:
    """Ask for a line of text, without spaces at its ends; None when cancelled.

    `check` says what is wrong with a text, or "" when it will do. An empty text never does.
    """
    sheet = Sheet(owner, title, text)
    field = TextField(label, placeholder, text=value)
    problem = Label(" ", "caption", "bad", wrap=True)
    sheet.add_content(field)
    sheet.body.addWidget(problem)
    sheet.add_button(tr("Cancel"), None)
    yes = sheet.add_button(action, lambda: field.text().strip(), "primary", default=True)

    def judge() -> None:
        written = field.text().strip()
        why = check(written) if check is not None and written else ""
        field.set_error(why)
        problem.setText(why or " ")
        yes.setEnabled(bool(written) and not why)

    field.textChanged.connect(judge)
    judge()
    field.selectAll()
    answer = await sheet.result(field)
    return answer if isinstance(answer, str) else None


async def ask_choice(
    owner: QWidget,
    title: str,
    text: str = "",
    *,
    options: Sequence[Option],
    action: str = tr("Choose"),
    value: str | None = None,
) -> str | None:
    """Ask for one of a few things; None when cancelled. Enter and a double click take the current one."""
    sheet = Sheet(owner, title, text)
    listed = OptionList(title, options, value)
    sheet.add_content(_Framed(listed))
    sheet.add_button(tr("Cancel"), None)

    def current() -> str | None:
        option = listed.options.option(listed.currentIndex().row())
        return option.value if option is not None else None

    sheet.add_button(action, current, "primary", default=True)
    listed.clicked.disconnect()
    listed.follows_pointer = False
    listed.doubleClicked.connect(lambda _index: sheet.finish(current()))
    listed.chosen.connect(sheet.finish)
    answer = await sheet.result(listed)
    return answer if isinstance(answer, str) else None


class _Framed(Themed, QWidget):
    """A field's box around a list."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.XS, Space.XS, Space.XS, Space.XS)
        row.addWidget(content)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        paint_box(painter, self.rect().toRectF(), t.field, t.border, Radius.CONTROL)


# ---------------------------------------------------------------- files


def _filters(filters: Filters) -> list[str]:
    return [f"{name} ({' '.join(patterns)})" for name, patterns in filters]


async def _pick(dialog: QFileDialog) -> list[Path]:
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    dialog.finished.connect(lambda code: None if done.done() else done.set_result(code))
    dialog.destroyed.connect(lambda: None if done.done() else done.set_result(0))
    dialog.open()
    try:
        accepted = await done
        return [Path(name) for name in dialog.selectedFiles()] if accepted else []
    finally:
        if shiboken6.isValid(dialog):
            dialog.hide()
            dialog.deleteLater()


def _file_dialog(owner: QWidget, title: str, folder: Path | None) -> QFileDialog:
    dialog = QFileDialog(owner.window(), title)
    name_widget(dialog, title)
    if folder is not None:
        dialog.setDirectory(str(folder))
    return dialog


async def pick_files(
    owner: QWidget, title: str, filters: Filters = (), *, folder: Path | None = None, several: bool = True
) -> list[Path]:
    """Ask for files that exist; an empty list when cancelled."""
    dialog = _file_dialog(owner, title, folder)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if several else QFileDialog.FileMode.ExistingFile)
    if filters:
        dialog.setNameFilters(_filters(filters))
    return await _pick(dialog)


async def pick_folder(owner: QWidget, title: str, *, folder: Path | None = None) -> Path | None:
    """Ask for a folder; None when cancelled."""
    dialog = _file_dialog(owner, title, folder)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return next(iter(await _pick(dialog)), None)


async def pick_save(
    owner: QWidget, title: str, suggested: Path, filters: Filters = (), *, asks: bool = True
) -> Path | None:
    """Ask where to write a file; the dialog itself asks before replacing one, unless the caller does (`asks`
    False). None when cancelled."""
    dialog = _file_dialog(owner, title, suggested.parent)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, not asks)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suggested.suffix.lstrip("."))
    if filters:
        dialog.setNameFilters(_filters(filters))
    dialog.selectFile(suggested.name)
    return next(iter(await _pick(dialog)), None)
