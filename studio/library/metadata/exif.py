"""EXIF blocks with one entry of ours: UserComment, where infotext is looked for in JPEG and WebP."""

from __future__ import annotations

import contextlib
import struct
import warnings
from collections.abc import Generator
from typing import Any

_EXIF_POINTER = 0x8769
_USER_COMMENT = 0x9286
_ORIENTATION = 0x0112
_TAGS = {0x010F: "Make", 0x0110: "Model", 0x0131: "Software", 0x010E: "ImageDescription"}
_UNICODE = b"UNICODE\0"
_ASCII = b"ASCII\0\0\0"


def build_exif(text: str) -> bytes:
    """A TIFF block (big-endian, without the JPEG header `Exif`) whose UserComment is `text`.

    The text is UTF-16 in big-endian order: the readers assume it whatever the block's own order is.
    """
    comment = _comment(text)
    head = b"MM\x00*" + struct.pack(">I", 8)
    # IFD0 at 8: one entry, the pointer to the Exif IFD at 26; that one: one entry, its value at 44.
    ifd0 = struct.pack(">HHHIII", 1, _EXIF_POINTER, 4, 1, 26, 0)
    exif = struct.pack(">HHHIII", 1, _USER_COMMENT, 7, len(comment), 44, 0)
    return head + ifd0 + exif + comment


def merge_exif(block: bytes, text: str) -> bytes | None:
    """An existing TIFF block with its UserComment set to `text`; None when the block cannot be read."""
    with _reading():
        exif = _load(block)
        exif.get_ifd(_EXIF_POINTER)[_USER_COMMENT] = _comment(text)
        return exif.tobytes().removeprefix(b"Exif\0\0")
    return None


def read_user_comment(block: bytes) -> str:
    """The UserComment of a TIFF block as text, or ""."""
    value: object = b""
    with _reading():
        value = _load(block).get_ifd(_EXIF_POINTER).get(_USER_COMMENT, b"")
    if isinstance(value, str):
        return value.strip("\0 ")
    if not isinstance(value, bytes):
        return ""
    if value.startswith(_UNICODE):
        return _utf16(value[8:])
    return value.removeprefix(_ASCII).removeprefix(b"\0" * 8).decode(errors="replace").strip("\0 ")


def read_orientation(block: bytes) -> int:
    """How the picture has to be turned, 1 to 8; 1 (not at all) when the block does not say."""
    value: object = 1
    with _reading():
        value = _load(block).get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def build_orientation(orientation: int) -> bytes:
    """A TIFF block that says how to turn the picture, and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def read_tags(block: bytes) -> dict[str, str]:
    """Make, Model, Software and ImageDescription of a TIFF block, as far as it has them."""
    values: list[tuple[str, object]] = []
    with _reading():
        exif = _load(block)
        values = [(name, exif.get(tag)) for tag, name in _TAGS.items()]
    return {name: value.strip("\0 ") for name, value in values if isinstance(value, str)}


def _load(block: bytes) -> Any:
    from PIL import Image

    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    return exif


@contextlib.contextmanager
def _reading() -> Generator[None]:
    """A damaged block reads as none; what Pillow has to say about it is of no use to anybody."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(
            SyntaxError, ValueError, TypeError, KeyError, AttributeError, struct.error, OSError,
            OverflowError, RecursionError,
        ):  # fmt: skip
            yield


def _comment(text: str) -> bytes:
    return _UNICODE + text.encode("utf-16-be", errors="replace")


def _utf16(data: bytes) -> str:
    """Most programs write big-endian whatever the block says; a mark or ASCII letters tell the others."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").strip("\0 ")
    little = data[1::2].count(0) > data[0::2].count(0)
    return data.decode("utf-16-le" if little else "utf-16-be", errors="replace").strip("\0 ")
