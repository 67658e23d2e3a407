"""Taking conversations away, as Markdown with its files, one HTML file, or JSON, and bringing JSON back in.

A page shows one branch; JSON has all of them. Nothing is ever overwritten without being asked for, and a page
is there whole or not at all: its files first, itself last.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO, TypeVar

from studio import __version__
from studio.core.errors import InputError, StorageError, StudioError
from studio.core.files import PARTIAL_SUFFIX, storage_error, sync_folder, write_atomically
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft
from studio.domain.chat_file import ChatFile, ChatFileAsset, decode, encode, renewed
from studio.domain.chat_pages import STANDARD, PageOptions, html_page, markdown_page
from studio.domain.conversation import AttachmentPiece, Conversation, Message, MessageTree
from studio.domain.markdown_html import to_html
from studio.domain.markdown_parser import parse
from studio.domain.media import MediaKind
from studio.services.chat_store import ChatStore
from studio.services.library import LibraryService

T = TypeVar("T")
PROGRAM = f"Nectary {__version__}"
LARGEST_JSON = 512 * 2**20
LARGEST_FILE = 4 * 2**30
MOST_FILES = 20_000
LARGEST_EMBEDDED = 64 * 2**20
LARGEST_PAGE = 256 * 2**20
"""Bytes of one file and of all files in an HTML page; browsers are slow with more."""
_AT_ONCE = 200
_BLOCK = 2**20
_JSON_NAME = "conversation.json"
# What reading a hostile or torn archive may raise.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, KeyError, RuntimeError, ValueError, EOFError)
# What an asset is filed as is told by its bytes; for these the sender's word counts.
_TOLD = frozenset({MediaKind.TEXT, MediaKind.TRANSCRIPT, MediaKind.SPEECH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Args:
        path: of the page or file; files: how many attached files went along.
        missing: names of attached files that are not in the library any more, or too large for the page.
    """

    path: Path
    files: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedChat:
    """What was brought in.

    Args:
        messages: their number; files: how many attached files were filed into the library.
        missing: names of attached files that are neither in the file nor in the library.
        unknown: fields that this version does not know and left out.
    """

    conversation: Conversation
    messages: int = 0
    files: int = 0
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attached:
    """An attached file as it is in the library; `path` is None when it is gone."""

    piece: AttachmentPiece
    asset: Asset | None
    path: Path | None


