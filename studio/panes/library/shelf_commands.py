"""What can be done with collections and saved searches in the Library: asked for, done, told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr, trn
from studio.domain import shelves as edits
from studio.domain.library import LibraryQuery
from studio.services import undo
from studio.services.context import Services
from studio.services.undo import Step
from studio.ui.collection_picker import ask_name, pick_collection


class ShelfCommands(QObject):
    """Puts the questions to the user and carries the answers out.

    Args:
        owner: the widget whose window the questions stand in.
        opened: is told the id of a collection that was just made by its own button.
    """

    def __init__(self, services: Services, owner: QWidget, opened: Callable[[str], object]) -> None:
        super().__init__(owner)
        self._services = services
        self._owner = owner
        self._opened = opened
        self._shelving = services.curator.shelving

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)

    def collection(self, verb: str, identity: str) -> None:
        """Carry out a verb of the collections' menu."""
        work: dict[str, Callable[[str], Coroutine[Any, Any, None]]] = {
            "new": self._create, "rename": self._rename, "move": self._move_to, "remove": self._remove,
        }  # fmt: skip
        self._spawn(work[verb](identity))

    def search(self, verb: str, identity: str) -> None:
        """Carry out a verb of the saved searches' menu."""
        self._spawn(self._rename_search(identity) if verb == "rename" else self._remove_search(identity))

    def save(self, query: LibraryQuery) -> None:
        """Ask for a name and keep the query under it."""
        self._spawn(self._save(query))

    def move(self, identity: str, parent: str) -> None:
        """Put a collection into another one, or at the top."""
        self._spawn(self._shelving.move(identity, parent))

    def add_rows(self, identity: str, numbers: list[int]) -> None:
        """Put assets, by row number, into a collection."""
        self._spawn(self._add_rows(identity, numbers))

    # ------------------------------------------------------------------ inside

    async def _create(self, parent: str) -> None:
        shelves = self._shelving.shelves
        inside = edits.path_of(shelves, parent)
        name = await ask_name(
            self._owner,
            tr("New collection in {name}", name=inside) if inside else tr("New collection"),
            action=tr("Create"),
            taken=lambda text: edits.taken(shelves, text, parent),
        )
        if name is not None:
            made = await self._shelving.create(name, parent)
            self._opened(made.id)

    async def _rename(self, identity: str) -> None:
        shelves = self._shelving.shelves
        old = edits.find(shelves, identity)
        if old is None:
            return
        name = await ask_name(
            self._owner, tr("Rename the collection"), action=tr("Rename"), value=old.name,
            taken=lambda text: edits.taken(shelves, text, old.parent, identity),
        )  # fmt: skip
        if name is not None:
            await self._shelving.rename(identity, name)

    async def _move_to(self, identity: str) -> None:
        shelves = self._shelving.shelves
        places = [one.id for one, _depth in edits.tree(shelves) if edits.can_move(shelves, identity, one.id)]
        found = edits.find(shelves, identity)
        if found is not None:
            parent = await pick_collection(
                self._owner, shelves, tr("Move {name} to", name=found.name), places=places,
                first=tr("The top") if found.parent else "", action=tr("Move"),
            )  # fmt: skip
            if parent is not None:
                await self._shelving.move(identity, parent)

    async def _remove(self, identity: str) -> None:
        found = edits.find(self._shelving.shelves, identity)
        if found is not None:
            step = await self._shelving.remove(identity)
            self._tell(
                tr("The collection {name} was removed.", name=found.name), tr("Its pictures stay."), step
            )

    async def _add_rows(self, identity: str, numbers: list[int]) -> None:
        ids = [row.id for row in await self._services.library.rows(numbers)]
        found = edits.find(self._shelving.shelves, identity)
        if found is not None:
            count = await self._shelving.add(ids, identity)
            words = trn("One thing added to {name}.", "{n} things added to {name}.", count, name=found.name)
            self._services.notices.tell(
                words if count else tr("Already in {name}.", name=found.name), topic=undo.TOPIC
            )

    async def _save(self, query: LibraryQuery) -> None:
        name = await ask_name(
            self._owner, tr("Save this search"), action=tr("Save"), value=edits.clean_name(query.text)
        )
        if name is not None:
            await self._shelving.save_search(name, query)

    async def _rename_search(self, identity: str) -> None:
        old = edits.find_search(self._shelving.shelves, identity)
        if old is not None:
            name = await ask_name(self._owner, tr("Rename the search"), action=tr("Rename"), value=old.name)
            if name is not None:
                await self._shelving.rename_search(identity, name)

    async def _remove_search(self, identity: str) -> None:
        old = edits.find_search(self._shelving.shelves, identity)
        step = await self._shelving.remove_search(identity)
        if old is not None and step is not None:
            self._tell(tr("The search {name} was removed.", name=old.name), "", step)

    def _tell(self, title: str, detail: str, step: Step) -> None:
        self._services.notices.tell(
            title, detail, topic=undo.TOPIC, actions=(Action("edit.undo_step", tr("Undo"), step.id),)
        )

    def _spawn(self, work: Awaitable[object]) -> None:
        async def run() -> None:
            try:
                await work
            except StudioError as error:
                self._services.notices.report(error)

        self._services.tasks.spawn(run(), name="shelves", owner=self)
