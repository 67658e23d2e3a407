"""What the user does with assets that are there: rate, tag, note, trash. Each step can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.services.intake import Intake
from studio.services.library import LibraryService
from studio.services.shelving import Shelving
from studio.services.undo import Step, UndoStack

T = TypeVar("T")


class Curator:
    """Changes assets through the library and pushes how they were onto the undo stack.

    All methods take ids; unknown ones are left out. They raise StudioError when the disk does not take it;
    what was changed until then is on the disk, and nothing is pushed.
    """

    def __init__(self, library: LibraryService, undo: UndoStack) -> None:
        self.undo = undo
        self._library = library
        # One step at a time: what is remembered of a step must be how the one before left things.
        self._turn = asyncio.Lock()
        self.shelving = Shelving(library, undo, self._turn)
        """Collections and saved searches, on the same stack."""
        self.intake = Intake(library, undo, self._turn)
        """Files from elsewhere, on the same stack."""

    async def rate(self, ids: Sequence[str], stars: int) -> None:
        """0 (none) to 5 stars."""
        async with self._turn:
            before = await self._assets(ids)
            await self._library.set_rating([asset.id for asset in before], stars)
            self._push(tr("rating"), before, lambda asset: asset.rating, self._library.set_rating)

    async def set_tags(self, ids: Sequence[str], tags: Sequence[str]) -> None:
        """Replace the tags."""
        async with self._turn:
            before = await self._assets(ids)
            await self._library.set_tags([asset.id for asset in before], tags)
            self._push(tr("tags"), before, lambda asset: asset.tags, self._library.set_tags)

    async def add_tags(self, ids: Sequence[str], tags: Sequence[str]) -> None:
        async with self._turn:
            before = await self._assets(ids)
            await self._library.add_tags([asset.id for asset in before], tags)
            self._push(tr("tags"), before, lambda asset: asset.tags, self._library.set_tags)

    async def remove_tags(self, ids: Sequence[str], tags: Sequence[str]) -> None:
        async with self._turn:
            before = await self._assets(ids)
            await self._library.remove_tags([asset.id for asset in before], tags)
            self._push(tr("tags"), before, lambda asset: asset.tags, self._library.set_tags)

    async def set_note(self, ids: Sequence[str], note: str) -> None:
        async with self._turn:
            before = await self._assets(ids)
            await self._library.set_note([asset.id for asset in before], note)
            self._push(tr("note"), before, lambda asset: asset.note, self._library.set_note)

    async def trash(self, ids: Sequence[str]) -> Step:
        """Move into the trash; the step is for the button of the notice."""
        async with self._turn:
            moved = tuple(ids)
            await self._library.trash(moved)

            async def take_back() -> None:
                await self._library.restore(moved)

            return self.undo.push(tr("moved to the trash"), take_back)

    async def restore(self, ids: Sequence[str]) -> None:
        """Back from the trash into the library."""
        async with self._turn:
            moved = tuple(ids)
            await self._library.restore(moved)

            async def take_back() -> None:
                await self._library.trash(moved)

            self.undo.push(tr("restored"), take_back)

    async def undo_last(self) -> str:
        """Take the newest step back, after those under way; its label, or "" when there is none."""
        async with self._turn:
            return await self.undo.undo()

    async def _assets(self, ids: Iterable[str]) -> list[Asset]:
        found = [await self._library.asset(asset_id) for asset_id in dict.fromkeys(ids)]
        return [asset for asset in found if asset is not None]

    def _push(
        self,
        label: str,
        before: Sequence[Asset],
        value: Callable[[Asset], T],
        write: Callable[[Sequence[str], T], Awaitable[None]],
    ) -> None:
        """Remember the old values; assets that had the same one are written together."""
        old: dict[T, list[str]] = {}
        for asset in before:
            old.setdefault(value(asset), []).append(asset.id)

        async def take_back() -> None:
            for its_value, ids in old.items():
                await write(ids, its_value)

        if old:
            self.undo.push(label, take_back)
