"""Films and sounds by what they really are: the one place that knows which module reads and writes which."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from studio.library.metadata import id3, matroska, mp4, vorbis, wav
from studio.library.metadata.tags import MediaTags

LARGEST = 256 << 20
"""Films beyond this are not held in memory to be written again; their sidecar tells."""


@dataclass(frozen=True, slots=True)
class _Format:
    read: Callable[[BinaryIO, int], MediaTags]
    write: Callable[[bytes, BinaryIO, MediaTags], bytes | None]
    clear: Callable[[bytes, BinaryIO], bytes]


_MP4 = _Format(mp4.read, mp4.write, mp4.clear)
_MATROSKA = _Format(matroska.read, matroska.write, matroska.clear)
_OGG = _Format(vorbis.read_ogg, vorbis.write_ogg, vorbis.clear_ogg)
_FORMATS = {
    "video/mp4": _MP4,
    "audio/mp4": _MP4,
    "video/quicktime": _MP4,
    "video/webm": _MATROSKA,
    "audio/webm": _MATROSKA,
    "audio/ogg": _OGG,
    "video/ogg": _OGG,
    "audio/mpeg": _Format(id3.read, id3.write, id3.clear),
    "audio/flac": _Format(vorbis.read_flac, vorbis.write_flac, vorbis.clear_flac),
    "audio/wav": _Format(wav.read, wav.write, wav.clear),
}


def knows(mime: str) -> bool:
    """Whether tags of this format are read and written here."""
    return mime in _FORMATS


def read(file: BinaryIO, size: int, mime: str) -> MediaTags:
    """The tags of a file; only the parts that hold them are read.

    Raises:
        ValueError: it is damaged, or made to keep its reader busy.
        OSError: it cannot be read.
    """
    return _FORMATS[mime].read(file, size)


def write(data: bytes, mime: str, tags: MediaTags) -> bytes | None:
    """The file with these tags, as far as it has none; None when nothing was added.

    Raises:
        ValueError: it is damaged.
    """
    return _FORMATS[mime].write(data, io.BytesIO(data), tags)


def clear(data: bytes, mime: str) -> bytes:
    """The file without what tells about its making.

    Raises:
        ValueError: it is damaged.
    """
    return _FORMATS[mime].clear(data, io.BytesIO(data))
