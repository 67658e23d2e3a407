"""Writes the keys of the program into `docs/guide/keys.md`: `python -m scripts.key_table`.

The page in the program and the page of Help have one source; a test compares them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.services.context import Services, build_services
from studio.services.notices import NoticeCentre
from studio.shell.commands import Commands
from studio.shell.main_window import MainWindow
from studio.shell.shortcuts import Group, groups
from studio.ui.theme import Theme

PAGE = Path(__file__).parent.parent / "docs" / "guide" / "keys.md"
BEGIN, END = "<!-- keys: python -m scripts.key_table -->\n", "<!-- end of keys -->\n"


def program_groups(folder: Path) -> Sequence[Group]:
    """What the program's own page of shortcuts lists. Needs a QApplication, and a folder for a profile."""
    paths = portable_paths(folder)
    settings = Settings(paths.settings)
    services = build_services(paths, settings, NoticeCentre(), {})
    window = MainWindow(Theme("light"), settings, window_state=paths.window_state, first="create")

    async def stay(_services: Services) -> None:
        """Nobody quits here."""

    try:
        return groups(Commands(services, window, quit=stay))
    finally:
        window.deleteLater()


def as_markdown(listed: Sequence[Group]) -> str:
    """A table for each group."""
    parts: list[str] = []
    for title, lines in listed:
        rows = [f"| {words} | {' · '.join(_key(key) for key in keys)} |" for words, keys in lines]
        parts.append("\n".join([f"## {title}", "", "| What | Keys |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


def filled(page: str, table: str) -> str:
    """The page with this table between its marks. ValueError when it has none."""
    head, _begin, rest = page.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not end:
        raise ValueError("the page has no marks")
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"


def _key(key: str) -> str:
    return key.replace("|", r"\|")


def main() -> int:
    from PySide6.QtWidgets import QApplication

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        table = as_markdown(program_groups(Path(folder)))
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
