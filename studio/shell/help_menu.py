"""The Help menu of the top bar: the documentation, the tour, the keys, a report, and what this program is."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from studio.shell.host import CommandTable
from studio.ui.widgets.popover import Menu

LISTED: Final = (
    ("help.open", "help.tour", "app.shortcuts"),
    ("report.save", "notices.show"),
    ("session.welcome", "help.about"),
)
"""Commands in groups; one that does not exist is left out."""


def help_menu(owner: QWidget, commands: CommandTable) -> Menu:
    """The menu, not shown yet."""
    known = {command.id: command for command in commands.all()}
    menu = Menu(owner)
    for group in LISTED:
        found = [known[command_id] for command_id in group if command_id in known]
        if found and menu.actions():
            menu.addSeparator()
        for command in found:
            menu.add(
                command.title, lambda command_id=command.id: commands.run(command_id), command.icon,
                shortcut=command.shortcut,
            )  # fmt: skip
    menu.aboutToHide.connect(menu.deleteLater)
    return menu
