"""The inspector joined to a gallery: shows what is in focus, does what every pane can do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr, trn
from studio.domain.asset import Asset
from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.qt_models.picture import read_picture
from studio.ui.asset_browser import AssetBrowser
from studio.ui.inspector import Inspector
from studio.ui.pane import PaneContext


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
        super().__init__(verbs, parent)
        self._context = context
        self._services = context.services
        self._browser = browser
        browser.current_changed.connect(self._look)
        browser.rate_requested.connect(self.rate)
        browser.trash_requested.connect(self.trash)
        self.rated.connect(self.rate)
        self.verb.connect(self._carry_out)

    # ------------------------------------------------------------------ commands

    def rate(self, stars: int) -> None:
        """Rate everything that is selected."""
        ids = self._browser.selected_ids()
        if ids:
            self._spawn(self._services.library.set_rating(ids, stars), "rate")

    def trash(self) -> None:
        """Move what is selected to the trash; the notice takes it back."""
        ids = self._browser.selected_ids()
        if ids:
            self._spawn(self._trash(ids), "trash")

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)

    async def _trash(self, ids: Sequence[str]) -> None:
        from studio.core.errors import Action

        await self._services.library.trash(ids)
        self._services.notices.tell(
            trn("One thing moved to the trash.", "{n} things moved to the trash.", len(ids)),
            topic="trash",
            actions=(Action("library.restore", tr("Undo"), " ".join(ids)),),
        )

    def _carry_out(self, verb: str, asset: Asset) -> None:
        path = self._services.library.file_path(asset)
        if verb == "trash":
            self.trash()
        elif verb == "open":
            self._browser.show_large()
        elif verb == "show_file":
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
        elif verb == "copy_picture":
            self._spawn(self._copy(path), "copy")
        else:
            self.taken.emit(verb, asset)

    async def _copy(self, path: Path) -> None:
        image = await asyncio.to_thread(QImage, str(path))
        if not image.isNull():
            QGuiApplication.clipboard().setImage(image)
            self._services.notices.tell(tr("Picture copied."), topic="copied")

    # ------------------------------------------------------------------ showing

    def _look(self, row: AssetRow | None) -> None:
        if row is None:
            self.show_asset(None)
            return
        at_hand = self._browser.thumbnails.peek(row.row)
        self._services.tasks.spawn(self._show(row, at_hand), name="inspect", owner=self, group="inspect")

    async def _show(self, row: AssetRow, at_hand: QPixmap | None) -> None:
        asset = await self._services.library.asset_by_row(row.row)
        if asset is None:
            return
        same = self.asset is not None and self.asset.id == asset.id
        self.show_asset(asset, at_hand)
        source = self._services.library.file_path(asset)
        if asset.kind is not MediaKind.IMAGE:
            source = self._services.library.thumbnail_path(asset)
        image = await asyncio.to_thread(read_picture, source, max(self.preview_width(), 320))
        if not image.isNull() and (self.isVisible() or not same):
            self.show_picture(asset.id, QPixmap.fromImage(image))

    def _spawn(self, work: object, name: str) -> None:
        self._services.tasks.spawn(work, name=name, owner=self)  # type: ignore[arg-type]  # a coroutine
