"""A clean copy: everything that tells about its making is taken out, no pixel and no sample changes.

Colour profiles, transparency, density and the orientation stay, because a picture looks different without
them. A C2PA manifest goes too: it names the program, and would not match the file any more.
"""

from __future__ import annotations

import struct

from studio.library.metadata import containers, exif, jpeg, png, webp

_PNG_DROPPED = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"caBX"})
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP ", b"C2PA"})
_APP2_PROFILE = b"ICC_PROFILE\0"
_APP14 = 0xEE
_COMMENT = 0xFE


def strip(data: bytes, mime: str) -> bytes:
    """The file without metadata; a format that is not known here comes back as it is.

    Raises:
        ValueError: the file is damaged.
    """
    if mime == "image/png":
        return _png(data)
    if mime == "image/jpeg":
        return _jpeg(data)
    if mime == "image/webp":
        return _webp(data)
    if containers.knows(mime):
        return containers.clear(data, mime)
    return data


def _png(data: bytes) -> bytes:
    orientation = next(
        (exif.read_orientation(bytes(c.data)) for c in png.chunks(data) if c.kind == b"eXIf"), 1
    )
    out = [data[: len(png.SIGNATURE)]]
    for chunk in png.chunks(data):
        if chunk.kind == b"IDAT" and orientation != 1:
            out.append(png.make_chunk(b"eXIf", exif.build_orientation(orientation)))
            orientation = 1
        if chunk.kind not in _PNG_DROPPED:
            out.append(data[chunk.start : chunk.start + 12 + len(chunk.data)])
    return b"".join(out)


def _jpeg(data: bytes) -> bytes:
    found = jpeg.exif_segment(data)
    orientation = exif.read_orientation(found.data[len(jpeg.EXIF_HEADER) :]) if found else 1
    out, at = [data[:2]], 2
    for segment in jpeg.segments(data):
        kept = data[at : segment.end] if _stays(segment) else data[at : segment.start]
        out.append(kept)
        at = segment.end
    out.append(data[at:])
    clean = b"".join(out)
    return clean if orientation == 1 else jpeg.insert(clean, exif.build_orientation(orientation), None)


def _stays(segment: jpeg.Segment) -> bool:
    """JFIF, the colour profile and Adobe's colour transform; other application data and comments go."""
    if 0xE0 <= segment.marker <= 0xEF:
        is_profile = segment.data.startswith(_APP2_PROFILE)
        return segment.marker in (0xE0, _APP14) or is_profile
    return segment.marker != _COMMENT


def _webp(data: bytes) -> bytes:
    orientation = exif.read_orientation(webp.read_chunk(data, b"EXIF") or b"")
    found = [(name, part) for name, part in webp.chunks(data) if name not in _WEBP_DROPPED]
    if found and found[0][0] == b"VP8X":
        flags = found[0][1][0] & ~(webp.EXIF_FLAG | webp.XMP_FLAG)
        found[0] = (b"VP8X", bytes([flags]) + found[0][1][1:])
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2) for name, part in found
    )
    clean = b"RIFF" + struct.pack("<I", len(body)) + body
    return clean if orientation == 1 else webp.insert(clean, exif.build_orientation(orientation), None)
