"""The questions about collections: which one, and what it shall be called."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.domain import shelves as edits
from studio.domain.library import Shelves
from studio.ui import dialogs
from studio.ui.widgets.options import Option

FIRST = "first"
"""Stands for the line before the collections; ids are longer."""


async def ask_name(
    owner: QWidget,
    title: str,
    *,
    action: str,
    value: str = "",
    taken: Callable[[str], bool] | None = None,
) -> str | None:
    """Ask for a name; None when cancelled. `taken` tells whether there is one of that name."""

    def check(text: str) -> str:
        return tr("There is one of that name already.") if taken is not None and taken(text) else ""

    return await dialogs.ask_text(owner, title, label=tr("Name"), action=action, value=value, check=check)


async def pick_collection(
    owner: QWidget,
    shelves: Shelves,
    title: str,
    *,
    places: Sequence[str],
    first: str = "",
    action: str,
) -> str | None:
    """Ask for one of the collections `places` (ids); None when cancelled.

    Args:
        first: words of a line before them, which answers with an empty id; left out when empty.
    """
    options = [
        Option(one.id, one.name, icon="folder", detail=edits.path_of(shelves, one.parent))
        for one, _depth in edits.tree(shelves)
        if one.id in places
    ]
    if first:
        options.insert(0, Option(FIRST, first, icon="folder-add"))
    value = options[0].value if options else None
    answer = await dialogs.ask_choice(owner, title, options=options, action=action, value=value)
    return "" if answer == FIRST else answer


async def pick_or_name(owner: QWidget, shelves: Shelves, title: str) -> tuple[str, str] | None:
    """Ask where something shall be put: (id of a collection, "") or ("", name of a new one).

    None when cancelled. With no collection yet it asks for a name at once.
    """
    identity: str | None = ""
    if shelves.collections:
        identity = await pick_collection(
            owner, shelves, title, places=[one.id for one in shelves.collections],
            first=tr("New collection…"), action=tr("Add"),
        )  # fmt: skip
    if identity is None:
        return None
    if identity:
        return identity, ""
    name = await ask_name(
        owner, tr("New collection"), action=tr("Create and add"),
        taken=lambda text: edits.taken(shelves, text, ""),
    )  # fmt: skip
    return ("", name) if name is not None else None
