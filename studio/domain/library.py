"""What the views ask of the library, and what it tells them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from decimal import Decimal

from studio.domain.media import MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryQuery:
    """Which assets, in which order. `text` follows the search grammar of `studio.domain.search`.

    Args:
        kinds: any of these; empty means all.
        collection: id of a collection; its children count too.
        trash: look into the trash instead of the library.
        stack_key: only the results of this stack, see `studio.domain.stacks`; 0 means any.
        stacked: one row per stack, the first in the query's order; `unfolded` are keys of stacks that show
            all their rows nevertheless.
        order: "newest", "oldest", "rating", "cost", "name".
    """

    text: str = ""
    kinds: tuple[MediaKind, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    min_rating: int = 0
    collection: str = ""
    day: str = ""
    job_id: str = ""
    batch: str = ""
    stack_key: int = 0
    stacked: bool = False
    unfolded: tuple[int, ...] = ()
    trash: bool = False
    order: str = "newest"

    def filters(self) -> LibraryQuery:
        """The same without order and stacks, which leave out nothing."""
        return replace(self, order="newest", stacked=False, unfolded=())


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """The little of an asset that a cell of the gallery paints. `row` grows with time and is never reused.

    Args:
        sandbox: made by the sandbox: `cost` is pretend pollen.
        stack: how many assets this cell stands for, when a view shows one cell per stack; else 1.
        stack_key: which stack it belongs to, for `LibraryQuery.stack_key`; 0 for none.
    """

    row: int
    id: str
    kind: MediaKind
    path: str
    sha256: str
    mime: str
    created_at: float
    title: str = ""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    rating: int = 0
    cost: Decimal | None = None
    model: str = ""
    sandbox: bool = False
    stack: int = 1
    stack_key: int = 0


@dataclass(frozen=True, slots=True)
class LeadingRows:
    """The first rows of a query in its order, as `array('q')`, and whether there are no more."""

    rows: array[int]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryChange:
    """What a write changed, as row numbers. `reset` means: too much to name, ask again."""

    added: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One line of a facet: `value` for the query, `label` for the eye, and how many assets it would show."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts beside the filters, for one query. `cost` is all of it, `sandbox_cost` the pretend part.

    `collections` has those that are not empty, each with what is nested in it; values are ids.
    """

    total: int = 0
    kinds: tuple[FacetValue, ...] = ()
    models: tuple[FacetValue, ...] = ()
    ratings: tuple[FacetValue, ...] = ()
    tags: tuple[FacetValue, ...] = ()
    days: tuple[FacetValue, ...] = ()
    collections: tuple[FacetValue, ...] = ()
    cost: Decimal = Decimal(0)
    sandbox_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What some assets cost: pollen, all of it; `sandbox_cost` is the pretend part. `value` is what to ask
    for to see them: a model's id, a collection's id, a day in ISO 8601."""

    value: str
    label: str
    count: int
    cost: Decimal = Decimal(0)
    sandbox_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the assets of a query cost, and by what; an asset in two collections is in both of their sums."""

    total: Sum
    models: tuple[Sum, ...] = ()
    collections: tuple[Sum, ...] = ()
    days: tuple[Sum, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRun:
    """A run of assets made on the same day, in the order of a query.

    Args:
        day: ISO 8601.
        cost: pollen, all of it; `sandbox_cost` is the pretend part.
    """

    day: str
    count: int
    cost: Decimal = Decimal(0)
    sandbox_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A named heap of assets; `parent` is the id of the collection it lies in, empty at the top."""

    id: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search worth keeping; the fields mean what they mean in `LibraryQuery`."""

    id: str
    name: str
    text: str = ""
    kinds: tuple[MediaKind, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    min_rating: int = 0
    collection: str = ""
    day: str = ""
    order: str = "newest"

    def query(self) -> LibraryQuery:
        """What it asks the library."""
        return LibraryQuery(
            text=self.text,
            kinds=self.kinds,
            models=self.models,
            tags=self.tags,
            min_rating=self.min_rating,
            collection=self.collection,
            day=self.day,
            order=self.order,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """The user's collections and saved searches, in their order."""

    collections: tuple[Collection, ...] = ()
    searches: tuple[SavedSearch, ...] = ()
    version: int = 1

    def with_children(self, collection: str) -> frozenset[str]:
        """The ids of a collection and of everything nested in it; safe against loops."""
        found = {collection}
        grown = True
        while grown:
            more = {c.id for c in self.collections if c.parent in found} - found
            found |= more
            grown = bool(more)
        return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a long piece of work has come; `total` is 0 while it is not known."""

    phase: str
    done: int
    total: int = 0
