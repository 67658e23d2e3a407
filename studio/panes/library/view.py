"""Widgets of the Library pane: side bar, search, gallery, inspector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core import keymap
from studio.core.i18n import number, tr
from studio.domain.asset import Asset
from studio.domain.library import Facets, LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.money import spent
from studio.panes.library.side_bar import KIND_WORDS, SideBar, day_words
from studio.panes.library.side_bar import WIDTH as SIDE_WIDTH
from studio.ui.asset_verbs import VERBS, taker_of
from studio.ui.drop_veil import TAKE_IN, DropVeil, wanted
from studio.ui.folding import SideFold
from studio.ui.pane import Pane, PaneContext
from studio.ui.theme import Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.options import Option
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Pill, Surface
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from studio.panes.library.presenter import LibraryPresenter
    from studio.panes.library.shelf_commands import ShelfCommands
    from studio.ui.asset_browser import AssetBrowser
    from studio.ui.asset_inspector import AssetInspector

TYPING_MS = 60
SEARCH_WIDTH = 360
SEARCH_LEAST = 180
ORDER_WIDTH = 150
ROOMY = 860
"""From so many pixels on, before the scale of the font, the head has room for what things cost."""
ORDERS = (("newest", tr("Newest first")), ("oldest", tr("Oldest first")), ("rating", tr("Best rated")),
          ("cost", tr("Most costly")), ("name", tr("By name")))  # fmt: skip
EMPTY = ("library", tr("Nothing here yet"), tr("What you make is kept here and stays on your disk."))
NOTHING = ("search", tr("Nothing matches"), tr("Try fewer words, or show everything."))
COLLECTION = ("folder", tr("This collection is empty"), tr("Drag pictures onto its name to put them in."))
TRASH = ("trash", tr("The trash is empty"), tr("What you delete waits here until you remove it for good."))


class LibraryView(Pane):
    """Three columns: facets, gallery, inspector. Needs no network."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._context: PaneContext | None = None
        self._presenter: LibraryPresenter | None = None
        self._browser: AssetBrowser | None = None
        self._inspector: AssetInspector | None = None
        self._shelf_commands: ShelfCommands | None = None
        self._wanted: int | None = None
        self._pills: list[Pill] = []
        self._total = 0
        self._found = ("", "")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.side_bar = SideBar(self)
        self._row.addWidget(self.side_bar)
        self._middle = Surface("bg", parent=self)
        self._row.addWidget(self._middle, 1)
        self._column = QVBoxLayout(self._middle)
        self._column.setContentsMargins(0, Space.LG, 0, 0)
        self._column.setSpacing(Space.MD)
        self._column.addLayout(self._head())
        self._narrowed = QWidget()
        line = QHBoxLayout(self._narrowed)
        line.setContentsMargins(Space.XL - Space.XS, 0, Space.XL - Space.XS, 0)
        pills = QWidget()
        self._chosen = FlowLayout(pills)
        line.addWidget(pills)
        self._narrowed.hide()
        self._column.addWidget(self._narrowed)

    def _head(self) -> QHBoxLayout:
        self.search = SearchField(tr("Search library"), tr("Search, model:flux, rating:>3"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self._count = Label("", tone="text2", tabular=True)
        self._order = Select(
            tr("Order"), [Option(value, label) for value, label in ORDERS], "newest", search=False
        )
        self._save = IconButton("pin", tr("Save this search"), size="normal")
        self._save.hide()
        self._stacks = IconButton("stack", tr("Stack what differs only in its seed"), size="normal",
                                  icon_on="stack")  # fmt: skip
        self._layouts = Segmented(tr("Layout"), [("grid", tr("Grid"), "grid"), ("list", tr("List"), "list")])
        self._layouts.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._sums = IconButton("pollen", tr("What was spent"), size="normal")
        self._sums.clicked.connect(lambda: self._presenter and self._presenter.show_sums(self))
        self._add = IconButton("add", tr("Add files or a folder"), size="normal")
        self._add.clicked.connect(self._open_add_menu)
        self._empty_trash = Button(tr("Empty trash"), "danger", "trash")
        head = QHBoxLayout()
        self._head_row = head
        head.setContentsMargins(Space.XL - Space.XS, 0, Space.XL - Space.XS, 0)
        head.setSpacing(Space.SM)
        head.addWidget(self.search, 4)
        head.addWidget(self._save)
        head.addStretch(1)
        head.addWidget(self._empty_trash)
        head.addWidget(self._count)
        head.addWidget(self._sums)
        head.addWidget(self._add)
        head.addWidget(self._stacks)
        head.addWidget(self._layouts)
        head.addWidget(self._order)
        self._empty_trash.hide()
        self._fit_head()
        return head

    def _fit_head(self) -> None:
        """Widths that follow the size of the font."""
        px = Theme.current().px
        self.search.setMaximumWidth(px(SEARCH_WIDTH))
        self.search.setMinimumWidth(px(SEARCH_LEAST))
        self._order.setMaximumWidth(px(ORDER_WIDTH))

    # ------------------------------------------------------------------ life

    def attach(self, context: PaneContext) -> None:
        from studio.panes.library.presenter import LibraryPresenter
        from studio.panes.library.shelf_commands import ShelfCommands
        from studio.ui.asset_browser import AssetBrowser
        from studio.ui.asset_inspector import AssetInspector

        self._context = context
        veil = DropVeil(self, tr("Add to the library"))
        veil.dropped.connect(self._take_in)
        presenter = LibraryPresenter(context.services, self)
        self._presenter = presenter
        browser = AssetBrowser(
            context.services.library,
            context.services.tasks,
            context.theme,
            context.services.settings,
            sound=context.services.sound,
            empty=EMPTY,
            by_day=True,
        )
        self._browser = browser
        self._column.addWidget(browser, 1)
        inspector = AssetInspector(context, browser, verbs=VERBS)
        inspector.taken.connect(lambda verb, asset: context.open_with(taker_of(verb, asset), verb, asset))
        self._inspector = inspector
        settings = context.services.settings
        shown = settings.values.library.inspector_shown
        self._fold = SideFold(self, self._row, inspector, others=SIDE_WIDTH, shown=shown)
        self._fold.wanted.connect(lambda on: settings.change("library", inspector_shown=on))
        self._head_row.addWidget(self._fold.button)
        self._join(presenter, browser)
        self._join_shelves(presenter, ShelfCommands(context.services, self, presenter.open_collection))
        presenter.start()

    def _join_shelves(self, presenter: LibraryPresenter, commands: ShelfCommands) -> None:
        self._shelf_commands = commands
        collections, searches = self.side_bar.collections, self.side_bar.searches
        collections.chosen.connect(presenter.open_collection)
        collections.verb.connect(commands.collection)
        collections.moved.connect(commands.move)
        collections.rows_dropped.connect(commands.add_rows)
        searches.chosen.connect(presenter.open_search)
        searches.verb.connect(commands.search)
        self._save.clicked.connect(lambda: commands.save(presenter.query))
        presenter.shelves_changed.connect(
            lambda shelves, whole, found: self.side_bar.show_shelves(shelves, whole, presenter.query, found)
        )

    def _join(self, presenter: LibraryPresenter, browser: AssetBrowser) -> None:
        side = self.side_bar
        side.everything.connect(self._show_everything)
        side.kind.connect(lambda value: presenter.toggle_kind(MediaKind(value)))
        side.model.connect(presenter.toggle_model)
        side.tag.connect(presenter.toggle_tag)
        side.rating.connect(
            lambda stars: presenter.refine(min_rating=0 if presenter.query.min_rating == stars else stars)
        )
        side.trash.connect(lambda: presenter.refine(trash=not presenter.query.trash))
        self._typing.timeout.connect(lambda: presenter.refine(text=self.search.text().strip()))
        self._order.changed.connect(lambda value: presenter.refine(order=str(value)))
        side.day.connect(presenter.toggle_day)
        self._stacks.setChecked(presenter.query.stacked)
        self._stacks.toggled.connect(presenter.show_stacks)
        self._layouts.set_value(presenter.layout)
        browser.view.set_list(presenter.layout == "list")
        self._layouts.changed.connect(self._set_layout)
        browser.stack_toggled.connect(lambda row: presenter.toggle_stack(row.stack_key))
        self._empty_trash.clicked.connect(lambda: presenter.empty_trash(self))
        presenter.query_changed.connect(self._show_query)
        presenter.found.connect(self._look_for)
        presenter.facets_changed.connect(self._show_facets)
        presenter.trash_counted.connect(side.show_trash)
        browser.counted.connect(self._counted)
        browser.widen_requested.connect(self._widen)

    def _set_layout(self, layout: str) -> None:
        if self._browser is not None and self._presenter is not None:
            self._presenter.set_layout(layout)
            self._browser.view.set_list(layout == "list")

    def _open_add_menu(self) -> None:
        if self._context is not None and self._presenter is not None:
            run, collection = self._context.run, self._presenter.query.collection
            menu = Menu(self._add)
            menu.add(
                tr("Add files…"),
                lambda: run("library.add_files", collection),
                "file",
                shortcut=self._keys("library.add_files", "Ctrl+I"),
            )
            menu.add(
                tr("Add a folder…"), lambda: run("library.add_folder", collection), "folder-add",
                shortcut=self._keys("library.add_folder", "Ctrl+Shift+I"),
            )  # fmt: skip
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup_under(self._add)

    def _keys(self, command: str, usual: str) -> str:
        """The keys of a command as the user may have changed them."""
        changed = self._context.services.settings.values.shortcuts.changed if self._context else ""
        return keymap.keys_of(changed, command, usual)

    def _take_in(self, paths: list[Path]) -> None:
        """Files were dropped: into the collection that is looked at, if one is."""
        if self._context is not None and self._presenter is not None:
            self._context.run(TAKE_IN, wanted(paths, self._presenter.query.collection))

    def shown(self) -> None:
        if self._browser is not None:
            self._browser.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def act(self, verb: str) -> None:
        if self._inspector is not None and verb.startswith("asset."):
            self._inspector.carry_out(verb.removeprefix("asset."))

    def show_found(self, kind: str, handle: str) -> None:
        """A collection or a saved search, by its id."""
        if self._presenter is not None:
            self._presenter.show_shelf(kind, handle)

    def take(self, verb: str, asset: Asset) -> None:
        """Show an asset that something else found."""
        if self._presenter is not None:
            self.search.clear()
            self._typing.stop()
            self._presenter.find(asset)

    def _look_for(self, number: int) -> None:
        self._wanted = number
        if self._browser is not None and not self._browser.model.loading:
            self._counted(self._browser.model.rowCount())

    def detach(self) -> None:
        self._typing.stop()
        for part in (self._shelf_commands, self._presenter, self._inspector, self._browser):
            if part is not None:
                part.stop()

    # ------------------------------------------------------------------ showing

    def _show_everything(self) -> None:
        self.search.clear()
        self._typing.stop()
        if self._presenter is not None:
            self._presenter.show_everything()

    def _widen(self) -> None:
        self._show_everything()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)  # the button that was pressed goes

    def _show_query(self, query: LibraryQuery) -> None:
        if self._browser is None or self._presenter is None:
            return
        nothing = query.filters() == LibraryQuery()
        only_collection = query.filters() == LibraryQuery(collection=query.collection)
        words = TRASH if query.trash else EMPTY if nothing else COLLECTION if only_collection else NOTHING
        self._save.setVisible(not nothing and not query.trash)
        if self.search.text().strip() != query.text:  # a saved search brings its own words
            self.search.setText(query.text)
            self._typing.stop()
        self._browser.set_empty(*words, tr("Show everything") if words is NOTHING else "")
        self._browser.set_query(query)
        self._empty_trash.setVisible(query.trash)
        self._show_pills(query)

    def _show_pills(self, query: LibraryQuery) -> None:
        for pill in self._pills:
            self._chosen.removeWidget(pill)
            pill.hide()
            pill.deleteLater()
        self._pills = []
        presenter = self._presenter
        if presenter is None:
            return
        for text, widen in (
            *(
                ((presenter.collection_name(query.collection), {"collection": ""}),)
                if query.collection
                else ()
            ),
            *((KIND_WORDS[kind], {"kinds": ()}) for kind in query.kinds),
            *((title, {"models": ()}) for title in dict.fromkeys(map(presenter.model_title, query.models))),
            *((tag, {"tags": ()}) for tag in query.tags),
            *(((day_words(query.day), {"day": ""}),) if query.day else ()),
            *(
                ((tr("{n} stars and more", n=query.min_rating), {"min_rating": 0}),)
                if query.min_rating
                else ()
            ),
        ):
            pill = Pill(text, closable=True)
            pill.removed.connect(lambda widen=widen: presenter.refine(**widen))
            pill.clicked.connect(lambda _on=False, widen=widen: presenter.refine(**widen))
            self._chosen.addWidget(pill)
            self._pills.append(pill)
        self._narrowed.setVisible(bool(self._pills))

    def _show_facets(self, here: Facets, whole: Facets) -> None:
        presenter = self._presenter
        if presenter is None:
            return
        self._total = whole.total
        self.side_bar.show_facets(whole, presenter.query, presenter.model_title)
        words = tr("{n:,} of {all:,}", n=here.total, all=whole.total)
        if presenter.query.trash or here.total == whole.total:
            words = number(here.total)
        money = spent(here.cost, here.sandbox_cost, tr("pollen"), tr("sandbox pollen"))
        self._found = (words, "" if presenter.query.trash else money)
        self._show_found()
        self._empty_trash.setEnabled(bool(here.total))

    def _show_found(self) -> None:
        """How many there are and what they cost; where the head is narrow the cost is in the tool tip."""
        whole = " · ".join(filter(None, self._found))
        roomy = self._middle.width() >= Theme.current().px(ROOMY)
        self._count.setText(whole if roomy else self._found[0])
        self._count.setToolTip("" if roomy else whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._show_found)  # once the layout has given out the room

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_head()
            self._show_found()

    def _counted(self, count: int) -> None:
        if self._browser is None or not count:
            return
        if self._wanted is not None and self._browser.select_row(self._wanted):
            self._wanted = None
        elif not self._browser.view.currentIndex().isValid():
            self._browser.select_first()
