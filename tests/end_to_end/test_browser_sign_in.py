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
KEPT = {"kept": True, "forged": False, "on_disk": []}


@pytest.mark.parametrize("errand", ["fragment", "code", "forged"])
def test_the_key_comes_back_and_the_address_is_clean(tmp_path: Path, errand: str) -> None:
    assert within(tmp_path, errand, UNLOCKED, "browser_round.py") == {
        "said": "Nectary has the answer", "path": "/done", "clean": True, **KEPT,
    }  # fmt: skip


def test_a_code_entered_on_the_page(tmp_path: Path) -> None:
    assert within(tmp_path, "device", UNLOCKED, "browser_round.py") == KEPT


def test_who_declines_leaves_no_key(tmp_path: Path) -> None:
    assert within(tmp_path, "denied", UNLOCKED, "browser_round.py") == {
        "refused": "access_denied", "key": False,
    }  # fmt: skip