class ChatExport:
    """Exports and imports; each call works in a thread of its own."""

    def __init__(self, store: ChatStore, library: LibraryService) -> None:
        self._store = store
        self._library = library

    # ------------------------------------------------------------ out

    async def markdown(
        self,
        conversation_id: str,
        target: Path,
        *,
        leaf_id: str = "",
        options: PageOptions = STANDARD,
        overwrite: bool = False,
    ) -> Exported:
        """Write a branch as Markdown, its files into the folder `<name>_files` beside it.

        Args:
            leaf_id: the branch's end; "" is the branch that is shown.
            overwrite: replace `target`, and files of the same names in its folder.

        Raises:
            InputError: the conversation is not there, or `target` is and may not be replaced.
            StorageError: the disk is full, or the folder cannot be written.
        """
        conversation, messages = await self._branch(conversation_id, leaf_id)
        attached = await self._attached(messages)
        folder = target.with_name(f"{target.stem}_files")
        names = _file_names(attached)
        files = {key: f"{folder.name}/{name}" for key, name in names.items()}
        page = markdown_page(conversation, messages, files, options).encode()

        def write() -> None:
            _refuse_existing((target, *((folder,) if names else ())), overwrite=overwrite)
            made = bool(names) and not folder.exists()
            try:
                for key, name in names.items():
                    _copy_atomically(_path_of(attached[key]), folder / name)
                write_atomically(target, page)
            except BaseException:
                if made:
                    shutil.rmtree(folder, ignore_errors=True)
                raise

        await _in_thread(write)
        return Exported(path=target, files=len(names), missing=_names(attached, but=names))

    async def html(
        self,
        conversation_id: str,
        target: Path,
        *,
        leaf_id: str = "",
        options: PageOptions = STANDARD,
        overwrite: bool = False,
    ) -> Exported:
        """Write a branch as one HTML file with pictures, sounds and documents inside.

        Args and errors: as of `markdown`.
        """
        conversation, messages = await self._branch(conversation_id, leaf_id)
        attached = await self._attached(messages)

        def write() -> Mapping[str, str]:
            _refuse_existing((target,), overwrite=overwrite)
            data = _data_addresses(attached)
            page = html_page(conversation, messages, data, options, _rendered)
            write_atomically(target, page.encode())
            return data

        embedded = await _in_thread(write)
        return Exported(path=target, files=len(embedded), missing=_names(attached, but=embedded))

    async def json(self, conversation_id: str, target: Path, *, overwrite: bool = False) -> Exported:
        """Write a conversation with all its branches; into a `.zip` together with the attached files.

        Raises:
            InputError: the conversation is not there, or `target` is and may not be replaced.
            StorageError: the disk is full, or the folder cannot be written.
        """
        conversation = await self._conversation(conversation_id)
        messages = await self._messages([node.id for node in await self._store.nodes(conversation_id)])
        attached = await self._attached(messages)
        zipped = target.suffix.lower() == ".zip"
        names = {key: f"files/{name}" for key, name in _file_names(attached).items()} if zipped else {}
        chat = ChatFile(
            conversation=conversation,
            messages=tuple(messages),
            assets=tuple(_described(key, one, names.get(key, "")) for key, one in attached.items() if key),
            exported_at=datetime.now(UTC),
            program=PROGRAM,
        )

        def write() -> None:
            _refuse_existing((target,), overwrite=overwrite)
            data = encode(chat)
            if zipped:
                paths = {name: _path_of(attached[key]) for key, name in names.items()}
                _write_atomically(target, lambda file: _write_zip(file, data, paths))
            else:
                write_atomically(target, data)

        await _in_thread(write)
        gone = {key: one for key, one in attached.items() if one.path is None}
        return Exported(path=target, files=len(names), missing=_names(gone))

    # ------------------------------------------------------------ in

    async def import_file(self, path: Path) -> ImportedChat:
        """Bring in a conversation that was written by `json`, as a new one; files are filed into the library
        unless they are there already.

        Raises:
            InputError: it is no such file, damaged, or of a newer version.
            StorageError: it cannot be read, or the disk is full.
        """
        try:
            chat = await _in_thread(lambda: decode(_read_json(path)))
        except OSError as error:
            raise StorageError(tr("{name} cannot be read.", name=path.name), error.strerror or "") from error
        found: dict[str, str] = {}
        missing: list[str] = []
        filed = 0
        for asset in chat.assets:
            if await self._library.asset(asset.id) is not None:
                continue
            try:
                made = await self._file(path, asset) if asset.file else None
            except StorageError:
                raise  # a full disk ends it; a file that is no good does not
            except StudioError:
                made = None
            if made is None:
                missing.append(asset.name or asset.id)
            else:
                found[asset.id] = made.id
                filed += 1
        new = await _in_thread(lambda: renewed(chat, found))
        conversation = replace(new.conversation, updated_at=datetime.now(UTC))
        await self._store.add(new.messages, conversation)
        return ImportedChat(
            conversation=conversation,
            messages=len(new.messages),
            files=filed,
            missing=tuple(missing),
            unknown=chat.unknown,
        )

    async def _file(self, archive: Path, described: ChatFileAsset) -> Asset | None:
        """The file of an archive in the library; None when it is not what the archive says."""
        incoming = self._library.incoming_path(new_id())
        if not await _in_thread(lambda: _unpack(archive, described, incoming)):
            return None
        kind = described.kind if described.kind in _TOLD else MediaKind.OTHER
        stem = Path(described.name.replace("\\", "/")).stem
        return await self._library.store(
            incoming, AssetDraft(kind=kind, mime=described.mime, name=stem, adopted=True)
        )

    # ------------------------------------------------------------ what is written

    async def _conversation(self, conversation_id: str) -> Conversation:
        conversation = await self._store.conversation(conversation_id)
        if conversation is None:
            raise InputError(tr("The conversation is not there any more."))
        return conversation

    async def _branch(self, conversation_id: str, leaf_id: str) -> tuple[Conversation, list[Message]]:
        conversation = await self._conversation(conversation_id)
        tree = MessageTree(await self._store.nodes(conversation_id))
        leaf = leaf_id or conversation.leaf_id
        if leaf not in tree:
            leaf = tree.leaf_below("", conversation.seen)
        return conversation, await self._messages(tree.path(leaf))

    async def _messages(self, ids: Sequence[str]) -> list[Message]:
        """In pages, so that a conversation on the screen need not wait behind a long one."""
        out: list[Message] = []
        for start in range(0, len(ids), _AT_ONCE):
            out += await self._store.messages(ids[start : start + _AT_ONCE])
        return out

    async def _attached(self, messages: Iterable[Message]) -> dict[str, _Attached]:
        """The attached files by asset id, each once."""
        out: dict[str, _Attached] = {}
        for message in messages:
            for piece in message.attachments:
                if piece.asset_id in out:
                    continue
                asset = await self._library.asset(piece.asset_id) if piece.asset_id else None
                path = self._library.file_path(asset) if asset is not None else None
                out[piece.asset_id] = _Attached(piece, asset, path if path and path.is_file() else None)
        return out


def _rendered(text: str, prefix: str) -> str:
    return to_html(parse(text), notes=prefix)


# ---------------------------------------------------------------- names


def _file_names(attached: Mapping[str, _Attached]) -> dict[str, str]:
    """A file name for each file that is there, numbered so that no two are the same."""
    there = {key: one for key, one in attached.items() if one.path is not None}
    return {key: _file_name(number, one) for number, (key, one) in enumerate(there.items(), 1)}


