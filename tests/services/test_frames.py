"""A frame of a film becomes a picture that knows its film and costs nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio.domain.media import MediaKind
from studio.services.frames import keep_frame
from tests.services.test_library import opened, picture, store


async def test_a_frame_knows_its_film(tmp_path: Path) -> None:
    async with opened(tmp_path / "library") as library:
        film = await library.asset(await store(library, 1))
        assert film is not None
        film = replace(film, collections=("coast",))
        png = picture(tmp_path / "frame.png", 9).read_bytes()
        frame = await keep_frame(library, film, png, 1.23456)
        assert (frame.kind, frame.prompt, frame.collections) == (MediaKind.IMAGE, film.prompt, ("coast",))
        made = frame.provenance
        assert made.request == {"frame_at": 1.235}
        assert (made.parents, made.parent_hashes) == ((film.id,), (film.sha256,))
        assert (made.cost, made.job_id, made.seed) == (None, "", None)
        assert [child.id for child in await library.children(film.id)] == [frame.id]
