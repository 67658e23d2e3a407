"""Kinds of work and differences of money, in words."""

from __future__ import annotations

from typing import Final

from studio.core.i18n import tr
from studio.domain.reconciliation import Verdict

KINDS: Final = {
    "image": tr("Pictures"), "video": tr("Video"), "text": tr("Text"), "speech": tr("Speech"),
    "music": tr("Music"), "transcription": tr("Transcripts"), "audio": tr("Audio"),
    "embedding": tr("Embeddings"), "3d": tr("3D"), "realtime": tr("Realtime"), "legacy": tr("Legacy"),
}  # fmt: skip
VERDICTS: Final = {
    Verdict.AGREES: tr("Agrees"),
    Verdict.ESTIMATED: tr("Was an estimate here"),
    Verdict.WAITING: tr("Not yet seen by the service"),
    Verdict.UNBILLED: tr("Not billed"),
    Verdict.DIFFERS: tr("Billed differently"),
    Verdict.FAILED: tr("Billed though it failed here"),
    Verdict.ELSEWHERE: tr("Made elsewhere, with another key"),
    Verdict.UNKNOWN: tr("Only on the service: made elsewhere"),
}
STATES: Final = {
    "done": tr("Done"), "complete": tr("Done"), "failed": tr("Failed"), "cancelled": tr("Cancelled"),
    "interrupted": tr("Broken off"), "stopped": tr("Stopped"), "running": tr("Running"),
    "queued": tr("Queued"), "paused": tr("Paused"), "waiting": tr("Waiting"), "storing": tr("Storing"),
    "streaming": tr("Running"),
}  # fmt: skip


def kind_words(kind: str) -> str:
    """What a kind of work is called; a dash where it is not known."""
    return KINDS.get(kind, kind or "–")


def verdict_words(verdict: Verdict) -> str:
    """What a line and the service's rows say about each other."""
    return VERDICTS[verdict]


def state_words(state: str) -> str:
    """How a job or an answer ended."""
    return STATES.get(state, state or "–")
