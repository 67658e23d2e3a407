"""A real browser follows each sign-in against the sandbox; the key ends in a real Secret Service."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.browser import EXECUTABLE
from tests.end_to_end.test_keyring import UNLOCKED, within

pytestmark = [
    pytest.mark.keyring,
    pytest.mark.end_to_end,
    pytest.mark.skipif(
        not (EXECUTABLE and shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
        reason="needs chromium, dbus-run-session and gnome-keyring-daemon",
    ),
]
TAKEN = {"said": "Nectary has the answer", "path": "/done", "clean": True}
DECLINED = {"said": "You declined", "path": "/done", "clean": True}
CONFIRMED = {
    "portrait": True, "kept_before": False, "may": "make things, see your profile, see the wallet and usage",
    "key": True, "source": "keyring", "account": "octocat", "in_keyring": True,
    "in_profile": [], "in_home": [], "in_requests": 0,
}  # fmt: skip


@pytest.mark.parametrize("flow", ["fragment", "code", "device"])
def test_the_program_signs_in(tmp_path: Path, flow: str) -> None:
    """Points 4, 11, 12, 21 and 30: through the window; declined first, then a forged answer, then agreed. The
    key is in the keyring and in no file.

    In the fragment flow the browser itself has seen it in an address and may keep a history of those (point
    11): only the other flows can spare it that.
    """
    told = within(tmp_path, flow, UNLOCKED, "window_round.py")
    in_browser = told.pop("in_browser")
    print(f"\n{flow}: the key is in the browser's own files: {in_browser or 'nowhere'}")
    by_page = flow != "device"
    assert told == {
        **(TAKEN if by_page else {}), **CONFIRMED,
        "denied": {**(DECLINED if by_page else {}), "window": "The sign-in was declined", "key": False},
    }  # fmt: skip
    assert in_browser == [] or flow == "fragment"


def test_8_to_14_a_hostile_page_in_the_same_browser_gets_nowhere(tmp_path: Path) -> None:
    """Frames, images, forms, beacons and fetches of all modes: nothing of the listener is read, nothing is
    believed. Every odd fragment ends in fixed words, and the policy keeps images, scripts and requests out.
    The honest sign-in afterwards succeeds."""
    told = within(tmp_path, "attack", None, "browser_round.py")
    print(
        f"\n{told['attempts']} attempts of a hostile page, {told['read']} answers read; "
        f"{told['fragments']} odd fragments, {len(told['strange'])} shown otherwise than meant"
    )
    assert told == {
        "attempts": 35, "read": 0, "strange": [], "fragments": 17,
        "blocked": ["connect-src", "img-src", "script-src-elem"], "ran": False,
        "said": "Nectary has the answer", "forged": False,
    }  # fmt: skip
