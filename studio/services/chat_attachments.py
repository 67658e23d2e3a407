"""Files in a conversation: filed as assets when they are attached, turned into content parts when sent.

A file that is too large for the body of a request goes to the service's media storage, from where anybody who
knows the address can fetch it: `by_link` tells which ones, so that the user is told before.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import mimetypes
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studio.api.client import ApiClient
from studio.core.errors import InputError
from studio.core.files import storage_error
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft
from studio.domain.chat import AudioPart, ContentPart, FilePart, ImagePart, TextPart, VideoPart
from studio.domain.conversation import AttachmentPiece, Message
from studio.domain.magic import HEAD_BYTES, sniff
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.services.library import LibraryService
from studio.services.profile import ProfileService

PDF = "application/pdf"
LARGEST = {
    MediaKind.IMAGE: 20_000_000, MediaKind.VIDEO: 95_000_000, MediaKind.SPEECH: 13_000_000,
    MediaKind.MUSIC: 13_000_000, MediaKind.TEXT: 2_000_000, MediaKind.TRANSCRIPT: 2_000_000,
    MediaKind.OTHER: 13_000_000,
}  # fmt: skip
INLINE_EACH = 5_000_000
INLINE_ALL = 13_000_000
"""Bytes of files in one body: as base64 they stay below the 20 MB that the service takes."""
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_SOUNDS = {
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/ogg": "opus",
    "audio/opus": "opus",
}  # fmt: skip
_READS_PDF = ("anthropic", "openai", "google")
_TEXT_ENDINGS = {".md": "text/markdown", ".srt": "application/x-subrip", ".vtt": "text/vtt"}


class Attachments:
    """Takes files in and hands them out as content parts.

    Args:
        library: where they are kept; profile: where is written what lies in media storage.
    """

    def __init__(self, library: LibraryService, profile: ProfileService) -> None:
        self._library = library
        self._profile = profile
        # One at a time: the same file twice must find the first.
        self._filing = asyncio.Lock()

    # ------------------------------------------------------------ taking in

    async def attach_file(self, path: Path) -> AttachmentPiece:
        """Raises:
        StudioError: it cannot be read, or is no picture, film, sound, PDF or text.
        """
        incoming = self._library.incoming_path(new_id())
        mime = await asyncio.to_thread(_copy, path, incoming)
        return await self._file(incoming, mime, path.name)

    async def attach_bytes(self, data: bytes, *, mime: str, name: str) -> AttachmentPiece:
        """Raises:
        StudioError: it is no picture, film, sound, PDF or text.
        """
        if not data:
            raise InputError(tr("{name} is empty.", name=name or tr("The file")), field="attachments")
        found = _mime_of(data[:HEAD_BYTES], Path(name), data)
        _check(found, len(data), name)
        incoming = self._library.incoming_path(new_id())
        await asyncio.to_thread(_write, incoming, data)
        return await self._file(incoming, found or mime, name)

    async def _file(self, incoming: Path, mime: str, name: str) -> AttachmentPiece:
        """The file as an asset; the one that holds the same bytes already, if there is one."""
        async with self._filing:
            same = await self._library.with_hash(await asyncio.to_thread(_sha256, incoming))
            known = next((asset for asset in same if asset.trashed_at is None), None)
            if known is not None:
                await asyncio.to_thread(incoming.unlink, missing_ok=True)
                return piece_of(known, name)
            stem = Path(name).stem
            kind = MediaKind.TEXT if _is_text(mime) else MediaKind.OTHER
            draft = AssetDraft(kind=kind, mime=mime, name=stem, title=stem, adopted=True)
            return piece_of(await self._library.store(incoming, draft), name)

    # ------------------------------------------------------------ handing out

    async def contents(
        self, messages: Sequence[Message], model: ModelInfo | None, client: ApiClient, account: str
    ) -> dict[str, tuple[ContentPart, ...]]:
        """The content parts of every attachment of the user's, by asset id.

        Args:
            account: whose uploads are used again.

        Raises:
            InputError: they are too large together.
            ApiError: a large one could not be uploaded.
        """
        found: dict[str, tuple[ContentPart, ...]] = {}
        linked = by_link(messages, model)
        inline = 0
        for piece in _of_user(messages):
            if piece.asset_id in found:
                continue
            reason = refusal(model, piece)
            if reason:
                found[piece.asset_id] = (TextPart(text=f"[{_called(piece)} is left out: {reason}]"),)
                continue
            if piece.asset_id not in linked:
                inline += piece.size
                if inline > INLINE_ALL:
                    raise InputError(
                        tr("The attachments are too large together."),
                        tr("Remove some of them, or send them one by one."),
                        field="attachments",
                    )
            address = f"{account}@{client.hosts.media}" if piece.asset_id in linked else ""
            found[piece.asset_id] = await self._parts(piece, client, address)
        return found

    async def _parts(
        self, piece: AttachmentPiece, client: ApiClient, address: str
    ) -> tuple[ContentPart, ...]:
        """The file itself, or where it lies; `address` names whose storage, "" for the file itself."""
        gone = (TextPart(text=f"[{_called(piece)} is not there any more]"),)
        asset = await self._library.asset(piece.asset_id)
        if asset is None:
            return gone
        path = self._library.file_path(asset)
        if address:
            return (_by_address(asset, await self._upload(asset, path, client, address)),)
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except OSError:
            return gone
        return (await asyncio.to_thread(_inline, asset, piece, data),)

    async def _upload(self, asset: Asset, path: Path, client: ApiClient, storage: str) -> str:
        """The address of the file in the service's media storage; sent again only when it is about to go."""
        uploads, sha256 = self._profile.store.uploads, asset.sha256
        soon = datetime.now(UTC) + timedelta(hours=1)
        known = await self._profile.run(lambda: uploads.get(sha256, account=storage, at=soon))
        if known:
            return known
        made = await client.media.upload(path, asset.mime)
        await self._profile.run(
            lambda: uploads.put(sha256, made.url, expires_at=made.expires_at, account=storage)
        )
        return made.url


