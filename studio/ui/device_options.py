"""Sound devices as choices of a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from studio.core.i18n import tr
from studio.ui.loudspeaker import SoundDevice
from studio.ui.widgets.options import Option

USUAL: Final = "usual"
"""The value of the device that the system uses; an empty one chooses nothing."""


def options_of(devices: Sequence[SoundDevice]) -> list[Option]:
    """The one the system uses, by its name, then each."""
    usual = next((one.name for one in devices if one.default), "")
    label = tr("Default · {device}", device=usual) if usual else tr("Default")
    return [Option(USUAL, label), *(Option(one.id, one.name) for one in devices)]
