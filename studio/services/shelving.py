"""Collections and saved searches: made, renamed, nested, filled and removed. Each step can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain import shelves as edits
from studio.domain.library import Collection, LibraryQuery, SavedSearch, Shelves
from studio.services.library import LibraryService
from studio.services.undo import Step, UndoStack


class Shelving:
    """Changes the shelves of the library and pushes how they were onto the undo stack.

    All methods raise StorageError when the disk does not take it; nothing is pushed then.

    Args:
        turn: held while a step is made, so that what is remembered of it is how the one before left things.
    """

    def __init__(self, library: LibraryService, undo: UndoStack, turn: asyncio.Lock) -> None:
        self._library = library
        self._undo = undo
        self._turn = turn

    @property
    def shelves(self) -> Shelves:
        """The collections and saved searches as they are now."""
        return self._library.shelves

    # ------------------------------------------------------------------ collections

    async def create(self, name: str, parent: str = "", ids: Sequence[str] = ()) -> Collection:
        """A new collection in `parent` (an id, empty for the top) with these assets in it.

        Raises:
            InputError: the name is empty, or taken there.
        """
        async with self._turn:
            made = Collection(id=new_id(), name=self._fit(name, parent), parent=parent)
            await self._library.set_shelves(edits.with_collection(self.shelves, made))
            if ids:
                await self._library.add_to_collection(ids, made.id)

            async def take_back() -> None:
                await self._library.set_shelves(edits.without_collection(self.shelves, made.id)[0])

            self._undo.push(tr("new collection"), take_back)
            return made

    async def rename(self, collection: str, name: str) -> None:
        """Another name.

        Raises:
            InputError: the name is empty, or taken beside it.
        """
        async with self._turn:
            old = edits.find(self.shelves, collection)
            if old is not None and (fitting := self._fit(name, old.parent, old.id)) != old.name:
                await self._change(old, replace(old, name=fitting), tr("name of a collection"))

    async def move(self, collection: str, parent: str) -> None:
        """Into another collection, or to the top when `parent` is empty; into itself it stays where it is.

        Raises:
            InputError: there is one with its name already.
        """
        async with self._turn:
            old = edits.find(self.shelves, collection)
            if old is not None and edits.can_move(self.shelves, collection, parent):
                self._fit(old.name, parent, old.id)
                await self._change(old, replace(old, parent=parent), tr("place of a collection"))

    async def remove(self, collection: str) -> Step:
        """Without the collection and those nested in it; their assets stay in the library.

        Returns:
            The step, for the button of the notice.
        """
        async with self._turn:
            left, gone = edits.without_collection(self.shelves, collection)
            members = {one.id: await self._library.members(one.id) for one in gone}
            await self._library.set_shelves(left)

            async def take_back() -> None:
                shelves = self.shelves
                for one in gone:
                    shelves = edits.with_collection(shelves, one)
                await self._library.set_shelves(shelves)
                for identity, ids in members.items():
                    await self._library.add_to_collection(ids, identity)

            return self._undo.push(tr("collection removed"), take_back)

    async def add(self, ids: Sequence[str], collection: str) -> int:
        """Put assets into a collection; how many were not in it before."""
        async with self._turn:
            there = set(await self._library.members(collection))
            new = [identity for identity in dict.fromkeys(ids) if identity not in there]
            if edits.find(self.shelves, collection) is None or not new:
                return 0
            await self._library.add_to_collection(new, collection)

            async def take_back() -> None:
                await self._library.remove_from_collection(new, collection)

            self._undo.push(tr("added to a collection"), take_back)
            return len(new)

    async def take_out(self, ids: Sequence[str], collection: str) -> int:
        """Take assets out of a collection; how many were in it."""
        async with self._turn:
            there = set(await self._library.members(collection))
            old = [identity for identity in dict.fromkeys(ids) if identity in there]
            if not old:
                return 0
            await self._library.remove_from_collection(old, collection)

            async def take_back() -> None:
                if edits.find(self.shelves, collection) is not None:
                    await self._library.add_to_collection(old, collection)

            self._undo.push(tr("taken out of a collection"), take_back)
            return len(old)

    # ------------------------------------------------------------------ saved searches

    async def save_search(self, name: str, query: LibraryQuery) -> SavedSearch:
        """Keep a query under a name.

        Raises:
            InputError: the name is empty.
        """
        async with self._turn:
            made = edits.search_of(new_id(), self._named(name), query)
            await self._library.set_shelves(edits.with_search(self.shelves, made))

            async def take_back() -> None:
                await self._library.set_shelves(edits.without_search(self.shelves, made.id))

            self._undo.push(tr("saved search"), take_back)
            return made

    async def rename_search(self, search: str, name: str) -> None:
        """Another name.

        Raises:
            InputError: the name is empty.
        """
        async with self._turn:
            old = edits.find_search(self.shelves, search)
            if old is None or (named := self._named(name)) == old.name:
                return
            await self._library.set_shelves(edits.with_search(self.shelves, replace(old, name=named)))

            async def take_back() -> None:
                if edits.find_search(self.shelves, search) is not None:
                    await self._library.set_shelves(edits.with_search(self.shelves, old))

            self._undo.push(tr("name of a search"), take_back)

    async def remove_search(self, search: str) -> Step | None:
        """Forget a saved search; None when there is none."""
        async with self._turn:
            old = self.shelves.searches
            if edits.find_search(self.shelves, search) is None:
                return None
            await self._library.set_shelves(edits.without_search(self.shelves, search))

            async def take_back() -> None:
                now = {one.id: one for one in self.shelves.searches}
                back = tuple(now.pop(one.id, one) for one in old if one.id in now or one.id == search)
                await self._library.set_shelves(replace(self.shelves, searches=(*back, *now.values())))

            return self._undo.push(tr("search removed"), take_back)

    # ------------------------------------------------------------------ inside

    async def _change(self, old: Collection, new: Collection, label: str) -> None:
        await self._library.set_shelves(edits.with_collection(self.shelves, new))

        async def take_back() -> None:
            if edits.find(self.shelves, old.id) is not None:
                await self._library.set_shelves(edits.with_collection(self.shelves, old))

        self._undo.push(label, take_back)

    def _fit(self, name: str, parent: str, but: str = "") -> str:
        fitting = self._named(name)
        if edits.taken(self.shelves, fitting, parent, but):
            raise InputError(tr("There is a collection called {name} already.", name=fitting), field="name")
        return fitting

    def _named(self, name: str) -> str:
        cleaned = edits.clean_name(name)
        if not cleaned:
            raise InputError(tr("A name is needed."), field="name")
        return cleaned
