"""Pictures of Help: pages, search, the dark look, large text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from studio.shell.help_window import SIZE, HelpWindow

if TYPE_CHECKING:
    from scripts.screenshots import Photographer

NARROW = QSize(720, 620)


async def help_pictures(p: Photographer) -> None:
    p.window.open_help("create")
    await p.settle(1.0)
    window = p.window.help
    assert isinstance(window, HelpWindow)  # it was just opened
    await p.shoot("help-light", what=window, size=SIZE)
    await p.shoot("help-dark", what=window, size=SIZE, dark=True)
    window.open("search#fields")
    window.search_for("seed")
    await p.shoot("help-search-light", what=window, size=SIZE)
    window.search_for("there is no such word")
    await p.shoot("help-nothing-light", what=window, size=SIZE)
    window.search_for("")
    window.open("trouble")
    await p.shoot("help-150", what=window, size=SIZE, scale=1.5)
    await p.shoot("help-narrow", what=window, size=NARROW)
    window.close()
