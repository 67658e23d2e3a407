"""The menu on a thumbnail offers what fits, and runs it."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.asset_menu import asset_menu
from studio.ui.theme import Theme

VERBS = [("use_all", "Use all", "use-all"), ("vary", "Vary", "vary")]


def words(chosen: int, *, trashed: bool, collection: str = "") -> list[str]:
    owner = QWidget()
    menu = asset_menu(owner, VERBS, print, chosen=chosen, trashed=trashed, collection=collection)
    found = [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]
    owner.deleteLater()
    return found


def test_it_offers_what_fits_the_selection(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    assert words(1, trashed=False) == [
        "Show large", "Use all", "Vary", "Add to collection…", "Copy picture", "Copy file",
        "Copy parameters", "Show in folder", "Export…", "Move to trash",
    ]  # fmt: skip
    assert words(5, trashed=False) == ["Add to collection…", "Copy 5 files", "Export…", "Move to trash"]
    assert words(3, trashed=False)[0] == "Compare"
    assert "Take out of Coast" in words(3, trashed=False, collection="Coast")
    assert words(1, trashed=True) == ["Show large", "Restore", "Delete for good"]
    assert words(3, trashed=True) == ["Restore", "Delete for good"]


def test_an_action_runs_its_verb(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    ran: list[str] = []
    owner = QWidget()
    menu = asset_menu(owner, VERBS, ran.append, chosen=1, trashed=False)
    next(action for action in menu.actions() if action.text().startswith("Vary")).trigger()
    assert ran == ["vary"]
    owner.deleteLater()
