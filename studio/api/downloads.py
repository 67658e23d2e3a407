"""Bodies that become files: written as they arrive, measured, hashed, looked at, flushed to the disk."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from studio.api.errors import RETRY, ApiInterrupted, ApiTooLarge
from studio.api.transport import OnProgress, bad_answer, read_start
from studio.core.files import storage_error
from studio.core.i18n import tr
from studio.domain.magic import HEAD_BYTES, sniff
from studio.domain.service import Progress

MAX_FILE = 1024 * 1024 * 1024
_WRITE_AT = 512 * 1024  # pieces are collected to this size before a thread writes them

_SHAPELESS = ("audio/pcm", "audio/l16", "audio/basic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file just written."""

    path: Path
    size: int
    sha256: str
    mime: str


class FileWriter:
    """Writes `path` from the start; everything that touches the disk happens in a thread.

    Raises:
        StorageError: the disk would not take it. The file is removed when the block fails.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._pending = bytearray()
        self._hash = hashlib.sha256()
        self.size = 0
        self.head = b""

    async def __aenter__(self) -> FileWriter:
        opening = asyncio.get_running_loop().run_in_executor(None, self._open)
        try:
            self._file = await asyncio.shield(opening)
        except OSError as error:
            raise storage_error(error, self._path) from error
        except asyncio.CancelledError:
            # The thread opens it all the same; nobody will write into it.
            opening.add_done_callback(self._give_up)
            raise
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._file is not None:
            self._file = await asyncio.to_thread(self._discard, self._file)

    async def write(self, data: bytes) -> None:
        """Add bytes."""
        if len(self.head) < HEAD_BYTES:
            self.head = (self.head + data)[:HEAD_BYTES]
        self.size += len(data)
        self._pending += data
        if len(self._pending) >= _WRITE_AT:
            await self._flush()

    async def finish(self, declared_mime: str = "") -> Stored:
        """Everything is on the disk when this returns."""
        await self._flush()
        file, self._file = self._file, None
        try:
            await asyncio.to_thread(_sync_and_close, file)
        except OSError as error:
            self._remove()
            raise storage_error(error, self._path) from error
        return Stored(
            path=self._path,
            size=self.size,
            sha256=self._hash.hexdigest(),
            mime=media_type(self.head, declared_mime),
        )

    async def _flush(self) -> None:
        data, self._pending = bytes(self._pending), bytearray()
        try:
            await asyncio.to_thread(self._write, data)
        except OSError as error:
            raise storage_error(error, self._path) from error

    def _open(self) -> BinaryIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # A file that an earlier attempt left there may have a second name in the library by now, and writing
        # into it would write into that one.
        self._remove()
        return self._path.open("wb", buffering=0)

    def _write(self, data: bytes) -> None:
        self._hash.update(data)
        view = memoryview(data)
        while view and self._file is not None:
            view = view[self._file.write(view) :]

    def _give_up(self, opening: asyncio.Future[BinaryIO]) -> None:
        if opening.exception() is None:
            self._discard(opening.result())

    def _discard(self, file: BinaryIO) -> None:
        with contextlib.suppress(OSError):
            file.close()
        self._remove()

    def _remove(self) -> None:
        # Only a plain file is ours to take away: the path may be a device or a pipe.
        with contextlib.suppress(OSError):
            if self._path.is_file():
                self._path.unlink()


def _sync_and_close(file: BinaryIO | None) -> None:
    if file is None:
        return
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in (22, 95):  # EINVAL, EOPNOTSUPP: not a thing that can be synced
            raise
    finally:
        file.close()


async def save_response(
    response: httpx.Response,
    into: Path,
    *,
    expect: tuple[str, ...],
    progress: OnProgress | None = None,
    limit: int = MAX_FILE,
) -> Stored:
    """Write the body of a good answer to `into`.

    Args:
        expect: media types that may come, as prefixes (`image/`); empty means anything.
        limit: bytes.

    Raises:
        ApiBadAnswer: a web page, JSON, or another type than expected; nothing is left on the disk.
        ApiInterrupted: it is shorter than announced.
        ApiTooLarge: it is larger than `limit`.
        StorageError: the disk would not take it.
    """
    declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    total = content_length(response)
    if expect and declared.startswith(("application/json", "text/html")):
        raise bad_answer(response, await read_start(response, 4000))
    if total is not None and total > limit:
        raise _too_large(limit)
    async with FileWriter(into) as writer:
        async for chunk in response.aiter_bytes():
            await writer.write(chunk)
            if writer.size > limit:
                raise _too_large(limit)
            if progress is not None:
                progress(Progress(stage="receiving", done=writer.size, total=total))
        if writer.size == 0 or (total is not None and writer.size < total):
            raise ApiInterrupted(
                tr("The file did not arrive whole."),
                tr("Trying again picks it up; you pay once."),
                (RETRY,),
            )
        mime = media_type(writer.head, declared)
        if expect and not mime.startswith((*expect, "application/octet-stream")):
            raise bad_answer(response, writer.head)
        return await writer.finish(declared)


def media_type(head: bytes, declared: str) -> str:
    """By the first bytes, else as declared. Raw samples have no first bytes to know them by."""
    if declared in _SHAPELESS:
        return declared
    return sniff(head) or declared or "application/octet-stream"


async def save_bytes(data: bytes, into: Path, declared_mime: str = "") -> Stored:
    """Write `data` to `into`, with the same care."""
    async with FileWriter(into) as writer:
        await writer.write(data)
        return await writer.finish(declared_mime)


def content_length(response: httpx.Response) -> int | None:
    """Announced bytes of the body as it will be read; None when unknown or packed."""
    if response.headers.get("content-encoding", "identity") not in ("", "identity"):
        return None
    value = response.headers.get("content-length", "")
    return int(value) if value.isdigit() else None


def _too_large(limit: int) -> ApiTooLarge:
    detail = tr("The limit is {size} MB.", size=limit // 1_000_000)
    return ApiTooLarge(tr("The file is larger than this program takes."), detail)
