"""The inspector joined to a gallery: shows what is in focus, does what every pane can do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QWidget

from studio.core.errors import Action
from studio.core.i18n import tr, trn
from studio.domain.asset import Asset
from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.domain.shelves import find, path_of
from studio.qt_models.picture import png_of, read_picture, read_whole
from studio.services import undo
from studio.services.frames import keep_frame
from studio.services.lineage import lineage_of
from studio.services.notices import Severity
from studio.ui import dialogs
from studio.ui.asset_browser import AssetBrowser
from studio.ui.asset_copying import files_data, parameters_text, read_words
from studio.ui.asset_menu import asset_menu
from studio.ui.asset_verbs import verbs_of, why_not
from studio.ui.inspector import LONGEST_WORDS, Inspector
from studio.ui.lineage_tiles import LineageSection
from studio.ui.pane import PaneContext

if TYPE_CHECKING:
    from studio.ui.sound_strip import SoundStrip

_LOOKED_AT = 200
"""Of so many chosen things the kinds are looked at before asking about formats."""
_TOLD = 3


class AssetInspector(Inspector):
    """An inspector for the asset in focus.

    `taken` carries the verbs this class does not know ("use_all", "vary", …) with the asset.
    """

    taken = Signal(str, object)

    def __init__(
        self,
        context: PaneContext,
        browser: AssetBrowser,
        *,
        verbs: Sequence[tuple[str, str, str]],
        parent: QWidget | None = None,
    ) -> None:
        self._strip: SoundStrip | None = None
        self._context = context
        self._services = context.services
        self.lineage = LineageSection(context.services.library, context.services.tasks)
        super().__init__(verbs, parent)
        self._curator = context.services.curator
        self._pane_verbs = verbs
        self._known = {verb for verb, _words, _icon in verbs}
        self._turn = asyncio.Lock()
        self._browser = browser
        browser.current_changed.connect(self._look)
        browser.rate_requested.connect(self.rate)
        browser.trash_requested.connect(self.trash)
        browser.export_requested.connect(self.export)
        browser.selected.connect(self._selected)
        browser.frame_taken.connect(
            lambda row, image, at: self._spawn(self._keep_frame(row, image, at), "take a frame")
        )
        browser.menu_requested.connect(self._open_menu)
        browser.verb_requested.connect(self.carry_out)
        self.rated.connect(self.rate)
        self.tags_added.connect(self._add_tags)
        self.tag_removed.connect(self._remove_tag)
        self.noted.connect(self._keep_note)
        self.bulk.connect(self._carry_out_all)
        self.verb.connect(self._carry_out)
        self.lineage.chosen.connect(self.go_to)
        self.lineage.tree_wanted.connect(self._show_family)
        self.add_section(self.lineage)
        self.collections.add_wanted.connect(self.collect)
        self.collections.removed.connect(self._take_out)
        self._add_keys()

    def _add_keys(self) -> None:
        """The gallery has these keys of its own; after a press on a button here they still hold."""
        keys = QShortcut(QKeySequence("Ctrl+E"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.export)

    # ------------------------------------------------------------------ commands

    def rate(self, stars: int) -> None:
        """Rate everything that is selected."""
        self._with_selected(lambda ids: self._curator.rate(ids, stars), "rate")

    def trash(self) -> None:
        """Move what is selected to the trash; the notice takes it back. In the trash: delete for good."""
        if self._browser.model.query.trash:
            self._with_selected(self._delete_for_good, "delete")
        else:
            self._with_selected(self._trash, "trash")

    def export(self) -> None:
        """Ask how, and write copies of what is selected."""
        self._with_selected(self._export, "export")

    async def _keep_frame(self, row: AssetRow, image: QImage, seconds: float) -> None:
        library = self._services.library
        film = await library.asset(row.id)
        if film is not None:
            frame = await keep_frame(library, film, await asyncio.to_thread(png_of, image), seconds)
            show = Action("file.show", tr("Show in folder"), str(library.file_path(frame)))
            self._services.notices.tell(tr("The frame is in the library."), topic="frame", actions=(show,))

    def go_to(self, asset: Asset) -> None:
        """Choose an asset in the gallery; one that this gallery does not have is shown in the Library."""
        self._spawn(self._go_to(asset), "go to")

    async def _go_to(self, asset: Asset) -> None:
        number = await self._services.library.row_of(asset.id)
        if number is not None and not self._browser.select_row(number):
            self._context.open_with("library", "show", asset)

    def _show_family(self) -> None:
        if self.asset is not None:
            self._spawn(self._family(self.asset), "family")

    async def _family(self, asset: Asset) -> None:
        from studio.ui.lineage_sheet import show_family

        library = self._services.library
        chosen = await show_family(self, library, self._services.tasks, await lineage_of(library, asset))
        if chosen is not None:
            await self._go_to(chosen)

    def collect(self) -> None:
        """Ask for a collection and put what is selected into it."""
        self._with_selected(self._collect, "collect")

    async def _collect(self, ids: Sequence[str]) -> None:
        from studio.ui.collection_picker import pick_or_name

        shelving = self._curator.shelving
        title = trn("Add this to a collection", "Add {n} things to a collection", len(ids))
        chosen = await pick_or_name(self, shelving.shelves, title)
        if chosen is None:
            return
        identity, name = chosen
        if identity:
            name = path_of(shelving.shelves, identity)
            count = await shelving.add(ids, identity)
        else:
            await shelving.create(name, ids=ids)
            count = len(ids)
        words = trn("One thing added to {name}.", "{n} things added to {name}.", count, name=name)
        self._services.notices.tell(words if count else tr("Already in {name}.", name=name), topic=undo.TOPIC)

    def _take_out(self, collection: str) -> None:
        if self.asset is not None:
            self._spawn(self._curator.shelving.take_out([self.asset.id], collection), "take out")

    async def _export(self, ids: Sequence[str]) -> None:
        from studio.ui.export_sheet import ask_export

        looked_at = [await self._services.library.asset(asset_id) for asset_id in ids[:_LOOKED_AT]]
        pictures = any(asset is not None and asset.kind is MediaKind.IMAGE for asset in looked_at)
        settings, example = self._services.settings, next(iter(looked_at), None)
        asked = await ask_export(self, settings, len(ids), pictures=pictures, example=example)
        if asked is None:
            return
        options, target = asked
        done = await self._services.library.export(ids, target, options)
        many = len(ids) - len(done.refused)
        show = (Action("file.show", tr("Show in folder"), str(done.written[0])),) if done.written else ()
        if many:
            self._services.notices.tell(
                trn("Exported.", "{n} things exported.", many), topic="export", actions=show
            )
        for name, error in done.refused[:_TOLD]:
            self._services.notices.tell(
                tr("{name} could not be exported.", name=name), str(error), severity=Severity.WARNING
            )

    def _open_menu(self, at: QPoint) -> None:
        row = self._browser.current()
        if row is not None:
            self._spawn(self._menu(at, row), "menu")

    async def _menu(self, at: QPoint, row: AssetRow) -> None:
        """What can be done with it is known of the whole asset only."""
        at_hand = self.asset is not None and self.asset.id == row.id
        asset = self.asset if at_hand else await self._services.library.asset_by_row(row.row)
        if asset is not None:
            collection = find(self._curator.shelving.shelves, self._browser.model.query.collection)
            of_grid = (("grid", tr("Open its grid"), "grid"),) if asset.provenance.grid else ()
            asset_menu(
                self,
                (*verbs_of(self._pane_verbs, asset), *of_grid),
                lambda verb: self._spawn(self._do(verb, row), verb),
                chosen=len(self._browser.view.selected_positions()),
                trashed=self._browser.model.query.trash,
                stack=row.stack > 1,
                collection=collection.name if collection is not None else "",
                why_not=lambda verb: why_not(verb, asset) if verb in self._known else "",
            ).popup(at)

    def carry_out(self, verb: str) -> None:
        """Do something with the asset one looks at; a notice says why where it cannot be done."""
        row = self._browser.current()
        if row is not None:
            self._spawn(self._do(verb, row), verb)
        else:
            self._services.notices.tell(tr("Choose something in the gallery first."), topic="verb")

    async def _do(self, verb: str, row: AssetRow) -> None:
        # The asset of the menu: the inspector may still be on its way from another one.
        asset = await self._services.library.asset_by_row(row.row)
        if asset is None:
            return
        why = why_not(verb, asset) if verb in self._known else ""
        if why:
            self._services.notices.tell(why, topic="verb")
        else:
            self._carry_out(verb, asset)

    def stop(self) -> None:
        self.note.take()
        self.lineage.stop()
        self._services.tasks.cancel_owner(self)

    def _selected(self, count: int) -> None:
        self.show_selection(count, self._browser.model.rowCount(), trashed=self._browser.model.query.trash)

    def _with_selected(self, work: Callable[[Sequence[str]], Awaitable[object]], name: str) -> None:
        # What is selected now, not when its turn comes; and one after the other, as they were asked for.
        numbers = self._browser.selected_numbers()

        async def run() -> None:
            async with self._turn:
                ids = await self._browser.ids_of(numbers)
                if ids:
                    await work(ids)

        self._spawn(run(), name)

    def _add_tags(self, tags: list[str]) -> None:
        self._with_selected(lambda ids: self._curator.add_tags(ids, tags), "tag")

    def _remove_tag(self, tag: str) -> None:
        self._with_selected(lambda ids: self._curator.remove_tags(ids, [tag]), "tag")

    def _keep_note(self, asset: Asset, text: str) -> None:
        # Of no pane: what was written is kept also when the program ends at this moment.
        self._services.tasks.spawn(
            self._curator.set_note([asset.id], text), name="note", owner=self._services, finish=True
        )

    async def _trash(self, ids: Sequence[str]) -> None:
        step = await self._curator.trash(ids)
        self._services.notices.tell(
            trn("Moved to the trash.", "{n} things moved to the trash.", len(ids)),
            topic=undo.TOPIC,
            actions=(Action("edit.undo_step", tr("Undo"), step.id),),
        )

    async def _delete_for_good(self, ids: Sequence[str]) -> None:
        sure = await dialogs.confirm(
            self,
            trn("Delete this for good?", "Delete {n} things for good?", len(ids)),
            tr("The files are removed from your disk. This cannot be undone."),
            action=tr("Delete for good"),
            danger=True,
        )
        if sure:
            await self._services.library.delete_forever(ids)

    async def _restore(self, ids: Sequence[str]) -> None:
        await self._curator.restore(ids)
        self._services.notices.tell(
            trn("Back in the library.", "{n} things are back in the library.", len(ids)),
            topic=undo.TOPIC,
        )

    async def _take_all_out(self, ids: Sequence[str], collection: str) -> None:
        # What is seen in a collection may lie in one that is nested in it.
        for identity in self._curator.shelving.shelves.with_children(collection):
            await self._curator.shelving.take_out(ids, identity)

    def _carry_out_all(self, what: str) -> None:
        if what == "restore":
            self._with_selected(self._restore, "restore")
        elif what == "export":
            self.export()
        elif what == "collect":
            self.collect()
        elif what == "all":
            self._browser.view.selectAll()
        elif what == "compare":
            self._browser.compare_selected()
        elif what == "uncollect":
            collection = self._browser.model.query.collection
            self._with_selected(lambda ids: self._take_all_out(ids, collection), "take out")
        else:
            self.trash()

    def _carry_out(self, verb: str, asset: Asset) -> None:
        path = self._services.library.file_path(asset)
        if verb in ("trash", "restore", "delete", "export", "collect", "uncollect", "compare"):
            self._carry_out_all(verb)
        elif verb in ("open", "take_frame"):
            # The film's own bar takes its frames.
            self._browser.show_large()
        elif verb == "stack":
            self._browser.toggle_stack()
        elif verb == "show_file":
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
        elif verb in ("show_in_chat", "grid"):
            self._browser.leave_viewer()
            self._context.open_with("chat" if verb == "show_in_chat" else "create", verb, asset)
        elif verb == "copy_picture":
            self._spawn(self._copy(path), "copy")
        elif verb == "copy_file":
            self._with_selected(self._copy_files, "copy")
        elif verb == "copy_parameters":
            QGuiApplication.clipboard().setText(parameters_text(asset))
            self._services.notices.tell(tr("Parameters copied."), topic="copied")
        elif verb == "read":
            self._spawn(read_words(self, asset), "read")
        else:
            self._browser.leave_viewer()
            self.taken.emit(verb, asset)

    async def _copy(self, path: Path) -> None:
        image = await asyncio.to_thread(read_whole, path)
        if image.isNull():
            self._services.notices.tell(tr("The picture cannot be opened."), topic="copied")
            return
        QGuiApplication.clipboard().setImage(image)
        self._services.notices.tell(tr("Picture copied."), topic="copied")

    async def _copy_files(self, ids: Sequence[str]) -> None:
        library = self._services.library
        found = [asset for asset_id in ids if (asset := await library.asset(asset_id)) is not None]
        QGuiApplication.clipboard().setMimeData(files_data([library.file_path(asset) for asset in found]))
        self._services.notices.tell(trn("File copied.", "{n} files copied.", len(found)), topic="copied")

    # ------------------------------------------------------------------ showing

    def show_asset(self, asset: Asset | None, pixmap: QPixmap | None = None) -> None:
        super().show_asset(asset, pixmap)
        if asset is not None:
            shelves = self._services.library.shelves
            named = [(one, path_of(shelves, one)) for one in asset.collections]
            self.collections.show_collections([(one, name) for one, name in named if name])
        self.lineage.look_at(asset)
        if asset is not None and asset.kind in (MediaKind.SPEECH, MediaKind.MUSIC):
            strip = self._need_strip()
            name = (asset.title or asset.prompt or Path(asset.path).name)[:LONGEST_WORDS]
            path = self._services.library.file_path(asset)
            if strip.path != path:
                self._browser.deck().pause()
            strip.show_sound(path, asset.sha256, asset.duration, name)
            self.show_strip(strip)
        elif self._strip is not None:
            self._browser.deck().pause()
            self._strip.hide()
            self.show_strip(None)

    def _need_strip(self) -> SoundStrip:
        from studio.ui.sound_strip import SoundStrip

        if self._strip is None:
            self._strip = SoundStrip(self._browser.deck())
        return self._strip

    def _look(self, row: AssetRow | None) -> None:
        if row is None:
            self.show_asset(None)
            return
        at_hand = self._browser.thumbnails.peek(row.row)
        self._services.tasks.spawn(self._show(row, at_hand), name="inspect", owner=self, group="inspect")

    async def _show(self, row: AssetRow, at_hand: QPixmap | None) -> None:
        asset = await self._services.library.asset_by_row(row.row)
        if asset is None or not self._browser.model.rowCount():
            return
        same = self.asset is not None and self.asset.id == asset.id
        self.show_asset(asset, at_hand)
        self.show_stack(row.stack if self._browser.is_folded(row) else 0)
        source = self._services.library.file_path(asset)
        if asset.kind is not MediaKind.IMAGE:
            source = self._services.library.thumbnail_path(asset)
        image = await asyncio.to_thread(read_picture, source, max(self.preview_width(), 320))
        if not image.isNull() and (self.isVisible() or not same):
            self.show_picture(asset.id, QPixmap.fromImage(image))

    def _spawn(self, work: object, name: str) -> None:
        self._services.tasks.spawn(work, name=name, owner=self)  # type: ignore[arg-type]  # a coroutine
