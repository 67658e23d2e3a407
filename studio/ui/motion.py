"""Whether the system asks programs to move less."""

from __future__ import annotations

import sys


def system_reduces_motion() -> bool:
    """Whether the system asks for less motion. Qt has no question for it; Windows answers directly."""
    if sys.platform != "win32":
        return False
    import ctypes

    get_client_area_animation = 0x1042
    animates = ctypes.c_int(1)
    ctypes.windll.user32.SystemParametersInfoW(get_client_area_animation, 0, ctypes.byref(animates), 0)
    return not animates.value
