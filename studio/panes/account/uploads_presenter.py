"""State and commands of the Uploads page."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from studio.core.errors import StorageError, StudioError
from studio.core.i18n import tr
from studio.domain.service import is_page_of
from studio.panes.account.presenter import standing_of
from studio.panes.account.uploads_words import name_of
from studio.qt_models.bridge import bridge
from studio.services.notices import Severity
from studio.services.uploads import Upload, UploadBook

if TYPE_CHECKING:
    from studio.services.context import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsPage:
    """What the page shows.

    Args:
        tag: the files are those that the service lists under it; "" for those sent from here.
        loaded: there is something to say about `uploads`, if only that there are none.
        online: the service can be asked.
        working: it is being asked.
    """

    uploads: tuple[Upload, ...] = ()
    tag: str = ""
    loaded: bool = False
    online: bool = False
    working: bool = False
    problem: str = ""


class UploadsPresenter(QObject):
    """Lists what was sent from here without asking anybody; the service is asked when the user says so."""

    changed = Signal(object)
    """An `UploadsPage`."""
    picture_read = Signal(str, object)
    """Address and `QImage`; a null one where there is none."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._book = UploadBook(services.profile, services.library, services.session)
        self._page = UploadsPage()
        self._shown = False
        self._host = ""
        bridge(services.session.changed, self._world_changed, self)
        bridge(services.account.changed, self._world_changed, self)
        bridge(services.jobs.finished, self._job_finished, self)

    def open(self) -> None:
        """The page is looked at."""
        self._shown = True
        self._tell()
        if not self._page.tag:
            self.show_sent()

    def leave(self) -> None:
        """The page is not looked at any more."""
        self._shown = False

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ lists

    def show_sent(self) -> None:
        """What was sent from here."""
        self._set(tag="", problem="")
        self._spawn(self._read_sent, "list")

    def show_tag(self, tag: str) -> None:
        """What the service lists under a tag."""
        self._set(tag=tag, uploads=(), loaded=False, problem="")
        self._work(lambda: self._read_tag(tag))

    def show_nothing(self) -> None:
        """No tag is named yet."""
        self._services.tasks.cancel_owner(self)
        self._set(tag="", uploads=(), loaded=False, working=False, problem="")

    def check(self) -> None:
        """Ask the service about each file."""
        self._work(self._check)

    async def _read_sent(self) -> None:
        try:
            found = await self._book.sent()
        except StorageError:
            return  # the profile is being closed
        before = {upload.url: upload for upload in self._page.uploads}
        # What the service said about a file still holds while the same list is read again.
        merged = tuple(_with_answer(upload, before.get(upload.url)) for upload in found)
        self._set(uploads=merged, loaded=True)

    async def _read_tag(self, tag: str) -> None:
        self._set(uploads=await self._book.tagged(tag), loaded=True)

    async def _check(self) -> None:
        self._set(uploads=await self._book.check(self._page.uploads), loaded=True)

    # ------------------------------------------------------------------ one file

    def again(self, upload: Upload) -> None:
        """Send the file once more."""

        async def send() -> None:
            sent = await self._book.again(upload)
            self._replace(upload, sent)
            self._services.notices.tell(
                tr("{name} is sent again.", name=name_of(sent)), severity=Severity.SUCCESS, topic="upload"
            )

        self._work(send)

    async def remove(self, upload: Upload) -> None:
        """Delete it at the service where that is allowed; else forget the address."""
        if upload.deletable:
            self._work(lambda: self._removed(upload, self._book.delete))
        else:
            await self._removed(upload, self._book.forget)

    async def _removed(self, upload: Upload, how: Callable[[Upload], Awaitable[None]]) -> None:
        await how(upload)
        self._set(uploads=tuple(item for item in self._page.uploads if item.url != upload.url))

    def open_in_browser(self, upload: Upload) -> None:
        """Show the file as anybody would see it. An address that is not of the storage is not opened."""
        if is_page_of(upload.url, self._book.host):
            self._spawn(lambda: asyncio.to_thread(webbrowser.open, upload.url), "open")

    def read_picture(self, upload: Upload, side: int) -> None:
        """Read the thumbnail of a file of the library; told by `picture_read`."""
        self._services.tasks.spawn(self._picture(upload, side), name="picture of an upload", owner=self)

    async def _picture(self, upload: Upload, side: int) -> None:
        picture = QImage()
        if upload.asset is not None:
            await self._services.library.ensure_thumbnail(upload.asset)
            path = self._services.library.thumbnail_path(upload.asset)
            picture = await asyncio.to_thread(_square, path, side)
        self.picture_read.emit(upload.url, picture)

    # ------------------------------------------------------------------ telling

    def _world_changed(self, _value: object = None) -> None:
        if self._host and self._book.host != self._host:
            self._services.tasks.cancel_owner(self)
            self._page = UploadsPage()
        self._host = self._book.host
        if self._shown and not self._page.loaded and not self._page.tag:
            self.show_sent()
        self._tell()

    def _job_finished(self, _job: object) -> None:
        if self._shown and not self._page.tag:
            self.show_sent()

    def _replace(self, old: Upload, new: Upload) -> None:
        self._set(uploads=tuple(new if item.url == old.url else item for item in self._page.uploads))

    def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        self._set(working=True, problem="")
        self._spawn(lambda: self._told(work), "work")

    async def _told(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except StudioError as error:
            self._set(problem=str(error), loaded=True)
        finally:
            self._set(working=False)

    def _spawn(self, work: Callable[[], Awaitable[object]], group: str) -> None:
        async def run() -> None:
            await work()

        self._services.tasks.spawn(run(), name=f"uploads: {group}", owner=self, group=group)

    def _set(self, **changes: object) -> None:
        self._page = replace(self._page, **changes)  # pyright: ignore[reportArgumentType] - of its fields
        self._tell()

    def _tell(self) -> None:
        account, session = self._services.account.state, self._services.session.state
        online = standing_of(account, session) in ("signed_in", "sandbox")
        self.changed.emit(replace(self._page, online=online))


def _with_answer(upload: Upload, before: Upload | None) -> Upload:
    if before is None or before.presence == "":
        return upload
    return replace(
        upload, presence=before.presence, size=upload.size or before.size, mime=upload.mime or before.mime,
        uploaded_at=before.uploaded_at or upload.uploaded_at,
    )  # fmt: skip


def _square(path: Path, side: int) -> QImage:
    reader = QImageReader(str(path))
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return image
    edge = min(image.width(), image.height())
    return image.copy((image.width() - edge) // 2, (image.height() - edge) // 2, edge, edge)