def _file_name(number: int, attached: _Attached) -> str:
    path = _path_of(attached)
    stem = Path(attached.piece.name.replace("\\", "/")).stem or path.stem
    kept = "".join(c if c.isalnum() or c in "-_ " else "-" for c in stem).strip("- ")[:60].rstrip()
    return f"{number:02}{f' {kept}' if kept else ''}{path.suffix}"


def _names(attached: Mapping[str, _Attached], but: Mapping[str, object] | None = None) -> tuple[str, ...]:
    return tuple(
        one.piece.name or one.piece.asset_id for key, one in attached.items() if key not in (but or {})
    )


def _path_of(attached: _Attached) -> Path:
    if attached.path is None:
        raise FileNotFoundError(attached.piece.asset_id)
    return attached.path


def _described(key: str, attached: _Attached, file: str) -> ChatFileAsset:
    piece, asset = attached.piece, attached.asset
    return ChatFileAsset(
        id=key,
        kind=piece.kind,
        mime=asset.mime if asset else piece.mime,
        name=piece.name,
        size=asset.size if asset else piece.size,
        sha256=asset.sha256 if asset else piece.sha256,
        file=file,
    )


# ---------------------------------------------------------------- the disk


async def _in_thread(work: Callable[[], T]) -> T:
    """Run to its end in a thread that ends with it, also when the caller is cancelled."""
    executor = ThreadPoolExecutor(1, thread_name_prefix="chat-export")
    try:
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(executor, work))
    finally:
        executor.shutdown(wait=False)


def _refuse_existing(paths: Iterable[Path], *, overwrite: bool) -> None:
    for path in paths:
        if path.exists() and not overwrite:
            raise InputError(
                tr("{name} is there already.", name=path.name),
                tr("Choose another name, or replace it."),
                field="path",
            )


def _data_addresses(attached: Mapping[str, _Attached]) -> dict[str, str]:
    out: dict[str, str] = {}
    room = LARGEST_PAGE
    for key, one in attached.items():
        if one.path is None or one.asset is None:
            continue
        with contextlib.suppress(OSError):
            size = one.path.stat().st_size
            if size <= min(LARGEST_EMBEDDED, room):
                room -= size
                text = base64.b64encode(one.path.read_bytes()).decode()
                out[key] = f"data:{one.asset.mime};base64,{text}"
    return out


def _copy_atomically(source: Path, target: Path) -> None:
    def write(file: BinaryIO) -> None:
        with source.open("rb") as original:
            shutil.copyfileobj(original, file, _BLOCK)

    _write_atomically(target, write)


def _write_atomically(target: Path, write: Callable[[BinaryIO], None]) -> None:
    """As `write_atomically`, for what is too large to be held in memory."""
    temporary = target.with_name(f".{target.name}.{new_id()}{PARTIAL_SUFFIX}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write_zip(file: BinaryIO, data: bytes, paths: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_JSON_NAME, data)
        for name, path in paths.items():
            # Pictures, films and sounds are packed as far as they can be.
            archive.write(path, name, zipfile.ZIP_STORED)


def _read_json(path: Path) -> bytes:
    """The JSON of a file or of the archive around it.

    Raises:
        InputError: it is too large, or a damaged archive.
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():  # a pipe would keep whoever opens it
        raise InputError(tr("{name} is no file.", name=path.name), field="path")
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            file.seek(0)
            return _limited(file)
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MOST_FILES:
                raise InputError(tr("The archive has too many files."), field="path")
            with _opened_member(archive, _JSON_NAME) as inside:
                return _limited(inside)
    except _BROKEN as error:
        raise InputError(
            tr("The archive is damaged, or no conversation of Nectary."), str(error)[:200], field="path"
        ) from error


def _opened_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A file of the archive, packed in one of the two ways that we pack."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("It is packed in an unknown way.")
    return archive.open(info)


def _limited(file: IO[bytes]) -> bytes:
    data = file.read(LARGEST_JSON + 1)
    if len(data) > LARGEST_JSON:
        raise InputError(tr("The file is too large for a conversation."), field="path")
    return data


def _unpack(archive: Path, described: ChatFileAsset, target: Path) -> bool:
    """Write a file of the archive to `target`, which must be where the library takes things in; False, and
    nothing is left, when it is not there, damaged, too large, or not what its hash says."""
    digest = hashlib.sha256()
    written = 0
    try:
        with (
            zipfile.ZipFile(archive) as opened,
            opened.open(described.file) as inside,
            target.open("wb") as out,
        ):
            while block := inside.read(_BLOCK):
                written += len(block)
                if written > min(described.size, LARGEST_FILE):
                    break
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
    except _BROKEN:
        written = -1
    except OSError as error:
        target.unlink(missing_ok=True)
        raise storage_error(error, target) from error
    good = written == described.size and digest.hexdigest() == described.sha256
    if not good:
        target.unlink(missing_ok=True)
    return good
