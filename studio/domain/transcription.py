"""What is asked of a transcription, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from studio.domain.speech import TranscriptionRequest

LARGEST_UPLOAD = 24 * 1024 * 1024
"""Bytes that every server takes in one request, with room for the form around it (CONTRACT 6.3)."""
LONGEST_PIECE = 1200.0
"""Seconds; a longer recording is cut, so that a break costs one piece and no request runs into its limit."""
SENT_AS_IT_IS = frozenset({".mp3", ".mpeg", ".mpga", ".m4a", ".wav", ".webm"})
"""Kinds of files that the service takes (CONTRACT 6.3); of video only the sound is sent."""
AT_ONCE = 2
"""Pieces at the service at the same time, until it says that this is too much."""
Stage = Literal["reading", "cutting", "uploading", "transcribing", "saving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file of sound in the library.

    Args:
        path: of the file. `name`: what the user calls it.
        duration: seconds. `size`: bytes.
    """

    path: str
    name: str
    asset_id: str
    sha256: str
    duration: float
    size: int
    has_video: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionTask:
    """A request and the recording it is about."""

    request: TranscriptionRequest
    recording: Recording


class Phase(NamedTuple):
    """How far a job has come.

    Args:
        pieces: how many there are. `done`: how many of them are written down.
        busy: numbers, from 1, of those at the service, or of the one that is being cut.
        sent, size: bytes of those that are being uploaded.
    """

    job_id: str
    stage: Stage
    pieces: int = 1
    done: int = 0
    busy: tuple[int, ...] = ()
    sent: int = 0
    size: int = 0
