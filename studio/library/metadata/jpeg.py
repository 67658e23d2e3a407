"""JPEG segments: read, and insert EXIF and XMP behind the JFIF header. No other byte of the file changes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

EXIF_HEADER = b"Exif\0\0"
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
LONGEST_SEGMENT = 65_533
_APP0, _APP1, _APP11 = 0xE0, 0xE1, 0xEB
_SOS = 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker segment before the picture data: file[start:end], `data` without marker and length."""

    marker: int
    start: int
    end: int
    data: bytes


def segments(data: bytes) -> Iterator[Segment]:
    """The segments up to the picture data.

    Raises:
        ValueError: it is not a JPEG, or it is cut off.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("not a JPEG file")
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise ValueError("the JPEG file is damaged")
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _SOS:
            return
        if marker in _WITHOUT_LENGTH:
            position += 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4])
        end = position + 2 + length
        if length < 2 or end > len(data):
            break
        yield Segment(marker, position, end, data[position + 4 : end])
        position = end
    raise ValueError("the JPEG file is cut off")


def exif_segment(data: bytes) -> Segment | None:
    return _first(data, EXIF_HEADER)


def xmp_segment(data: bytes) -> Segment | None:
    return _first(data, XMP_HEADER)


def manifest(data: bytes) -> bytes | None:
    """The C2PA manifest, which lies in pieces in APP11 segments, or None when it carries none."""
    return _manifest([s.data for s in segments(data) if s.marker == _APP11])


def metadata(data: bytes) -> tuple[bytes, bytes, bytes | None]:
    """The first EXIF block and the first XMP packet (empty where there is none), and the C2PA manifest, in
    one pass.

    Raises:
        ValueError: it is not a JPEG, or it is cut off.
    """
    exif = xmp = None
    pieces: list[bytes] = []
    for segment in segments(data):
        if segment.marker == _APP1:
            if exif is None and segment.data.startswith(EXIF_HEADER):
                exif = segment.data[len(EXIF_HEADER) :]
            elif xmp is None and segment.data.startswith(XMP_HEADER):
                xmp = segment.data[len(XMP_HEADER) :]
        elif segment.marker == _APP11:
            pieces.append(segment.data)
    return exif or b"", xmp or b"", _manifest(pieces)


def insert(data: bytes, exif: bytes | None, xmp: bytes | None) -> bytes:
    """The file with a TIFF block and an XMP packet, each left out when None or too long for a segment.

    An EXIF segment that is there already is replaced by `exif`.

    Raises:
        ValueError: it is not a JPEG, or it is cut off.
    """
    if exif is not None and len(exif) + len(EXIF_HEADER) <= LONGEST_SEGMENT:
        new = _segment(EXIF_HEADER + exif)
        old = exif_segment(data)
        start, end = (old.start, old.end) if old else (_place(data),) * 2
        data = data[:start] + new + data[end:]
    if xmp is not None and len(xmp) + len(XMP_HEADER) <= LONGEST_SEGMENT:
        found = exif_segment(data)
        place = found.end if found else _place(data)
        data = data[:place] + _segment(XMP_HEADER + xmp) + data[place:]
    return data


def _manifest(pieces: Sequence[bytes]) -> bytes | None:
    if not any(b"c2pa" in piece[:256] for piece in pieces):
        return None
    # Each piece begins with its number and, but for the first, the head of the box again.
    return b"".join(piece[8:] if number == 0 else piece[16:] for number, piece in enumerate(pieces))


def _first(data: bytes, header: bytes) -> Segment | None:
    return next((s for s in segments(data) if s.marker == _APP1 and s.data.startswith(header)), None)


def _place(data: bytes) -> int:
    """Behind the JFIF headers, which have to come first."""
    place = 2
    for segment in segments(data):
        if segment.marker != _APP0:
            break
        place = segment.end
    return place


def _segment(data: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data
