"""A WAV file that can be played at any moment of its making, and mended after a crash at any byte of it.

The header comes first and says how many bytes of sound follow. It is written again after every flush, in one
call, so that it never promises more than is on the disk; what came after the last one is found by the file's
length. A file of more than 4 GiB becomes an RF64 (EBU Tech 3306): the room for its long sizes is kept free in
a `JUNK` chunk from the beginning.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple

from studio.core.files import sync_folder
from studio.domain.sound import PcmFormat

HEADER = 80
"""Bytes before the first sample: RIFF, JUNK or ds64, fmt, data."""
_LONGEST_RIFF = 0xFFFF_FFFF
_SIZES = struct.Struct("<4sI4s4sI28s4sIHHIIHH4sI")


class WavWriter:
    """Writes 16-bit samples. Every method raises OSError when the disk does not take it; then nothing that
    was written before is lost, and the same samples may be written again.

    Args:
        path: must not exist. `format`: of the samples.
    """

    def __init__(self, path: Path, format: PcmFormat) -> None:  # noqa: A002 - as elsewhere in this package
        self.path = path
        self.format = format
        self._bytes = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb", buffering=0)
        self._write_at(0, header(format, 0))
        os.fsync(self._file.fileno())
        sync_folder(path.parent)

    @property
    def frames(self) -> int:
        """Whole frames written so far."""
        return self._bytes // self.format.frame_bytes

    def write(self, pcm: bytes) -> None:
        """Add samples; they survive the end of the program, and after `flush` that of the machine."""
        self._write_at(HEADER + self._bytes, pcm)
        self._bytes += len(pcm)

    def flush(self) -> None:
        """Put everything on the disk, then tell so in the header."""
        os.fsync(self._file.fileno())
        self._write_at(0, header(self.format, self.frames * self.format.frame_bytes))
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Flush and close; may be called twice."""
        if self._file.closed:
            return
        try:
            # A piece of a frame, or what a full disk took of a chunk.
            self._file.truncate(HEADER + self.frames * self.format.frame_bytes)
            self.flush()
        finally:
            self._file.close()

    def _write_at(self, place: int, data: bytes) -> None:
        self._file.seek(place)
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]


class Mended(NamedTuple):
    """What `mend` found: the format, and how many frames there are."""

    format: PcmFormat
    frames: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.format.rate


def header(format: PcmFormat, data: int) -> bytes:  # noqa: A002
    """The first `HEADER` bytes of a file with `data` bytes of sound."""
    riff = HEADER - 8 + data
    long = riff > _LONGEST_RIFF
    # ds64: sizes of RIFF and data and the number of frames as 64 bits, and an empty table.
    sizes = struct.pack("<QQQI", riff, data, data // format.frame_bytes, 0) if long else bytes(28)
    frame = format.frame_bytes
    return _SIZES.pack(
        b"RF64" if long else b"RIFF", _LONGEST_RIFF if long else riff, b"WAVE",
        b"ds64" if long else b"JUNK", 28, sizes,
        b"fmt ", 16, 1, format.channels, format.rate, format.rate * frame, frame, 16,
        b"data", _LONGEST_RIFF if long else data,
    )  # fmt: skip


def mend(path: Path) -> Mended | None:
    """Make the header of a file that a crash left tell all that is in it.

    Returns:
        None when it was not begun by a `WavWriter`, or holds no sound.

    Raises:
        OSError: it cannot be read or written.
    """
    with path.open("r+b") as file:
        fields = _read_header(file.read(HEADER))
        if fields is None:
            return None
        length = file.seek(0, os.SEEK_END)
        frames = (length - HEADER) // fields.frame_bytes
        if not frames:
            return None
        data = frames * fields.frame_bytes
        file.truncate(HEADER + data)
        file.seek(0)
        file.write(header(fields, data))
        file.flush()
        os.fsync(file.fileno())
    return Mended(fields, frames)


def _read_header(head: bytes) -> PcmFormat | None:
    if len(head) < HEADER:
        return None
    fields = _SIZES.unpack(head)
    known = fields[0] in (b"RIFF", b"RF64") and fields[2] == b"WAVE"
    plain = fields[6] == b"fmt " and fields[8] == 1
    channels, rate = fields[9], fields[10]
    return PcmFormat(rate, channels) if known and plain and channels and rate else None
