"""Notifications over a real session bus (studio/shell/notification_bus.py), shown by the test."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.end_to_end.programs import PATIENCE, ROOT, environment

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not shutil.which("dbus-run-session"), reason="needs dbus-run-session"),
]


def within(mode: str) -> dict[str, Any]:
    script = str(ROOT / "tests/end_to_end/notification_round.py")
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, script, mode],
        env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout)


def test_a_notification_is_shown_and_pressing_it_leads_to_the_jobs() -> None:
    seen = within("here")
    (call,) = seen["heard"]
    program, _replaces, icon, title, words, actions, hints, shown = call
    assert (program, icon, title) == ("Nectary", "nectary", "1 result is ready")
    assert words == "a &lt;heron&gt; &amp; reeds · 0.002 pollen"
    assert actions[0] == "default"
    assert hints["desktop-entry"][1] == "nectary"
    assert shown == 10_000
    assert seen["opened"] == ["jobs"], "once, and for its own alone"
    assert seen["threads"] == []


def test_a_desktop_without_such_a_service_costs_nothing() -> None:
    assert within("nobody") == {"heard": [], "opened": [], "threads": []}
