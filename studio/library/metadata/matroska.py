"""WebM and Matroska: title, comment and AI mark in the Tags element; clusters stay as they are.

The tags go to the end of the segment, where nothing has to move, and the index at its beginning (SeekHead) is
told. What was there before stays among them. A file without an index, as recorders stream it, gets them in
front of its first cluster.
"""

from __future__ import annotations

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

_EBML, _SEGMENT, _SEEK_HEAD, _INFO = 0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1549A966
_CLUSTER, _CUES, _TAGS, _VOID, _CRC = 0x1F43B675, 0x1C53BB6B, 0x1254C367, 0xEC, 0xBF
_SEEK, _SEEK_ID, _SEEK_POSITION, _TITLE = 0x4DBB, 0x53AB, 0x53AC, 0x7BA9
_TAG, _TARGETS, _SIMPLE_TAG, _TAG_NAME, _TAG_STRING = 0x7373, 0x63C0, 0x67C8, 0x45A3, 0x4487
_TARGET_UIDS = frozenset({0x63C5, 0x63C9, 0x63C4, 0x63C6})


@dataclass(frozen=True, slots=True)
class Element:
    """One element: file[start:end], its contents from `body` on; `known` is False for an open length."""

    identity: int
    start: int
    body: int
    end: int
    known: bool = True


def elements(file: BinaryIO, start: int, end: int) -> Iterator[Element]:
    """The elements between two places; one of open length reaches to `end`.

    Raises:
        ValueError: an element reaches beyond `end`, or there are too many.
    """
    position = start
    for _ in range(MOST_PARTS):
        if position >= end:
            return
        file.seek(position)
        head = file.read(12)
        identity, used = _vint(head, keep_marker=True)
        length, more = _vint(head[used:], keep_marker=False)
        body = position + used + more
        open_length = length == (1 << 7 * more) - 1
        last = end if open_length else body + length
        if last > end:
            raise ValueError("an element does not fit into the file")
        yield Element(identity, position, body, last, not open_length)
        position = last
    raise ValueError("the file has too many elements")


def read(file: BinaryIO, size: int) -> MediaTags:
    """The tags of a file.

    Raises:
        ValueError: it is damaged.
    """
    found: dict[str, str] = {}
    for part in _level_1(file, _segment(file, size)):
        if part.identity == _INFO:
            for child in elements(file, part.body, part.end):
                if child.identity == _TITLE:
                    found.setdefault("title", _text(file, child))
        elif part.identity == _TAGS:
            for name, text in _simple_tags(file, part):
                found.setdefault(name, text)
    return from_names(found)


def write(data: bytes, file: BinaryIO, tags: MediaTags) -> bytes | None:
    """The file with title, comment and mark, as far as it has none of them; None when nothing can be added.

    Raises:
        ValueError: it is damaged.
    """
    there = read(file, len(data))
    fields = {
        "TITLE": "" if there.title else tags.title,
        "COMMENT": "" if there.comment else tags.comment,
        SOURCE_TYPE_FIELD: "" if there.source_type else tags.source_type,
    }
    simple = b"".join(_simple_tag(name, text) for name, text in fields.items() if text)
    segment = _segment(file, len(data))
    parts = list(_level_1(file, segment))
    if not simple or not parts or parts[0].identity == _CRC:
        return None
    tag = _element(_TAG, _element(_TARGETS, b"") + simple)
    old = [part for part in parts if part.identity == _TAGS]
    kept = b"".join(
        data[c.start : c.end]
        for part in old
        for c in elements(file, part.body, part.end)
        if c.identity == _TAG
    )
    new = _element(_TAGS, kept + tag)
    out = bytearray(data)
    index = next((part for part in parts if part.identity == _SEEK_HEAD), None)
    if index is None and not any(part.identity == _CUES for part in parts):
        place = next((part.start for part in parts if part.identity == _CLUSTER), segment.end)
        new = _element(_TAGS, tag)  # what is there stays where it is, and nothing points anywhere
    else:
        place = segment.end
        for part in old:
            out[part.start : part.end] = _void(part.end - part.start)
        if index is not None:
            _index_tags(out, file, segment, index, place - segment.body)
    return _grown(out, segment, place, new)


def clear(data: bytes, file: BinaryIO) -> bytes:
    """The file with nothing but emptiness in the place of its tags and title.

    Raises:
        ValueError: it is damaged.
    """
    out = bytearray(data)
    for part in _level_1(file, _segment(file, len(data))):
        if part.identity == _TAGS:
            out[part.start : part.end] = _void(part.end - part.start)
        elif part.identity == _INFO:
            for child in elements(file, part.body, part.end):
                if child.identity in (_TITLE, _CRC):
                    out[child.start : child.end] = _void(child.end - child.start)
    return bytes(out)


