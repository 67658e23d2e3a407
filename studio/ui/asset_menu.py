"""The menu on a thumbnail: what the inspector's buttons do, where the pointer is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr, trn
from studio.domain.compare import MOST
from studio.ui.asset_verbs import SHORTCUTS as OF_VERBS
from studio.ui.asset_verbs import Line
from studio.ui.widgets.popover import Menu

SHORTCUTS: Final = OF_VERBS | {
    "open": "Enter",
    "export": "Ctrl+E",
    "stack": "S",
    "compare": "C",
    "trash": "Del",
    "delete": "Del",
}


def asset_menu(
    parent: QWidget,
    verbs: Sequence[Line],
    run: Callable[[str], object],
    *,
    chosen: int,
    trashed: bool,
    stack: bool = False,
    collection: str = "",
    why_not: Callable[[str], str] = lambda _verb: "",
) -> Menu:
    """A menu for what is chosen in a gallery; it deletes itself when it closes.

    Args:
        verbs: what the pane does with one asset, beside what every pane does.
        run: carries out a verb.
        chosen: how many are selected; what only makes sense for one is left out for more.
        trashed: they lie in the trash.
        stack: what is under the pointer is a stack, to unfold or fold.
        collection: name of the one that is looked at, to take them out of; empty for none.
        why_not: why a verb cannot be carried out; such ones are there, but cannot be chosen.
    """
    menu = Menu(parent)
    menu.setToolTipsVisible(True)
    for group in _groups(verbs, chosen, trashed=trashed, stack=stack, collection=collection):
        if menu.actions():
            menu.addSeparator()
        for verb, words, icon in group:
            danger = verb in ("trash", "delete")
            why = why_not(verb)
            action = menu.add(
                words, lambda verb=verb: run(verb), icon, shortcut=SHORTCUTS.get(verb, ""), danger=danger,
                enabled=not why,
            )  # fmt: skip
            action.setToolTip(why)
            action.setStatusTip(why)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _groups(
    verbs: Sequence[Line], chosen: int, *, trashed: bool, stack: bool, collection: str
) -> list[Sequence[Line]]:
    many = chosen > 1
    look: list[Line] = [("open", tr("Show large"), "zoom-in")]
    if stack:
        look.append(("stack", tr("Unfold or fold the stack"), "stack"))
    copy_file = ("copy_file", trn("Copy file", "Copy {n} files", chosen), "copy")
    take = (
        ("copy_picture", tr("Copy picture"), "copy"),
        copy_file,
        ("copy_parameters", tr("Copy parameters"), "copy"),
        ("show_file", tr("Show in folder"), "folder"),
    )
    if trashed:
        away = (("restore", tr("Restore"), "restore"), ("delete", tr("Delete for good"), "trash"))
        return [away] if many else [look, away]
    shelve: list[Line] = [("collect", tr("Add to collection…"), "folder-add")]
    if collection:
        shelve.append(("uncollect", tr("Take out of {name}", name=collection), "remove"))
    away = (("trash", tr("Move to trash"), "trash"),)
    out: Sequence[Line] = (("export", tr("Export…"), "export"),)
    if many:
        out = (copy_file, *out)
    if 1 < chosen <= MOST:
        return [(("compare", tr("Compare"), "compare"),), shelve, out, away]
    return [shelve, out, away] if many else [look, verbs, shelve, (*take, *out), away]
