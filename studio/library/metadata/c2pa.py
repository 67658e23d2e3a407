"""What a C2PA manifest says about who made a picture. Nothing is verified: that needs certificates.

A manifest is JUMBF boxes around CBOR maps. Three texts are looked for by their names, wherever they are.
"""

from __future__ import annotations

from dataclasses import dataclass

_GENERATOR, _INFO = b"claim_generator", b"claim_generator_info"
_SOURCE = b"digitalSourceType"
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who says to have made it, and the last word of its IPTC source type; "" for what is not said."""

    generator: str = ""
    source_type: str = ""

    def __bool__(self) -> bool:
        return bool(self.generator or self.source_type)


def read_credentials(manifest: bytes) -> Credentials:
    """The credentials in the bytes of a manifest, which may be damaged."""
    name = ""
    place = manifest.find(_INFO)
    if place >= 0:
        name = _value(manifest[place : place + 2_000], b"name")
    generator = name or _value(manifest, _GENERATOR)
    source = _value(manifest, _SOURCE)
    return Credentials(generator, source.rstrip("/").rpartition("/")[2])


def _value(data: bytes, name: bytes) -> str:
    """The text that follows a name in a map; CBOR has its length in front of it."""
    start = 0
    while (at := data.find(name, start)) >= 0:
        start = at + len(name)
        text = _text(data[start : start + _LONGEST + 3])
        if text:
            return text
    return ""


def _text(data: bytes) -> str:
    if not data or data[0] >> 5 != 3:  # not a text
        return ""
    length, skip = data[0] & 0x1F, 1
    if length == 24 and len(data) > 1:
        length, skip = data[1], 2
    elif length == 25 and len(data) > 2:
        length, skip = int.from_bytes(data[1:3]), 3
    if length > _LONGEST or len(data) < skip + length:
        return ""
    text = data[skip : skip + length].decode(errors="replace")
    return text if text.isprintable() else ""
