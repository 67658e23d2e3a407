"""Files that go into pictures and films: taken into the library, and given an address when a route needs one.

A reference is an asset of the library, so that it outlives its folder and the lineage can be drawn. The GET
routes and the JSON bodies take addresses: the file is then uploaded to media storage, once per content while
it is kept there (CONTRACT 10). POST /v1/images/edits takes the file itself, which nobody else can fetch.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from studio.api.client import ApiClient
from studio.api.errors import ApiError
from studio.core.errors import InputError, StorageError
from studio.core.files import storage_error
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.export import ExportOptions
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.media import MediaInput, MediaKind
from studio.services.library import LibraryService
from studio.services.profile import ProfileService
from studio.services.session import Session

log = logging.getLogger(__name__)
MOST_BYTES = 100 * 1000 * 1000
SURE_BYTES = 10 * 1000 * 1000
"""What every server takes; newer ones take `MOST_BYTES` (CONTRACT 10)."""
SMALLER = ((4096, 90), (3072, 88), (2048, 85), (1536, 80))
"""Longest sides and qualities that are tried until a picture is small enough."""
_MEDIA = {
    "image": (MediaKind.IMAGE,),
    "video": (MediaKind.VIDEO,),
    "audio": (MediaKind.SPEECH, MediaKind.MUSIC),
}
_NAMES = {"image": "picture", "video": "film", "audio": "sound"}
_FIELDS = ("image", "reference_images", "reference_videos", "reference_audios")


class ReferenceService:
    """Takes files in, and makes requests ready to be sent."""

    def __init__(self, library: LibraryService, profile: ProfileService, session: Session) -> None:
        self._library = library
        self._profile = profile
        self._session = session
        self._turn = asyncio.Lock()
        self._accepted: set[str] = set()

    # ------------------------------------------------------------------ taking in

    def of_asset(self, asset: Asset, media: str = "image") -> MediaInput:
        """An asset of the library as an input.

        Raises:
            InputError: it is another kind of file than `media` ("image", "video", "audio"), or too large.
        """
        name = Path(asset.path).name
        if asset.kind not in _MEDIA[media] or asset.mime == "image/svg+xml":
            raise InputError(
                tr("{name} is no {kind} that can be sent.", name=name, kind=_NAMES[media]), field="image"
            )
        if asset.size > MOST_BYTES:
            raise InputError(
                tr("{name} is larger than {most} MB.", name=name, most=MOST_BYTES // 1_000_000), field="image"
            )
        return MediaInput(asset_id=asset.id, sha256=asset.sha256, mime=asset.mime)

    async def add_files(self, paths: Sequence[Path], media: str = "image") -> list[MediaInput]:
        """Files from anywhere: what the library has already is used, the rest is copied into it.

        Raises:
            StudioError: one of them cannot be used; those before it are in the library all the same.
        """
        added: list[MediaInput] = []
        for path in paths:
            asset = await self._at_hand(path)
            if asset is None:
                imported = await self._library.import_files([path])
                for _path, error in imported.refused:
                    raise error
                (asset,) = imported.assets
            added.append(self.of_asset(asset, media))
        return added

    async def add_picture(self, data: bytes) -> MediaInput:
        """The bytes of a picture that was copied somewhere.

        Raises:
            StudioError: they are no picture, or cannot be kept.
        """
        incoming = self._library.incoming_path(new_id())
        try:
            await asyncio.to_thread(incoming.write_bytes, data)
        except OSError as error:
            raise storage_error(error, incoming) from error
        # It may be nearly blank, as a sketch is; so no result is expected of it.
        draft = AssetDraft(kind=MediaKind.OTHER, name="pasted", adopted=True)
        return self.of_asset(await self._library.store(incoming, draft))

    async def asset(self, item: MediaInput) -> Asset | None:
        """The asset behind an input; None for an address, and for what is gone."""
        found = await self._library.asset(item.asset_id) if item.asset_id else None
        return None if found is None or found.trashed_at is not None else found

    async def _at_hand(self, path: Path) -> Asset | None:
        """The asset of the same content, if there is one: it may be dragged from the gallery."""
        digest = await asyncio.to_thread(_digest, path)
        found = await self._library.with_hash(digest)
        return next((asset for asset in found if asset.trashed_at is None), None)

    # ------------------------------------------------------------------ large files

    async def large(self, items: Iterable[MediaInput]) -> list[Asset]:
        """Files that some servers refuse for their size, without those that `accept` was told of."""
        found = [await self.asset(item) for item in dict.fromkeys(items)]
        return [
            asset
            for asset in found
            if asset is not None and asset.size > SURE_BYTES and asset.id not in self._accepted
        ]

    def accept(self, assets: Iterable[Asset]) -> None:
        """The user wants these sent as they are."""
        self._accepted |= {asset.id for asset in assets}

    async def smaller(self, asset: Asset) -> MediaInput:
        """A picture once more in the library, so small that every server takes it; the large one is its
        parent.

        Raises:
            StudioError: it cannot be converted, or not kept.
        """
        with tempfile.TemporaryDirectory() as folder:
            copy, side = await self._small_copy(asset, Path(folder))
            incoming = self._library.incoming_path(new_id())
            try:
                await asyncio.to_thread(shutil.copyfile, copy, incoming)
            except OSError as error:
                raise storage_error(error, incoming) from error
        draft = AssetDraft(
            kind=MediaKind.OTHER,
            name=f"{Path(asset.path).stem} small",
            title=asset.title,
            prompt=asset.prompt,
            provenance=Provenance(
                request_kind="smaller",
                request={"longest_side": side},
                parents=(asset.id,),
                parent_hashes=(asset.sha256,),
                sandbox=asset.provenance.sandbox,
            ),
            adopted=True,
        )
        return self.of_asset(await self._library.store(incoming, draft))

    async def _small_copy(self, asset: Asset, folder: Path) -> tuple[Path, int]:
        """A copy that is small enough, or the smallest there is, and its longest side in pixels."""
        copy, longest = self._library.file_path(asset), 0
        for longest, quality in SMALLER:
            options = ExportOptions(format="jpeg", quality=quality, longest_side=longest, parameters=False)
            done = await self._library.export([asset.id], folder, options)
            for _name, error in done.refused:
                raise error
            (copy,) = done.written
            if (await asyncio.to_thread(copy.stat)).st_size <= SURE_BYTES:
                break
        return copy, longest

    # ------------------------------------------------------------------ sending

    async def prepare(
        self, requests: Sequence[ImageRequest | VideoRequest], *, upload: bool = True
    ) -> list[ImageRequest | VideoRequest]:
        """The requests with addresses for their files, except where the route takes the files themselves.

        Each file is uploaded once, however many requests it is for.

        Args:
            upload: False leaves the files where they are, for requests that wait for the network.

        Raises:
            InputError: a file is gone, or too large for the service.
            ApiError: it could not be uploaded.
        """
        found: dict[MediaInput, MediaInput] = {}
        ready: list[ImageRequest | VideoRequest] = []
        for request in requests:
            by_address = upload and _goes_by_address(request)
            changes: dict[str, tuple[MediaInput, ...]] = {}
            for field in _FIELDS:
                items: tuple[MediaInput, ...] = getattr(request, field, ())
                for item in items:
                    if item.asset_id and item not in found:
                        found[item] = (
                            await self._with_address(item) if by_address else await self._checked(item)
                        )
                if items:
                    changes[field] = tuple(found.get(item, item) for item in items)
            ready.append(replace(request, **changes))  # pyright: ignore[reportArgumentType] - of its fields
        return ready

    async def completed(self, request: ImageRequest | VideoRequest) -> ImageRequest | VideoRequest | None:
        """A request that waited for the network with its files beside it, with their addresses; None when
        nothing is missing.

        Raises:
            InputError: a file is gone.
            ApiError: it could not be uploaded.
        """
        items = [item for field in _FIELDS for item in getattr(request, field, ())]
        if not _goes_by_address(request) or all(item.url or not item.asset_id for item in items):
            return None
        (ready,) = await self.prepare([request])
        return ready

    async def located(self, request: ImageRequest | VideoRequest) -> ImageRequest | VideoRequest:
        """The request with the paths of files that go as files; not for keeping: files may be moved.

        Raises:
            InputError: a file is gone.
        """
        if not isinstance(request, ImageRequest) or request.route != "edits":
            return request
        items: list[MediaInput] = []
        for item in request.image:
            if item.url or not item.asset_id:
                items.append(item)
                continue
            asset = await self._present(item)
            items.append(replace(item, path=str(self._library.file_path(asset))))
        return replace(request, image=tuple(items))

    async def address(self, asset: Asset) -> str:
        """Where the service can fetch a file of the library; it is uploaded when it is not there yet.

        Raises:
            InputError: it is gone.
            ApiError: it could not be uploaded.
        """
        item = MediaInput(asset_id=asset.id, sha256=asset.sha256, mime=asset.mime)
        return (await self._with_address(item)).url

    async def _present(self, item: MediaInput) -> Asset:
        asset = await self.asset(item)
        if asset is None:
            raise InputError(
                tr("A reference is not in the library any more."), tr("Remove it."), field="image"
            )
        return asset

    async def _checked(self, item: MediaInput) -> MediaInput:
        asset = await self._present(item)
        return replace(item, sha256=asset.sha256, mime=asset.mime)

    async def _with_address(self, item: MediaInput) -> MediaInput:
        asset = await self._present(item)
        path = self._library.file_path(asset)
        client, place = self._session.client, self._place()
        # The file may have been changed outside; what is sent is known by what it holds now.
        digest = await asyncio.to_thread(_digest, path)
        # One after the other: two requests with the same new file must not send it twice.
        async with self._turn:
            url = await self._kept(client, digest, place)
            if not url:
                sent = await client.media.upload(path, asset.mime)
                url = sent.url
                await self._profile.remember_upload(digest, url, expires_at=sent.expires_at, account=place)
        return MediaInput(asset_id=asset.id, sha256=asset.sha256, mime=asset.mime, url=url)

    async def _kept(self, client: ApiClient, digest: str, place: str) -> str:
        """Where it lies already, if it still does (CONTRACT 10: HEAD before an address is used again)."""
        url = await self._profile.upload_of(digest, account=place)
        if not url.startswith(f"{client.hosts.media}/"):
            return ""
        try:
            await client.media.head(url.rpartition("/")[2])
        except ApiError as error:
            log.info("an upload is not there any more: %s", error)
            await self._profile.forget_upload(digest, account=place)
            return ""
        return url

    def _place(self) -> str:
        """Whose storage it is: an address of the sandbox means nothing to the service."""
        return "sandbox" if self._session.state.is_sandbox else "cloud"


def _goes_by_address(request: ImageRequest | VideoRequest) -> bool:
    """Whether its route takes addresses of files, and not the files themselves."""
    return not (isinstance(request, ImageRequest) and request.route == "edits")


def _digest(path: Path) -> str:
    """The content's sha256.

    Raises:
        StorageError: it cannot be read, or is no file.
    """
    try:
        if not path.is_file():  # a pipe would keep whoever opens it
            raise StorageError(tr("A reference cannot be read."), tr("{name} is not a file.", name=path.name))
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(
            tr("A reference cannot be read."),
            f"{path.name}: {error.strerror}",
        ) from error
