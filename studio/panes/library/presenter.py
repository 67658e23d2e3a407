"""State and commands of the Library pane: the query, its facets, and what is done with a selection."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.domain.asset import Asset
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.shelves import find, find_search, path_of
from studio.qt_models.bridge import bridge
from studio.services.context import Services
from studio.ui import dialogs

SETTLE_MS = 150


class LibraryPresenter(QObject):
    """Holds the query. Facets are counted again when the query or the library changes, latest first."""

    query_changed = Signal(object)
    facets_changed = Signal(object, object)
    """Facets of the query, and of the whole library (for the side bar)."""
    trash_counted = Signal(int)
    found = Signal(object)
    """The row number of an asset that `find` was asked for; the query has it."""
    shelves_changed = Signal(object, object, object)
    """The collections and searches, the facets of the whole library, and how many each search finds."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._query = LibraryQuery(stacked=services.settings.values.library.stacks)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._count)
        bridge(services.library.changed, lambda _change: self._settle.start(), self)

    @property
    def query(self) -> LibraryQuery:
        return self._query

    def model_title(self, name: str) -> str:
        """The model's name for people, as the catalogue remembers it; else its id without the vendor."""
        return self._services.catalogue.title(name)

    def start(self) -> None:
        self.query_changed.emit(self._query)
        self._count()

    def stop(self) -> None:
        self._settle.stop()
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ the query

    def refine(self, **changes: Any) -> None:
        """Change parts of the query."""
        query = replace(self._query, **changes)
        if "unfolded" not in changes and query != self._query:
            query = replace(query, unfolded=())
        if query != self._query:
            self._query = query
            self.query_changed.emit(query)
            self._count()

    def show_everything(self) -> None:
        query = LibraryQuery(order=self._query.order, stacked=self._query.stacked)
        self.refine(**{field.name: getattr(query, field.name) for field in fields(query)})

    def find(self, asset: Asset) -> None:
        """Show everything, and tell where the asset is in it."""
        self._services.tasks.spawn(self._find(asset), name="find an asset", owner=self, group="find")

    async def _find(self, asset: Asset) -> None:
        number = await self._services.library.row_of(asset.id)
        if number is None:
            return
        (row,) = await self._services.library.rows([number])
        self.show_everything()
        if self._query.stacked and row.stack_key:
            self.refine(unfolded=(row.stack_key,))
        self.found.emit(number)

    def open_collection(self, collection: str) -> None:
        """Look into a collection; a second time out of it again."""
        self.refine(collection="" if self._query.collection == collection else collection, trash=False)

    def open_search(self, search: str) -> None:
        """Ask what was asked when it was saved; a second time everything again."""
        found = find_search(self._services.library.shelves, search)
        if found is None:
            return
        wanted = found.query()
        if replace(self._query.filters(), order=self._query.order) == wanted:
            self.show_everything()
        else:
            wanted = replace(wanted, stacked=self._query.stacked)
            self.refine(**{field.name: getattr(wanted, field.name) for field in fields(wanted)})

    def show_shelf(self, kind: str, handle: str) -> None:
        """Show a "collection" or a saved "search", and nothing beside it; one that is open stays so."""
        self.show_everything()
        if kind == "collection":
            self.open_collection(handle)
        elif kind == "search":
            self.open_search(handle)

    def collection_name(self, collection: str) -> str:
        """What a collection is called, with what it lies in."""
        return path_of(self._services.library.shelves, collection)

    def toggle_kind(self, kind: MediaKind) -> None:
        kinds = self._query.kinds
        self.refine(kinds=() if kinds == (kind,) else (kind,), trash=False)

    def toggle_model(self, ids: str) -> None:
        """Choose the model of these ids (`side_bar.named_models`), or none when it is chosen already."""
        models = tuple(ids.split(","))
        self.refine(models=() if self._query.models == models else models, trash=False)

    def toggle_tag(self, tag: str) -> None:
        self.refine(tags=() if self._query.tags == (tag,) else (tag,), trash=False)

    def toggle_day(self, day: str) -> None:
        self.refine(day="" if self._query.day == day else day, trash=False)

    @property
    def layout(self) -> str:
        """ "grid" or "list", as it was left."""
        return self._services.settings.values.library.layout

    def set_layout(self, layout: str) -> None:
        """Remember how the Library shows what it has."""
        self._services.settings.change("library", layout=layout)

    def show_stacks(self, stacked: bool) -> None:
        """One cell for results that differ in nothing but their seed, or one for each; remembered."""
        self._services.settings.change("library", stacks=stacked)
        self.refine(stacked=stacked, unfolded=())

    def toggle_stack(self, key: int) -> None:
        """Show all of a stack, or its first one again."""
        unfolded = self._query.unfolded
        more = tuple(one for one in unfolded if one != key) if key in unfolded else (*unfolded, key)
        self.refine(unfolded=more)

    # ------------------------------------------------------------------ sums

    def show_sums(self, owner: QWidget) -> None:
        """What the things that are shown cost, by model, collection and day; a line narrows the view."""
        self._services.tasks.spawn(self._show_sums(owner), name="sums", owner=self, group="sums")

    async def _show_sums(self, owner: QWidget) -> None:
        from studio.ui.sums_sheet import show_sums

        chosen = await show_sums(owner, await self._services.library.sums(self._query), self.model_title)
        if chosen is not None:
            what, value = chosen
            self.refine(**({"models": (value,)} if what == "model" else {what: value}))

    # ------------------------------------------------------------------ the trash

    def empty_trash(self, owner: QWidget) -> None:
        """Delete everything in the trash for good, after asking once."""
        self._services.tasks.spawn(self._empty_trash(owner), name="empty trash", owner=self, group="trash")

    async def _empty_trash(self, owner: QWidget) -> None:
        library = self._services.library
        rows = await library.row_ids(LibraryQuery(trash=True))
        if not rows:
            return
        sure = await dialogs.confirm(
            owner,
            tr("Empty the trash?"),
            trn("One file is removed from your disk. This cannot be undone.",
                "{n} files are removed from your disk. This cannot be undone.", len(rows)),
            action=tr("Empty trash"), danger=True,
        )  # fmt: skip
        if sure:
            await library.delete_forever([row.id for row in await library.rows(rows)])

    # ------------------------------------------------------------------ counting

    def _count(self) -> None:
        self._services.tasks.spawn(self._count_facets(), name="facets", owner=self, group="facets")

    async def _count_facets(self) -> None:
        library = self._services.library
        shelves = library.shelves
        if self._query.collection and find(shelves, self._query.collection) is None:
            self.refine(collection="")  # it was removed
            return
        try:
            here = await library.facets(self._query)
            everything = self._query.filters() == LibraryQuery()
            whole = here if everything else await library.facets(LibraryQuery())
            trash = await library.count(LibraryQuery(trash=True))
            found = {search.id: await library.count(search.query()) for search in shelves.searches}
        except StudioError as error:
            self._services.notices.report(error, tr("counting the library"))
            return
        self.facets_changed.emit(here, whole)
        self.shelves_changed.emit(shelves, whole, found)
        self.trash_counted.emit(trash)
