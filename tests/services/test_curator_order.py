"""Steps on assets follow each other, taking back included."""

from __future__ import annotations

import asyncio
from pathlib import Path

from studio.services.curator import Curator
from studio.services.undo import UndoStack
from tests.services.test_library import opened, store


async def test_taking_back_waits_for_the_step_under_way(tmp_path: Path) -> None:
    """Else it would take back the one before, which the user did not mean."""
    async with opened(tmp_path) as library:
        identity = await store(library)
        curator = Curator(library, UndoStack())
        await curator.rate([identity], 3)
        tagging = asyncio.ensure_future(curator.add_tags([identity], ["series"]))
        await asyncio.sleep(0)
        assert await curator.undo_last() == "tags"
        await tagging
        asset = await library.asset(identity)
        assert asset is not None
        assert (asset.rating, asset.tags) == (3, ())
        assert await curator.undo_last() == "rating"
        assert await curator.undo_last() == ""
