"""A picture out of a film becomes an asset that knows its film."""

from __future__ import annotations

import asyncio

from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.services.library import LibraryService


async def keep_frame(library: LibraryService, film: Asset, png: bytes, seconds: float) -> Asset:
    """File one frame of a film, as PNG, with the film as its parent.

    It keeps the film's prompt and says where in the film it stood; it costs nothing and is no request that
    could be sent again.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    incoming = library.incoming_path(new_id())
    await asyncio.to_thread(incoming.write_bytes, png)
    made = film.provenance
    draft = AssetDraft(
        kind=MediaKind.IMAGE,
        mime="image/png",
        title=film.title,
        prompt=film.prompt,
        negative_prompt=film.negative_prompt,
        collections=film.collections,
        provenance=Provenance(
            request_kind="frame",
            request={"frame_at": round(seconds, 3)},
            model=made.model,
            model_title=made.model_title,
            model_used=made.model_used,
            parents=(film.id,),
            parent_hashes=(film.sha256,),
            sandbox=made.sandbox,
        ),
    )
    return await library.store(incoming, draft)
