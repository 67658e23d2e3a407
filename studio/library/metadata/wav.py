"""WAV: title and comment in a LIST chunk, XMP in a `_PMX` chunk, both behind the samples."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from studio.library.metadata.tags import MOST_BYTES, MOST_PARTS, MediaTags, from_names

XMP_CHUNK = b"_PMX"
_NAMES = {b"INAM": "title", b"ICMT": "comment"}
_DROPPED = frozenset({XMP_CHUNK, b"bext", b"iXML", b"id3 ", b"ID3 ", b"C2PA"})
_LARGEST = (1 << 32) - 2


def chunks(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the contents of each chunk.

    Raises:
        ValueError: it is no WAV file, its length is open (as a stream's is), or it is cut off.
    """
    file.seek(0)
    head = file.read(12)
    end = 8 + int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    if end > size:
        raise ValueError("the WAV file is cut off, or its length is open")
    position = 12
    for _ in range(MOST_PARTS):
        file.seek(position)
        head = file.read(8)
        if position + 8 > end or len(head) < 8:
            return
        start = position + 8
        length = int.from_bytes(head[4:8], "little")
        if start + length > end:
            raise ValueError("the WAV file is cut off")
        yield head[:4], start, start + length
        position = start + length + length % 2
    raise ValueError("the WAV file has too many chunks")


def read(file: BinaryIO, size: int) -> MediaTags:
    """The tags of a file.

    Raises:
        ValueError: it is damaged.
    """
    found: dict[str, str] = {}
    packet = b""
    manifest: bytes | None = None
    for name, start, end in chunks(file, size):
        if name in (XMP_CHUNK, b"LIST", b"C2PA"):
            if end - start > MOST_BYTES:
                raise ValueError("a chunk of metadata is too large")
            file.seek(start)
            body = file.read(end - start)
            if name == XMP_CHUNK:
                packet = packet or body
            elif name == b"C2PA":
                manifest = body
            elif body[:4] == b"INFO":
                for key, text in _lines(body):
                    found.setdefault(key, text)
    tags = from_names(found, packet)
    return MediaTags(
        title=tags.title, comment=tags.comment, packet=packet, others=tags.others, manifest=manifest
    )


def write(data: bytes, file: BinaryIO, tags: MediaTags) -> bytes | None:
    """The file with title, comment and packet, as far as it has none of them; None when nothing can be added.

    Raises:
        ValueError: it is damaged.
    """
    there = read(file, len(data))
    lines = b"".join(
        _chunk(name, text.encode(errors="replace") + b"\0")
        for name, text in (
            (b"INAM", "" if there.title else tags.title),
            (b"ICMT", "" if there.comment else tags.comment),
        )
        if text
    )
    new = _chunk(b"LIST", b"INFO" + lines) if lines else b""
    if tags.packet and not there.packet:
        new += _chunk(XMP_CHUNK, tags.packet)
    end = 8 + int.from_bytes(data[4:8], "little")
    if there.manifest is not None or not new or end + len(new) > _LARGEST:
        return None
    gap = b"\0" * (end % 2)  # some writers leave the last chunk without the byte that makes it even
    length = end - 8 + len(gap) + len(new)
    return b"".join((data[:4], struct.pack("<I", length), data[8:end], gap, new, data[end:]))


def clear(data: bytes, file: BinaryIO) -> bytes:
    """The file without what tells about its making.

    Raises:
        ValueError: it is damaged.
    """
    kept = [
        _chunk(name, data[start:end])
        for name, start, end in chunks(file, len(data))
        if name not in _DROPPED and not (name == b"LIST" and data[start : start + 4] == b"INFO")
    ]
    body = b"WAVE" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    position = 4
    while position + 8 <= len(body):
        name = body[position : position + 4]
        length = int.from_bytes(body[position + 4 : position + 8], "little")
        text = body[position + 8 : position + 8 + length].decode(errors="replace").strip("\0 ")
        yield _NAMES.get(name, name.decode("latin-1")), text
        position += 8 + length + length % 2


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
