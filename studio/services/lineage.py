"""Reads the family of an asset out of the library."""

from __future__ import annotations

from collections import deque

from studio.domain.asset import Asset
from studio.domain.lineage import Lineage
from studio.services.library import LibraryService

MOST = 120


async def lineage_of(library: LibraryService, asset: Asset, most: int = MOST) -> Lineage:
    """Everything related to `asset`, ancestors and descendants of all degrees, the nearest first; what lies
    in the trash is left out.

    Args:
        most: of so many assets; the rest of a larger family is left out.
    """
    found = {asset.id: asset}
    links: set[tuple[str, str]] = set()
    waiting = deque([asset])
    complete = True
    while waiting:
        one = waiting.popleft()
        for other, older in (
            *((parent, True) for parent in await library.parents(one)),
            *((child, False) for child in await library.children(one.id)),
        ):
            if other.trashed_at is not None or other.id == one.id:
                continue
            if other.id not in found:
                if len(found) >= most:
                    complete = False
                    continue
                found[other.id] = other
                waiting.append(other)
            links.add((other.id, one.id) if older else (one.id, other.id))
    return Lineage(asset.id, tuple(found.values()), frozenset(links), complete)
