"""MP4, M4A and MOV: a title, a comment and an XMP packet in boxes; the samples stay where and as they are.

    moov/udta/meta/ilst     ©nam, ©cmt, as iTunes, ffmpeg and most players have it
    uuid be7acfcb…          the XMP packet, at the file's end

When `moov` lies before the samples and grows, the sample tables (`stco`, `co64`) are moved along. Fragmented
files, whose tables are elsewhere, get the packet alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from studio.library.metadata.tags import MOST_BYTES, MOST_PARTS, MediaTags, from_names

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_NAMES = {b"\xa9nam": "title", b"\xa9cmt": "comment", b"desc": "description"}
_TO_TABLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
# What holds offsets that are not followed here: fragments, protected samples, packed headers.
_ELSEWHERE = frozenset({b"moof", b"mfra", b"sidx", b"ssix", b"meta"})
_HANDLER = struct.pack(">I4s4s4s", 0, b"\0\0\0\0", b"mdir", b"appl") + bytes(9)
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Box:
    """One box: file[start:end], its contents from `body` on."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places.

    Raises:
        ValueError: a box reaches beyond `end`, or there are too many.
    """
    position = start
    for _ in range(MOST_PARTS):
        if position == end:
            return
        file.seek(position)
        header = file.read(16)
        if len(header) < 8 or position + 8 > end:
            if not any(header[: end - position]):
                return  # QuickTime ends its lists with four zero bytes
            raise ValueError("the file is cut off within a box")
        length, body = int.from_bytes(header[:4]), 8
        if length == 1:
            length, body = int.from_bytes(header[8:16]), 16
        elif length == 0:
            length = end - position
        if length < body or position + length > end:
            raise ValueError("a box does not fit into the file")
        yield Box(header[4:8], position, position + body, position + length)
        position += length
    raise ValueError("the file has too many boxes")


def read(file: BinaryIO, size: int) -> MediaTags:
    """The tags of a file.

    Raises:
        ValueError: it is damaged.
    """
    found: dict[str, str] = {}
    packet = b""
    manifest: bytes | None = None
    for box in boxes(file, 0, size):
        if box.kind == b"uuid":
            identity = _bytes(file, box.body, min(box.end, box.body + 16))
            if identity == XMP_UUID:
                packet = packet or _bytes(file, box.body + 16, box.end)
            elif identity == C2PA_UUID:
                manifest = _bytes(file, box.body + 16, box.end)
        elif box.kind in (b"moov", b"meta"):
            for name, text in _texts(file, box, 0):
                found.setdefault(name, text)
    tags = from_names(found, packet)
    return MediaTags(
        title=tags.title, comment=tags.comment, packet=packet, others=tags.others, manifest=manifest
    )


def write(data: bytes, file: BinaryIO, tags: MediaTags) -> bytes | None:
    """The file with title, comment and packet, as far as it has none of them; None when nothing can be added.

    Raises:
        ValueError: it is damaged.
    """
    top = list(boxes(file, 0, len(data)))
    there = read(file, len(data))
    is_open = not top or top[-1].end != len(data) or not any(data[top[-1].start : top[-1].start + 4])
    if there.manifest is not None or is_open:
        return None
    out = _with_texts(data, file, top, tags, there) or data
    if tags.packet and not there.packet:
        # An index of fragments is looked for at the very end.
        end = len(out) - (top[-1].end - top[-1].start if top[-1].kind == b"mfra" else 0)
        out = out[:end] + _box(b"uuid", XMP_UUID + tags.packet) + out[end:]
    return out if out is not data else None


def clear(data: bytes, file: BinaryIO) -> bytes:
    """The file without what tells about its making: those boxes become empty ones of the same length.

    Raises:
        ValueError: it is damaged.
    """
    out = bytearray(data)
    for box in boxes(file, 0, len(data)):
        ours = box.kind == b"uuid" and data[box.body : box.body + 16] in (XMP_UUID, C2PA_UUID)
        if ours or box.kind == b"meta":
            _free(out, box)
        elif box.kind == b"moov":
            for child in boxes(file, box.body, box.end):
                if child.kind in (b"udta", b"meta"):
                    _free(out, child)
    return bytes(out)


# ---------------------------------------------------------------- reading


def _texts(file: BinaryIO, parent: Box, depth: int) -> Iterator[tuple[str, str]]:
    keys: list[str] = []
    for box in boxes(file, _children(file, parent), parent.end):
        if box.kind in (b"udta", b"meta") and depth < _DEEPEST:
            yield from _texts(file, box, depth + 1)
        elif box.kind == b"keys":
            keys = _keys(_bytes(file, box.body, box.end))
        elif box.kind == b"ilst":
            for item in boxes(file, box.body, box.end):
                found = _item(file, item, keys)
                if found is not None:
                    yield found
        elif box.kind in _NAMES and parent.kind == b"udta":
            # QuickTime's own: length and language, then the text.
            text = _bytes(file, box.body, box.end)[4:]
            yield _NAMES[box.kind], text.decode(errors="replace").strip("\0")


def _children(file: BinaryIO, box: Box) -> int:
    """Where the contents of a box begin: `meta` has four bytes before them, QuickTime's has not."""
    if box.kind != b"meta":
        return box.body
    head = _bytes(file, box.body, min(box.end, box.body + 8))
    return box.body if head[4:8] == b"hdlr" else min(box.body + 4, box.end)


