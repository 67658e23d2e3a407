"""What can be made of an asset: one list of verbs for gallery, viewer, inspector and palette, each with the
reason why it cannot be done where that is so."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt

from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.media import MediaKind

VERBS: Final = (
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
    ("chat", tr("Send to chat"), "chat"),
)
"""Id, words, icon."""
KEYS: Final = {
    Qt.Key.Key_U: "use_all",
    Qt.Key.Key_V: "vary",
    Qt.Key.Key_E: "edit",
    Qt.Key.Key_A: "animate",
    Qt.Key.Key_R: "reference",
}
"""Plain letters in the gallery and in the viewer."""
SHORTCUTS: Final = {verb: chr(key.value) for key, verb in KEYS.items()}
_OF_PICTURES = {
    "edit": tr("Only a picture can be edited."),
    "animate": tr("Only a picture can be animated."),
    "reference": tr("Only a picture can be a reference."),
    "start_frame": tr("Only a picture can be a start frame."),
    "end_frame": tr("Only a picture can be an end frame."),
}


def why_not(verb: str, asset: Asset) -> str:
    """Why something cannot be done with an asset, in one sentence; empty when it can."""
    made = asset.provenance
    if asset.trashed_at is not None:
        return tr("It lies in the trash. Restore it first.")
    if verb in _OF_PICTURES:
        if asset.kind is MediaKind.VIDEO:
            return tr("{why} Take a frame of the film first.", why=_OF_PICTURES[verb])
        if asset.kind is not MediaKind.IMAGE or asset.mime == "image/svg+xml":
            return _OF_PICTURES[verb]
    if verb == "take_frame" and asset.kind is not MediaKind.VIDEO:
        return tr("Only a film has frames.")
    if verb in ("use_all", "vary", "use_prompt") and not (asset.prompt or made.template):
        return tr("It does not say how it was made.")
    if verb in ("use_all", "vary") and asset.kind not in (MediaKind.IMAGE, MediaKind.VIDEO):
        return tr("The form makes pictures and films.")
    if verb == "use_seed" and made.seed is None:
        return tr("It has no seed.")
    return ""
