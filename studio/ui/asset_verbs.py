"""What can be done with an asset by its kind, and which pane does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from studio.domain.media import MediaKind
from studio.ui.asset_menu import Line

_PICTURES: Final = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})
_SOUNDS: Final = frozenset({MediaKind.SPEECH, MediaKind.MUSIC})
_FOR: Final = {
    "use_all": _PICTURES | _SOUNDS,
    "vary": _PICTURES,
    "edit": _PICTURES,
    "animate": _PICTURES,
    "reference": _PICTURES,
    "start_frame": _PICTURES,
    "end_frame": _PICTURES,
    "transcribe": _SOUNDS | {MediaKind.VIDEO},
    "transcript": frozenset({MediaKind.TRANSCRIPT}),
    "narrate": frozenset(MediaKind) - _SOUNDS,
}
_OF_AUDIO: Final = frozenset({"transcribe", "transcript", "narrate"})


def verbs_for(verbs: Sequence[Line], kind: MediaKind) -> list[Line]:
    """Those of the verbs that fit an asset of a kind."""
    return [line for line in verbs if kind in _FOR.get(line[0], (kind,))]


def pane_of(verb: str, kind: MediaKind) -> str:
    """The id of the pane that carries a verb out."""
    if verb == "chat":
        return "chat"
    return "audio" if verb in _OF_AUDIO or kind in _SOUNDS else "create"
