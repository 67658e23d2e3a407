"""What can be done with an asset: one list of verbs for gallery, viewer, inspector and palette, which of them
fit its kind, which pane does it, and the reason why it cannot be done where that is so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt

from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.media import MediaKind

Line = tuple[str, str, str]
"""A verb, its words, its icon."""
VERBS: Final[tuple[Line, ...]] = (
    ("use_all", tr("Use all"), "use-all"),
    ("vary", tr("Vary"), "vary"),
    ("edit", tr("Edit"), "edit"),
    ("animate", tr("Animate"), "animate"),
    ("reference", tr("Use as reference"), "picture"),
    ("start_frame", tr("Use as start frame"), "frame"),
    ("end_frame", tr("Use as end frame"), "frame"),
    ("take_frame", tr("Take a frame"), "camera"),
    ("use_prompt", tr("Use prompt"), "quote"),
    ("use_seed", tr("Use seed"), "dice"),
    ("transcribe", tr("Transcribe"), "transcript"),
    ("transcript", tr("Open transcript"), "transcript"),
    ("narrate", tr("Narrate"), "speech"),
    ("chat", tr("Send to chat"), "chat"),
)
KEYS: Final = {
    Qt.Key.Key_U: "use_all",
    Qt.Key.Key_V: "vary",
    Qt.Key.Key_E: "edit",
    Qt.Key.Key_A: "animate",
    Qt.Key.Key_R: "reference",
}
"""Plain letters in the gallery and in the viewer."""
SHORTCUTS: Final = {verb: chr(key.value) for key, verb in KEYS.items()}
_OF_AUDIO: Final = frozenset({"transcribe", "transcript", "narrate"})
IN_THE_VIEWER: Final = tuple(line for line in VERBS if line[0] in _OF_AUDIO)
"""What has a button in the viewer, on what is heard or read; for pictures there are the letters."""
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
    "take_frame": frozenset({MediaKind.VIDEO}),
    "use_prompt": _PICTURES,
    "use_seed": _PICTURES,
    "transcribe": _SOUNDS | {MediaKind.VIDEO},
    "transcript": frozenset({MediaKind.TRANSCRIPT}),
    "narrate": _PICTURES | {MediaKind.TRANSCRIPT, MediaKind.TEXT},
}
_OF_PICTURES: Final = {
    "edit": tr("Only a picture can be edited."),
    "animate": tr("Only a picture can be animated."),
    "reference": tr("Only a picture can be a reference."),
    "start_frame": tr("Only a picture can be a start frame."),
    "end_frame": tr("Only a picture can be an end frame."),
}
_OF_REQUEST: Final = frozenset({"use_all", "vary", "use_prompt"})
_OTHER_KIND: Final = _OF_PICTURES | {
    "take_frame": tr("Only a film has frames."),
    "transcribe": tr("There is nothing to hear in it."),
    "transcript": tr("This is no transcript."),
    "narrate": tr("There are no words in it to speak."),
}


def verbs_for(verbs: Sequence[Line], kind: MediaKind) -> list[Line]:
    """Those of the verbs that fit an asset of a kind."""
    return [line for line in verbs if kind in _FOR.get(line[0], (kind,))]


def verbs_of(verbs: Sequence[Line], asset: Asset) -> list[Line]:
    """Those of the verbs that fit an asset; a sound that nobody asked a model for has no request to use."""
    fitting = verbs_for(verbs, asset.kind)
    if asset.kind in _SOUNDS and not asset.prompt:
        return [line for line in fitting if line[0] not in _OF_REQUEST]
    return fitting


def pane_of(verb: str, kind: MediaKind) -> str:
    """The id of the pane that carries a verb out."""
    if verb == "chat":
        return "chat"
    return "audio" if verb in _OF_AUDIO or kind in _SOUNDS else "create"


def why_not(verb: str, asset: Asset) -> str:
    """Why something cannot be done with an asset, in one sentence; empty when it can."""
    made = asset.provenance
    if asset.trashed_at is not None:
        return tr("It lies in the trash. Restore it first.")
    if verb == "use_all" and made.request_kind == "legacy":
        return ""
    if asset.kind not in _FOR.get(verb, (asset.kind,)):
        return _OTHER_KIND.get(verb, tr("The form makes pictures and films."))
    if verb in _OF_PICTURES and asset.kind is MediaKind.VIDEO:
        return tr("{why} Take a frame of the film first.", why=_OF_PICTURES[verb])
    if verb in _OF_PICTURES and asset.mime == "image/svg+xml":
        return tr("A drawing cannot be sent. Export it as PNG and import that.")
    if verb in _OF_REQUEST and not (asset.prompt or made.template):
        return tr("It does not say how it was made.")
    if verb == "use_seed" and made.seed is None:
        return tr("It has no seed.")
    if verb == "narrate" and asset.kind is not MediaKind.TEXT and not asset.prompt.strip():
        return _OTHER_KIND[verb]
    return ""


def taker_of(verb: str, asset: Asset) -> str:
    """The id of the pane that takes a verb for one asset: whatever the legacy service made, Create makes it
    again."""
    if verb == "use_all" and asset.provenance.request_kind == "legacy":
        return "create"
    return pane_of(verb, asset.kind)
