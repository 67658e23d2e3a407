"""Parameters hidden in a picture's transparency: the lowest bit of each alpha value, column by column.

NovelAI writes them so that they outlive sites which drop metadata, and an extension of A1111 does the same.
The bits spell `stealth_pngcomp` or `stealth_pnginfo`, 32 bits with the number of bits that follow, and the
text, packed by gzip or as it is.
"""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Mapping
from typing import cast

from studio.core.json_text import parse_json

PACKED, PLAIN = b"stealth_pngcomp", b"stealth_pnginfo"
_HEAD_BITS = len(PACKED) * 8 + 32
_MOST_PIXELS = 40_000_000
_LONGEST_BITS = 8 << 20
_LONGEST_TEXT = 4 << 20
_LOWEST_BIT = bytes(48 + value % 2 for value in range(256))  # as the digits 0 and 1


def read_stealth(data: bytes) -> Mapping[str, str]:
    """The hidden texts by keyword, as a PNG would have them in chunks; none when nothing is hidden.

    Decodes the picture, so call it when everything else tells nothing.
    """
    text = _hidden(data)
    if not text:
        return {}
    if text.lstrip().startswith("{"):
        try:
            values: object = parse_json(text)
        except ValueError:
            return {"parameters": text}
        if isinstance(values, dict) and "Comment" in values:
            pairs = cast("dict[str, object]", values).items()
            texts = {name: value for name, value in pairs if isinstance(value, str)}
            return {**texts, "Software": texts.get("Software") or "NovelAI"}
    return {"parameters": text}


def has_alpha(data: bytes, mime: str) -> bool:
    """Whether the picture's head says that it has transparency."""
    if mime == "image/png":
        return data[25:26] in (b"\x04", b"\x06")
    # VP8L, or an extended file whose flags say so.
    return mime == "image/webp" and (
        data[12:16] == b"VP8L" or (data[12:16] == b"VP8X" and bool(data[20] & 0x10))
    )


def _hidden(data: bytes) -> str:
    bits = _columns(data)
    if len(bits) < _HEAD_BITS:
        return ""
    head = int(bits[:_HEAD_BITS], 2).to_bytes(_HEAD_BITS // 8)
    mark, length = head[:-4], int.from_bytes(head[-4:])
    if mark not in (PACKED, PLAIN) or length % 8 or not 0 < length <= min(_LONGEST_BITS, len(bits)):
        return ""
    digits = bits[_HEAD_BITS : _HEAD_BITS + length]
    if len(digits) < length:
        return ""
    body = int(digits, 2).to_bytes(length // 8)
    if mark == PACKED:
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, _LONGEST_TEXT)
        except zlib.error:
            return ""
    return body.decode(errors="replace")


def _columns(data: bytes) -> bytes:
    """The lowest bits of the transparency as digits, from top to bottom and then to the right."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > _MOST_PIXELS or "A" not in image.getbands():
                    return b""
                alpha = image.getchannel("A").transpose(Image.Transpose.TRANSPOSE)
                return alpha.tobytes().translate(_LOWEST_BIT)
    except Exception:  # noqa: BLE001 - a damaged picture makes the decoders raise whatever they like
        return b""