# ---------------------------------------------------------------- reading


def _segment(file: BinaryIO, size: int) -> Element:
    for part in elements(file, 0, size):
        if part.identity == _SEGMENT:
            return part
        if part.identity not in (_EBML, _VOID):
            break
    raise ValueError("not a Matroska file")


def _level_1(file: BinaryIO, segment: Element) -> Iterator[Element]:
    """The parts of a segment; nothing behind a cluster of open length, where they cannot be told apart."""
    for part in elements(file, segment.body, segment.end):
        yield part
        if not part.known:
            return


def _simple_tags(file: BinaryIO, part: Element) -> Iterator[tuple[str, str]]:
    """Names and texts that are about the whole file, not about one of its tracks."""
    for tag in elements(file, part.body, part.end):
        if tag.identity != _TAG:
            continue
        children = list(elements(file, tag.body, tag.end))
        targets = [c for c in children if c.identity == _TARGETS]
        if any(c.identity in _TARGET_UIDS for t in targets for c in elements(file, t.body, t.end)):
            continue
        for child in children:
            if child.identity == _SIMPLE_TAG:
                values = {c.identity: c for c in elements(file, child.body, child.end)}
                if _TAG_NAME in values and _TAG_STRING in values:
                    yield _text(file, values[_TAG_NAME]), _text(file, values[_TAG_STRING])


def _text(file: BinaryIO, element: Element) -> str:
    if element.end - element.body > MOST_BYTES:
        raise ValueError("an element of metadata is too large")
    file.seek(element.body)
    return file.read(element.end - element.body).decode(errors="replace").strip("\0")


def _vint(data: bytes, *, keep_marker: bool) -> tuple[int, int]:
    """A number of variable length and how many bytes it takes."""
    if not data or data[0] == 0:
        raise ValueError("an element's head is damaged")
    length = 9 - data[0].bit_length()
    if length > (4 if keep_marker else 8) or length > len(data):
        raise ValueError("an element's head is damaged")
    value = int.from_bytes(data[:length])
    return (value if keep_marker else value & ((1 << 7 * length) - 1)), length


# ---------------------------------------------------------------- writing


def _grown(out: bytearray, segment: Element, place: int, new: bytes) -> bytes:
    """With `new` at `place`, and a segment that knows how long it is."""
    head = b""
    if segment.known:
        head = _identity(_SEGMENT) + (segment.end - segment.body + len(new) | 1 << 56).to_bytes(8)
    else:
        head = bytes(out[segment.start : segment.body])
    return b"".join((out[: segment.start], head, out[segment.body : place], new, out[place:]))


def _index_tags(out: bytearray, file: BinaryIO, segment: Element, index: Element, position: int) -> None:
    """Let the index say where the tags are, in its own room and that of a gap behind it; where there is not
    enough of it, readers find them by going through the file."""
    entries = b""
    for seek in elements(file, index.body, index.end):
        if seek.identity != _SEEK:
            continue
        children = {c.identity: c for c in elements(file, seek.body, seek.end)}
        target = children.get(_SEEK_ID)
        if target is None or bytes(out[target.body : target.end]) != _identity(_TAGS):
            entries += bytes(out[seek.start : seek.end])
    entry = _element(_SEEK_ID, _identity(_TAGS)) + _element(_SEEK_POSITION, position.to_bytes(8))
    new = _element(_SEEK_HEAD, entries + _element(_SEEK, entry))
    end = index.end
    behind = next(elements(file, index.end, segment.end), None)
    if behind is not None and (behind.identity == _VOID or out[behind.start] == _VOID):
        end = behind.end
    room = end - index.start - len(new)
    if room == 0 or room >= 2:
        out[index.start : end] = new + (_void(room) if room else b"")


def _simple_tag(name: str, text: str) -> bytes:
    return _element(
        _SIMPLE_TAG,
        _element(_TAG_NAME, name.encode()) + _element(_TAG_STRING, text.encode(errors="replace")),
    )


def _element(identity: int, body: bytes) -> bytes:
    size = len(body)
    width = next(n for n in range(1, 9) if size < (1 << 7 * n) - 1)
    return _identity(identity) + (size | 1 << 7 * width).to_bytes(width) + body


def _identity(identity: int) -> bytes:
    return identity.to_bytes((identity.bit_length() + 7) // 8)


def _void(length: int) -> bytes:
    """A gap of exactly so many bytes, at least two."""
    if length < 10:
        return b"\xec" + (length - 2 | 0x80).to_bytes(1) + bytes(length - 2)
    return b"\xec" + (length - 9 | 1 << 56).to_bytes(8) + bytes(length - 9)
