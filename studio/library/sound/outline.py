"""Outlines of sounds: computed in one pass, kept in a file, read without loading it.

    4 bytes  magic, then little-endian: u32 rate, u32 base, u32 factor, u32 levels, u64 frames
    levels   from the finest: pairs of 16-bit numbers, lowest and highest sample of a bucket

The file is disposable. A long one is mapped, so a sound of any length costs the memory that is looked at.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import struct
import time
from collections.abc import Callable, Container
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from studio.core.files import PARTIAL_SUFFIX, storage_error
from studio.core.i18n import tr
from studio.library.sound.opening import Resampler, SoundError, frames, open_sound

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

    from studio.domain.peaks import Level, Peaks

MAGIC = b"NPK1"
_HEADER = struct.Struct("<4sIIIIQ")
_TELL_EVERY = 0.25
_CHUNK = 1 << 16
READ_WHOLE = 1 << 18
"""Bytes up to which an outline is read, some minutes of sound; a mapped one keeps its file open."""
OLD_SECONDS = 30 * 86400


class OutlineStopped(Exception):  # noqa: N818 - nothing went wrong
    """The program ends; nothing was written."""


def read_outline(path: Path) -> Peaks | None:
    """The outline in a file; None when there is none, or it is damaged or of another version."""
    import numpy as np

    from studio.domain.peaks import BASE, FACTOR, Peaks

    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return None
        magic, rate, base, factor, count, total = _HEADER.unpack(head)
        lengths = _lengths(total)
        whole = _HEADER.size + 4 * sum(lengths)
        good = (magic, base, factor, count) == (MAGIC, BASE, FACTOR, len(lengths)) and rate
        if not good or path.stat().st_size != whole:
            return None
        if not total:
            return Peaks(rate, 0, [])
        if whole > READ_WHOLE:
            pairs = np.memmap(path, np.dtype("<i2"), "r", offset=_HEADER.size).reshape(-1, 2)
        else:
            pairs = np.fromfile(path, np.dtype("<i2"), offset=_HEADER.size).reshape(-1, 2)
    except OSError:
        return None
    levels: list[Level] = []
    at = 0
    for length in lengths:
        levels.append(pairs[at : at + length])
        at += length
    return Peaks(rate, total, levels)


def make_outline(
    sound: Path,
    into: Path,
    *,
    progress: Callable[[float], object] = lambda _share: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Peaks:
    """Decode a sound once and keep its outline at `into`.

    Args:
        progress: called from this thread with the share that is done, a few times a second.
        stopped: asked between blocks; True gives up.

    Raises:
        SoundError: the file cannot be decoded.
        StorageError: the outline cannot be written.
        OutlineStopped: `stopped` said so.
    """
    partial = into.with_name(f".{into.name}.{os.getpid()}{PARTIAL_SUFFIX}")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w+b") as file:
            _write(sound, file, progress, stopped)
        partial.replace(into)
    except OSError as error:
        raise storage_error(error, into) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    peaks = read_outline(into)
    if peaks is None:
        raise SoundError(tr("The outline of this sound could not be kept."), into.name)
    return peaks


def _write(
    sound: Path, file: BinaryIO, progress: Callable[[float], object], stopped: Callable[[], bool]
) -> None:
    from studio.domain.peaks import BASE, FACTOR

    file.seek(_HEADER.size)
    with open_sound(sound) as (container, track):
        rate, layout = track.codec_context.sample_rate, track.codec_context.layout
        # All channels count: what is heard on one side alone must be seen.
        base = _Base(file, layout.nb_channels)
        resampler = Resampler("s16", layout.name, rate)
        length = float(track.duration * track.time_base) if track.duration and track.time_base else 0.0
        told = time.monotonic()
        for frame in frames(container, track):
            for made in resampler.push(frame):
                base.add(made)
            now = time.monotonic()
            if now - told >= _TELL_EVERY:
                told = now
                if stopped():
                    raise OutlineStopped
                if length:
                    progress(min(base.frames / rate / length, 1.0))
        for made in resampler.flush():
            base.add(made)
        base.end()
    lengths = _lengths(base.frames)
    _write_levels(file, lengths)
    file.seek(0)
    file.write(_HEADER.pack(MAGIC, rate, BASE, FACTOR, len(lengths), base.frames))
    file.flush()


class _Base:
    """Writes level 0 while samples come in."""

    def __init__(self, file: BinaryIO, channels: int) -> None:
        import numpy as np

        self._file = file
        self._channels = channels
        self._rest = np.zeros(0, np.int16)
        self.frames = 0

    def add(self, frame: AudioFrame) -> None:
        import numpy as np

        from studio.domain.peaks import BASE

        samples = frame.to_ndarray().reshape(-1)
        self.frames += len(samples) // self._channels
        if len(self._rest):
            samples = np.concatenate([self._rest, samples])
        width = BASE * self._channels
        whole = len(samples) // width * width
        if whole:
            buckets = samples[:whole].reshape(-1, width)
            self._file.write(np.stack([buckets.min(axis=1), buckets.max(axis=1)], axis=1).tobytes())
        self._rest = samples[whole:].copy()

    def end(self) -> None:
        import numpy as np

        if len(self._rest):
            self._file.write(np.array([self._rest.min(), self._rest.max()], np.int16).tobytes())


def _write_levels(file: BinaryIO, lengths: list[int]) -> None:
    """The levels above the first, read back in chunks so that the memory does not grow with the sound."""
    import numpy as np

    from studio.domain.peaks import FACTOR, coarser

    below = _HEADER.size
    for length, _above in itertools.pairwise(lengths):
        end = below + 4 * length
        for first in range(0, length, _CHUNK * FACTOR):
            file.seek(below + 4 * first)
            data = file.read(4 * min(_CHUNK * FACTOR, length - first))
            made = coarser(np.frombuffer(data, np.int16).reshape(-1, 2))
            file.seek(end + 4 * (first // FACTOR))
            file.write(made.tobytes())
        below = end


def _lengths(total: int) -> list[int]:
    """How many buckets each level has."""
    from studio.domain.peaks import BASE, FACTOR, SMALLEST_LEVEL

    lengths = [-(-total // BASE)]
    while lengths[-1] > SMALLEST_LEVEL:
        lengths.append(-(-lengths[-1] // FACTOR))
    return lengths if total else []


def remove_orphan_outlines(folder: Path, wanted: Container[str]) -> int:
    """Delete outlines of content that is in the library no more; how many it were."""
    removed = 0
    for entry in folder.glob("*/*.peaks"):
        if entry.stem not in wanted:
            with contextlib.suppress(OSError):
                entry.unlink(missing_ok=True)
                removed += 1
    return removed


def remove_old_outlines(folder: Path, *, now: float | None = None) -> int:
    """Delete outlines that nobody looked at for a month; how many it were."""
    limit = (time.time() if now is None else now) - OLD_SECONDS
    removed = 0
    for entry in folder.glob("*/*.peaks"):
        with contextlib.suppress(OSError):
            if entry.stat().st_mtime < limit:
                entry.unlink()
                removed += 1
    return removed


def foreign_key(path: Path) -> str:
    """A name for the outline of a file that is not in the library: path, size and time of change.

    Raises:
        SoundError: the file is not there.
    """
    import hashlib

    try:
        status = path.stat()
    except OSError as error:
        raise SoundError(tr("The sound file is not there any more."), str(path)) from error
    text = f"{path.absolute()}\0{status.st_size}\0{status.st_mtime_ns}"
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
