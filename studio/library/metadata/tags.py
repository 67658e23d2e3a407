"""What is written into films and sounds, whatever their container calls its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SOURCE_TYPE_FIELD = "DIGITALSOURCETYPE"
"""The name of the AI mark where a container takes fields of any name, but no XMP."""
MOST_BYTES = 16 << 20
"""Metadata larger than this are not read: no program writes so much, and memory has an end."""
MOST_PARTS = 20_000
"""Boxes, chunks or pages looked at in one file before it counts as made to keep its reader busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTags:
    """The tags of a film or a sound.

    Args:
        title, comment: the pair that every container keeps.
        source_type: the AI mark, an IPTC address, for containers without XMP.
        packet: an XMP packet, for those with.
        others: every other text by the name its writer gave it.
        manifest: a C2PA manifest, or None when it carries none.
    """

    title: str = ""
    comment: str = ""
    source_type: str = ""
    packet: bytes = b""
    others: Mapping[str, str] = field(default_factory=dict[str, str])
    manifest: bytes | None = None


def from_names(found: Mapping[str, str], packet: bytes = b"") -> MediaTags:
    """From texts by name, in any case: `comment` and `description` are the same field by two names."""
    lowered = {name.lower(): text for name, text in reversed(list(found.items()))}
    title = lowered.get("title", "")
    comment = lowered.get("comment", "") or lowered.get("description", "")
    taken = {"title", "comment", "description", SOURCE_TYPE_FIELD.lower()}
    return MediaTags(
        title=title,
        comment=comment,
        source_type=lowered.get(SOURCE_TYPE_FIELD.lower(), ""),
        packet=packet,
        others={name: text for name, text in found.items() if name.lower() not in taken},
    )