def by_link(messages: Iterable[Message], model: ModelInfo | None) -> frozenset[str]:
    """Ids of the assets that do not fit into the body of a request with these messages: they are uploaded,
    and anybody who knows the address can fetch them (CONTRACT 10)."""
    linked: set[str] = set()
    inline: set[str] = set()
    room = INLINE_ALL
    for piece in _of_user(messages):
        if piece.asset_id in linked or piece.asset_id in inline or refusal(model, piece):
            continue
        has_address = piece.kind in (MediaKind.IMAGE, MediaKind.VIDEO)
        if has_address and piece.size > min(INLINE_EACH, room):
            linked.add(piece.asset_id)
        else:
            inline.add(piece.asset_id)
            room -= piece.size
    return frozenset(linked)


def _of_user(messages: Iterable[Message]) -> Iterator[AttachmentPiece]:
    for message in messages:
        if message.role == "user":
            yield from message.attachments


def piece_of(asset: Asset, name: str = "", **more: str) -> AttachmentPiece:
    """An asset as it stands in a message."""
    values: Mapping[str, str] = {"source": "user", **more}
    return AttachmentPiece(
        asset_id=asset.id, kind=asset.kind, mime=asset.mime, name=name or Path(asset.path).name,
        size=asset.size, sha256=asset.sha256, **values,  # pyright: ignore[reportArgumentType] - source, transcript
    )  # fmt: skip


def refusal(model: ModelInfo | None, piece: AttachmentPiece) -> str:
    """Why the model cannot take the file, in one sentence; "" if it can (CONTRACT 4.1)."""
    if model is None:
        return ""
    title = model.title or model.name
    takes = model.input_modalities
    if piece.size > LARGEST.get(piece.kind, INLINE_ALL):
        return tr("{name} is too large to send.", name=_called(piece))
    if piece.kind is MediaKind.IMAGE:
        if "image" not in takes:
            return tr("{model} does not take pictures.", model=title)
        return "" if piece.mime in _PICTURES else tr("Only JPEG, PNG, WebP and GIF pictures can be sent.")
    if piece.kind in (MediaKind.SPEECH, MediaKind.MUSIC):
        if "audio" not in takes:
            return tr("{model} does not take sound.", model=title)
        return "" if piece.mime in _SOUNDS else tr("Only WAV, MP3, FLAC and Opus sound can be sent.")
    if piece.kind is MediaKind.VIDEO:
        return "" if "video" in takes else tr("{model} does not take films.", model=title)
    if piece.mime == PDF:
        reads = "file" in takes or (model.publisher.lower() in _READS_PDF and "image" in takes)
        return "" if reads else tr("{model} does not read PDF files.", model=title)
    if piece.kind in (MediaKind.TEXT, MediaKind.TRANSCRIPT):
        return ""
    return tr("Files of this kind cannot be sent.")


