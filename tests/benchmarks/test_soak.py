"""A short soak: every meter works, and some seconds of everything leave nothing behind."""

from __future__ import annotations

import pytest

from benchmarks import soak

MINUTES = 0.1
STEPS = 12


@pytest.mark.end_to_end
def test_mixed_work_leaves_nothing_behind() -> None:
    figures = soak.run(minutes=MINUTES, seed=7, pace=0.02, least=STEPS)
    details = figures["details"]
    assert details["bugs"] == []
    assert details["complaints"] == {}
    assert details["troubles"] == []
    assert details["leaked"]["tasks"] == {}
    assert details["leaked"]["threads"] == {}
    assert details["leaked"]["files"] == {}
    assert figures["threads_after_the_end"] == []
    assert figures["exit_code"] == 0
    assert figures["steps"] >= STEPS
    assert figures["rss_mb_start"] > 50, "the memory was read"
    assert figures["frame_p50_ms"] < 1000, "the timer ticked"
