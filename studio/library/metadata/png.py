"""PNG chunks: read, and insert text before the picture data. No other byte of the file changes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = "XML:com.adobe.xmp"
_LONGEST_TEXT = 16 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk; `start` is where its length field lies in the file."""

    kind: bytes
    start: int
    data: memoryview


def chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks of a PNG.

    Raises:
        ValueError: it is not a PNG, or it is cut off.
    """
    if not data.startswith(SIGNATURE):
        raise ValueError("not a PNG file")
    view = memoryview(data)
    position = len(SIGNATURE)
    while position < len(data):
        if position + 12 > len(data):
            raise ValueError("the PNG file is cut off")
        length = int.from_bytes(view[position : position + 4])
        end = position + 12 + length
        if end > len(data):
            raise ValueError("the PNG file is cut off")
        yield Chunk(bytes(view[position + 4 : position + 8]), position, view[position + 8 : end - 4])
        position = end


def insert_texts(data: bytes, texts: dict[str, str]) -> bytes:
    """The file with one text chunk per keyword, in front of the first data chunk.

    Latin-1 text becomes tEXt, which everything reads; other text and XMP become iTXt.

    Raises:
        ValueError: it is not a PNG, or it is cut off.
    """
    place = next((chunk.start for chunk in chunks(data) if chunk.kind == b"IDAT"), None)
    if place is None:
        raise ValueError("the PNG file has no picture data")
    new = b"".join(_text_chunk(keyword, text) for keyword, text in texts.items())
    return data[:place] + new + data[place:]


def read_texts(data: bytes) -> dict[str, str]:
    """All text chunks by keyword, the first of each; unreadable ones are left out.

    Raises:
        ValueError: it is not a PNG, or it is cut off.
    """
    out: dict[str, str] = {}
    for chunk in chunks(data):
        found = _read_text(chunk)
        if found is not None:
            out.setdefault(*found)
    return out


def manifest(data: bytes) -> bytes | None:
    """The C2PA manifest, or None when it carries none."""
    return next((bytes(chunk.data) for chunk in chunks(data) if chunk.kind == b"caBX"), None)


def _text_chunk(keyword: str, text: str) -> bytes:
    text = text.replace("\0", "").encode(errors="replace").decode()
    key = keyword.encode("latin-1")
    if keyword != XMP_KEYWORD:
        try:
            return make_chunk(b"tEXt", key + b"\0" + text.encode("latin-1"))
        except UnicodeEncodeError:
            pass
    # Keyword, no compression, no language, no translated keyword.
    return make_chunk(b"iTXt", key + b"\0\0\0\0\0" + text.encode())


def make_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _read_text(chunk: Chunk) -> tuple[str, str] | None:
    if chunk.kind not in (b"tEXt", b"zTXt", b"iTXt"):
        return None
    key, _, rest = bytes(chunk.data).partition(b"\0")
    keyword = key.decode("latin-1")
    try:
        if chunk.kind == b"tEXt":
            return keyword, rest.decode("latin-1")
        if chunk.kind == b"zTXt":
            return keyword, _inflate(rest[1:]).decode("latin-1")
        compressed = rest[0] == 1
        _language, _, rest = rest[2:].partition(b"\0")
        _translated, _, text = rest.partition(b"\0")
        return keyword, (_inflate(text) if compressed else text).decode(errors="replace")
    except (zlib.error, IndexError, ValueError):
        return None


def _inflate(data: bytes) -> bytes:
    """Refuses what unpacks to more than 16 MiB."""
    unpacker = zlib.decompressobj()
    out = unpacker.decompress(data, _LONGEST_TEXT)
    if unpacker.unconsumed_tail:
        raise ValueError("the text is too long")
    return out