def placeholder(piece: AttachmentPiece, *, linked: bool = False) -> tuple[ContentPart, ...]:
    """Stands for the file where its bytes do not matter: in a preview. `linked`: it is uploaded."""
    if linked:
        link = f"https://… (link to the uploaded file, {piece.size} bytes)"
        return (VideoPart(url=link) if piece.kind is MediaKind.VIDEO else ImagePart(url=link),)
    size = f"{piece.mime};base64,… ({piece.size} bytes)"
    if piece.kind is MediaKind.IMAGE:
        return (ImagePart(url=f"data:{size}"),)
    if piece.kind is MediaKind.VIDEO:
        return (VideoPart(url=f"data:{size}"),)
    if piece.kind in (MediaKind.SPEECH, MediaKind.MUSIC):
        return (AudioPart(data=f"… ({piece.size} bytes)", format=_SOUNDS.get(piece.mime, "wav")),)
    if piece.mime == PDF:
        return (FilePart(file_data=f"data:{size}", file_name=piece.name),)
    return (TextPart(text=f"{piece.name}:\n\n… ({piece.size} bytes)"),)


def _by_address(asset: Asset, url: str) -> ContentPart:
    if asset.kind is MediaKind.VIDEO:
        return VideoPart(url=url, mime_type=asset.mime)
    return ImagePart(url=url)


def _inline(asset: Asset, piece: AttachmentPiece, data: bytes) -> ContentPart:
    if asset.kind in (MediaKind.TEXT, MediaKind.TRANSCRIPT):
        return TextPart(text=f"{_called(piece)}:\n\n{data.decode('utf-8', 'replace')}")
    encoded = base64.b64encode(data).decode()
    address = f"data:{asset.mime};base64,{encoded}"
    if asset.kind is MediaKind.IMAGE:
        return ImagePart(url=address)
    if asset.kind is MediaKind.VIDEO:
        return VideoPart(url=address, mime_type=asset.mime)
    if asset.kind in (MediaKind.SPEECH, MediaKind.MUSIC):
        return AudioPart(data=encoded, format=_SOUNDS.get(asset.mime, "wav"))
    return FilePart(file_data=address, file_name=piece.name, mime_type=asset.mime)


def _called(piece: AttachmentPiece) -> str:
    return piece.name or tr("The file")


# ---------------------------------------------------------------- looking at files


def _copy(path: Path, incoming: Path) -> str:
    """Copy the file to where the library takes it from; its type."""
    try:
        if not path.is_file():  # a pipe would keep whoever opens it
            raise InputError(tr("{name} is not a file.", name=path.name), field="attachments")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        small = path.read_bytes() if size <= LARGEST[MediaKind.TEXT] else b""
        mime = _mime_of(head, path, small)
        _check(mime, size, path.name)
        shutil.copyfile(path, incoming)
    except OSError as error:
        incoming.unlink(missing_ok=True)
        raise InputError(
            tr("{name} cannot be read.", name=path.name), error.strerror or "", field="attachments"
        ) from error
    return mime


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise storage_error(error, path) from error


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise storage_error(error, path) from error


def _mime_of(head: bytes, path: Path, whole: bytes) -> str:
    """The type by the first bytes, or that of a text; "" for anything else."""
    found = sniff(head)
    if found == PDF or found.startswith(("image/", "video/", "audio/")):
        return "" if found == "image/svg+xml" and not whole else found.replace("image/svg+xml", "text/plain")
    if not whole or b"\0" in whole:
        return ""
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    guessed = _TEXT_ENDINGS.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "text/plain"
    return guessed if _is_text(guessed) else "text/plain"


def _is_text(mime: str) -> bool:
    return mime.startswith("text/") or mime in ("application/json", "application/x-subrip")


def _check(mime: str, size: int, name: str) -> None:
    if not size:
        raise InputError(tr("{name} is empty.", name=name or tr("The file")), field="attachments")
    if not mime:
        raise InputError(
            tr("{name} cannot be attached.", name=name or tr("This file")),
            tr("Pictures, films, sounds, PDFs and texts can be."),
            field="attachments",
        )  # fmt: skip
    kind = MediaKind.TEXT if _is_text(mime) else {
        "image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.SPEECH,
    }.get(mime.partition("/")[0], MediaKind.OTHER)  # fmt: skip
    if size > LARGEST[kind]:
        most = LARGEST[kind] // 1_000_000
        raise InputError(
            tr("{name} is larger than {most} MB.", name=name or tr("The file"), most=most),
            field="attachments",
        )
