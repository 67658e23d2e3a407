"""Files in the service's media storage: what was sent from here, what the service lists, until when they lie
there (CONTRACT 10).

Whoever knows an address can fetch the file, and one without a tag cannot be deleted: it goes when its time is
over. So what the program can do is to say so, to send a file again in time, and to forget an address.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from studio.api.errors import ApiError, ApiNotFound
from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.service import UploadedMedia
from studio.library.profile_store import KnownUpload
from studio.services.library import LibraryService
from studio.services.profile import ProfileService
from studio.services.session import Session

Presence = Literal["", "there", "gone"]
""" "" until the service was asked."""
LIFETIME: Final = timedelta(days=14)
"""What every server keeps a file at least; from it follows when one was sent."""
AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file in media storage.

    Args:
        sha256: of its content, "" when only the service told of it.
        asset: the file in the library, when it is still there.
        expires_at: the earliest moment it may be gone.
        tags: it was published under; only such a file can be deleted.
    """

    id: str
    url: str
    sha256: str = ""
    asset: Asset | None = None
    size: int | None = None
    mime: str = ""
    uploaded_at: datetime | None = None
    expires_at: datetime | None = None
    presence: Presence = ""
    tags: tuple[str, ...] = ()

    @property
    def deletable(self) -> bool:
        """Whether the service would delete it."""
        return bool(self.tags)

    def over(self, now: datetime) -> bool:
        """Whether it is gone, as far as is known."""
        return self.presence == "gone" or (self.expires_at is not None and self.expires_at <= now)


class UploadBook:
    """Knows what was sent to the storage of the service in use."""

    def __init__(self, profile: ProfileService, library: LibraryService, session: Session) -> None:
        self._profile = profile
        self._library = library
        self._session = session

    @property
    def host(self) -> str:
        """Base URL of the storage in use: an address of the sandbox means nothing to the service."""
        return self._session.client.hosts.media if self._session.connected else self._session.hosts.media

    async def sent(self) -> tuple[Upload, ...]:
        """What was sent from here to this storage, the newest first; needs no network."""
        host, found = f"{self.host}/", dict[str, Upload]()
        for known in await self._profile.run(self._profile.store.uploads.all):
            if known.url.startswith(host) and known.url not in found:
                found[known.url] = await self._described(known)
        return tuple(found.values())

    async def check(self, uploads: Sequence[Upload]) -> tuple[Upload, ...]:
        """The same with what the service says about each: is it still there, and until when?

        Raises:
            ApiError: the service cannot be reached.
        """
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(upload: Upload) -> Upload:
            async with gate:
                return await self._asked(upload)

        return tuple(await asyncio.gather(*(ask(upload) for upload in uploads)))

    async def tagged(self, tag: str) -> tuple[Upload, ...]:
        """What the service lists under a tag, at most a hundred, the newest first.

        Raises:
            ApiError: the service cannot be reached, or is too old to list anything.
        """
        page = await self._session.client.media.tagged(tag)
        return tuple(_of_service(item) for item in page.items if item.id)

    async def again(self, upload: Upload) -> Upload:
        """Send the file once more, so that it lies there for the full time from now on.

        Raises:
            InputError: the file is not in the library any more.
            ApiError: it could not be uploaded.
        """
        asset = upload.asset
        if asset is None:
            raise InputError(tr("The file is not in your library any more."), field="file")
        media = await self._session.client.media.upload(self._library.file_path(asset), asset.mime)
        keeps = [known for known in await self._known() if known.url == upload.url]

        def note() -> None:
            # Whoever would have used the old address uses the new one.
            store = self._profile.store.uploads
            for known in keeps:
                store.put(known.sha256, media.url, expires_at=media.expires_at, account=known.account)

        await self._profile.run(note)
        return replace(
            upload, id=media.id, url=media.url, uploaded_at=media.uploaded_at, expires_at=media.expires_at,
            presence="there",
        )  # fmt: skip

    async def forget(self, upload: Upload) -> None:
        """Do not use the address again. The file stays there until its time is over."""
        await self._profile.run(lambda: self._profile.store.uploads.remove_url(upload.url))

    async def delete(self, upload: Upload) -> None:
        """Delete a published file at the service, and forget it.

        Raises:
            InputError: it has no tag, so the service would refuse.
            ApiError: the service refused, or cannot be reached.
        """
        if not upload.deletable:
            raise InputError(
                tr("A file without a tag cannot be deleted."), tr("It goes when its time is over.")
            )
        with contextlib.suppress(ApiNotFound):  # which is what was wanted
            await self._session.client.media.delete(upload.id)
        await self.forget(upload)

    # ------------------------------------------------------------------ parts

    async def _known(self) -> list[KnownUpload]:
        return await self._profile.run(self._profile.store.uploads.all)

    async def _described(self, known: KnownUpload) -> Upload:
        assets = await self._library.with_hash(known.sha256)
        asset = next((asset for asset in assets if asset.trashed_at is None), None)
        return Upload(
            id=known.url.rpartition("/")[2],
            url=known.url,
            sha256=known.sha256,
            asset=asset,
            size=asset.size if asset is not None else None,
            mime=asset.mime if asset is not None else "",
            uploaded_at=known.expires_at - LIFETIME if known.expires_at is not None else None,
            expires_at=known.expires_at,
        )

    async def _asked(self, upload: Upload) -> Upload:
        try:
            media = await self._session.client.media.head(upload.id)
        except ApiNotFound:
            return replace(upload, presence="gone")
        except ApiError as error:
            if error.status:  # it answered, only not about this one
                return upload
            raise
        ends = max((end for end in (upload.expires_at, media.expires_at) if end is not None), default=None)
        if upload.sha256 and ends is not None and ends != upload.expires_at:
            for known in await self._known():
                if known.url == upload.url:
                    await self._profile.remember_upload(
                        known.sha256, known.url, expires_at=ends, account=known.account
                    )
        return replace(
            upload, presence="there", size=media.size or upload.size, mime=media.mime or upload.mime,
            uploaded_at=media.uploaded_at or upload.uploaded_at, expires_at=ends,
        )  # fmt: skip


def total_size(uploads: Sequence[Upload], now: datetime | None = None) -> int:
    """Bytes of those that are still there, as far as their sizes are known."""
    moment = now or datetime.now(UTC)
    return sum(upload.size or 0 for upload in uploads if not upload.over(moment))


def _of_service(item: UploadedMedia) -> Upload:
    return Upload(
        id=item.id, url=item.url, size=item.size or None, mime=item.mime, uploaded_at=item.uploaded_at,
        expires_at=item.expires_at, presence="there", tags=item.tags,
    )  # fmt: skip
