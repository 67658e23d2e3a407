"""Sound files for the rest of the program: awaitable, in threads of their own."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar, cast

from studio.core.events import Event
from studio.domain.sound import Chapter, EncodeOptions, Joined, Loudness, Part, SoundFormat, SoundInfo, Span

if TYPE_CHECKING:
    from studio.domain.peaks import Peaks
    from studio.library.sound.opening import Samples

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

NICENESS = 10


class OutlinePlaces(Protocol):
    """Where the library keeps outlines: `LibraryService`."""

    def outline_path(self, sha256: str) -> Path: ...


class Drafts(Protocol):
    """Where small things are kept: `ProfileService`."""

    async def draft(self, key: str) -> object: ...

    async def set_draft(self, key: str, value: object) -> None: ...


class SoundService:
    """Looks at, outlines, measures, cuts, joins and encodes sound files.

    Outlines are computed in a thread of low priority, one after the other, and kept: beside the thumbnails
    for the library's own files, in the cache for others. Every method raises `StudioError` with one sentence
    when a file cannot be used.

    `outlining` tells how far the outline of a file has come: (path, share).

    Args:
        places: the library, for files that are in it.
        cache: folder for the outlines of other files.
        drafts: where the marks of the library's files are kept; None keeps none.
    """

    def __init__(self, places: OutlinePlaces, cache: Path, drafts: Drafts | None = None) -> None:
        self.outlining: Event[tuple[Path, float]] = Event("sound.outlining")
        self._places = places
        self._cache = cache
        self._drafts = drafts
        self._running: dict[Path, asyncio.Future[Peaks]] = {}
        self._stopped = threading.Event()
        self._swept = False
        self._outliner = ThreadPoolExecutor(1, "sound-outline", initializer=_be_nice)
        self._worker = ThreadPoolExecutor(2, "sound-work", initializer=_be_nice)

    async def close(self) -> None:
        """Give up what is computed and end the threads."""
        self._stopped.set()
        loop = asyncio.get_running_loop()
        for executor in (self._outliner, self._worker):
            executor.shutdown(wait=False, cancel_futures=True)
            await loop.run_in_executor(None, executor.shutdown)

    # ------------------------------------------------------------ looking

    async def probe(self, path: Path) -> SoundInfo:
        """What a sound or video file says about itself."""
        from studio.library.sound.opening import probe

        return await self._work(probe, path)

    async def peaks(self, path: Path, sha256: str = "") -> Peaks:
        """The outline of a sound, computed when it is asked for the first time.

        Args:
            sha256: of a file in the library; empty for other files.
        """
        loop = asyncio.get_running_loop()
        running = self._running.get(path)
        if running is None:

            def tell(share: float) -> None:
                loop.call_soon_threadsafe(self.outlining.emit, (path, share))

            # Kept here, so that it goes on for others when one who waits is cancelled.
            running = loop.run_in_executor(self._outliner, self._outline, path, sha256, tell)
            self._running[path] = running
            running.add_done_callback(lambda done: self._outlined(path, done))
        return await asyncio.shield(running)

    def _outlined(self, path: Path, done: asyncio.Future[Peaks]) -> None:
        self._running.pop(path, None)
        if not done.cancelled():
            done.exception()  # whoever waits hears of it; nobody may be waiting any more

    def _outline(self, path: Path, sha256: str, tell: Callable[[float], None]) -> Peaks:
        from studio.library.sound import outline

        if not self._swept:
            self._swept = True
            outline.remove_old_outlines(self._cache)
        key = sha256 or outline.foreign_key(path)
        place = self._places.outline_path(key) if sha256 else self._cache / key[:2] / f"{key}.peaks"
        kept = outline.read_outline(place)
        if kept is not None:
            return kept
        return outline.make_outline(path, place, progress=tell, stopped=self._stopped.is_set)

    async def samples(self, path: Path, start: float, count: int) -> tuple[Samples, int]:
        """Single samples (mono, ±1) from `start` seconds on, and the number of the first one."""
        from studio.library.sound.opening import window

        return await self._work(window, path, start, count)

    async def loudness(self, path: Path) -> Loudness:
        """EBU R128 loudness and true peak of a whole file."""
        from studio.library.sound.loudness import measure

        return await self._work(measure, path)

    async def silences(self, path: Path, *, below: float = -40.0, longer: float = 0.3) -> list[Span]:
        """Where nothing is heard.

        Args:
            below: dBFS. `longer`: seconds.
        """
        from studio.library.sound.silence import find_silences

        return await self._work(find_silences, path, below=below, longer=longer)

    # ------------------------------------------------------------ marks

    async def marks(self, sha256: str) -> list[float]:
        """The places that were marked in a sound of the library, in seconds, in order."""
        kept = await self._drafts.draft(_marks_key(sha256)) if self._drafts is not None and sha256 else None
        found = cast("list[object]", kept) if isinstance(kept, list) else []
        return sorted(float(mark) for mark in found if isinstance(mark, int | float) and mark >= 0)

    async def set_marks(self, sha256: str, marks: Sequence[float]) -> None:
        """Keep the places that are marked now."""
        if self._drafts is not None and sha256:
            await self._drafts.set_draft(_marks_key(sha256), [round(mark, 3) for mark in sorted(marks)])

    # ------------------------------------------------------------ making

    async def encode(self, path: Path, into: Path, options: EncodeOptions) -> Joined:
        """Write a sound, or the sound of a video, in another format."""
        return await self.join([Part(str(path))], into, options)

    async def join(self, parts: Sequence[Part], into: Path, options: EncodeOptions) -> Joined:
        """Write several sounds one after the other, exact to the frame, with pauses and gains."""
        from studio.library.sound.joining import join

        return await self._work(join, list(parts), into, options)

    async def write_chapters(self, path: Path, form: SoundFormat, chapters: Sequence[Chapter]) -> None:
        """Put chapters into a file, without encoding it again."""
        from studio.library.sound.chapters import write_chapters

        await self._work(write_chapters, path, form, list(chapters))

    async def cut(
        self,
        path: Path,
        spans: Sequence[Span],
        into: Sequence[Path],
        options: EncodeOptions,
        *,
        told: Callable[[int], object] = int,
    ) -> list[Span]:
        """Write stretches of a sound to files of their own, in one pass; where they really are.

        Args:
            told: hears how many files are whole, after each of them.
        """
        from studio.library.sound.joining import cut

        loop = asyncio.get_running_loop()

        def tell(count: int) -> None:
            loop.call_soon_threadsafe(told, count)

        return await self._work(cut, path, list(spans), list(into), options, told=tell)

    async def _work(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, lambda: call(*args, **kwargs))


def _marks_key(sha256: str) -> str:
    return f"sound.marks.{sha256}"


def _be_nice() -> None:
    """Let the window go first. Linux has priorities per thread; elsewhere the threads are equal."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
