"""Ogg (Opus, Vorbis) and FLAC: their common list of comments; packets of sound stay as they are."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from studio.library.metadata.tags import (
    MOST_BYTES,
    MOST_PARTS,
    SOURCE_TYPE_FIELD,
    MediaTags,
    from_names,
)

_REVERSED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))
_OPUS, _VORBIS = b"OpusTags", b"\x03vorbis"
_COMMENTS, _LAST = 4, 0x80  # of FLAC's blocks
_LONGEST_BLOCK = (1 << 24) - 1


# ---------------------------------------------------------------- the list of comments


@dataclass(frozen=True, slots=True)
class Comments:
    """Who encoded it, and lines of the form `NAME=text`; `rest` is what follows the list."""

    vendor: bytes
    lines: tuple[bytes, ...]
    rest: bytes = b""

    def names(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.lines:
            name, _, text = line.partition(b"=")
            found.setdefault(name.decode("latin-1"), text.decode(errors="replace"))
        return found

    def with_tags(self, tags: MediaTags) -> Comments | None:
        """With what is not there already; None when that is nothing."""
        there = from_names(self.names())
        fields = (
            (b"TITLE", "" if there.title else tags.title),
            (b"DESCRIPTION", "" if there.comment else tags.comment),
            (SOURCE_TYPE_FIELD.encode(), "" if there.source_type else tags.source_type),
        )
        more = tuple(name + b"=" + text.encode(errors="replace") for name, text in fields if text)
        return Comments(self.vendor, (*self.lines, *more), self.rest) if more else None


def parse(data: bytes) -> Comments:
    """Raises ValueError: the list is cut off."""
    try:
        (length,) = struct.unpack_from("<I", data)
        vendor, position = data[4 : 4 + length], 4 + length
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
        lines: list[bytes] = []
        for _ in range(min(count, MOST_PARTS)):
            (length,) = struct.unpack_from("<I", data, position)
            lines.append(data[position + 4 : position + 4 + length])
            position += 4 + length
    except struct.error as error:
        raise ValueError("the list of comments is cut off") from error
    if count > MOST_PARTS or position > len(data):
        raise ValueError("the list of comments is cut off")
    return Comments(vendor, tuple(lines), data[position:])


def build(comments: Comments) -> bytes:
    out = [struct.pack("<I", len(comments.vendor)), comments.vendor, struct.pack("<I", len(comments.lines))]
    for line in comments.lines:
        out += (struct.pack("<I", len(line)), line)
    return b"".join((*out, comments.rest))


# ---------------------------------------------------------------- FLAC


def read_flac(file: BinaryIO, size: int) -> MediaTags:
    """The tags of a FLAC file.

    Raises:
        ValueError: it is damaged.
    """
    for kind, start, end in _blocks(file, size)[0]:
        if kind == _COMMENTS:
            file.seek(start)
            return from_names(parse(file.read(end - start)).names())
    return MediaTags()


def write_flac(data: bytes, file: BinaryIO, tags: MediaTags) -> bytes | None:
    """The file with title, comment and mark, as far as it has none of them; None when it has.

    Raises:
        ValueError: it is damaged.
    """
    blocks, frames = _blocks(file, len(data))
    old = next((parse(data[start:end]) for kind, start, end in blocks if kind == _COMMENTS), None)
    new = (old or Comments(b"Nectary", ())).with_tags(tags)
    if new is None or len(body := build(new)) > _LONGEST_BLOCK:
        return None
    kept = [(kind, data[start:end]) for kind, start, end in blocks if kind != _COMMENTS]
    return _flac([kept[0], (_COMMENTS, body), *kept[1:]], data[frames:])


def clear_flac(data: bytes, file: BinaryIO) -> bytes:
    """The file without its comments and cover.

    Raises:
        ValueError: it is damaged.
    """
    blocks, frames = _blocks(file, len(data))
    # 0 to 3 and 5: stream, padding, application, seek table, cue sheet; 4 and 6 tell about the making.
    kept = [(kind, data[start:end]) for kind, start, end in blocks if kind in (0, 1, 3, 5)]
    return _flac(kept, data[frames:])


def _flac(blocks: list[tuple[int, bytes]], frames: bytes) -> bytes:
    out = [b"fLaC"]
    for number, (kind, body) in enumerate(blocks, start=1):
        out += (bytes([kind | (_LAST if number == len(blocks) else 0)]), len(body).to_bytes(3), body)
    return b"".join((*out, frames))


def _blocks(file: BinaryIO, size: int) -> tuple[list[tuple[int, int, int]], int]:
    """Kind, start and end of the blocks before the frames, and where those begin."""
    file.seek(0)
    if file.read(4) != b"fLaC":
        raise ValueError("not a FLAC file")
    out: list[tuple[int, int, int]] = []
    position = 4
    while len(out) < MOST_PARTS:
        file.seek(position)
        head = file.read(4)
        start = position + 4
        position = start + int.from_bytes(head[1:])
        if len(head) < 4 or position > size:
            raise ValueError("the FLAC file is cut off")
        out.append((head[0] & 0x7F, start, position))
        if head[0] & _LAST:
            if out[0][0] != 0:
                break
            return out, position
    raise ValueError("the FLAC file is damaged")


# ---------------------------------------------------------------- Ogg


@dataclass(frozen=True, slots=True)
class Page:
    """One page: file[start:end], its contents from `body` on; `lacing` the lengths of its segments."""

    start: int
    body: int
    end: int
    flags: int
    granule: int
    serial: int
    number: int
    lacing: bytes


def pages(file: BinaryIO, size: int) -> Iterator[Page]:
    """The pages of an Ogg file.

    Raises:
        ValueError: it is damaged or cut off.
    """
    position = 0
    while position < size:
        file.seek(position)
        head = file.read(27 + 255)
        if len(head) < 27 or head[:5] != b"OggS\0":
            raise ValueError("an Ogg page is damaged")
        count = head[26]
        lacing = head[27 : 27 + count]
        flags, granule, serial, number = struct.unpack_from("<BqII", head, 5)
        body = position + 27 + count
        end = body + sum(lacing)
        if end > size or len(lacing) < count:
            raise ValueError("the Ogg file is cut off")
        yield Page(position, body, end, flags, granule, serial, number, lacing)
        position = end


@dataclass(frozen=True, slots=True)
class _Heads:
    """The header packets of one stream and the pages they fill, without the first, which stays."""

    packets: tuple[bytes, ...]
    pages: tuple[Page, ...]


def read_ogg(file: BinaryIO, size: int) -> MediaTags:
    """The tags of an Ogg file with Opus or Vorbis in it.

    Raises:
        ValueError: it is damaged.
    """
    heads = _heads(file, size)
    if heads is None:
        return MediaTags()
    return from_names(parse(_list_of(heads.packets[0])[1]).names())


def write_ogg(data: bytes, file: BinaryIO, tags: MediaTags) -> bytes | None:
    """The file with title, comment and mark, as far as it has none of them; None when it has, or holds
    something else than Opus or Vorbis.

    Raises:
        ValueError: it is damaged.
    """
    heads = _heads(file, len(data))
    if heads is None:
        return None
    mark, comments = _list_of(heads.packets[0])
    new = parse(comments).with_tags(tags)
    return None if new is None else _paged(data, file, heads, mark + build(new))


def clear_ogg(data: bytes, file: BinaryIO) -> bytes:
    """The file without its comments.

    Raises:
        ValueError: it is damaged.
    """
    heads = _heads(file, len(data))
    if heads is None:
        return data
    mark, comments = _list_of(heads.packets[0])
    old = parse(comments)
    # The bit that ends Vorbis' list is needed; what Opus has behind it may be anything.
    rest = old.rest[:1] if mark == _VORBIS else b""
    return _paged(data, file, heads, mark + build(Comments(old.vendor, (), rest)))


def _list_of(packet: bytes) -> tuple[bytes, bytes]:
    mark = _OPUS if packet.startswith(_OPUS) else _VORBIS
    return mark, packet[len(mark) :]


def _heads(file: BinaryIO, size: int) -> _Heads | None:
    """The comment packet and, of Vorbis, the one behind it, which shares its pages."""
    found: list[Page] = []
    packets: list[bytes] = []
    begun, wanted, serial = b"", 0, None
    for page in pages(file, size):
        file.seek(page.body)
        if serial is None:
            start = file.read(min(8, page.end - page.body))
            wanted = 1 if start.startswith(b"OpusHead") else 2 if start.startswith(b"\x01vorbis") else 0
            if wanted:
                serial = page.serial
            elif not page.flags & 2:  # the beginnings of all streams come first
                return None
            continue
        if page.serial != serial:
            if not page.flags & 2:
                return None  # streams that interleave this early are left alone
            continue
        body = file.read(page.end - page.body)
        found.append(page)
        at = 0
        for length in page.lacing:
            begun += body[at : at + length]
            at += length
            if length < 255:
                packets.append(begun)
                begun = b""
        if len(begun) > MOST_BYTES or len(found) > MOST_PARTS:
            raise ValueError("the Ogg file's comments are too long")
        if len(packets) >= wanted:
            # Sound begins on a page of its own; where it does not, the file is odd and stays as it is.
            is_odd = len(packets) != wanted or begun or not packets[0].startswith((_OPUS, _VORBIS))
            return None if is_odd else _Heads(tuple(packets), tuple(found))
    return None


def _paged(data: bytes, file: BinaryIO, heads: _Heads, packet: bytes) -> bytes:
    """The file with another comment packet; the pages behind are numbered again when there are more now."""
    first = heads.pages[0]
    made = _pages_of((packet, *heads.packets[1:]), first.serial, first.number)
    delta = len(made) - len(heads.pages)
    out: list[bytes] = []
    replaced = {page.start for page in heads.pages}
    last = 0
    for page in pages(file, len(data)):
        if page.start in replaced:
            out.append(data[last : page.start])
            if page.start == first.start:
                out += made
            last = page.end
        elif delta and page.serial == first.serial and page.start > first.start:
            out.append(data[last : page.start])
            out.append(_sealed(data[page.start : page.end], page.number + delta))
            last = page.end
    return b"".join((*out, data[last:]))


def _pages_of(packets: tuple[bytes, ...], serial: int, number: int) -> list[bytes]:
    lacing, body = b"", b"".join(packets)
    for packet in packets:
        lacing += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    out: list[bytes] = []
    at, continued = 0, 0
    for start in range(0, len(lacing), 255):
        sizes = lacing[start : start + 255]
        # A page on which no packet ends has no position of its own.
        granule = 0 if min(sizes) < 255 else -1
        head = struct.pack("<4sBBqIII", b"OggS", 0, continued, granule, serial, 0, 0) + bytes([len(sizes)])
        out.append(_sealed(head + sizes + body[at : at + sum(sizes)], number + len(out)))
        at += sum(sizes)
        continued = 1 if sizes[-1] == 255 else 0
    return out


def _sealed(page: bytes, number: int) -> bytes:
    """A page with another number and the checksum that goes with it."""
    page = b"".join((page[:18], struct.pack("<II", number & 0xFFFFFFFF, 0), page[26:]))
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(data: bytes) -> int:
    """Ogg's CRC-32 by zlib's, which is the same polynomial from the other end."""
    value = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
