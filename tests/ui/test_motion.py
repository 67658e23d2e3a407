"""What the system wants of motion."""

from __future__ import annotations

import sys

import pytest

from studio.ui.motion import system_reduces_motion
from studio.ui.theme import MOTION_MS, Theme


@pytest.mark.skipif(sys.platform == "win32", reason="Windows answers for itself")
def test_only_windows_is_asked() -> None:
    assert not system_reduces_motion()
    assert Theme("light").motion_ms == MOTION_MS
    assert Theme("light", reduced_motion=True).motion_ms == 0
