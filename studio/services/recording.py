"""Recording: samples come in, a file that survives a crash grows, an asset of the library comes out.

Nothing here knows of devices: whoever listens to one feeds what it hears.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from studio.core.errors import Action, StorageError, StudioError
from studio.core.events import Event
from studio.core.files import storage_error
from studio.core.i18n import tr, trn
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.domain.sound import PcmFormat
from studio.services.curator import Curator
from studio.services.library import LibraryService
from studio.services.notices import NoticeCentre, Severity
from studio.services.undo import Step

if TYPE_CHECKING:
    from studio.library.sound.wav_writer import WavWriter

T = TypeVar("T")
log = logging.getLogger(__name__)
FLUSH_SECONDS = 1.0
SHORTEST = 0.1
"""Seconds; what is shorter was pressed by mistake and is not kept."""
_STAMP = "%Y%m%dT%H%M%S"
SUFFIX = ".wav"


class RecordingState(StrEnum):
    """What the recording does now. PAUSED: the file is open and nothing is added; SAVING: it is filed."""

    IDLE = "idle"
    RECORDING = "recording"
    PAUSED = "paused"
    SAVING = "saving"


class RecordingService:
    """The one recording of the program.

    Everything fed is written at once and flushed to the disk every second of sound, in a thread. A file that
    a crash left is mended and filed by `recover`, which is to be called when the library is open.

    `changed` tells the state, `failed` that the disk took no more: the recording is paused then, and what was
    not written yet is tried again by `resume` and `stop`.
    """

    def __init__(self, library: LibraryService, curator: Curator, notices: NoticeCentre) -> None:
        self.changed: Event[RecordingState] = Event("recording.changed")
        self.failed: Event[StorageError] = Event("recording.failed")
        self._library = library
        self._curator = curator
        self._notices = notices
        self._state = RecordingState.IDLE
        self._writer: WavWriter | None = None
        self._format = PcmFormat(48_000)
        self._bytes = 0
        self._unwritten: deque[bytes] = deque()
        self._thread: ThreadPoolExecutor | None = None

    # ------------------------------------------------------------ what it does now

    @property
    def state(self) -> RecordingState:
        return self._state

    @property
    def active(self) -> bool:
        """Whether there is a recording that is not in the library yet."""
        return self._state is not RecordingState.IDLE

    @property
    def format(self) -> PcmFormat:
        """What `feed` takes."""
        return self._format

    @property
    def elapsed(self) -> float:
        """Seconds of sound that were fed."""
        return self._bytes / self._format.frame_bytes / self._format.rate

    # ------------------------------------------------------------ commands

    async def start(self, format: PcmFormat) -> None:  # noqa: A002 - as WavWriter's
        """Begin a recording. Nothing happens while there is one.

        Raises:
            StorageError: the file cannot be made.
        """
        if self.active:
            return
        self._format, self._bytes = format, 0
        self._unwritten.clear()
        self._enter(RecordingState.RECORDING)
        name = f"{datetime.now(UTC).strftime(_STAMP)}-{new_id()}{SUFFIX}"
        path = self._library.recordings / name
        try:
            await self._in_thread(lambda: self._open(path, format))
        except OSError as error:
            self._enter(RecordingState.IDLE)
            raise storage_error(error, path) from error
        self._write_soon()

    def feed(self, pcm: bytes) -> None:
        """Add whole frames of the format that was given at the start; left out unless it is recording."""
        if self._state is not RecordingState.RECORDING or not pcm:
            return
        self._bytes += len(pcm)
        self._unwritten.append(pcm)
        self._write_soon()

    def pause(self) -> None:
        """Add nothing until `resume`; what there is, is put on the disk."""
        if self._state is RecordingState.RECORDING:
            self._enter(RecordingState.PAUSED)
            self._write_soon(flush=True)

    def resume(self) -> None:
        """Go on after a pause."""
        if self._state is RecordingState.PAUSED:
            self._enter(RecordingState.RECORDING)
            self._write_soon()

    async def stop(self) -> Asset | None:
        """End the recording and file it; None when there was none, or nothing to keep.

        Raises:
            StudioError: it cannot be filed now; the file stays and is tried again at the next start.
        """
        if self._state not in (RecordingState.RECORDING, RecordingState.PAUSED):
            return None
        self._enter(RecordingState.SAVING)
        try:
            path = await self._in_thread(self._finish)
            return await self._file(path) if path is not None else None
        finally:
            self._writer = None
            self._enter(RecordingState.IDLE)

    async def discard(self) -> Step | None:
        """End the recording and put it into the trash; the step takes it back. None as in `stop`.

        Raises:
            StudioError: as in `stop`.
        """
        asset = await self.stop()
        return await self._curator.trash([asset.id]) if asset is not None else None

    async def close(self) -> None:
        """The program ends: what is being recorded is kept. Whatever fails is taken up at the next start."""
        try:
            await self.stop()
        except StudioError:
            log.exception("a recording could not be filed; it is taken up at the next start")
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, thread.shutdown)

    # ------------------------------------------------------------ after a crash

    async def recover(self) -> list[Asset]:
        """File what earlier runs could not, and tell so once."""
        if self.active:
            return []
        found: list[Asset] = []
        for path in await asyncio.to_thread(_left_over, self._library.recordings):
            try:
                asset = await self._take_up(path)
            except (StudioError, OSError) as error:
                log.warning("a recording is left for the next start: %s: %s", path.name, error)
                continue
            if asset is not None:
                found.append(asset)
        if found:
            self._notices.tell(
                trn("A recording that was cut off is in your library.",
                    "{n} recordings that were cut off are in your library.", len(found)),
                tr("Nothing of it is lost but the last moment."),
                severity=Severity.INFO,
                actions=(Action("audio.transcribe", tr("Transcribe"), found[-1].id),),
            )  # fmt: skip
        return found

    async def _take_up(self, path: Path) -> Asset | None:
        from studio.library.sound.wav_writer import mend

        if await self._library.of_job(_id_of(path)):
            # It was filed, and the program ended before the file was taken away.
            await asyncio.to_thread(path.unlink)
            return None
        mended = await asyncio.to_thread(mend, path)
        if mended is None or mended.duration < SHORTEST:
            await asyncio.to_thread(path.unlink)
            return None
        return await self._file(path)

    # ------------------------------------------------------------ writing and filing

    def _enter(self, state: RecordingState) -> None:
        if state is not self._state:
            self._state = state
            self.changed.emit(state)

    def _write_soon(self, *, flush: bool = False) -> None:
        if self._writer is None:
            return  # `start` writes what came meanwhile
        loop = asyncio.get_running_loop()

        def work() -> None:
            try:
                self._drain(flush=flush)
            except OSError as error:
                path = self._library.recordings / "recording"
                loop.call_soon_threadsafe(self._disk_refused, storage_error(error, path))

        self._executor().submit(work)

    def _drain(self, *, flush: bool) -> None:
        """In the thread: write what waits, oldest first; what the disk refuses goes on waiting."""
        writer = self._writer
        if writer is None:
            return
        before = writer.frames
        flush_frames = int(self._format.rate * FLUSH_SECONDS)
        while self._unwritten:
            writer.write(self._unwritten[0])
            self._unwritten.popleft()
        if flush or before // flush_frames != writer.frames // flush_frames:
            writer.flush()

    def _disk_refused(self, error: StorageError) -> None:
        if self._state is RecordingState.RECORDING:
            self.pause()
            self.failed.emit(error)

    def _open(self, path: Path, format: PcmFormat) -> None:  # noqa: A002
        """In the thread, where a `stop` that comes at once finds it."""
        from studio.library.sound.wav_writer import WavWriter

        self._writer = WavWriter(path, format)

    def _finish(self) -> Path | None:
        """In the thread: close the file; None when it is not worth keeping.

        Raises:
            StorageError: it cannot be closed.
        """
        writer = self._writer
        if writer is None:
            return None
        with contextlib.suppress(OSError):  # a full disk keeps what it took before
            self._drain(flush=False)
        try:
            writer.close()
            if writer.frames < SHORTEST * writer.format.rate:
                writer.path.unlink()
                return None
        except OSError as error:
            raise storage_error(error, writer.path) from error
        return writer.path

    async def _file(self, path: Path) -> Asset:
        """Make an asset of a finished file. The file goes last, so that a crash never leaves neither."""
        recording_id = _id_of(path)
        incoming = self._library.incoming_path(recording_id)
        try:
            await asyncio.to_thread(_link_or_copy, path, incoming)
        except OSError as error:
            raise storage_error(error, incoming) from error
        asset = await self._library.store(incoming, _draft(path, recording_id))
        try:
            await asyncio.to_thread(path.unlink)
        except OSError as error:
            log.warning("a filed recording could not be taken away: %s", error)
        return asset

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor(), call)

    def _executor(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "recording")
        return self._thread


def _draft(path: Path, recording_id: str) -> AssetDraft:
    began = _began(path)
    local = began.astimezone()
    made = Provenance(job_id=recording_id, request_kind="recording", received_at=datetime.now(UTC))
    return AssetDraft(
        kind=MediaKind.SPEECH,
        name=f"Recording {local:%Y-%m-%d %H.%M.%S}",
        title=tr("Recording {when}", when=f"{local:%Y-%m-%d %H:%M}"),
        created_at=began,
        provenance=made,
        adopted=True,
    )


def _left_over(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file())
    except FileNotFoundError:
        return []


def _link_or_copy(path: Path, incoming: Path) -> None:
    """Both names for one file where the disk can do that, else a copy."""
    incoming.unlink(missing_ok=True)
    try:
        os.link(path, incoming)
    except OSError:
        shutil.copyfile(path, incoming)


def _id_of(path: Path) -> str:
    return path.stem.partition("-")[2] or path.stem


def _began(path: Path) -> datetime:
    """When a recording began, by its name; now for a name that does not tell."""
    try:
        return datetime.strptime(path.stem.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)
