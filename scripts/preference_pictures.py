"""The preferences in their states, for `scripts/screenshots.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from studio.shell.preference_pages import PAGES
from studio.shell.preferences import PreferencesSheet

if TYPE_CHECKING:
    from scripts.screenshots import Photographer

SMALL = QSize(1280, 800)
TINY = QSize(1000, 700)


async def preference_pictures(p: Photographer) -> None:
    """Every section; the search; large text, little room, and compact."""
    for page in PAGES:
        p.window.open_preferences(page.id)
        await p.over(f"preferences-{page.id}-light", size=SMALL)
    for section in ("network", "shortcuts", "defaults"):
        p.window.open_preferences(section)
        await p.over(f"preferences-{section}-150", size=TINY, scale=1.5)
    p.window.open_preferences("look")
    await p.over("preferences-look-dark", dark=True, size=SMALL)
    p.window.open_preferences("network")
    await p.over("preferences-network-dark", dark=True, size=TINY)
    p.services.settings.change("network", proxy="own", proxy_url="http://127.0.0.1:9")
    p.window.open_preferences("network")
    await p.settle()
    sheet = _sheet(p)
    sheet.pages["network"].row_of("Test the connection").control.click()  # type: ignore[union-attr]
    sheet.show_row("network", "Test the connection")
    await p.over("preferences-network-test-light", size=SMALL)
    p.services.settings.change("network", proxy="system", proxy_url="")
    p.window.open_preferences("look")
    _sheet(p).search.setText("proxy")
    await p.over("preferences-search-light", size=SMALL)
    p.theme.set_density("compact")
    p.window.open_preferences("money")
    await p.over("preferences-compact-light", size=SMALL)
    p.theme.set_density("comfortable")


def _sheet(p: Photographer) -> PreferencesSheet:
    found = p.overlay()
    assert isinstance(found, PreferencesSheet)
    return found
