"""Kinds of media, and files that go into a request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MediaKind(StrEnum):
    """What an asset is, as the library files and filters it."""

    IMAGE = "image"
    VIDEO = "video"
    SPEECH = "speech"
    MUSIC = "music"
    TRANSCRIPT = "transcript"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInput:
    """A picture, film or sound that goes into a request.

    At least one of `url` (reachable by the service) and `path` (on this disk) is set. `sha256` identifies the
    content, `asset_id` the library's asset it came from, so that lineage survives a move of the file.
    """

    url: str = ""
    path: str = ""
    sha256: str = ""
    asset_id: str = ""
    mime: str = ""