def _keys(data: bytes) -> list[str]:
    """Names of the `mdta` layout, which ComfyUI's and ffmpeg's own keys use."""
    names: list[str] = []
    position = 8
    while position + 8 <= len(data) and len(names) < MOST_PARTS:
        length = int.from_bytes(data[position : position + 4])
        if length < 8:
            break
        names.append(data[position + 8 : position + length].decode(errors="replace"))
        position += length
    return names


def _item(file: BinaryIO, item: Box, keys: list[str]) -> tuple[str, str] | None:
    name, text = _NAMES.get(item.kind, ""), None
    number = int.from_bytes(item.kind)
    if not name and 1 <= number <= len(keys):
        name = keys[number - 1]
    for part in boxes(file, item.body, item.end):
        if part.kind == b"name":
            name = _bytes(file, part.body + 4, part.end).decode(errors="replace")
        elif part.kind == b"data" and text is None:
            text = _bytes(file, part.body + 8, part.end).decode(errors="replace")
    return (name, text) if name and text is not None else None


def _bytes(file: BinaryIO, start: int, end: int) -> bytes:
    if end - start > MOST_BYTES:
        raise ValueError("a box of metadata is too large")
    file.seek(start)
    return file.read(max(end - start, 0))


# ---------------------------------------------------------------- writing


def _with_texts(
    data: bytes, file: BinaryIO, top: list[Box], tags: MediaTags, there: MediaTags
) -> bytes | None:
    """The file with title and comment in `moov`, or None where that is not safe."""
    fields = ((b"\xa9nam", tags.title, there.title), (b"\xa9cmt", tags.comment, there.comment))
    wanted = [(key, text) for key, text, old in fields if text and not old]
    moovs = [box for box in top if box.kind == b"moov"]
    if not wanted or len(moovs) != 1 or any(box.kind in _ELSEWHERE for box in top):
        return None
    found = _place(data, file, moovs[0], b"".join(_text_item(key, text) for key, text in wanted))
    if found is None:
        return None
    place, new, parents = found
    out = bytearray(data)
    if not _move_tables(out, file, moovs[0], len(new)):
        return None
    if not all(_resize(out, box, len(new)) for box in parents):
        return None
    return bytes(out[:place]) + new + bytes(out[place:])


def _place(data: bytes, file: BinaryIO, moov: Box, items: bytes) -> tuple[int, bytes, list[Box]] | None:
    """Where to put which bytes, and the boxes that grow with them; None beside another kind of list."""
    udta = _child(file, moov, moov.body, b"udta")
    new = _box(b"meta", bytes(4) + _box(b"hdlr", _HANDLER) + _box(b"ilst", items))
    if udta is None:
        return moov.end, _box(b"udta", new), [moov]
    meta = _child(file, udta, udta.body, b"meta")
    if meta is None:
        return udta.body, new, [moov, udta]  # at the front: such a list may end with four zero bytes
    inside = _children(file, meta)
    handler = _child(file, meta, inside, b"hdlr")
    if handler is None or data[handler.body + 8 : handler.body + 12] != b"mdir":
        return None
    ilst = _child(file, meta, inside, b"ilst")
    if ilst is None:
        return meta.end, _box(b"ilst", items), [moov, udta, meta]
    return ilst.end, items, [moov, udta, meta, ilst]


def _child(file: BinaryIO, parent: Box, start: int, kind: bytes) -> Box | None:
    return next((box for box in boxes(file, start, parent.end) if box.kind == kind), None)


def _move_tables(out: bytearray, file: BinaryIO, moov: Box, delta: int) -> bool:
    """Let the sample tables point `delta` further where they point behind `moov`; False when they cannot."""
    for table in _tables(file, moov, 0):
        wide = table.kind == b"co64"
        if table.kind not in (b"stco", b"co64"):
            return False
        step, form = (8, ">Q") if wide else (4, ">I")
        count = int.from_bytes(out[table.body + 4 : table.body + 8])
        if table.body + 8 + count * step > table.end:
            raise ValueError("a sample table is cut off")
        for at in range(table.body + 8, table.body + 8 + count * step, step):
            (offset,) = struct.unpack_from(form, out, at)
            if offset >= moov.end:
                if not wide and offset + delta >= 1 << 32:
                    return False
                struct.pack_into(form, out, at, offset + delta)
    return True


def _tables(file: BinaryIO, parent: Box, depth: int) -> Iterator[Box]:
    """The boxes in `parent` that hold places in the file; one that is not known here as well."""
    for box in boxes(file, parent.body, parent.end):
        if box.kind in _TO_TABLES[depth + 1 : depth + 2]:
            yield from _tables(file, box, depth + 1)
        elif box.kind in (b"stco", b"co64", b"saio", b"cmov", b"mvex"):
            yield box


def _resize(out: bytearray, box: Box, delta: int) -> bool:
    length = box.end - box.start + delta
    if box.body - box.start == 16:
        out[box.start + 8 : box.start + 16] = length.to_bytes(8)
    elif length >= 1 << 32 or int.from_bytes(out[box.start : box.start + 4]) == 0:
        return False
    else:
        out[box.start : box.start + 4] = length.to_bytes(4)
    return True


def _text_item(key: bytes, text: str) -> bytes:
    # 1: the value is UTF-8.
    return _box(key, _box(b"data", struct.pack(">II", 1, 0) + text.encode(errors="replace")))


def _box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4) + kind + body


def _free(out: bytearray, box: Box) -> None:
    out[box.start + 4 : box.start + 8] = b"free"
    out[box.body : box.end] = bytes(box.end - box.body)
