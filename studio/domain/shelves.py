"""Changes of the user's collections and saved searches, as functions from `Shelves` to `Shelves`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from studio.domain.library import Collection, LibraryQuery, SavedSearch, Shelves

LONGEST_NAME = 80


def clean_name(name: str) -> str:
    """A name without line breaks and blanks at its ends, at most 80 characters."""
    return " ".join(name.split())[:LONGEST_NAME].rstrip()


def tree(shelves: Shelves) -> list[tuple[Collection, int]]:
    """The collections by name, each followed by what lies in it, with its depth from 0.

    A collection whose parent is gone, or lies in a loop that a damaged file made, stands at the top.
    """
    known = {collection.id for collection in shelves.collections}
    below: dict[str, list[Collection]] = {}
    for collection in sorted(shelves.collections, key=lambda c: (c.name.casefold(), c.id)):
        below.setdefault(collection.parent if collection.parent in known else "", []).append(collection)
    out: list[tuple[Collection, int]] = []
    seen: set[str] = set()

    def walk(roots: Iterable[Collection]) -> None:
        waiting = [(collection, 0) for collection in reversed(list(roots))]
        while waiting:
            collection, depth = waiting.pop()
            if collection.id in seen:
                continue
            seen.add(collection.id)
            out.append((collection, depth))
            waiting += [(child, depth + 1) for child in reversed(below.get(collection.id, []))]

    walk(below.get("", []))
    for lost in shelves.collections:
        if lost.id not in seen:
            walk([lost])
    return out


def families(shelves: Shelves) -> dict[str, list[str]]:
    """For each collection its id and the ids of all that is nested in it; safe against loops."""
    parents = {collection.id: collection.parent for collection in shelves.collections}
    out: dict[str, list[str]] = {identity: [] for identity in parents}
    for identity in parents:
        above, passed = identity, set[str]()
        while above in parents and above not in passed:
            out[above].append(identity)
            passed.add(above)
            above = parents[above]
    return out


def find(shelves: Shelves, identity: str) -> Collection | None:
    """The collection with this id."""
    return next((c for c in shelves.collections if c.id == identity), None)


def find_search(shelves: Shelves, identity: str) -> SavedSearch | None:
    """The saved search with this id."""
    return next((s for s in shelves.searches if s.id == identity), None)


def path_of(shelves: Shelves, identity: str) -> str:
    """ "Coast / Lighthouses": the collection with what it lies in; empty for an unknown id."""
    names: list[str] = []
    passed: set[str] = set()
    found = find(shelves, identity)
    while found is not None and found.id not in passed:
        names.append(found.name)
        passed.add(found.id)
        found = find(shelves, found.parent)
    return " / ".join(reversed(names))


def taken(shelves: Shelves, name: str, parent: str, but: str = "") -> bool:
    """Whether another collection in `parent` (an id, empty for the top) has the name, in any case."""
    wanted = clean_name(name).casefold()
    return any(
        c.name.casefold() == wanted and c.parent == parent and c.id != but for c in shelves.collections
    )


def with_collection(shelves: Shelves, collection: Collection) -> Shelves:
    """With one more, or with another value of one that is there."""
    others = [c for c in shelves.collections if c.id != collection.id]
    return replace(shelves, collections=(*others, collection))


def can_move(shelves: Shelves, identity: str, parent: str) -> bool:
    """Whether a collection may lie in `parent`: not in itself, nor in what is nested in it."""
    found = find(shelves, identity)
    if found is None or found.parent == parent or (parent and find(shelves, parent) is None):
        return False
    return parent not in shelves.with_children(identity)


def without_collection(shelves: Shelves, identity: str) -> tuple[Shelves, tuple[Collection, ...]]:
    """Without a collection and what is nested in it; and those that went."""
    family = shelves.with_children(identity)
    gone = tuple(c for c in shelves.collections if c.id in family)
    return replace(shelves, collections=tuple(c for c in shelves.collections if c.id not in family)), gone


def search_of(identity: str, name: str, query: LibraryQuery) -> SavedSearch:
    """A query with a name; what is no filter (stacks, the trash) is left out."""
    return SavedSearch(
        id=identity,
        name=clean_name(name),
        text=query.text,
        kinds=query.kinds,
        models=query.models,
        tags=query.tags,
        min_rating=query.min_rating,
        collection=query.collection,
        day=query.day,
        order=query.order,
    )


def with_search(shelves: Shelves, search: SavedSearch) -> Shelves:
    """With one more saved search, or with another value of one that is there, in its place."""
    if find_search(shelves, search.id) is None:
        return replace(shelves, searches=(*shelves.searches, search))
    return replace(shelves, searches=tuple(search if s.id == search.id else s for s in shelves.searches))


def without_search(shelves: Shelves, identity: str) -> Shelves:
    """Without a saved search."""
    return replace(shelves, searches=tuple(s for s in shelves.searches if s.id != identity))
