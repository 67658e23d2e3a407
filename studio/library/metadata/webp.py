"""WebP chunks: read, and append EXIF and XMP. The picture's own chunks stay as they are.

A simple file (one VP8 or VP8L chunk) gets the VP8X header that metadata need.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

EXIF_FLAG, XMP_FLAG, ALPHA_FLAG = 0x08, 0x04, 0x10


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a WebP file: FourCC and data.

    Raises:
        ValueError: it is not a WebP file, or it is cut off.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("not a WebP file")
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise ValueError("the WebP file is cut off")
    position = 12
    while position + 8 <= end:
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + length > end:
            raise ValueError("the WebP file is cut off")
        yield data[position : position + 4], data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def read_chunk(data: bytes, kind: bytes) -> bytes | None:
    """The first chunk of a kind: b"EXIF", b"XMP ", ..."""
    found = next((body for name, body in chunks(data) if name == kind), None)
    if found is not None and kind == b"EXIF":
        return found.removeprefix(b"Exif\0\0")
    return found


def manifest(data: bytes) -> bytes | None:
    """The C2PA manifest, or None when it carries none."""
    return read_chunk(data, b"C2PA")


def insert(data: bytes, exif: bytes | None, xmp: bytes | None) -> bytes:
    """The file with a TIFF block and an XMP packet; None leaves what is there.

    Raises:
        ValueError: it is not a WebP file, or it is cut off.
    """
    found = list(chunks(data))
    if not found or found[0][0] != b"VP8X":
        found.insert(0, (b"VP8X", _header(found)))
    flags = found[0][1][0]
    for kind, body, flag in ((b"EXIF", exif, EXIF_FLAG), (b"XMP ", xmp, XMP_FLAG)):
        if body is not None:
            found = [(name, old) for name, old in found if name != kind]
            found.append((kind, body))
            flags |= flag
    found[0] = (b"VP8X", bytes([flags]) + found[0][1][1:])
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2) for name, part in found
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _header(found: list[tuple[bytes, bytes]]) -> bytes:
    """The VP8X chunk of a simple file: flags, three reserved bytes, width - 1 and height - 1 in 24 bits."""
    for name, part in found:
        if name == b"VP8 " and part[3:6] == b"\x9d\x01\x2a":
            width, height = (n & 0x3FFF for n in struct.unpack("<HH", part[6:10]))
            return _vp8x(0, width, height)
        if name == b"VP8L" and part[:1] == b"\x2f":
            bits = int.from_bytes(part[1:5], "little")
            alpha = ALPHA_FLAG if bits >> 28 & 1 else 0
            return _vp8x(alpha, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    raise ValueError("the WebP file has no picture data")


def _vp8x(flags: int, width: int, height: int) -> bytes:
    return struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
