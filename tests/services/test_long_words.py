"""100,000 characters in any script, wherever words go: prompt, title, note, tag, collection, search, name."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.domain.asset import AssetDraft
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.services.curator import Curator
from studio.services.library import LibraryService
from studio.services.undo import UndoStack
from tests.library.hostile import LONG_PROMPT
from tests.library.makers import encoded

WORDS = {
    "many scripts": LONG_PROMPT,
    "one word": "x" * 100_000,
    "marks": "e" + "\u0301" * 99_999,
    "brackets": "(((" * 33_000,
    "surrogates": "\ud800x\udfff" * 33_000,
    "slashes": "../" * 33_000,
}
LONGEST_SECONDS = 20.0


@pytest.mark.parametrize("name", WORDS)
async def test_long_words_anywhere(tmp_path: Path, name: str) -> None:
    words = WORDS[name]
    started = time.monotonic()
    service = LibraryService(tmp_path)
    await service.open()
    curator = Curator(service, UndoStack())
    incoming = service.incoming_path("job")
    incoming.write_bytes(encoded("PNG"))
    asset = await service.store(
        incoming, AssetDraft(kind=MediaKind.IMAGE, prompt=words, negative_prompt=words)
    )
    path = service.file_path(asset)
    assert path.exists()
    assert len(path.name.encode()) < 200
    assert path.parent.parent.parent == tmp_path
    await curator.set_note([asset.id], words)
    await curator.add_tags([asset.id], [words, "sea"])
    await service.set_title([asset.id], words)
    with contextlib.suppress(StudioError):  # a name of nothing but blanks
        collection = await curator.shelving.create(words)
        await curator.shelving.add([asset.id], collection.id)
        await curator.shelving.save_search(words, LibraryQuery(text=words))
    await service.count(LibraryQuery(text=words))
    await service.facets(LibraryQuery(text=words[:5_000], tags=(words,)))
    assert await service.count(LibraryQuery(text="tag:sea")) == 1
    (row,) = await service.rows(await service.row_ids(LibraryQuery()))
    assert len(row.title) < 1_000
    await service.rebuild()
    found = await service.asset(asset.id)
    assert found is not None
    assert (found.note != "", "sea" in found.tags) == (True, True)
    while await curator.undo_last():
        pass
    await service.close()
    assert time.monotonic() - started < LONGEST_SECONDS
