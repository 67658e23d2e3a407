"""MP3: an ID3 tag in front of the frames, which stay as they are. XMP lies in a PRIV frame of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from studio.library.metadata.tags import MOST_BYTES, MOST_PARTS, MediaTags, from_names

_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
_NAMES = {b"TIT2": "title", b"COMM": "comment", b"TXXX": ""}
_XMP_OWNER = b"XMP\0"
_CODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")


def read(file: BinaryIO, size: int) -> MediaTags:
    """The tags of a file; none when it has no ID3 tag.

    Raises:
        ValueError: the tag is damaged, or of a kind that is not read here.
    """
    found: dict[str, str] = {}
    packet = b""
    _, frames, _ = _tag(file, size)
    for kind, body in frames:
        if kind == b"PRIV" and body.startswith(_XMP_OWNER):
            packet = packet or body[len(_XMP_OWNER) :]
        elif kind in _NAMES and body:
            name, text = _named(kind, body)
            found.setdefault(name, text)
    return from_names(found, packet)


def write(data: bytes, file: BinaryIO, tags: MediaTags) -> bytes | None:
    """The file with title, comment and packet, as far as it has none of them; None when it has.

    Raises:
        ValueError: its tag is damaged, or of a kind that is not written here.
    """
    version, frames, end = _tag(file, len(data))
    there = read(file, len(data))
    new: list[tuple[bytes, bytes]] = []
    if tags.title and not there.title:
        new.append((b"TIT2", _encoded(tags.title, version)))
    if tags.comment and not there.comment:
        # The coding, no language, no name, the text.
        coding, text = _split(tags.comment, version)
        blank = b"\xff\xfe\0\0" if coding == 1 else b"\0"
        new.append((b"COMM", bytes([coding]) + b"XXX" + blank + text))
    if tags.packet and not there.packet:
        new.append((b"PRIV", _XMP_OWNER + tags.packet))
    if not new:
        return None
    return _built(version, [*frames, *new]) + data[end:]


def clear(data: bytes, file: BinaryIO) -> bytes:
    """The frames alone: no tag in front of them and none behind.

    Raises:
        ValueError: its tag is damaged.
    """
    end = _end_of_tag(file, len(data))
    sound = data[end:]
    return sound[:-128] if sound[-128:-125] == b"TAG" else sound


def _end_of_tag(file: BinaryIO, size: int) -> int:
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    end = 10 + _plain(head[6:10]) + (10 if head[5] & _FOOTER else 0)
    if end > size:
        raise ValueError("the ID3 tag is cut off")
    return end


def _tag(file: BinaryIO, size: int) -> tuple[int, list[tuple[bytes, bytes]], int]:
    """Version, frames and end of the tag; version 4 without frames when there is none."""
    end = _end_of_tag(file, size)
    if end == 0:
        return 4, [], 0
    if end > MOST_BYTES:
        raise ValueError("the ID3 tag is too large")
    file.seek(0)
    data = file.read(end)
    version, flags = data[3], data[5]
    if version not in (3, 4) or flags & (_UNSYNCHRONISED | _EXTENDED | _FOOTER):
        raise ValueError("this kind of ID3 tag is not read")
    return version, list(_frames(data, version)), end


def _frames(data: bytes, version: int) -> Iterator[tuple[bytes, bytes]]:
    position = 10
    for _ in range(MOST_PARTS):
        head = data[position : position + 10]
        if len(head) < 10 or head[0] == 0:  # padding
            return
        length = _plain(head[4:8]) if version == 4 else int.from_bytes(head[4:8])
        if position + 10 + length > len(data):
            raise ValueError("the ID3 tag is damaged")
        if any(head[8:10]):
            raise ValueError("packed ID3 frames are not read")
        yield head[:4], data[position + 10 : position + 10 + length]
        position += 10 + length


def _named(kind: bytes, body: bytes) -> tuple[str, str]:
    coding = _CODINGS[body[0]] if body[0] < len(_CODINGS) else "latin-1"
    rest = body[4:] if kind == b"COMM" else body[1:]
    name = _NAMES[kind]
    if kind != b"TIT2":
        described, rest = _until_zero(rest, wide=coding.startswith("utf-16"))
        described_as = described.decode(coding, "replace").strip("\ufeff\0")
        # A comment with a name of its own is something else than the comment.
        name = described_as if kind == b"TXXX" else f"comment-{described_as}" if described_as else name
    return name, rest.decode(coding, "replace").strip("\ufeff\0")


def _until_zero(data: bytes, *, wide: bool) -> tuple[bytes, bytes]:
    if not wide:
        first, _, rest = data.partition(b"\0")
        return first, rest
    for at in range(0, len(data) - 1, 2):
        if data[at : at + 2] == b"\0\0":
            return data[:at], data[at + 2 :]
    return data, b""


def _encoded(text: str, version: int) -> bytes:
    coding, body = _split(text, version)
    return bytes([coding]) + body


def _split(text: str, version: int) -> tuple[int, bytes]:
    """The number of a coding that can hold the text in this version, and the text in it."""
    if text.isascii():
        return 0, text.encode()
    return (3, text.encode(errors="replace")) if version == 4 else (1, text.encode("utf-16", "replace"))


def _built(version: int, frames: list[tuple[bytes, bytes]]) -> bytes:
    out = b"".join(
        kind + (_synchsafe(len(body)) if version == 4 else len(body).to_bytes(4)) + b"\0\0" + body
        for kind, body in frames
    )
    return b"ID3" + bytes([version, 0, 0]) + _synchsafe(len(out)) + out


def _plain(data: bytes) -> int:
    """A number of which each byte has seven bits."""
    return sum((byte & 0x7F) << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=True))


def _synchsafe(value: int) -> bytes:
    if value >= 1 << 28:
        raise ValueError("too long for an ID3 tag")
    return bytes((value >> shift) & 0x7F for shift in (21, 14, 7, 0))
